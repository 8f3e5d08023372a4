"""Who leaves, how well it is foreseen, what goes with it, and how many are at risk now: the price of what service does badly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig import model
from kundig.answer import Chart, Figure
from kundig.answer.sharing import Rule, suppress
from kundig.errors import ModelError
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.message import Message, Number, Share, Word, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

MODEL = model.find("churn")
ENOUGH = 30
"""Customers concerned below which a comparison is not put into a sentence."""
MOST_LISTED = 1_000
_AT_RISK = ("high", "elevated")
LEAST_FACTOR = 1.1
"""A factor of the odds below which a thing is not worth a sentence."""

RETURNING = 0.2
"""Below which share of active customers that come back in the window after, silence says nothing of leaving."""
_KNOWN = """
select count(distinct person_id) as persons,
  count(distinct case when kind in ('contact', 'purchase', 'visit') then person_id end) as active
from events where occurred_at <= :now
"""


@dataclass(frozen=True)
class Churn:
    """Who leaves, how well it is foreseen, what goes with it, and how many are at risk now."""

    days: int = asked(
        MODEL.days, sentence("Within how many days leaving is foreseen, where the data records it."), most=1_000_000
    )
    silence: int = asked(MODEL.silence, sentence("After how many days without a sign of life a customer counts as gone, else."))
    leaving: str = asked(
        MODEL.leaving, sentence("Words of an activity that mean that a customer leaves, parted by |; empty to go by silence.")
    )
    compare: str = asked(
        MODEL.compare, sentence("Column by which the model is compared for fairness: channel, account or source.")
    )
    most_persons: int = asked(
        MODEL.most_persons, sentence("How many customers are learned from at most; where there are more, a fixed random sample.")
    )
    list: bool = asked(False, sentence("Instead of the groups a list of single customers at risk, with the reasons."))

    title: ClassVar[str] = sentence("Leaving customers")
    definition: ClassVar[str] = sentence(
        "A customer leaves when an activity says so (a cancellation, or the closing of a contract); where the data holds no such "
        "activity, when he gives no sign of life (contact, purchase or visit) for the given number of days. Time is cut into windows "
        "of equal length back from the newest event; the share that leaves is that of the customers who were there when a window "
        "began. A model foresees who leaves in the next window from what had happened before: service first, then purchases and "
        "habits; it is judged on later windows than it learned from. Who has 3 times the usual chance is at high risk, from 1.5 "
        "times at raised risk. For each thing that service does to customers, those concerned are compared with the others; the "
        "factor is by how much the odds of leaving are higher, all else that the model knows being equal. This is no proof of a "
        "cause. Intervals: 95%, Wilson for shares, DeLong by customer for the AUC."
    )
    purpose: ClassVar[str] = MODEL.purpose
    needs: ClassVar[tuple[str, ...]] = MODEL.needs
    sql: ClassVar[str] = MODEL.sql["windows"]
    details: ClassVar[Mapping[str, str]] = {"rows": MODEL.sql["rows"], "current": MODEL.sample, "known": _KNOWN}
    group_size: ClassVar[str] = "persons"
    adds_up: ClassVar[tuple[str, ...]] = ("persons",)
    words: ClassVar[tuple[str, ...]] = ("dimension", "value", "band", "reason_1", "reason_2", "reason_3")
    columns: ClassVar[Mapping[str, str]] = {
        "dimension": sentence("Seen by"),
        "value": sentence("Value"),
        "left": sentence("Left"),
        "left_share": sentence("Share that left"),
        "left_share_low": sentence("at least"),
        "left_share_high": sentence("at most"),
        "others_left_share": sentence("Share of the others"),
        "factor": sentence("Odds, all else equal (factor)"),
        "chance_share": sentence("Chance of leaving"),
        "band": sentence("Risk"),
        "reason_1": sentence("First reason"),
        "reason_2": sentence("Second reason"),
        "reason_3": sentence("Third reason"),
    }

    def __post_init__(self) -> None:
        self.model()

    def model(self) -> Any:
        """The model with these settings; QuestionError where one cannot be used."""
        return MODEL(self.days, self.silence, self.leaving, self.compare, self.most_persons)

    def tell(self, result: Result) -> Telling:
        windows = result.table.to_pylist()
        factor = _factor(self, result)
        known = round(result.details["current"].num_rows * factor)
        left = _leaving(windows)
        unseen = list(_unseen(left, windows, known, result.row("known")))
        if unseen:
            left, windows = dict.fromkeys(left), []
        foreseen = _Foreseen(dict.fromkeys(_JUDGED), unseen) if unseen else _foreseen(self.model(), result)
        figures = {"customers": known, **left, **foreseen.figures, **_at_risk_figures(foreseen.scored, factor, result.least)}
        rows = [*_now_rows(known, foreseen.scored, factor), *_driver_rows(foreseen.drivers), *_window_rows(windows)]
        table, hidden = _table(rows, result.least)
        told = [*_on_leaving(figures, windows, self), *foreseen.said, *_on_drivers(foreseen.drivers, result.least)]
        told += [*_on_risk(figures, table.to_pylist(), self), *_on_doing(foreseen.drivers, self)]
        if self.list and result.least:
            told.append(Message("A list of single customers is not for passing on; it is left out here."))
        elif self.list and foreseen.scored is not None:
            table = _list(foreseen.scored)
        return Telling(figures, told, known, _chart(foreseen.drivers, windows, result.least), table, hidden)


def _factor(insight: Churn, result: Result) -> float:
    """How many customers each row of ``current`` stands for: more than one where it is a sample."""
    current = result.details["current"]
    known = current["known"][0].as_py() if current.num_rows else 0
    return 1.0 if insight.list else max(1.0, known / insight.most_persons)


@dataclass(frozen=True)
class _Foreseen:
    """What the model says; nothing but the reason where the data cannot teach it."""

    figures: Mapping[str, Figure]
    said: Sequence[Message]
    drivers: Sequence[Any] = ()
    scored: pa.Table | None = None


def _foreseen(asked: Any, result: Result) -> _Foreseen:
    """The model learned, judged and applied. It may learn from data that are too few to judge it by: then that is said."""
    try:
        judged = asked.evaluate(result.details, result.now)
        learned = asked.learn(result.details, result.now)
    except ModelError as error:
        return _Foreseen(dict.fromkeys(_JUDGED), [*_refused(error)])
    scored = asked.predict(learned, result.details["current"])
    return _Foreseen({name: judged.figures.get(name) for name in _JUDGED}, judged.sentences, learned.drivers, scored)


_ESTIMATED = ("auc", "auc_without_service", "service_gain", "lift_at_10")
_JUDGED = (
    *(f"{name}{end}" for name in _ESTIMATED for end in ("", "_low", "_high", "_n")),
    "brier", "log_loss", "calibration_error", "calibration_error_by_chance", "left_judged",
)  # fmt: skip


def _refused(error: ModelError) -> Iterable[Message]:
    yield Message("Who is about to leave cannot be foreseen from this data: {why}", {"why": Message(error.text, error.values)})
    if error.hint:
        yield Message(error.hint, error.values)


def _unseen(
    left: Mapping[str, Any], windows: Sequence[Mapping[str, Any]], customers: int, known: Mapping[str, Any]
) -> Iterable[Message]:
    """Why leaving cannot be seen in this data at all; nothing where it can."""
    if not known.get("persons"):
        yield Message("No customer is known.")
    elif not known["active"] and not customers:
        yield Message(
            "Persons are known, but no contact, purchase or visit of theirs is among the events: it cannot be seen who leaves."
        )
    elif windows and not windows[0]["contractual"] and left["left_share"] > 1 - RETURNING:
        yield Message(
            "Leaving cannot be seen here: no activity says it, and silence tells nothing where hardly anybody comes twice. Of the active "
            "customers only {share} were seen again in the window after; {least} would be needed.",
            {"share": Share(1 - left["left_share"], 2), "least": Share(RETURNING, 0)},
        )


def _leaving(windows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    left, at_risk = (sum(row[name] for row in windows) for name in ("left_after", "persons"))
    return {"windows": len(windows), "left": left if windows else None, **share("left_share", left, at_risk)}


def _at_risk_figures(scored: pa.Table | None, factor: float, least: int) -> dict[str, Figure]:
    """How many are at risk; null where they are too few to be told of."""
    if scored is None:
        return dict.fromkeys(("high_risk", "elevated_risk", "expected_to_leave"))
    bands = Counter(scored["band"].to_pylist())
    counted = {f"{band}_risk": round(bands[band] * factor) for band in _AT_RISK}
    told: dict[str, Figure] = {name: None if 0 < n < least else n for name, n in counted.items()}
    return {**told, "expected_to_leave": float(scored["score"].to_numpy().sum()) * factor}


_FIELDS = {
    "dimension": "string", "value": "string", "persons": "int64", "left": "int64", "left_share": "float64",
    "left_share_low": "float64", "left_share_high": "float64", "others_left_share": "float64", "factor": "float64",
    "chance_share": "float64",
}  # fmt: skip


def _table(rows: Sequence[Mapping[str, Any]], least: int) -> tuple[pa.Table, int]:
    """The rows as a table; groups below ``least`` customers are left out and counted."""
    import pyarrow as pa

    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in _FIELDS.items()])
    table = pa.Table.from_pylist([{**dict.fromkeys(_FIELDS), **row} for row in rows], schema=schema)
    if not least:
        return table, 0
    return suppress(table, Rule("persons", least, ("persons",), ("dimension",)))


def _now_rows(known: int, scored: pa.Table | None, factor: float) -> Iterable[dict[str, Any]]:
    """The customers there are now: all, by risk, and those at risk by their first reason."""
    if known:
        yield {"dimension": sentence("customers now"), "value": sentence("all"), "persons": known}
    if scored is None:
        return
    rows = scored.to_pylist()
    for band in (*_AT_RISK, "usual"):
        chances = [row["score"] for row in rows if row["band"] == band]
        if chances:
            persons = round(len(chances) * factor)
            mean = sum(chances) / len(chances)
            yield {"dimension": sentence("risk now"), "value": band, "persons": persons, "chance_share": mean}
    first = Counter(_noun(row["reasons"][0]) for row in rows if row["band"] in _AT_RISK and row["reasons"])
    for reason, n in first.most_common():
        yield {"dimension": sentence("first reason of those at risk"), "value": reason, "persons": round(n * factor)}


def _noun(code: str) -> str:
    return code.partition("=")[0]


def _driver_rows(drivers: Sequence[Any]) -> Iterable[dict[str, Any]]:
    for driver in drivers:
        yield {
            "dimension": sentence("concerned by"), "value": driver.name, "persons": driver.persons, "left": driver.left,
            **_interval(driver.left, driver.rows), "others_left_share": driver.other_left / driver.other_rows,
            "factor": driver.factor,
        }  # fmt: skip


def _window_rows(windows: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in windows:
        yield {
            "dimension": sentence("window from"), "value": row["landmark"].date().isoformat(), "persons": row["persons"],
            "left": row["left_after"], **_interval(row["left_after"], row["persons"]),
        }  # fmt: skip


def _interval(left: int, of: int) -> dict[str, Any]:
    return {name: value for name, value in share("left_share", left, of).items() if name != "left_share_n"}


def _list(scored: pa.Table) -> pa.Table:
    """The customers at risk one by one, the highest risk first."""
    import pyarrow as pa

    at_risk = [row for row in scored.to_pylist() if row["band"] in _AT_RISK]
    ordered = sorted(at_risk, key=lambda row: (-row["score"], row["person_id"]))[:MOST_LISTED]
    rows = [
        {"person_id": row["person_id"], "chance_share": row["score"], "band": row["band"],
         **{f"reason_{n}": reason for n, reason in enumerate(map(_noun, row["reasons"]), 1)}}
        for row in ordered
    ]  # fmt: skip
    texts = ("person_id", "band", "reason_1", "reason_2", "reason_3")
    schema = pa.schema(
        [(name, pa.string() if name in texts else pa.float64()) for name in (texts[0], "chance_share", *texts[1:])]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _on_leaving(figures: Mapping[str, Any], windows: Sequence[Mapping[str, Any]], asked: Churn) -> Iterable[Message]:
    if figures["left_share"] is None:
        return
    if not figures["customers"]:
        yield Message("No customer is there now: those known have left or have not been heard of for long.")
    values = {
        "left": Number(figures["left"] / len(windows), 1), "persons": Number(figures["left_share_n"] / len(windows), 1),
        "share": Share(figures["left_share"], 2), "low": Share(figures["left_share_low"], 2),
        "high": Share(figures["left_share_high"], 2), "days": asked.days if windows[0]["contractual"] else asked.silence,
    }  # fmt: skip
    if windows[0]["contractual"]:
        yield Message("In {days} days {left} of {persons} customers leave on average: {share} ({low} to {high}).", values)
    else:
        yield Message(
            "Leaving is not recorded, so silence counts: in {days} days {left} of {persons} active customers fall silent on "
            "average: {share} ({low} to {high}).",
            values,
        )
    if min(figures["left"], max(row["persons"] for row in windows)) < ENOUGH:
        yield Message(
            "That rests on only {left} who left, of at most {persons} customers at a time: too few to rely on the share.",
            {"left": figures["left"], "persons": max(row["persons"] for row in windows)},
        )


def _on_drivers(drivers: Sequence[Any], least: int) -> Iterable[Message]:
    """The three things that go with leaving most, once the rest is held equal."""
    for driver in _telling(drivers, least):
        yield Message(
            "Concerned by {what}: {share} left, of the others {others} ({n} customers); all else equal the odds are {factor} times "
            "as high.",
            {"what": Message(driver.name), "share": Share(driver.left / driver.rows, 2),
             "others": Share(driver.other_left / driver.other_rows, 2), "n": driver.persons, "factor": Number(driver.factor, 1)},
        )  # fmt: skip


def _telling(drivers: Sequence[Any], least: int = 0) -> list[Any]:
    """Those with enough customers behind them that more leave of, both as counted and all else equal."""
    enough = [one for one in drivers if one.persons >= max(ENOUGH, least) and one.factor >= LEAST_FACTOR]
    return [one for one in enough if one.left / one.rows > one.other_left / one.other_rows][:3]


def _on_risk(figures: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], asked: Churn) -> Iterable[Message]:
    if not figures["high_risk"]:
        return
    yield sentences(
        "{n} customer is at high risk now (3 times the usual chance or more), {raised} at raised risk; {expected} of all {all} are "
        "expected to leave next.",
        "{n} customers are at high risk now (3 times the usual chance or more), {raised} at raised risk; {expected} of all {all} "
        "are expected to leave next.",
        figures["high_risk"], raised=figures["elevated_risk"], expected=round(figures["expected_to_leave"]), all=figures["customers"],
    )  # fmt: skip
    reasons = [row for row in rows if row["dimension"] == "first reason of those at risk"][:3]
    for row in reasons:
        yield Message("First reason of {n} of them: {what}.", {"n": row["persons"], "what": Message(row["value"])})
    if not asked.list:
        yield Message("To see them one by one: {command}", {"command": "kundig ask churn --list"})


def _on_doing(drivers: Sequence[Any], asked: Churn) -> Iterable[Message]:
    telling = _telling(drivers)
    if not telling:
        return
    for driver in telling:
        yield Message(
            "What could be done about {what}: {action}", {"what": Message(driver.name), "action": Message(driver.action)}
        )
    yield Message(
        "These are connections, no proof of cause: try one of these with some of those concerned, chosen by lot, and compare."
    )


def _chart(drivers: Sequence[Any], windows: Sequence[Mapping[str, Any]], least: int) -> Chart | None:
    drawn = [one for one in drivers if one.persons >= max(ENOUGH, least)]
    return _compared(drawn) if drawn else _over_time([row for row in windows if row["persons"] >= least])


def _compared(drivers: Sequence[Any]) -> Chart:
    """Those concerned beside the others, thing by thing."""
    spec: dict[str, Any] = {
        "description": sentence("Share that left in the window after, of those concerned and of the others."),
        "encoding": {"y": {"field": "what", "type": "nominal", "sort": None, "title": None}},
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {"x": _percent("low"), "x2": {"field": "high"}}},
            {
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {"x": _percent("share"), "color": {"field": "who", "type": "nominal", "title": None}},
            },
        ],
    }
    rows = []
    for driver in drivers:
        for who, left, of in (
            (sentence("concerned"), driver.left, driver.rows), (sentence("the others"), driver.other_left, driver.other_rows),
        ):  # fmt: skip
            found = share("left", left, of)
            rows.append({
                "what": Word(driver.name), "who": Word(who), "share": found["left"], "low": found["left_low"],
                "high": found["left_high"],
            })  # fmt: skip
    return Chart(spec, tuple(rows))


def _over_time(windows: Sequence[Mapping[str, Any]]) -> Chart | None:
    if not windows:
        return None
    when = {"field": "window", "type": "ordinal", "title": sentence("Window from")}
    spec: dict[str, Any] = {
        "description": sentence("Share of customers that left, window by window."),
        "layer": [
            {"mark": {"type": "rule"}, "encoding": {"x": when, "y": _percent("low"), "y2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True}, "encoding": {"x": when, "y": _percent("share")}},
        ],
    }
    rows = [{"window": row["landmark"].date().isoformat(), **share("left", row["left_after"], row["persons"])} for row in windows]
    names = {"share": "left", "low": "left_low", "high": "left_high"}
    return Chart(spec, tuple({"window": row["window"], **{name: row[of] for name, of in names.items()}} for row in rows))


def _percent(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": sentence("Share that left"), "axis": {"format": ".1%"}}
