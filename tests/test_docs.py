"""The docs say what the code does: the generated reference is up to date and complete, records are whole, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts import reference

from kundig import config, event
from kundig.cli import root
from kundig.insight import shelf

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    stored = (reference.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert stored == reference.PAGES[name](), "run `make docs`"


def headings(name: str) -> set[str]:
    text = (reference.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    return set(re.findall(r"^## (.+)$", text, re.MULTILINE))


def test_every_command_insight_table_and_setting_has_its_entry() -> None:
    assert set(root.list_commands(None)) <= {name.removeprefix("kundig ") for name in headings("cli")}  # type: ignore[arg-type]
    assert set(shelf()) == headings("insights")
    assert {table.name for table in event.TABLES} <= headings("schema")
    settings = (reference.FOLDER / "settings.md").read_text(encoding="utf-8")
    assert not [s.name for s in config.table() if f"`{s.name}`" not in settings or f"`{s.environment}`" not in settings]


def test_every_entry_says_something() -> None:
    for page in reference.PAGES:
        text = (reference.FOLDER / f"{page}.md").read_text(encoding="utf-8")
        assert "None" not in re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL), page


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_has_context_decision_and_consequences(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)
    assert re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_every_link_leads_somewhere() -> None:
    links = [(page, target) for page in PAGES for target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert not [f"{page.name}: {target}" for page, target in links if not (page.parent / target).exists()]


def test_every_command_the_readme_shows_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]*`", text, re.DOTALL))
    assert set(re.findall(r"\bkundig ([a-z]+)", code)) <= set(root.list_commands(None))  # type: ignore[arg-type]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= set(targets)
