"""Differences of two groups against figures others have published."""

from __future__ import annotations

import statistics

import pytest

from kundig.measures.difference import Sample, mantel_haenszel, newcombe, stratified_means, welch

SLEEP = ((0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0), (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4))
"""Student (1908): hours of sleep gained by two drugs."""

CREAM = (
    (11, 36, 10, 37),
    (16, 20, 22, 32),
    (14, 19, 7, 19),
    (2, 16, 1, 17),
    (6, 17, 0, 12),
    (1, 11, 0, 10),
    (1, 5, 1, 9),
    (4, 6, 6, 7),
)
"""Beitler and Landis (1985): cured by a cream and by a control, in eight clinics (x, n, x, n)."""


def counted(values: tuple[float, ...]) -> Sample:
    return Sample(len(values), statistics.fmean(values), statistics.stdev(values))


def share(successes: int, n: int) -> Sample:
    return Sample(n, successes / n)


def test_welch_gives_the_interval_of_r_for_students_sleep_data() -> None:
    """R: t.test(extra ~ group, data = sleep): -1.58, 95 % from -3.3654832 to 0.2054832, 17.776 degrees of freedom."""
    found = welch(*map(counted, SLEEP))
    assert found is not None
    assert found.value == pytest.approx(-1.58)
    assert (found.low, found.high) == (pytest.approx(-3.3654832, abs=1e-6), pytest.approx(0.2054832, abs=1e-6))


def test_welch_needs_two_values_and_takes_constant_ones_at_their_word() -> None:
    assert welch(Sample(1, 3.0), Sample(9, 2.0, 1.0)) is None
    found = welch(Sample(9, 3.0), Sample(9, 2.0))
    assert found is not None and (found.low, found.high) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_his_own_table(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    """Newcombe (1998), table II, method 10."""
    found = newcombe(share(*one), share(*other))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert newcombe(share(*one), Sample(0, 0.0)) is None


def test_mantel_haenszel_over_eight_clinics() -> None:
    """Agresti (2013, Categorical Data Analysis, p. 231): 0.130 with a standard error of 0.050."""
    found = mantel_haenszel([(share(x, n), share(y, m)) for x, n, y, m in CREAM])
    assert found is not None
    assert found.value == pytest.approx(0.130, abs=5e-4)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.050, abs=5e-4)
    assert mantel_haenszel([(share(1, 2), Sample(0, 0.0))]) is None


def test_a_mixture_that_misleads_is_seen_within_its_strata() -> None:
    """Charig et al. (1986), kidney stones: open surgery 78 %, keyhole 83 %, yet open surgery is better for small and large ones."""
    small, large = (share(81, 87), share(234, 270)), (share(192, 263), share(55, 80))
    crude, within = newcombe(share(273, 350), share(289, 350)), mantel_haenszel([small, large])
    assert crude is not None and within is not None
    assert crude.value < 0 < within.value


def test_stratified_means_equal_welch_without_strata_and_leave_out_what_has_no_counterpart() -> None:
    one, other = map(counted, SLEEP)
    found, alone = stratified_means([(one, other), (one, Sample(1, 99.0))]), welch(one, other)
    assert found is not None and alone is not None
    assert found.value == pytest.approx(alone.value)
    # the same standard error, 0.849, by the normal quantile instead of Student's
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.84909, abs=1e-4)
    assert stratified_means([(one, Sample(1, 2.0))]) is None
