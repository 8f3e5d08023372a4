"""The journey map to be explored: every box and arrow leads to its cases, and the way of one variant is followed.

Works on the SVG the answer draws; nothing is drawn anew.
"""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kundig.answer import Graph
from kundig.message import Message

if TYPE_CHECKING:
    from kundig.answer import Answer
    from kundig.workspace import Workspace

SVG = "http://www.w3.org/2000/svg"
LISTED = 12
_WAY = """
select from_activity as activity from steps
where case_id = (select min(case_id) from cases where variant_hash = :variant) order by position
"""


def variants(workspace: Workspace, where: Mapping[str, str]) -> list[dict[str, Any]]:
    """The most frequent variants: hash, text and share; those too rare to be passed on are left out."""
    from kundig.server.explore.asked import put

    table = put(workspace, "variants", {"most": LISTED}, where).table
    rows = table.to_pylist() if "variant_hash" in table.column_names else []
    return [{"hash": row["variant_hash"], "text": row["variant"], "n": row["n"], "share": row["share"]} for row in rows]


def way(workspace: Workspace, variant: str, where: Mapping[str, str]) -> list[str]:
    """The activities of a variant in order."""
    with workspace.lake.read("analysis", workspace.where(**where)) as reading:
        return [str(name) for name in reading.query(_WAY, {"variant": variant})["activity"].to_pylist()]


def linked(svg: str, answer: Answer, lang: str, hrefs: Mapping[tuple[str, ...], str], followed: Sequence[str] = ()) -> str:
    """The map with links: ``hrefs`` by (from, to) and (activity,); what is not on the ``followed`` way is set back."""
    if not isinstance(answer.chart, Graph) or not svg:
        return svg
    ET.register_namespace("", SVG)
    root = ET.fromstring(svg)  # noqa: S314 - drawn by ourselves a moment ago
    root.set("role", "group")  # an image would hide its links from those who cannot see it
    on_way = _on_way(answer.chart, followed)
    if on_way:
        root.set("class", f"{root.get('class', '')} follows")
    labels = {(edge.source, edge.target): edge.label for edge in answer.chart.edges}
    for parent in list(root.iter()):
        for n, child in enumerate(list(parent)):
            key = _key(child)
            if key:
                _mark(child, key, on_way)
                parent[n] = _link(child, hrefs.get(key, ""), _name(key, labels.get(key), lang) if len(key) == 2 else "")
    return ET.tostring(root, encoding="unicode")


def _key(element: ET.Element) -> tuple[str, ...]:
    kind = element.get("class", "")
    if kind in ("edge", "label"):
        return (element.get("data-from", ""), element.get("data-to", ""))
    return (element.get("data-name", ""),) if kind == "node" else ()


def _mark(element: ET.Element, key: tuple[str, ...], on_way: set[tuple[str, ...]]) -> None:
    if on_way:
        element.set("class", f"{element.get('class')} {'on-way' if key in on_way else 'off-way'}")


def _on_way(graph: Graph, followed: Sequence[str]) -> set[tuple[str, ...]]:
    """Boxes and arrows of the way; what is not drawn apart runs through the box of the others."""
    if not followed:
        return set()
    names = {node.role: node.name for node in graph.nodes if node.role}
    drawn = {node.name for node in graph.nodes}
    places = [names.get("start", ""), *(a if a in drawn else names.get("others", "") for a in followed), names.get("end", "")]
    found: set[tuple[str, ...]] = {(place,) for place in places if place}
    edges = {(edge.source, edge.target) for edge in graph.edges}
    others = names.get("others", "")
    for pair in itertools.pairwise(places):
        found |= {pair} if pair in edges else {(pair[0], others), (others, pair[1]), (others,)} & ({*edges, (others,)})
    return found


def _link(element: ET.Element, href: str, name: str) -> ET.Element:
    """``element`` within a link; an arrow gets a wide invisible twin, so that it can be hit, and its label leads there, too."""
    if not href:
        return element
    if element.get("class", "").startswith("label"):  # its arrow is the link for keys and readers
        twin = ET.Element(f"{{{SVG}}}a", {"href": href, "tabindex": "-1", "aria-hidden": "true"})
        twin.append(element)
        return twin
    link = ET.Element(f"{{{SVG}}}a", {"href": href, **({"aria-label": name} if name else {})})
    if element.tag.endswith("path"):
        ET.SubElement(link, f"{{{SVG}}}title").text = name
        wide = {"d": element.get("d", ""), "fill": "none", "stroke": "#000", "stroke-opacity": "0", "stroke-width": "16"}
        link.append(ET.Element(f"{{{SVG}}}path", wide))
    link.append(element)
    return link


def _name(key: tuple[str, ...], label: Message | None, lang: str) -> str:
    values = {"source": key[0], "target": key[1], "label": label.say(lang) if label else ""}
    return Message("{source} to {target}: {label}; to the cases", values).say(lang)


def hrefs_of(answer: Answer, base: str) -> dict[tuple[str, ...], str]:
    """Where each box and arrow leads: ``base`` is the address of the cases, ending in ? or &."""
    from urllib.parse import urlencode

    if not isinstance(answer.chart, Graph):
        return {}
    roles = {node.name: node.role for node in answer.chart.nodes}
    found: dict[tuple[str, ...], str] = {}
    for node in answer.chart.nodes:
        if not node.role:
            found[(node.name,)] = base + urlencode({"key.from_activity": node.name})
    for edge in answer.chart.edges:
        keys = _edge_keys(edge.source, edge.target, roles)
        if keys:
            found[(edge.source, edge.target)] = base + urlencode(keys)
    return found


def _edge_keys(source: str, target: str, roles: Mapping[str, str]) -> dict[str, str]:
    match roles.get(source, ""), roles.get(target, ""):
        case "", "":
            return {"key.from_activity": source, "key.to_activity": target}
        case "start", "":
            return {"key.first_activity": target}
        case "", "end":
            return {"key.last_activity": source}
    return {}
