"""Draws a journey map as SVG: boxes with name and number, arrows as wide as they are frequent, nothing by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt

from kundig.answer import Edge, Graph, Node
from kundig.answer.fitting import readable, width_of, wrap
from kundig.answer.layout import Arrow, Box, Layout, Point, Route, lay_out
from kundig.answer.palette import ACCENT, FONT, INK, PAPER, RULE, SHADES, SOFT
from kundig.message import say, sentence

NAME, LABEL, ON_ARROW = 13.0, 12.0, 11.5
_MOST, _PAD, _MARGIN, _LINE = 170.0, 12.0, 12.0, 1.3
_LOOP = 34.0
_HEAD = 9.0
_ROLES = {"start": sentence("start"), "end": sentence("end"), "others": sentence("others")}
"""What our own nodes are called, whatever name keeps them apart from the data's activities."""


@dataclass(frozen=True)
class _Sized:
    """A node with its words broken into lines and the size they need."""

    node: Node
    lines: tuple[str, ...]
    label: tuple[str, ...]
    width: float
    height: float


def drawn(graph: Graph, lang: str = "en") -> tuple[str, float, float]:
    """The inner SVG of a journey map with its width and height in pixels.

    Raises ValueError where an edge names a node that is not there.
    """
    sized = [_sized(node, lang) for node in graph.nodes]
    number = {node.name: i for i, node in enumerate(graph.nodes)}
    loops = {edge.source: edge for edge in graph.edges if edge.source == edge.target}
    edges = [edge for edge in graph.edges if edge.source != edge.target]
    if unknown := {end for edge in graph.edges for end in (edge.source, edge.target)} - set(number):
        raise ValueError(f"edges lead to nodes that are not there: {', '.join(sorted(unknown))}")
    boxes = [_box(box, loops.get(box.node.name), lang) for box in sized]
    arrows = [_arrow(edge, number, lang) for edge in edges]
    layout = lay_out(boxes, arrows)
    body = _body(graph, sized, edges, loops, layout, lang)
    return (
        f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">{body}</g>',
        layout.width + 2 * _MARGIN,
        layout.height + 2 * _MARGIN,
    )


def name_of(node: Node, lang: str) -> str:
    """The words of a node: an activity as the source wrote it, our own nodes (start, end, others) in ``lang``."""
    return say(_ROLES.get(node.role, node.name), lang) if node.role else node.name


def _sized(node: Node, lang: str) -> _Sized:
    lines = wrap(name_of(node, lang), NAME, _MOST, 3, bold=True)
    label = wrap(node.label.say(lang), LABEL, _MOST, 2) if node.label else []
    widest = max([width_of(line, NAME, bold=True) for line in lines] + [width_of(line, LABEL) for line in label])
    height = (len(lines) * NAME + len(label) * LABEL) * _LINE + 1.4 * _PAD
    return _Sized(node, tuple(lines), tuple(label), max(64.0, widest + 2 * _PAD), height)


def _box(sized: _Sized, loop: Edge | None, lang: str) -> Box:
    beside = _LOOP + width_of(_words(loop, lang), ON_ARROW) + 8 if loop else 0.0
    return Box(sized.width, sized.height, beside, {"start": "first", "end": "last"}.get(sized.node.role, ""))


def _arrow(edge: Edge, number: dict[str, int], lang: str) -> Arrow:
    text = _words(edge, lang)
    width = width_of(text, ON_ARROW) + 8 if text else 0.0
    return Arrow(number[edge.source], number[edge.target], edge.size, width, ON_ARROW * 1.5 if text else 0.0)


def _words(edge: Edge, lang: str) -> str:
    return edge.label.say(lang) if edge.label else ""


def _body(graph: Graph, sized: Sequence[_Sized], edges: Sequence[Edge], loops: dict[str, Edge], layout: Layout, lang: str) -> str:
    most = max((edge.size for edge in graph.edges), default=0.0)
    largest = max((node.size for node in graph.nodes if not node.role), default=0.0)
    ways = list(zip(edges, layout.routes, strict=True))
    placed = list(zip(sized, layout.centres, strict=True))
    parts = [_line(edge, route, _wide(edge, most)) for edge, route in sorted(ways, key=lambda way: way[0].size)]
    parts += [_loop(box, centre, loops[box.node.name], most, lang) for box, centre in placed if box.node.name in loops]
    parts += [_text_on(edge, _words(edge, lang), route.label) for edge, route in ways if edge.label]
    parts += [_drawn_box(box, centre, largest) for box, centre in placed]
    return "".join(parts)


def _wide(edge: Edge, most: float) -> float:
    """1.2 to 8 pixels; by the square root, so that the rare ones stay visible beside the frequent."""
    return 1.2 + 6.8 * sqrt(max(edge.size, 0.0) / most) if most > 0 else 1.2


def _line(edge: Edge, route: Route, wide: float) -> str:
    points, head = _shortened(route, wide)
    way = f"M{_at(points[0])}"
    for i in range(0, len(points) - 1, 2):
        way += f"L{_at(points[i + 1])}"
        if i + 2 < len(points):
            way += _curve(points[i + 1], points[i + 2])
    return _stroke(way, wide, edge, route.back) + head


