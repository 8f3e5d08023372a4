"""Whether the doubly robust estimate covers known effects, and whether the insight finds in a simulated firm what was planted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.insight import ask, find
from kundig.measures.doubly_robust import effect
from kundig.message import sentence
from kundig.proof import Given, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundig.answer import Answer

    Numbers = NDArray[Any]

title = sentence("Moments that matter: known effects and planted ones")
data = ()

PLANTED = ("promise_broken", "told_again", "promise_late")
"""In the world "effects" a customer leaves because of these, in this order: how strong each is times how often it happens."""
NOTHING = ("asked_again", "channel_switch", "reopened", "slow_answer", "low_score")
"""What does nothing by itself in any world."""


def prove(given: Given) -> Iterator[Line]:
    """Coverage over seeds with a known effect; then the three simulated worlds."""
    yield from _coverage(given)
    yield from _effects(given)
    yield from _none(given)
    yield from _other(given)


def generated(seed: int, n: int = 1_000) -> tuple[Numbers, Numbers, Numbers, float]:
    """Treatment, outcome, confounders, and the true mean effect of these very rows; who is treated is worse off anyway."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))

    def chance(eta: Numbers) -> Numbers:
        made: Numbers = 1 / (1 + np.exp(-eta))
        return made

    treated = rng.random(n) < chance(-0.8 + 0.7 * x[:, 0] - 0.5 * x[:, 1])
    spared, met = chance(-1.6 + 0.9 * x[:, 0] + 0.4 * x[:, 2]), chance(-0.9 + 0.9 * x[:, 0] + 0.4 * x[:, 2])
    outcome = rng.random(n) < np.where(treated, met, spared)
    return treated.astype(float), outcome.astype(float), x, float((met - spared).mean())


def _coverage(given: Given) -> Iterator[Line]:
    """How often the 95 % interval holds the truth over fresh samples, with the confounders and without them."""
    seeds = range(1_000 * given.seed, 1_000 * given.seed + (25 if given.quick else 200))
    held = {"adjusted": 0, "plain": 0}
    off = 0.0
    for seed in seeds:
        t, y, x, truth = generated(seed)
        adjusted, plain = effect(t, y, x, bounds=(0.0, 1.0)), effect(t, y)
        held["adjusted"] += adjusted.low <= truth <= adjusted.high
        held["plain"] += plain.low <= truth <= plain.high
        off += (adjusted.difference - truth) / len(seeds)
    share = {name: n / len(seeds) for name, n in held.items()}
    note = f"{len(seeds)} samples of 1,000 from the seed of this run; true effect about 0.13"
    yield Line("doubly_robust.generated.coverage", share["adjusted"], ">= 0.91", {"difference in means": share["plain"]}, note)
    yield Line("doubly_robust.generated.bias", off, "= 0 +- 0.01", {}, "mean of the estimate less the truth")


def _effects(given: Given) -> Iterator[Line]:
    with _asked(given, "effects", 10_000) as answer:
        moved = {row["name"]: row["moved"] for row in _rows(answer)}
        for name in PLANTED:
            yield Line(
                f"moments_that_matter.effects.{name}", moved[name], "", {}, "leavers of 1,000 customers who turned to the firm"
            )
        known = [moved[name] for name in PLANTED]
        in_order = None not in known and known == sorted(known, reverse=True)
        note = "1: broken before told again before late; about one run in ten misses the last two by chance"
        yield Line("moments_that_matter.effects.order", float(in_order), ">= 1", {}, note)
        low = answer.figures["promise_broken_effect_low"]
        yield Line(
            "moments_that_matter.effects.broken_low",
            _number(low),
            ">= 0.00001",
            {},
            "lower end of the effect of a broken promise",
        )
        wrong = sum(row["p_holm"] is not None and row["p_holm"] < 0.05 for row in _rows(answer) if row["name"] in NOTHING)
        yield Line(
            "moments_that_matter.effects.false", float(wrong), "<= 0", {}, "touchpoints without an effect called beyond chance"
        )


def _none(given: Given) -> Iterator[Line]:
    with _asked(given, "none", 3_000) as answer:
        beyond = _number(answer.figures["beyond_chance"])
        clear = sum(row["effect_low"] is not None and row["effect_low"] * row["effect_high"] > 0 for row in _rows(answer))
        note = "nothing has an effect; one run in twenty may call one so"
        yield Line("moments_that_matter.none.beyond_chance", beyond, "<= 0", {}, note)
        yield Line(
            "moments_that_matter.none.intervals_without_zero", float(clear), "<= 2", {}, "of nine at 95 %; 0.45 are expected"
        )


def _other(given: Given) -> Iterator[Line]:
    with _asked(given, "other", 8_000) as answer:
        said = [message for message in answer.sentences if "act evenly" in message.text]
        note = "one broken promise binds, two drive away: the answer says that the average hides this"
        yield Line("moments_that_matter.other.said_uneven", float(len(said)), ">= 1", {}, note)


@contextmanager
def _asked(given: Given, world: str, customers: int) -> Iterator[Answer]:
    """The answer for a simulated firm: the help desk's log, customers, orders and cancellations, without texts."""
    from kundig import workspace
    from kundig.simulation import firm, simulate

    with tempfile.TemporaryDirectory(dir=given.scratch) as made:
        place = Path(made)
        n = 1_200 if given.quick else customers
        simulate(place / "firm", customers=n, seed=given.seed, world=world, texts=False, format="parquet")
        opened = workspace.create(place / "workspace", time_zone=firm.ZONE)
        exports = place / "firm" / "exports"
        files = [path for path in sorted(exports.iterdir()) if path.name.split(".")[0] in _FILES]
        opened.import_files(files)
        question: Any = find("moments-that-matter")
        yield ask(opened.lake, question(every_months=1))


_FILES = ("cancellations", "customers", "interactions", "orders")


def _rows(answer: Answer) -> list[dict[str, Any]]:
    """The table with the stable name of each touchpoint."""
    from kundig.insights.moments_that_matter import TOUCHPOINTS

    names = {touchpoint.words: touchpoint.name for touchpoint in TOUCHPOINTS}
    return [{**row, "name": names[row["touchpoint"]]} for row in answer.table.to_pylist()]


def _number(figure: Any) -> float | None:
    return None if figure is None else float(figure)
