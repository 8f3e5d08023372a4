"""What comes back from a question: a table, headline figures, sentences, a chart, and how it was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kundig.message import Message

if TYPE_CHECKING:
    import pyarrow as pa

Figure = int | float | str | bool | None


@dataclass(frozen=True)
class Node:
    """A box of a graph: ``size`` is what its shade shows, ``label`` is said below the name."""

    name: str
    size: float = 0.0
    label: Message | None = None
    role: str = ""
    """"" an activity, "start", "end", or "others" for all that is not drawn apart."""


@dataclass(frozen=True)
class Edge:
    """An arrow of a graph: ``size`` is its width, ``label`` is written on it."""

    source: str
    target: str
    size: float = 0.0
    label: Message | None = None


@dataclass(frozen=True)
class Graph:
    """A journey map to be laid out in layers; all figures in it reconcile with the table."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification (without data; titles and labels are Messages or catalogue keys) and the rows it draws."""

    spec: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Telling:
    """What an insight or a model makes of what it read."""

    figures: Mapping[str, Figure]
    sentences: Sequence[Message]
    n: int
    chart: Chart | Graph | None = None
    table: pa.Table | None = None
    """Instead of the result's table, where columns are added (an interval) or renamed."""
    suppressed: int = 0
    """How many rows of that table the insight itself left out because of ``Result.least``."""


@dataclass(frozen=True)
class Answer:
    """One question answered at one version of the lake.

    ``figures`` are flat headline numbers under stable snake_case names; an uncertain one has ``<name>_low`` and
    ``<name>_high``, a null means that the evidence is lacking. ``sentences`` come with the most important first.
    ``table`` has English snake_case column names; ``columns`` names them for people.
    """

    name: str
    title: str
    definition: str
    figures: Mapping[str, Figure]
    sentences: tuple[Message, ...]
    chart: Chart | Graph | None
    table: pa.Table
    sql: str
    n: int
    lake_version: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """Columns whose values are words of ours, to be looked up in the catalogue; other values are the data's own."""
    untold: str = ""
    """The field that is absent, where the question cannot be told; then there are no figures."""
    suppressed: int = 0
    """How many rows were left out because the group is too small."""
    least: int = 0
    """The smallest group shown; 0 where the owner sees all."""
    least_of: str = "persons"
    """What groups were counted in: "persons", or "cases" where no person is known."""

    def to_json(self, lang: str = "en") -> dict[str, Any]:
        """Plain values: name, title, definition, figures, sentences, table (list of rows), sql, n, lake_version ..."""
        from kundig.answer.plain import as_json

        return as_json(self, lang)

    def to_pandas(self) -> Any:
        """The table as a pandas DataFrame; needs pandas."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """The table as a Polars DataFrame; needs polars."""
        import polars

        return polars.from_arrow(self.table)

    def to_svg(self, lang: str = "en") -> str:
        """The chart as one SVG document with title and description; "" where there is none."""
        from kundig.answer.picture import as_svg

        return as_svg(self, lang)

    def to_html(self, lang: str = "en") -> str:
        """Sentences, picture, table and definition as one HTML fragment."""
        from kundig.answer.page import as_html

        return as_html(self, lang)

    def _repr_html_(self) -> str:
        return self.to_html()
