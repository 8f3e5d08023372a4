"""An import contract for shelves: one file, one thing, and no thing knows its neighbour.

import-linter's own independence contract would also forbid a shelf's private modules (``_name``), which serve all things
on it; so the rule is stated here. ``pyproject.toml`` lists the shelves.
"""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ShelfContract(Contract):
    """No module of a shelf imports one of its things; ``_private`` modules may be imported by all."""

    type_name = "shelf"

    shelves = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Kept where no shelf has an import between neighbours; a shelf that does not exist yet has none."""
        found = [line for shelf in self.shelves for line in _neighbours(graph, str(shelf))]  # type: ignore[attr-defined]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line per import that must go."""
        for line in check.metadata["found"]:
            output.print_error(line, bold=False)


def _neighbours(graph: ImportGraph, shelf: str) -> list[str]:
    within = sorted(module for module in graph.modules if module.startswith(shelf + "."))
    pairs = [(one, other) for one in within for other in sorted(graph.find_modules_directly_imported_by(one))]
    return [f"{one} imports its neighbour {other}" for one, other in pairs if _is_foreign_thing(one, other, shelf)]


def _is_foreign_thing(one: str, other: str, shelf: str) -> bool:
    """Whether ``other`` is, or lies in, a thing of ``shelf`` that ``one`` does not itself lie in."""
    if not other.startswith(shelf + "."):
        return False
    thing, own = (name.removeprefix(shelf + ".").split(".")[0] for name in (other, one))
    return thing != own and not thing.startswith("_")
