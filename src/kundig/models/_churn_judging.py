"""How good a churn model is: learned on the past, judged on what came later, beside the same without service data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.answer import Chart, Figure, Telling
from kundig.errors import ModelError
from kundig.measures import calibration, discrimination
from kundig.message import Message, Number, Share, Word, sentence
from kundig.models._foreseeing import foresee

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from kundig.models._churn_data import Data

    Numbers = NDArray[Any]

LEAST_WINDOWS = 3
ORIGINS = 3
"""How often at most the model is learned anew on its way through the later windows."""
LEAST_JUDGED = 10
"""Leavers in the later windows below which nothing is said of the model."""
TOP = 0.1
LEAST_COMPARED = 100
"""Customers and windows below which a group is not named in a sentence."""
COLUMNS: Mapping[str, str] = {
    "compared": sentence("Group"),
    "rows": sentence("Customers and windows"),
    "left": sentence("Left"),
    "left_share": sentence("Share that left"),
    "told_share": sentence("Share foreseen"),
    "selected_share": sentence("Share among the tenth at highest risk"),
    "auc": sentence("AUC"),
    "auc_low": sentence("from"),
    "auc_high": sentence("to"),
    "auc_n": sentence("Rows"),
}


def judged(data: Data, service: Sequence[str], compare: str, seed: int) -> Telling:
    """Figures, sentences and a table by group; ModelError where there are too few windows or leavers to judge by."""
    import numpy as np

    blocks = _blocks(data)
    later = np.concatenate([np.flatnonzero(np.isin(data.landmarks, block)) for block in blocks])
    chances = _foreseen(data, blocks, data.columns, seed)
    habits = tuple(name for name in data.columns if name not in service)
    others = _foreseen(data, blocks, habits, seed) if habits and len(habits) < len(data.columns) else None
    there = data.rows(later)
    figures = {
        **_figures(there, chances),
        **_beside(there, chances, others),
        "windows": len(np.unique(data.landmarks)),
        "windows_judged": sum(len(block) for block in blocks),
    }
    table = _groups(there, chances)
    return Telling(
        figures, [*_sentences(figures), *_on_groups(table.to_pylist(), compare)], len(data.y), _chart(there, chances), table
    )


def _blocks(data: Data) -> list[Numbers]:
    """The last third of the landmarks, in the parts each of which is foreseen from all that came before it."""
    import numpy as np

    landmarks = np.unique(data.landmarks)
    if len(landmarks) < LEAST_WINDOWS:
        raise ModelError(
            "{n} windows are too few to learn from the earlier and judge on the later ones; at least {least} are needed.",
            "Import a longer time, or choose shorter windows.", n=len(landmarks), least=LEAST_WINDOWS,
        )  # fmt: skip
    judged = landmarks[-max(1, len(landmarks) // 3) :]
    left = int(data.y[data.landmarks >= judged[0]].sum()), int(data.y[data.landmarks < judged[0]].sum())
    if min(left) < LEAST_JUDGED:
        raise ModelError(
            "{n} who left are too few in the {part} windows to tell how well leaving can be foreseen.",
            "Import a longer time, or wait for more data.",
            n=min(left), part=Message(sentence("later") if left[0] < left[1] else sentence("earlier")),
        )  # fmt: skip
    return [block for block in np.array_split(judged, ORIGINS) if len(block)]


def _foreseen(data: Data, blocks: list[Numbers], columns: tuple[str, ...], seed: int) -> Numbers:
    """The chance told for each later row by a model that knew the windows before it only; the kind of model is chosen once."""
    import numpy as np

    told, candidate = [], ""
    for block in blocks:
        before = data.rows(data.landmarks < block[0], columns)
        model = foresee(columns, before.x, before.y, before.people, seed, candidate)
        candidate = model.candidate
        told.append(model.chances(data.rows(np.isin(data.landmarks, block), columns).x))
    return np.concatenate(told)


def _figures(data: Data, chances: Numbers) -> dict[str, Figure]:
    found = discrimination.auc(data.y, chances, data.people)
    best = discrimination.lift(data.y, chances, TOP)
    rate = float(data.y.mean())
    assert found and best  # both sorts were counted before
    return {
        **found.as_figures("auc"),
        **best.as_figures("lift_at_10"),
        "log_loss": calibration.log_loss(data.y, chances),
        "brier": calibration.brier(data.y, chances),
        "brier_without_model": rate * (1 - rate),
        "calibration_error": calibration.expected_error(data.y, chances),
        "calibration_error_by_chance": calibration.error_by_chance(chances),
        "left_judged": int(data.y.sum()),
    }


def _beside(data: Data, chances: Numbers, others: Numbers | None) -> dict[str, Figure]:
    """The same without service data, and what service data add."""
    alone = discrimination.auc(data.y, others, data.people) if others is not None else None
    gain = discrimination.auc_difference(data.y, chances, others, data.people) if others is not None else None
    named = (("auc_without_service", alone), ("service_gain", gain))
    return {
        figure: value
        for name, found in named
        for figure, value in (found.as_figures(name) if found else _unknown(name, len(data.y))).items()
    }


def _unknown(name: str, n: int) -> dict[str, Figure]:
    return {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_n": n}


def _sentences(figures: Mapping[str, Any]) -> Iterable[Message]:
    yield Message(
        "Of one who left and one who stayed, the one who left was given the higher risk in {auc} of the cases ({low} to {high}); "
        "chance would be 50%. Judged on later data than was learned from, {n} leavers.",
        {"auc": Share(figures["auc"]), "low": Share(figures["auc_low"]), "high": Share(figures["auc_high"]),
         "n": figures["left_judged"]},
    )  # fmt: skip
    yield Message(
        "Among the tenth of customers with the highest risk {lift} times as many left as among all ({low} to {high}).",
        {"lift": Number(figures["lift_at_10"], 1), "low": Number(figures["lift_at_10_low"], 1),
         "high": Number(figures["lift_at_10_high"], 1)},
    )  # fmt: skip
    yield from _on_service(figures)
    yield _on_calibration(figures)


def _on_service(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["service_gain"] is None:
        return
    values = {
        "alone": Share(figures["auc_without_service"]), "gain": Number(100 * figures["service_gain"], 1),
        "low": Number(100 * figures["service_gain_low"], 1), "high": Number(100 * figures["service_gain_high"], 1),
    }  # fmt: skip
    if figures["service_gain_low"] > 0:
        yield Message(
            "From purchases and habits alone it would be {alone}: service data add {gain} points ({low} to {high}).", values
        )
    else:
        yield Message(
            "From purchases and habits alone it would be {alone}: it is not proven that service data add anything "
            "({gain} points, {low} to {high}).",
            values,
        )


def _on_calibration(figures: Mapping[str, Any]) -> Message:
    values = {"error": Share(figures["calibration_error"], 2), "chance": Share(figures["calibration_error_by_chance"], 2)}
    if figures["calibration_error"] <= 1.5 * figures["calibration_error_by_chance"]:
        return Message("The chances told mean what they say: they miss what was seen by {error}, by chance {chance}.", values)
    return Message(
        "The chances told miss what was seen by {error}, by chance it would be {chance}: go by their order, not by their size.",
        values,
    )


def _groups(data: Data, chances: Numbers) -> pa.Table:
    """How well it works for each group, with how many it rests on; groups with too few leavers have no AUC."""
    import numpy as np
    import pyarrow as pa

    edge = np.quantile(chances, 1 - TOP)
    rows = [_group(str(name), data.rows(data.compared == name), chances[data.compared == name], edge) for name in _names(data)]
    kinds: dict[str, pa.DataType] = {"compared": pa.string(), "rows": pa.int64(), "left": pa.int64(), "auc_n": pa.int64()}
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds.get(name, pa.float64())) for name in COLUMNS]))


def _names(data: Data) -> list[str]:
    import numpy as np

    names, counts = np.unique(data.compared, return_counts=True)
    return [str(name) for name in names[np.argsort(-counts, kind="stable")][:20]]


def _group(name: str, data: Data, chances: Numbers, edge: float) -> dict[str, Any]:
    enough = min(data.y.sum(), len(data.y) - data.y.sum()) >= LEAST_JUDGED
    found = discrimination.auc(data.y, chances, data.people) if enough else None
    return {
        "compared": name or None, "rows": len(data.y), "left": int(data.y.sum()), "left_share": float(data.y.mean()),
        "told_share": float(chances.mean()), "selected_share": float((chances >= edge).mean()),
        **(found.as_figures("auc") if found else _unknown("auc", len(data.y))),
    }  # fmt: skip


def _on_groups(groups: list[dict[str, Any]], compare: str) -> Iterable[Message]:
    """How unevenly the highest risk falls on groups, and how unevenly leaving does."""
    large = sorted(
        (row for row in groups if row["rows"] >= LEAST_COMPARED and row["compared"]), key=lambda row: row["selected_share"]
    )
    if len(large) < 2 or not compare:
        return
    few, many = large[0], large[-1]
    yield Message(
        "Compared by {column}: of \"{many}\" {many_share} are told to be of the tenth at highest risk and {many_left} left, of "
        "\"{few}\" {few_share} and {few_left}.",
        {"column": Word(compare), "many": Word(many["compared"]), "many_share": Share(many["selected_share"]),
         "many_left": Share(many["left_share"]), "few": Word(few["compared"]), "few_share": Share(few["selected_share"]),
         "few_left": Share(few["left_share"])},
    )  # fmt: skip


def _chart(data: Data, chances: Numbers) -> Chart:
    spec: dict[str, Any] = {
        "description": sentence("The chance told beside the share that left, in ten groups by risk."),
        "mark": {"type": "point", "filled": True},
        "encoding": {
            "x": {"field": "told", "type": "quantitative", "title": sentence("Share foreseen"), "axis": {"format": ".1%"}},
            "y": {"field": "seen", "type": "quantitative", "title": sentence("Share that left"), "axis": {"format": ".1%"}},
        },
    }
    return Chart(spec, tuple({"told": told, "seen": seen} for told, seen, _ in calibration.reliability(data.y, chances)))
