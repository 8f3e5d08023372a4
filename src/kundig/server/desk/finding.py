"""Finding persons, cases and firms by whatever somebody at the desk has before him, small slips forgiven. Runs in the asker."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kundig.errors import QuestionError
from kundig.lake.identity import account_id, normalised
from kundig.lake.persons import FEWEST_DIGITS, find_ids
from kundig.lake.reading import Reading
from kundig.server.desk import remembered, story

MOST = 20
LONGEST = 200
"""Letters of a search that are read."""
ENOUGH = 0.86
"""How alike a name must be, by Jaro and Winkler: Maier finds Meier and Mayer, Braun does not find Brandt."""
_AS_GOOD = 0.98
"""Beside a person known by exactly these words, only those are shown whom they fit as well."""
_WORDS = 4
_FOLDED = (
    "strip_accents(replace(replace(replace(replace(lower({x}), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'))"
)  # fmt: skip
_DIGITS = "ltrim(regexp_replace({x}, '[^0-9]', '', 'g'), '0')"


def search(reading: Reading, key: bytes, words: str, now: dt.datetime) -> dict[str, Any]:
    """Persons (at most 20, the best first), cases and firms; ``more`` where there would be further persons."""
    wanted = " ".join(words.split())[:LONGEST]
    nothing: dict[str, Any] = {"persons": [], "more": False, "cases": [], "accounts": []}
    if not wanted:
        return nothing
    exact = _exactly(reading, key, wanted)
    scores = exact if exact and _is_number(wanted) else _alike(reading, wanted) | exact
    if exact:
        scores = {person: score for person, score in scores.items() if score >= _AS_GOOD}
    found = remembered.linked(reading, sorted(scores, key=lambda p: -scores[p]))
    people = summaries(reading, dict(list(found.items())[:MOST]), now)
    return {
        "persons": people,
        "more": len(found) > MOST,
        "cases": _cases(reading, wanted),
        "accounts": _accounts(reading, key, wanted),
    }


def _exactly(reading: Reading, key: bytes, wanted: str) -> dict[str, float]:
    """Whoever is known by exactly this: found by its hash, also where only events name him."""
    try:
        return {find_ids(reading, key, wanted)[0]: 2.0}
    except QuestionError:
        return {}


def _alike(reading: Reading, wanted: str) -> dict[str, float]:
    """Persons with a key, name, address or number like this, and how alike it is (1 is equal)."""
    scores, params = _measures(wanted)
    if not scores:
        return {}
    listed = ", ".join(f"coalesce({score}, 0)" for score in scores)
    best = f"greatest({listed})" if len(scores) > 1 else listed
    sql = (
        f"with seen as (select * from stored_people where {reading.visible}), "
        f"scored as (select person_id, {best} as score from seen) "
        f"select person_id, max(score) as score from scored where score >= {ENOUGH} "
        f"group by person_id order by score desc, person_id limit {MOST * 3}"
    )
    return {row["person_id"]: row["score"] for row in reading.query(sql, params).to_pylist()}


def _measures(wanted: str) -> tuple[list[str], dict[str, Any]]:
    """The measures of likeness that fit the shape of what was typed."""
    folded = _fold(wanted)
    scores: list[str] = []
    params: dict[str, Any] = {}
    if "@" in wanted:
        params["mail"] = normalised(wanted)
        scores += [
            _slips("lower(trim(email))", "mail"),
            _slips("case when identifier_kind = 'email' then lower(identifier) end", "mail"),
        ]
    elif re.search(r"\d", wanted):
        params["number"] = normalised(wanted)
        scores.append(_number_like())
        scores += _phone(wanted, params)
    elif len(folded) >= 2:
        scores.append(_name_like(folded.split()[:_WORDS], params))
        if len(folded) >= 4:
            params["part"] = folded.replace(" ", "")
            scores.append("case when contains(lower(email), :part) then 0.87 end")
    return scores, params


def _slips(column: str, name: str) -> str:
    """Equal but for at most two letters wrong, missing, or swapped."""
    distance = f"damerau_levenshtein({column}, :{name})"
    return f"case when {distance} <= 2 then 1 - 0.04 * {distance} end"


def _number_like() -> str:
    return (
        "case when lower(identifier) = :number then 1.0 "
        "when length(:number) >= 3 and starts_with(lower(identifier), :number) then 0.95 "
        "when length(:number) >= 3 and ends_with(lower(identifier), :number) then 0.94 "
        "when length(:number) >= 5 and damerau_levenshtein(lower(identifier), :number) <= 1 then 0.9 end"
    )


def _phone(wanted: str, params: dict[str, Any]) -> list[str]:
    """The same number with or without the country's code, however it is written."""
    digits = re.sub(r"\D", "", wanted).lstrip("0")
    if len(digits) < FEWEST_DIGITS or re.search(r"[^\d\s()+/.-]", wanted):
        return []
    params["digits"] = digits
    params["fewest"] = FEWEST_DIGITS
    scores = []
    for column in ("phone", "case when identifier_kind = 'phone' then identifier end"):
        own = _DIGITS.format(x=column)
        ends = f"length({own}) >= :fewest and (ends_with({own}, :digits) or ends_with(:digits, {own}))"
        scores.append(f"case when {ends} then 0.98 end")
    return scores


