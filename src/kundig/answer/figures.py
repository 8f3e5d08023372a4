"""What the headline figures are called by people; files and programs keep their stable names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kundig.answer.plain import column_word, shown
from kundig.message import Message, say, sentence

if TYPE_CHECKING:
    from kundig.answer import Answer, Figure

FIGURE_WORDS: Mapping[str, str] = {
    "activities": sentence("Activities"),
    "activities_spelled_apart": sentence("Activities spelled in several ways"),
    "agents_per_case": sentence("Agents per case"),
    "before_1990": sentence("Events before 1990"),
    "best_channel": sentence("Channel that resolves most at once"),
    "best_resolved_share": sentence("Share resolved at once there"),
    "broken": sentence("Promises broken"),
    "burst_events": sentence("Events in bursts"),
    "bursts": sentence("Bursts of events"),
    "busiest_channel": sentence("Busiest channel"),
    "busiest_edge_from": sentence("Most frequent step: from"),
    "busiest_edge_n": sentence("Most frequent step: how often"),
    "busiest_edge_to": sentence("Most frequent step: to"),
    "cases_of_unknown_persons": sentence("Cases of unknown persons"),
    "cases_read": sentence("Cases with text read"),
    "cases_with_channel": sentence("Cases with a channel"),
    "cases_with_text": sentence("Cases with text"),
    "cases_without_contact": sentence("Cases without a contact"),
    "censored": sentence("Cases too young to judge"),
    "channels": sentence("Channels"),
    "closed_median_s": sentence("Median duration of closed cases"),
    "contacts_per_month": sentence("Contacts per month"),
    "data-quality/late": sentence("Events stored late"),
    "data-quality/rejected": sentence("Rows rejected"),
    "days_without_events": sentence("Days without events"),
    "duplicate": sentence("Duplicate rows"),
    "edges": sentence("Kinds of steps"),
    "end_activities": sentence("Activities at the end"),
    "fastest_channel": sentence("Quickest channel"),
    "fastest_median_close_s": sentence("Median time until closing there"),
    "first_contact_resolution": sentence("Resolved at first contact"),
    "first_event": sentence("First event"),
    "focus_reasons": sentence("Reasons to work on first"),
    "focus_share": sentence("Their share of the contacts"),
    "handed_over_cases": sentence("Cases handed over"),
    "handovers_per_case": sentence("Handovers per case"),
    "hours": sentence("Hours lost"),
    "in_future": sentence("Events in the future"),
    "inconsistent_reasons": sentence("Reasons treated differently"),
    "kept": sentence("Promises kept"),
    "kept_share": sentence("Share of promises kept"),
    "km_median_s": sentence("Median time until closing, open cases included"),
    "largest_closed_gap": sentence("Largest difference in the share closed"),
    "largest_gap_fast_channel": sentence("Quicker channel there"),
    "largest_gap_reason": sentence("Reason with the largest difference in time"),
    "largest_gap_s": sentence("Largest difference in time"),
    "largest_gap_slow_channel": sentence("Slower channel there"),
    "largest_score_gap": sentence("Largest difference in ratings"),
    "last_event": sentence("Last event"),
    "late": sentence("Promises kept late"),
    "late_share": sentence("Share kept late"),
    "level": sentence("Measured by"),
    "longest_gap_days": sentence("Longest gap in days"),
    "loops": sentence("Steps to the same activity"),
    "loops_share": sentence("Share of steps to the same activity"),
    "made": sentence("Promises made"),
    "mean_contacts": sentence("Contacts per case, mean"),
    "median_contacts": sentence("Contacts per case, median"),
    "median_delay_s": sentence("Median delay"),
    "median_fulfilment_s": sentence("Median time until kept"),
    "median_overdue_s": sentence("Median time overdue"),
    "most_contacts": sentence("Most contacts in one case"),
    "most_left_channel": sentence("Channel left most often"),
    "most_left_share": sentence("Share that leaves it"),
    "of_no_kind": sentence("Events of no known kind"),
    "of_no_kind_share": sentence("Share of events of no known kind"),
    "open_share": sentence("Share still open"),
    "overdue": sentence("Promises overdue"),
    "per_case": sentence("Re-explanations per case"),
    "promises": sentence("Promises"),
    "promises/open": sentence("Promises not due yet"),
    "re-explanations/share": sentence("Share of cases with a re-explanation"),
    "re_explanations": sentence("Re-explanations"),
    "reasons": sentence("Reasons"),
    "reasons_compared": sentence("Reasons compared"),
    "repeat_rate": sentence("Share of repeated contacts"),
    "repeat_share": sentence("Share of cases with repeated contacts"),
    "repeated": sentence("Told again in similar words"),
    "repeats": sentence("Repeated contacts"),
    "resolved": sentence("Cases resolved at first contact"),
    "returning_cases": sentence("Cases that return to a team"),
    "returning_share": sentence("Share of cases that return"),
    "rows_read": sentence("Rows read"),
    "said_so": sentence("Customer said so"),
    "same_time": sentence("Events at the same instant as the one before"),
    "savable_contacts_per_month": sentence("Contacts that can be saved per month"),
    "savable_hours_per_month": sentence("Hours that can be saved per month"),
    "score_late": sentence("Mean rating after a late promise"),
    "score_on_time": sentence("Mean rating after a promise kept in time"),
    "scored_fulfilled_n": sentence("Kept promises with a rating"),
    "scored_late_share": sentence("Share of these that came late"),
    "single": sentence("Cases with a single event"),
    "single_contact_share": sentence("Share of cases with a single contact"),
    "single_variants": sentence("Variants taken only once"),
    "slowest_edge_from": sentence("Slowest step: from"),
    "slowest_edge_median_s": sentence("Slowest step: median time"),
    "slowest_edge_n": sentence("Slowest step: how often"),
    "slowest_edge_to": sentence("Slowest step: to"),
    "start_activities": sentence("Activities at the start"),
    "steps": sentence("Steps"),
    "switch_cases": sentence("Cases with this switch"),
    "switch_from": sentence("Most frequent switch: from"),
    "switch_to": sentence("Most frequent switch: to"),
    "switching_share": sentence("Share of cases that switch the channel"),
    "teams_per_case": sentence("Teams per case"),
    "throughput-times/mean_s": sentence("Mean duration"),
    "throughput-times/median_s": sentence("Median duration"),
    "throughput-times/open": sentence("Open cases"),
    "throughput-times/p90_s": sentence("90% done within"),
    "top_median_s": sentence("Most frequent variant: median duration"),
    "top_n": sentence("Most frequent variant: cases"),
    "top_share": sentence("Most frequent variant: share"),
    "undated": sentence("Promises without a date"),
    "unknown_channels": sentence("Unknown channels"),
    "variants": sentence("Variants"),
    "variants_for_80": sentence("Variants for 80% of the cases"),
    "with_reason_share": sentence("Share of contacts with a reason"),
    "withdrawn": sentence("Promises withdrawn"),
    "withheld": sentence("Rows withheld after an erasure"),
    "without_due": sentence("Promises without a date"),
    "without_event": sentence("Rows without an event"),
    "worst_edge_from": sentence("Step with the longest wait: from"),
    "worst_edge_mean_s": sentence("Step with the longest wait: mean time"),
    "worst_edge_n": sentence("Step with the longest wait: how often"),
    "worst_edge_share": sentence("Step with the longest wait: share of all waiting"),
    "worst_edge_to": sentence("Step with the longest wait: to"),
    "worst_three_share": sentence("Three such steps: share of all waiting"),
}
"""By figure, or by insight/figure where the same name means different things."""

_WITHOUT, _SHARE = "without_", "_share"
_TIMES = ("first_event", "last_event")


def figure_word(answer: Answer, name: str, lang: str = "en") -> str:
    """What the figure ``name`` of ``answer`` is called."""
    text = FIGURE_WORDS.get(f"{answer.name}/{name}") or FIGURE_WORDS.get(name)
    if text:
        return say(text, lang)
    if name.startswith(_WITHOUT) and name.endswith(_SHARE):
        column = column_word(name.removeprefix(_WITHOUT).removesuffix(_SHARE), lang)
        return Message("Share without: {column}", {"column": column}).say(lang)
    if name.endswith("_n"):
        return Message("{figure}: number", {"figure": figure_word(answer, name.removesuffix("_n"), lang)}).say(lang)
    return column_word(name, lang)


def figure_shown(name: str, value: Figure, lang: str = "en") -> str:
    """The value of the figure ``name`` for people."""
    if isinstance(value, str) and name in _TIMES:
        return shown(name, dt.datetime.fromisoformat(value).date(), lang)
    if isinstance(value, str) and name == "level":
        return column_word(value, lang)
    return shown(name, value, lang)
