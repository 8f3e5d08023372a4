"""A mapping's table as SQL over chunks of rows.

Rows stand in relation ``chunk``: ``row`` (unique in the import), ``place`` (the row's number in its file), the source's
columns as c0, c1 ... and translated ones (pseudonyms, kinds, channels) as d0, d1 .... No name of the source ever becomes
an SQL identifier. ``parsed`` adds read dates and numbers; every event a row may hold is one SELECT over it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field

from kundig.event import EVENTS
from kundig.ingest import values, zones
from kundig.ingest.mapping import DURATION_UNITS, NUMBERS, Event, Field, Mapping, Only, Promise, Table
from kundig.ingest.values import literal
from kundig.message import sentence

UNIT = "\x1f"
DST_GAP = "kundig:dst_gap"
NO_DATE = sentence("This is no date that can be read.")
NO_NUMBER = sentence("This is no number.")
UNHASHED = ("event_id", "received_at", "position", "source", "score_scale", "content_hash")
_NO_CASE = (*values.EMPTY, "unknown", "unbekannt")
_UNIT_SQL = "chr(31)"
_PLAUSIBLE = "timestamp '1000-01-01' and timestamp '9999-12-31'"
_INBOUND = "case {kind} when 'contact' then 'inbound' when 'survey_answer' then 'inbound' when 'answer' then 'outbound' end"
_ACTOR = "case when {kind} in ('contact', 'purchase', 'visit', 'survey_answer') then 'customer' end"
_PROMISED = {
    "made": ("promise_made", "{name} promised"),
    "kept": ("promise_kept", "{name} kept"),
    "broken": ("promise_broken", "{name} broken"),
    "withdrawn": ("promise_withdrawn", "{name} withdrawn"),
}


@dataclass(frozen=True)
class Role:
    """A column to translate in Python before SQL: what for, from which columns, and (person) of which kind."""

    what: str
    columns: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True)
class Check:
    """A value that must be readable: the columns it comes from, their SQL, and the reason if it is not."""

    columns: tuple[str, ...]
    value: str
    failed: str
    reason: str


@dataclass(frozen=True)
class Number:
    """A number to be read: from which columns, and for a length of time in which unit."""

    columns: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class Ready:
    """What was read before SQL: dates (as t0 ...; whether they are UTC) and numbers (as f0 ...), by their place in the table."""

    times: Mapping_[int, bool] = field(default_factory=dict)
    numbers: frozenset[int] = frozenset()


@dataclass
class Made:
    """One event a row may hold: its name within the row, SQL per event column, and when there is one."""

    name: str
    columns: dict[str, str]
    when: str
    times: tuple[int, ...] = ()


@dataclass
class Compiled:
    """SQL for one table of a mapping over chunks with exactly these columns."""

    mapping: Mapping
    table: Table
    columns: Sequence[str]
    received_at: dt.datetime
    meaning: Callable[[Role], Callable[[str], str | None]]
    """How a value of a role is translated; used here for constants."""
    roles: dict[Role, str] = field(default_factory=dict)
    times: dict[tuple[str, ...], int] = field(default_factory=dict)
    numbers: dict[Number, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._at = {name: f"c{i}" for i, name in enumerate(self.columns)}
        for what in ("person", "account"):
            self._pseudonym(what)  # a list of persons has no event that would ask for it
        for event in self.table.all_events:
            self.made.append(self._event(event))
        for promise in self.table.promises:
            self.made.extend(self._promise(promise))

    # -- what the caller runs

    def parsed(self, ready: Ready) -> str:
        """SELECT with dates w0 ..., their zones z0 ..., numbers n0 ... and ``bad``, the number of the check that failed."""
        reads = [f"{self._wall(c, i, ready)} as w{i}" for c, i in self.times.items()]
        reads += [f"{self._absolute(c, i, ready)} as z{i}" for c, i in self.times.items()]
        reads += [f"{self._read_number(number, i, ready)} as n{i}" for number, i in self.numbers.items()]
        failed = " ".join(f"when {check.failed} then {i}" for i, check in enumerate(self.checks))
        bad = f"case {failed} end" if failed else "null::integer"
        inner = f"select {', '.join(['*', *reads])} from chunk"
        return f"select *, {bad} as bad from ({inner})"

    def _wall(self, columns: tuple[str, ...], i: int, ready: Ready) -> str:
        return f"t{i}" if i in ready.times else values.wall_time(self.text(columns), self.mapping.date_order)

    def _absolute(self, columns: tuple[str, ...], i: int, ready: Ready) -> str:
        return str(ready.times[i]).lower() if i in ready.times else values.is_absolute(self.text(columns))

    def _read_number(self, number: Number, i: int, ready: Ready) -> str:
        factor = DURATION_UNITS[number.unit] if number.unit else 1.0
        if i in ready.numbers:
            return f"f{i} * {factor}" if factor != 1.0 else f"f{i}"
        x = self.text(number.columns)
        return values.seconds(x, self.mapping.decimal, factor) if number.unit else values.number(x, self.mapping.decimal)

    def all_read(self, ready: Ready) -> bool:
        """True where SQL has little to read, so that it may do it twice rather than keep the result."""
        return len(ready.times) == len(self.times) and len(ready.numbers) == len(self.numbers)

    def summary(self) -> str:
        """One row: how many rows are good, bad and empty (without event), and for each date its years as wall time (y0 ...)."""
        some = " or ".join(f"coalesce({made.when}, false)" for made in self.made) or "false"
        years = [f"list(distinct year(w{i})) filter (not z{i} and w{i} is not null) as y{i}" for i in self.times.values()]
        counts = [f"count(*) filter (bad is null and ({some})) as good", "count(bad) as bad"]
        counts.append(f"count(*) filter (bad is null and not ({some})) as empty")
        return f"select {', '.join([*counts, *years])} from parsed"

    def rejected(self) -> str:
        """The rows that failed a check, whole: row, place, bad and all source columns."""
        return (
            f"select place, bad, {', '.join(self._at[c] for c in self.columns)} from parsed where bad is not null order by place"
        )

    def events(self, years: Sequence[Iterable[int]], *, all_good: bool = False) -> str:
        """SELECT of all events of the good rows, in the staged columns.

        years: per date, as :meth:`summary` found them; all_good: no row failed a check, so none is asked again.
        """
        good = "true" if all_good else "bad is null"
        selects = [self._select(i, made, years, good) for i, made in enumerate(self.made)]
        hashed = f"concat_ws({_UNIT_SQL}, {', '.join(self._tagged(selects))})"
        # MD5 is half as dear as SHA-256, and a change has to be noticed here, not an attack withstood.
        content = f"cast(cast(unhex(left(md5({hashed}), 16)) as bit) as bigint)"
        listed = ", ".join(f"{content} as content_hash" if c == "content_hash" else c for c in EVENTS.names)
        return f"select {listed}, text, row from ({' union all '.join(sql for sql, _ in selects)})"

    @property
    def person_role(self) -> Role | None:
        """The role whose translation alone tells all that is to be known of a person; None where there is more to know."""
        person = self.table.person
        alone = person and not (person.name or person.email or person.phone or person.account)
        return next((role for role in self.roles if role.what == "person"), None) if alone else None

    def people(self) -> str:
        """SELECT of the persons in the chunk, in the columns of ``people``; "" where the table names none."""
        person = self.table.person
        if not person:
            return ""
        pid, account = self._pseudonym("person"), self._pseudonym("account")
        identifier = f"coalesce({self.text((person.column,))}, {self.text((person.otherwise,))})"
        details = {"name": person.name, "email": person.email, "phone": person.phone}
        latest = ", ".join(f"max_by({self.text((c,)) if c else 'null::varchar'}, row) as {key}" for key, c in details.items())
        return (
            f"select {pid} as person_id, {literal(person.kind)} as identifier_kind, max_by({identifier}, row) as identifier, "
            f"{latest}, max_by({account}, row) as account_id, {self._received} as received_at "
            f"from parsed where bad is null and {pid} is not null group by 1"
        )

    def agents(self) -> str:
        """SELECT of the agents in the chunk, in the columns of ``agents``; "" where the table names none."""
        found = [role for role in self.roles if role.what == "agent"]
        team = self.text(self.table.fields["team"].columns) if "team" in self.table.fields else "null::varchar"
        selects = [
            f"select {self.roles[role]} as agent_id, max_by({self.text(role.columns)}, row) as identifier, "
            f"max_by({team}, row) as team, "
            f"{self._received} as received_at from parsed where bad is null and {self.roles[role]} is not null group by 1"
            for role in found
        ]
        return " union all ".join(selects)

    # -- values

    def text(self, columns: Sequence[str], between: str = " ") -> str:
        """SQL of the text of one or several columns, null where empty or absent; the caller has trimmed them."""
        parts = [self._at[c] for c in columns if c in self._at]
        if len(parts) == 1:
            return parts[0]
        return f"nullif(concat_ws({_sql_text(between)}, {', '.join(parts)}), '')" if parts else "null::varchar"

    def value(self, given: Field | None, between: str = " ") -> str:
        """SQL of a field as text; null::varchar where it is not mapped."""
        if given is None:
            return "null::varchar"
        plain = self.text(given.columns, between) if given.columns else "null::varchar"
        if not given.value:
            return plain
        return literal(given.value) if plain == "null::varchar" else f"coalesce({plain}, {literal(given.value)})"

    @property
    def _received(self) -> str:
        return f"timestamptz {literal(self.received_at.astimezone(dt.UTC).isoformat())}"

    def _translated(self, what: str, given: Field | None, kind: str = "") -> str:
        """SQL of a translated column or constant."""
        if given is None:
            return "null::varchar"
        role = Role(what, tuple(c for c in given.columns if c in self._at), kind)
        constant = self.meaning(role)(given.value) if given.value else None
        if not role.columns:
            return literal(constant) if constant else "null::varchar"
        name = self.roles.setdefault(role, f"d{len(self.roles)}")
        return f"coalesce({name}, {literal(constant)})" if constant else name

    def _pseudonym(self, what: str) -> str:
        person = self.table.person
        if what == "person":
            named = tuple(c for c in (person.column, person.otherwise) if c) if person else ()
            return self._translated("person", Field(named), person.kind) if person else "null::varchar"
        column = self.table.fields.get("account") or (Field((person.account,)) if person and person.account else None)
        return self._translated("account", column)

    def _time(self, columns: tuple[str, ...]) -> int:
        """The number of a date to be read; a new one is checked."""
        if columns not in self.times:
            i = self.times[columns] = len(self.times)
            x = self.text(columns)
            unreadable = f"(w{i} is null or not w{i} between {_PLAUSIBLE}) and {x} is not null and not ({values.is_empty(x)})"
            self.checks.append(Check(columns, x, unreadable, NO_DATE))
        return self.times[columns]

    def _number(self, name: str, given: Field) -> str:
        number = Number(given.columns, (given.unit or "s") if name == "duration_s" else "")
        if number not in self.numbers:
            i = self.numbers[number] = len(self.numbers)
            x = self.text(given.columns)
            unreadable = f"n{i} is null and {x} is not null and not ({values.is_empty(x)})"
            self.checks.append(Check(given.columns, x, unreadable, NO_NUMBER))
        i = self.numbers[number]
        return f"try_cast(n{i} as decimal(18, 4))" if name == "cost" else f"n{i}"

    # -- events

    def _row_columns(self, fields: dict[str, Field]) -> dict[str, str]:
        """SQL of the event columns that are the same for all events of a row."""
        texts = {name: self.value(fields.get(name)) for name in ("touchpoint", "team", "reason", "promise_id")}
        agent = self._translated("agent", fields.get("agent"))
        return texts | {
            "person_id": self._pseudonym("person"), "account_id": self._pseudonym("account"), "case_id": self._case(),
            "channel": self._translated("channel", fields.get("channel")), "agent_id": agent,
            "source": literal(self.mapping.source),
        }  # fmt: skip

    def _event(self, event: Event) -> Made:
        fields = dict(event.fields)
        columns = self._row_columns(fields) | self._acts(fields)
        columns |= {name: self._number(name, fields[name]) for name in NUMBERS if name in fields and fields[name].columns}
        columns["text"] = self.value(fields.get("text"), "\n")
        if "score" in columns:
            columns["score_scale"] = (
                f"case when {columns['score']} is not null then {literal(fields['score'].scale)} end"
                if fields["score"].scale
                else "null"
            )
        at = self._time(fields["occurred_at"].columns) if "occurred_at" in fields else None
        when = [f"w{at} is not null" if at is not None else "false", f"{columns['activity']} is not null"]
        if event.only_if:
            when.append(self._only(event.only_if))
        due = (self._time(fields["due_at"].columns),) if "due_at" in fields else ()
        name = ":".join([columns["activity"], *fields["occurred_at"].columns]) if self.table.events and at is not None else ""
        return Made(name, columns, " and ".join(when), ((at,) if at is not None else (0,)) + due)

    def _acts(self, fields: dict[str, Field]) -> dict[str, str]:
        """Activity and what it is: kind, direction, actor."""
        activity = self.value(fields.get("activity"))
        kind = self._translated("kind", fields.get("kind"))
        if kind == "null::varchar" or (fields.get("kind") and not fields["kind"].value):
            kind = f"coalesce({kind}, {self._translated('activity', fields.get('activity'))}, 'other')"
        direction = self._direction(fields)
        kind = f"case when {kind} = 'contact' and {direction} = 'outbound' then 'answer' else {kind} end"
        actor = self._translated("actor", fields.get("actor"))
        return {
            "activity": activity, "kind": kind,
            "direction": f"coalesce({direction}, {_INBOUND.format(kind=f'({kind})')})",
            "actor": f"coalesce({actor}, {_ACTOR.format(kind=f'({kind})')})",
        }  # fmt: skip

    def _direction(self, fields: dict[str, Field]) -> str:
        """As mapped; for mail, what comes from the firm's own domains is outbound."""
        person = self.table.person
        if "direction" not in fields and person and person.own_domains:
            return self._translated("mail direction", Field((person.column,)))
        return self._translated("direction", fields.get("direction"))

    def _case(self) -> str:
        case = self.table.case
        if case is None or case.session_minutes:
            return "null::varchar"
        if case.by_person:
            return f"'person:' || {self._pseudonym('person')}"
        native = self.text((case.column,))
        none = ", ".join(literal(word) for word in _NO_CASE)
        kind = literal((case.kind or self.mapping.source) + ":")
        return f"case when strlen({native}) > 30 or lower({native}) not in ({none}) then {kind} || {native} end"

    def _only(self, only: Only) -> str:
        wanted = ", ".join(literal(value.casefold()) for value in only.values) or "''"
        return f"lower({self.text((only.column,))}) in ({wanted})"

    def _promise(self, promise: Promise) -> Iterator[Made]:
        """The events that tell a promise's fate; all of them name it and when it was due."""
        made, due = self._time((promise.made,)), self._time((promise.due,))
        columns = self._row_columns({k: v for k, v in self.table.fields.items() if k not in ("promise_id", "touchpoint")})
        columns["promise_id"] = (
            f"concat(coalesce({columns['case_id']}, left(sha256({self._key()}), 32)), {literal(':' + promise.name)})"
        )
        dates = {"made": made} | {k: self._time((c,)) for k, c in (("kept", promise.kept), ("broken", promise.broken)) if c}
        for fate, at in dates.items():
            yield self._fate(promise, fate, columns, f"w{at} is not null and w{due} is not null", (at, due))
        if promise.withdrawn:
            at = self._time((promise.withdrawn.at,)) if promise.withdrawn.at else made
            when = f"w{at} is not null and w{due} is not null and {self._only(promise.withdrawn.only_if)}"
            yield self._fate(promise, "withdrawn", columns, when, (at, due))

    def _fate(self, promise: Promise, fate: str, columns: dict[str, str], when: str, times: tuple[int, ...]) -> Made:
        kind, pattern = _PROMISED[fate]
        activity = promise.activities.get(fate) or pattern.format(name=promise.name)
        acts = {"activity": literal(activity), "kind": literal(kind), "direction": "null::varchar", "actor": "null::varchar"}
        return Made(f"{kind}:{promise.name}", columns | acts, when, times)

    def _select(self, index: int, made: Made, years: Sequence[Iterable[int]], good: str) -> tuple[str, set[str]]:
        """One event's SELECT and the columns it fills."""
        instants = [self._instant(f"w{i}", i, years[i]) for i in made.times[:1]]
        instants += [self._instant(self._due(i), i, years[i]) for i in made.times[1:]]
        gap = zones.in_gap(f"w{made.times[0]}", self.mapping.time_zone, years[made.times[0]])
        key = f"concat({literal(self.mapping.source + UNIT)}, {self._key()}, {literal(UNIT + made.name)})"
        columns = made.columns | {
            "event_id": f"left(sha256({key}), 32)", "occurred_at": instants[0], "received_at": self._received,
            "position": f"place * {len(self.made)} + {index}", "extra": self._extra(f"not z{made.times[0]} and ({gap})"),
        }  # fmt: skip
        if len(instants) > 1:
            columns["due_at"] = instants[1]
        listed = [f"{columns.get(c, 'null')}::{_SQL_TYPES[t]} as {c}" for c, t in _STAGED if c != "content_hash"]
        filled = {c for c, sql in columns.items() if sql not in ("null", "null::varchar")}
        return f"select {', '.join(listed)}, row from parsed where {good} and {made.when}", filled

    def _due(self, i: int) -> str:
        """The wall time something is due: a day without a time lasts to its end."""
        x = self.text(list(self.times)[i])
        return f"(case when {values.is_day(x)} then w{i} + interval '1 day' - interval '1 microsecond' else w{i} end)"

    def _instant(self, wall: str, i: int, years: Iterable[int]) -> str:
        offset = zones.offset_us(wall, self.mapping.time_zone, years)
        ahead = offset if offset == "0" else f"case when z{i} then 0 else {offset} end"
        return f"make_timestamptz(epoch_us({wall}) - {ahead})" if ahead != "0" else f"make_timestamptz(epoch_us({wall}))"

    def _tagged(self, selects: Sequence[tuple[str, set[str]]]) -> list[str]:
        """The content of an event for its hash, each value with its column's number; what is null leaves no trace.

        What kundig derives (a kind from the activity's words, a direction from the kind) is no content of the source:
        a corrected word list must not make the same event another.
        """
        filled = set().union(*(columns for _, columns in selects))
        derived = {c for c in ("kind", "direction", "actor") if all(c not in e.fields for e in self.table.all_events)}
        hashed = [(i, c) for i, c in enumerate([*EVENTS.names, "text"]) if c in filled - derived and c not in UNHASHED]
        times = ("occurred_at", "due_at")
        return [f"'{i}=' || {f'epoch_us({c})' if c in times else c}" for i, c in hashed]

    def _key(self) -> str:
        """SQL of what tells this row from all others of the source: its native id, else its whole content."""
        own = sorted(c for c in self.columns if c not in self.table.taken)
        content = "concat('row', " + ", ".join(f"{literal(UNIT + c + '=')} || nullif({self._at[c]}, '')" for c in own) + ")"
        if self.table.event_id not in self._at:
            return content
        native = self.text((self.table.event_id,))
        return f"case when {native} is null then {content} else {literal('id' + UNIT)} || {native} end"

    def _extra(self, gap: str) -> str:
        """Columns without a place of their own, as JSON with sorted keys."""
        used = self.table.used()
        entries = {
            c: f"{literal(json.dumps(c, ensure_ascii=False) + ':')} || to_json(nullif({self._at[c]}, ''))::varchar"
            for c in self.columns
            if c not in used
        }
        if not gap.endswith("(false)"):
            entries[DST_GAP] = f"case when {gap} then {literal(json.dumps(DST_GAP) + ':true')} end"
        if not entries:
            return "null::varchar"
        return f"nullif('{{' || concat_ws(',', {', '.join(entries[c] for c in sorted(entries))}) || '}}', '{{}}')"


_SQL_TYPES = {"string": "varchar", "time": "timestamptz", "int64": "bigint", "double": "double", "decimal": "decimal(18, 4)"}
_STAGED = [*((c.name, c.type) for c in EVENTS.columns), ("text", "string")]


def _sql_text(text: str) -> str:
    return "chr(10)" if text == "\n" else literal(text)