def _name_like(words: Sequence[str], params: dict[str, Any]) -> str:
    """Each word typed is held against the closest word of the name; the mean counts, and the worst once more."""
    params |= {f"word{n}": word for n, word in enumerate(words)}
    own = f"string_split_regex({_FOLDED.format(x='name')}, '[^a-z0-9]+')"
    best = [f"list_max(list_transform({own}, lambda w: {_word_like(n)}))" for n in range(len(words))]
    if len(best) == 1:
        return best[0]
    return f"(({' + '.join(best)}) / {len(best)} + least({', '.join(best)})) / 2"


def _word_like(n: int) -> str:
    """A beginning counts nearly as the whole, since people stop typing."""
    begun = f"case when length(:word{n}) >= 3 and starts_with(w, :word{n}) then 0.96 else 0 end"
    return f"greatest(jaro_winkler_similarity(w, :word{n}), {begun})"


def _fold(text: str) -> str:
    """As :data:`_FOLDED`, for what was typed."""
    folded = normalised(text)
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        folded = folded.replace(letter, pair)
    return " ".join(re.sub(r"[^\w]+|_", " ", folded).split())


def summaries(reading: Reading, found: Mapping[str, Sequence[str]], now: dt.datetime) -> list[dict[str, Any]]:
    """Who they are and what tells them apart: keys, last contact, what is open; those the purpose may see."""
    ids = [id for group in found.values() for id in group]
    if not ids:
        return []
    rows = _rows(reading, "stored_people", "*", ids, "received_at desc")
    events = _rows(reading, "stored_events", _BRIEF, ids, "occurred_at, position")
    people = {head: _person(head, group, rows, events, now) for head, group in found.items()}
    return [person for person in people.values() if person["events"] or person["keys"]]


_BRIEF = "person_id, occurred_at, position, case_id, kind, direction, actor, promise_id, due_at"
_LEFT_OUT = dict.fromkeys(("event_id", "activity", "channel", "team", "reason", "text"))
"""What no summary tells: the ids of events alone take longer to read than all the rest."""


def _rows(reading: Reading, table: str, columns: str, ids: Sequence[str], order: str) -> list[dict[str, Any]]:
    """Rows of several persons; a list is quicker than a union of equal values from two persons on, and slower for one."""
    which = "person_id = :id" if len(ids) == 1 else "person_id in (select * from unnest(:ids))"
    params: dict[str, Any] = {"id": ids[0], "ids": list(ids)}
    sql = f"select {columns} from {table} where {which} and {reading.visible} order by {order}"
    return remembered.rows_of(reading.query(sql, params))


def _person(
    head: str, group: Sequence[str], rows: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]], now: dt.datetime
) -> dict[str, Any]:
    own = [{**_LEFT_OUT, **event} for event in events if event["person_id"] in group]
    cases = story.cases_of(own, now)
    owed = [promise["state"] for promise in story.promises_of(own, now)]
    return {
        **remembered.identities([row for row in rows if row["person_id"] in group], (head, *(i for i in group if i != head))),
        "events": len(own),
        "last_contact_at": max((event["occurred_at"] for event in own if story.is_his(event)), default=None),
        "last_at": own[-1]["occurred_at"] if own else None,
        "open_cases": sum(case["state"] == "open" for case in cases),
        "owed": sum(state in ("open", "overdue") for state in owed),
        "overdue": owed.count("overdue"),
    }


