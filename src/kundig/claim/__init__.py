"""A claim is something somebody in the firm believes about "the customer", put so that data can speak for or against it.

A claim says whom it is about, against whom, what is measured, which way, and from what size on a difference matters. kundig
keeps it with author and date in the workspace's folder ``claims``, tests it, says supported, contradicted or unknown, looks
for other explanations among like and like, and tests it again when the data have grown.

    claim = stated("customers of the app need fewer contacts than phone customers", author="Eva", on=dt.date(2026, 11, 28))
    keep(workspace.folder, claim, judge(workspace.lake, claim))
"""

from __future__ import annotations

from kundig.claim.form import DIRECTIONS, FORM, Alternative, Claim, Group, Verdict
from kundig.claim.judging import judge, known_values, weighed
from kundig.claim.keeping import Kept, again, keep, kept
from kundig.claim.measured import MEASURES, Measure
from kundig.claim.reading import stated
from kundig.claim.wording import OUTCOMES, plain, shown, told

__all__ = [
    "DIRECTIONS", "FORM", "MEASURES", "OUTCOMES", "Alternative", "Claim", "Group", "Kept", "Measure", "Verdict", "again", "judge", "keep", "kept",
    "known_values", "plain", "shown", "stated", "told", "weighed",
]  # fmt: skip
