"""Claims: what is true by construction must be supported, what is false contradicted, and chance must rarely pass for either."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.claim import Claim, Group, judge, weighed
from kundig.claim.judging import alternative
from kundig.measures.difference import Difference, Sample, mantel_haenszel, newcombe, welch
from kundig.measures.rate import rate_ratio
from kundig.message import sentence
from kundig.proof import Given, Line, simulated

if TYPE_CHECKING:
    from numpy.random import Generator

    from kundig.lake import Lake

title = sentence("Claims and differences of groups")
data: tuple[str, ...] = ()

_CREAM = (
    (11, 36, 10, 37),
    (16, 20, 22, 32),
    (14, 19, 7, 19),
    (2, 16, 1, 17),
    (6, 17, 0, 12),
    (1, 11, 0, 10),
    (1, 5, 1, 9),
    (4, 6, 6, 7),
)
"""Beitler and Landis 1985: cured by a cream and by a control in eight clinics (x, n, x, n)."""
_SLEEP = (Sample(10, 0.75, 1.7890100), Sample(10, 2.33, 2.0022487))
"""Student 1908: hours of sleep gained by two drugs."""


def prove(given: Given) -> Iterator[Line]:
    """Golden numbers first, then chance, then the simulated firms."""
    yield from _golden()
    yield from _by_chance(given)
    yield from _true_and_false(given)
    yield from _nothing_there(given)


def _golden() -> Iterator[Line]:
    sleep, table = welch(*_SLEEP), newcombe(_share(56, 70), _share(48, 80))
    clinics = mantel_haenszel([(_share(x, n), _share(y, m)) for x, n, y, m in _CREAM])
    _, low, high = rate_ratio(11, 800, 21, 3011)
    assert sleep and table and clinics
    yield Line("difference.sleep.welch_low", sleep.low, "= -3.3655 +- 0.0001", {"R t.test": -3.3654832})
    yield Line("difference.sleep.welch_high", sleep.high, "= 0.2055 +- 0.0001", {"R t.test": 0.2054832})
    yield Line("difference.newcombe_1998.low", table.low, "= 0.0524 +- 0.0001", {"Newcombe 1998, method 10": 0.0524})
    yield Line("difference.newcombe_1998.high", table.high, "= 0.3339 +- 0.0001", {"Newcombe 1998, method 10": 0.3339})
    yield Line("difference.clinics.common", clinics.value, "= 0.130 +- 0.0005", {"Agresti 2013": 0.130})
    error = (clinics.high - clinics.low) / 2 / 1.959964
    yield Line("difference.clinics.standard_error", error, "= 0.050 +- 0.0005", {"Agresti 2013": 0.050})
    yield Line("rate.poisson_test.low", low, "= 0.8584 +- 0.0001", {"R poisson.test": 0.8584264})
    yield Line("rate.poisson_test.high", high, "= 4.2773 +- 0.0001", {"R poisson.test": 4.2772659})


def _share(successes: float, n: float) -> Sample:
    return Sample(n, successes / n)


def _by_chance(given: Given) -> Iterator[Line]:
    """Tables drawn anew with every run: how often the interval holds the truth, and how often nothing passes for something."""
    import numpy as np

    chance, runs = np.random.default_rng(given.seed), 400 if given.quick else 4_000
    note = "drawn anew with every run; contacts per case are Poisson, groups of 40 to 400"
    covered = [_covers(welch(_counts(chance, 1.5), _counts(chance, 1.3)), 0.2) for _ in range(runs)]
    yield Line("difference.synthetic.welch_coverage", _mean(covered), ">= 0.935", {"nominal": 0.95}, note)
    covered = [_covers(newcombe(_drawn(chance, 0.12), _drawn(chance, 0.06)), 0.06) for _ in range(runs)]
    yield Line("difference.synthetic.newcombe_coverage", _mean(covered), ">= 0.935", {"nominal": 0.95}, "shares of 12% and 6%")
    covered = [_covers(mantel_haenszel(_strata(chance, 0.1)), 0.1) for _ in range(runs)]
    yield Line("difference.synthetic.mantel_haenszel_coverage", _mean(covered), ">= 0.935", {"nominal": 0.95},
               "five strata of 20 to 80, shares from 10% to 60%")  # fmt: skip
    passed = [_verdict(newcombe(_drawn(chance, 0.1), _drawn(chance, 0.1))) == "supported" for _ in range(runs)]
    yield Line(
        "claims.synthetic.false_support", _mean(passed), "<= 0.035", {"nominal": 0.025}, "no difference, one direction claimed"
    )
    mixed = [_mixed(chance) for _ in range(runs)]
    yield Line("claims.synthetic.mixture_supported", _mean(mixed), "<= 0.05", {"without strata": 1.0},
               "groups alike within two strata and mixed 80 to 20: the crude difference of 24 points must not pass")  # fmt: skip


def _mean(found: list[bool]) -> float:
    return sum(found) / len(found)


def _covers(found: Difference | None, truth: float) -> bool:
    return found is not None and found.low <= truth <= found.high


def _counts(chance: Generator, mean: float) -> Sample:
    drawn = chance.poisson(mean, chance.integers(40, 400))
    return Sample(len(drawn), float(drawn.mean()), float(drawn.std(ddof=1)))


def _drawn(chance: Generator, share: float, least: int = 40, most: int = 400) -> Sample:
    n = int(chance.integers(least, most))
    return _share(int(chance.binomial(n, share)), n)


def _strata(chance: Generator, difference: float) -> list[tuple[Sample, Sample]]:
    shares = (0.1, 0.2, 0.3, 0.45, 0.6)
    return [(_drawn(chance, share + difference, 20, 80), _drawn(chance, share, 20, 80)) for share in shares]


def _verdict(found: Difference | None, *others: Any) -> str:
    claim = Claim("", "leaving", Group("promise", "broken"), None, "more", 0.02)
    return weighed(claim, found, others)[0] if found else "unknown"


def _mixed(chance: Generator) -> bool:
    """Whether a difference that only comes from how two groups are made up passes as supported."""
    ours = [_drawn(chance, 0.6, 240, 241), _drawn(chance, 0.2, 60, 61)]
    theirs = [_drawn(chance, 0.6, 60, 61), _drawn(chance, 0.2, 240, 241)]
    whole = [_share(sum(part.successes for part in side), sum(part.n for part in side)) for side in (ours, theirs)]
    crude = newcombe(whole[0], whole[1])
    assert crude is not None
    return _verdict(crude, alternative("reason", list(zip(ours, theirs, strict=True)), crude, share=True)) == "supported"


def _true_and_false(given: Given) -> Iterator[Line]:
    """In the world "effects": what its parameters say, and the opposite."""
    with simulated(given, customers=800 if given.quick else 3_000, seed=given.seed) as (workspace, truth):
        claims = list(_by_construction(truth))
        verdicts = [judge(workspace.lake, claim) for claim in claims]
        opposite = [judge(workspace.lake, _turned(claim)) for claim in claims]
    note = ", ".join(f"{claim.group.value} {claim.direction} {claim.measure}" for claim in claims)
    yield Line("claims.simulated.true_supported", _mean([one.outcome == "supported" for one in verdicts]), "= 1.0", {}, note)
    yield Line("claims.simulated.false_contradicted", _mean([one.outcome == "contradicted" for one in opposite]), "= 1.0", {},
               "the same claims the other way round")  # fmt: skip


def _by_construction(truth: Path) -> Iterator[Claim]:
    """Claims that follow from the parameters of the simulated firm: who leaves, and which reasons change hands and take promises."""
    parameters: Mapping[str, Any] = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    yield Claim("", "leaving", Group("promise", "broken"), Group("promise", "kept"), "more", 0.02)
    frequent = [reason for reason in parameters["reasons"] if reason["share"] > 0.07]
    handed = sorted(frequent, key=lambda reason: reason["handover"])
    solved = sorted(frequent, key=lambda reason: reason["bot"])
    yield _of_reasons("handovers", handed[-1], handed[0])
    yield _of_reasons("time-to-close", handed[-1], handed[0])
    yield _of_reasons("first-contact-resolution", solved[-1], solved[0], 0.05)


def _of_reasons(measure: str, one: Mapping[str, Any], other: Mapping[str, Any], matters: float = 0.1) -> Claim:
    return Claim("", measure, Group("reason", one["name"]), Group("reason", other["name"]), "more", matters)


def _turned(claim: Claim) -> Claim:
    return Claim("", claim.measure, claim.group, claim.than, "fewer" if claim.direction == "more" else "more", claim.matters)


def _nothing_there(given: Given) -> Iterator[Line]:
    """In the world "none" leaving has nothing to do with service: claims that it has are supported no more often than by chance."""
    worlds = 1 if given.quick else 3
    found: list[str] = []
    for n in range(worlds):
        with simulated(given, "none", customers=800 if given.quick else 1_200, seed=given.seed + n) as (workspace, _):
            found += _on_leaving(workspace.lake)
    yield Line("claims.simulated_none.leaving_supported", _mean([outcome == "supported" for outcome in found]), "<= 0.1", {"nominal": 0.025},
               "per world: broken promises against kept ones, and each of six channels against all others")  # fmt: skip


def _on_leaving(lake: Lake) -> Iterator[str]:
    yield judge(lake, Claim("", "leaving", Group("promise", "broken"), Group("promise", "kept"), "more", 0.02)).outcome
    for channel in ("phone", "email", "app", "chat", "web", "shop"):
        yield judge(lake, Claim("", "leaving", Group("channel", channel), None, "more", 0.02)).outcome