def _is_number(wanted: str) -> bool:
    """A customer or case number: digits and letters in one word, and no mail address."""
    return bool(re.search(r"\d", wanted) and re.search(r"[^\W\d_]", wanted)) and " " not in wanted and "@" not in wanted


MOST_NAMESPACES = 12
"""So many are looked at in each relation: one for each mapping a firm has."""


def _cases(reading: Reading, wanted: str) -> list[dict[str, Any]]:
    """Cases called so, with or without what the mapping put before the source's own number."""
    if " " in wanted or "@" in wanted or not re.search(r"\d", wanted):
        return []
    spelled = list(dict.fromkeys((wanted, wanted.upper())))
    return _cases_called(reading, spelled) or _cases_called(
        reading, [f"{namespace}:{word}" for namespace in _namespaces(reading) for word in spelled]
    )


def _cases_called(reading: Reading, names: Sequence[str]) -> list[dict[str, Any]]:
    if not names:
        return []
    where = " or ".join(f"case_id = :name{n}" for n in range(len(names)))
    sql = (
        f"select distinct case_id from (select case_id, person_id from stored_cases where {where} "
        f"union all select case_id, person_id from fresh_events where {where}) found "
        f"where {reading.visible} order by case_id limit {MOST}"
    )
    return list(reading.query(sql, {f"name{n}": name for n, name in enumerate(names)}).to_pylist())


def _namespaces(reading: Reading) -> list[str]:
    """What stands before the colon of case ids: from one to the next, since cases are stored in order and are too many to read."""
    found: list[str] = []
    sql = "select case_id from {} where case_id > :after order by case_id limit 1"
    for relation in ("stored_cases", "fresh_events"):
        after = ""
        for _ in range(MOST_NAMESPACES):
            rows = reading.query(sql.format(relation), {"after": after}).to_pylist()
            if not rows:
                break
            namespace, colon, _rest = rows[0]["case_id"].partition(":")
            # The sign after the colon stands behind all of this namespace.
            after = f"{namespace};" if colon else rows[0]["case_id"]
            found += [namespace] if colon else []
    return list(dict.fromkeys(found))


def _accounts(reading: Reading, key: bytes, wanted: str) -> list[dict[str, Any]]:
    known = [wanted] if remembered.PSEUDONYM.fullmatch(wanted) else [account_id(key, wanted)]
    persons = persons_of_account(reading, known[0])
    return [{"account_id": known[0], "persons": len(persons)}] if persons else []


def persons_of_account(reading: Reading, account: str) -> list[str]:
    """Pseudonyms of the firm's persons that the purpose may see."""
    sql = f"select distinct person_id from stored_people where account_id = :account and {reading.visible} order by person_id"
    return remembered.names(reading, sql, account=account)


def persons_of_case(reading: Reading, case_id: str) -> list[str]:
    """Pseudonyms of those who took part in a case and whom the purpose may see."""
    sql = (
        "select distinct person_id from (select person_id from stored_steps where case_id = :case "
        f"union all select person_id from fresh_events where case_id = :case) found where person_id is not null and {reading.visible}"
    )
    return remembered.names(reading, sql, case=case_id)


def events_of_nobody(reading: Reading, case_id: str) -> list[dict[str, Any]]:
    """The case's events that name no person, without texts; they are looked for only where there are any."""
    sql = (
        "select 1 from (select person_id from stored_steps where case_id = :case "
        "union all select person_id from fresh_events where case_id = :case) found where person_id is null limit 1"
    )
    if not reading.query(sql, {"case": case_id}).num_rows:
        return []
    columns = ", ".join(_OF_NOBODY)
    found = f"select {columns} from stored_events where person_id is null and case_id = :case order by occurred_at, position"
    return [{**row, "text": None} for row in remembered.rows_of(reading.query(found, {"case": case_id}))]


_OF_NOBODY = (
    "occurred_at", "activity", "kind", "channel", "case_id", "direction", "actor", "team", "reason", "score", "score_scale",
    "promise_id", "due_at", "source", "event_id",
)  # fmt: skip