def _shortened(route: Route, wide: float) -> tuple[list[Point], str]:
    """The points up to the arrow head, and the head."""
    (x, y), before = route.points[-1], route.points[-2]
    up = -1 if route.back else 1
    length, half = _HEAD + wide / 2, 3.5 + wide * 0.75
    head = f'<path d="M{_at((x, y))}L{_at((x - half, y - up * length))}L{_at((x + half, y - up * length))}Z" fill="{ACCENT}"/>'
    base = (x, y - up * length * 0.8)
    joint = (x, min(before[1], base[1]) if up > 0 else max(before[1], base[1]))
    return [*route.points[:-2], joint, base], head


def _curve(start: Point, end: Point) -> str:
    middle = (start[1] + end[1]) / 2
    return f"C{_at((start[0], middle))} {_at((end[0], middle))} {_at(end)}"


def _stroke(way: str, wide: float, edge: Edge, back: bool) -> str:
    dashed = f' stroke-dasharray="{max(6.0, 2 * wide):g} {max(4.0, wide):g}"' if back else ""
    return f'<path class="edge" {_ends(edge)} d="{way}" fill="none" stroke="{ACCENT}" stroke-width="{wide:.1f}"{dashed}/>'


def _ends(edge: Edge) -> str:
    """From where to where, so that a page can find the arrow and its label."""
    return f'data-from="{_attribute(edge.source)}" data-to="{_attribute(edge.target)}"'


def _loop(box: _Sized, centre: Point, edge: Edge, most: float, lang: str) -> str:
    """An arrow that leaves a box at its right and comes back to it."""
    x, y = centre[0] + box.width / 2, centre[1]
    wide, out = min(_wide(edge, most), 5.0), box.height / 2 - 8
    top, low, length = y - min(out, 12), y + min(out, 12), _HEAD + 1
    way = f"M{_at((x, top))}C{_at((x + _LOOP, top - 6))} {_at((x + _LOOP, low + 6))} {_at((x + length * 0.8, low))}"
    half = 3.5 + wide * 0.6
    head = f'<path d="M{_at((x, low))}L{_at((x + length, low - half))}L{_at((x + length, low + half))}Z" fill="{ACCENT}"/>'
    return _stroke(way, wide, edge, False) + head + _beside(edge, _words(edge, lang), (x + _LOOP * 0.75 + wide / 2 + 4, y))


def _beside(edge: Edge, text: str, at: Point) -> str:
    shown = _text(text, (at[0], at[1] + ON_ARROW * 0.35), ON_ARROW, "start", INK)
    return f'<g class="label" {_ends(edge)}>{shown}</g>' if text else ""


def _drawn_box(box: _Sized, centre: Point, largest: float) -> str:
    x, y = centre[0] - box.width / 2, centre[1] - box.height / 2
    role = box.node.role
    fill = PAPER if role else SHADES[_shade(box.node.size, largest)]
    dashed = ' stroke-dasharray="5 4"' if role == "others" else ""
    round_ = box.height / 2 if role in ("start", "end") else 8.0
    frame = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{round_:g}" fill="{fill}" '
        f'stroke="{INK if role in ("start", "end") else SOFT}" stroke-width="{2 if role == "end" else 1.2:g}"{dashed}/>'
    )
    top = y + (box.height - (len(box.lines) * NAME + len(box.label) * LABEL) * _LINE) / 2
    names = [
        _text(line, (centre[0], top + (i * _LINE + 1) * NAME), NAME, "middle", INK, bold=True) for i, line in enumerate(box.lines)
    ]
    top += len(box.lines) * NAME * _LINE
    labels = [_text(line, (centre[0], top + (i * _LINE + 1) * LABEL), LABEL, "middle", INK) for i, line in enumerate(box.label)]
    return f'<g class="node" data-name="{_attribute(box.node.name)}">{frame}{"".join(names)}{"".join(labels)}</g>'


def _shade(size: float, largest: float) -> int:
    return min(len(SHADES) - 1, int(len(SHADES) * size / largest)) if largest > 0 else 0


def _text_on(edge: Edge, text: str, at: Point) -> str:
    """A label on its arrow, on paper so that it can be read."""
    width, height = width_of(text, ON_ARROW) + 6, ON_ARROW * 1.4
    paper = (
        f'<rect x="{at[0] - width / 2:.1f}" y="{at[1] - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="3" fill="{PAPER}" stroke="{RULE}" stroke-width="0.6"/>'
    )
    shown = _text(text, (at[0], at[1] + ON_ARROW * 0.35), ON_ARROW, "middle", INK)
    return f'<g class="label" {_ends(edge)}>{paper}{shown}</g>'


def _text(text: str, at: Point, size: float, anchor: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-family="{FONT}" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{colour}"{weight}>{_attribute(text)}</text>'
    )


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _attribute(text: str) -> str:
    return escape(readable(text))
