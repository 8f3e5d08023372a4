"""What alerts and digests ask of the lake; runs in the asker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kundig import insight
from kundig.message import say
from kundig.report.story import Finding, story
from kundig.server.explore import asked
from kundig.workspace import Workspace

_IN_A_DIGEST = (
    "promises",
    "repeat-contacts",
    "handovers",
    "re-explanations",
    "contacts-per-case",
    "contact-reasons",
    "throughput-times",
)


def figure(workspace: Workspace, name: str, query: Mapping[str, Any], figure: str) -> dict[str, Any]:
    """The value of one figure of an insight (``query``: its inputs and the filter), its first sentence, and the lake version."""
    answer = asked.put(workspace, name, query.get("inputs"), query.get("where"))
    value = answer.figures.get(figure)
    return {
        "value": value if isinstance(value, (int, float)) and not isinstance(value, bool) else None,
        "version": answer.lake_version, "title": answer.title,
        "said": {lang: answer.sentences[0].say(lang) if answer.sentences else "" for lang in ("en", "de")},
    }  # fmt: skip


def figures(workspace: Workspace, name: str) -> list[str]:
    """The names of the figures of an insight that are numbers."""
    answer = asked.put(workspace, name)
    return [key for key, value in answer.figures.items() if not isinstance(value, (str, bool))]


def digest(workspace: Workspace, lang: str) -> dict[str, Any]:
    """What the overview would say: findings with how sure they are and what to do, in ``lang``."""
    shelf = insight.shelf()
    answers = asked.put_all(workspace, [name for name in _IN_A_DIGEST if name in shelf])
    findings = story(answers)
    return {
        "version": workspace.lake.version,
        "wrong": [_plain(f, lang) for f in findings if f.severity in ("high", "medium", "low")],
        "good": [f.message.say(lang) for f in findings if f.severity == "good"],
    }


def _plain(finding: Finding, lang: str) -> dict[str, str]:
    return {
        "severity": finding.severity, "said": finding.message.say(lang), "insight": finding.insight,
        "title": say(insight.shelf()[finding.insight].title, lang),
        "sure": " ".join(message.say(lang) for message in finding.evidence),
        "do": finding.action.say(lang) if finding.action else "",
    }  # fmt: skip
