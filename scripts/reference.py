"""Write docs/reference from the code, so that the reference cannot drift; ``--check`` only says what is out of date."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE = "<!-- made by `make docs` from the code; do not edit -->\n"


def schema() -> str:
    """Every table and column of the lake, the closed lists, and the purposes."""
    from kundig import event

    tables = [_table_section(table) for table in event.TABLES]
    purposes = [(f"`{p.name}`", p.basis, p.sentence, _yes(p.texts), _yes(p.names), _yes(p.needs_consent)) for p in event.PURPOSES]
    lists = [
        (f"`{name}`", ", ".join(f"`{word}`" for word in words))
        for name, words in (
            ("kind", event.KINDS),
            ("channel", event.CHANNELS),
            ("direction", event.DIRECTIONS),
            ("actor", event.ACTORS),
        )
    ]
    return _page(
        "The schema of the lake",
        f"Version {event.SCHEMA_VERSION}. `kundig schema` prints the same. Columns are only ever added.",
        *tables,
        "## Closed lists\n\n" + _table(("column", "words"), lists),
        "## Purposes\n\n" + _table(("purpose", "legal basis", "for", "free text", "names", "needs consent"), purposes),
    )


def _table_section(table: Any) -> str:
    rows = [
        (f"`{c.name}`", c.type, c.category, c.unit or "", "" if c.required else "may be empty", c.sentence) for c in table.columns
    ]
    derived = " Derived: it can be computed again at any time." if table.derived else ""
    order = ", ".join(f"`{name}`" for name in table.sorted_by)
    head = f"## {table.name}\n\n{table.sentence}{derived} Sorted by {order}."
    return f"{head}\n\n{_table(('column', 'type', 'data category', 'unit', '', 'what it is'), rows)}"


def insights() -> str:
    """Every question on the shelf with its inputs, needs, definition and SQL."""
    from kundig.insight import shelf

    parts = [_insight_section(name, cls) for name, cls in shelf().items()]
    return _page(
        "Insights",
        'Ask with `kundig ask NAME`, or `kundig.open(folder).ask("NAME")`. Every question takes a filter besides.',
        *parts,
    )


def _insight_section(name: str, cls: Any) -> str:
    inputs = [(f"`--{f.name.replace('_', '-')}`", str(f.type), f"`{f.default}`") for f in dataclasses.fields(cls)]
    needs = ", ".join(f"`{need}`" for need in cls.needs) or "nothing"
    lines = [f"## {name}", f"**{cls.title}.** {_own_doc(cls)}", cls.definition, f"Purpose: {cls.purpose}. Needs: {needs}."]
    if inputs:
        lines.append(_table(("option", "type", "default"), inputs))
    lines.append(f"```sql\n{inspect.cleandoc(cls.sql)}\n```")
    return "\n\n".join(line for line in lines if line)


def _own_doc(cls: Any) -> str:
    """The class's docstring; a dataclass without one is given its signature, which is no text."""
    doc = inspect.cleandoc(cls.__doc__ or "")
    return "" if doc.startswith(f"{cls.__name__}(") else doc


def cli() -> str:
    """Every command with its arguments and options."""
    from kundig.cli import root
    from kundig.cli.wording import speaking

    with speaking("en"):
        return _page("Commands", "", *_command_sections(root, "kundig"))


def _command_sections(command: click.Command, path: str) -> Iterator[str]:
    import click

    context = click.Context(command, info_name=path)
    yield _command_section(command, path, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child and not child.hidden:
                yield from _command_sections(child, f"{path} {name}")


def _command_section(command: click.Command, path: str, context: click.Context) -> str:
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    options = [record for p in command.get_params(context) if (record := p.get_help_record(context))]
    rows = [(f"`{names}`", text) for names, text in options if "--help" not in names]
    doc = inspect.cleandoc(command.help or "").replace("\b\n", "")
    lines = [f"## {path}", doc, f"```\n{usage}\n```", _table(("option", "what it does"), rows) if rows else ""]
    return "\n\n".join(line for line in lines if line)


def settings() -> str:
    """Every setting with its environment name and default."""
    from kundig.config import table

    rows = [(f"`{s.name}`", f"`{s.environment}`", s.type.__name__, s.shown, s.help) for s in table()]
    intro = (
        "A value comes from a flag, else from the environment, else from `kundig.toml` in the workspace, else it is the default."
    )
    return _page("Settings", intro, _table(("setting", "environment", "type", "default", "what it is"), rows))


def errors() -> str:
    """The tree of errors a program that uses kundig can catch."""
    from kundig.errors import KundigError

    intro = "All errors kundig raises on purpose. Each says what happened and what to do next (`text`, `hint`, `values`)."
    return _page("Errors", intro, "\n".join(_error_lines(KundigError, 0)))


def _error_lines(error: type[Exception], depth: int) -> Iterable[str]:
    doc = inspect.cleandoc(error.__doc__ or "").splitlines()[0]
    yield f"{'  ' * depth}- `{error.__name__}`: {doc}"
    for child in error.__subclasses__():
        if child.__module__ == "kundig.errors":
            yield from _error_lines(child, depth + 1)


PAGES: dict[str, Callable[[], str]] = {
    "schema": schema,
    "insights": insights,
    "settings": settings,
    "errors": errors,
    "cli": cli,
}


def _page(title: str, intro: str, *parts: str) -> str:
    blocks = [f"# {title}", MADE.strip(), inspect.cleandoc(intro), *parts]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]])


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def outdated() -> list[str]:
    """The pages whose file is not what the code says."""
    return [name for name, make in PAGES.items() if _stored(name) != make()]


def _stored(name: str) -> str:
    path = FOLDER / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Write all pages, or with ``--check`` only say which are out of date; 1 where one is."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action="store_true", help="write nothing")
    if options.parse_args().check:
        stale = outdated()
        print(
            "\n".join(f"docs/reference/{name}.md is out of date; run `make docs`" for name in stale)
            or "docs/reference is up to date"
        )
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / f"{name}.md").write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
