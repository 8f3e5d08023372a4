"""Every node and edge of a journey map is drawn, with its name and its figures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.answer.samples import journey

from kundig.answer import Edge, Graph, Node
from kundig.answer.drawing import drawn
from kundig.message import Message

SVG = "{http://www.w3.org/2000/svg}"


def parsed(graph: Graph, lang: str = "en") -> ET.Element:
    inner, width, height = drawn(graph, lang)
    return ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{inner}</svg>')


def sample() -> Graph:
    graph = journey().chart
    assert isinstance(graph, Graph)
    return graph


names = st.lists(
    st.text(min_size=1, max_size=30), min_size=1, max_size=8, unique_by=lambda name: re.sub(r"[^\x20-\x7e]", "", name) or name
)


@settings(max_examples=40, deadline=None)
@given(names, st.data())
def test_any_graph_is_drawn_whole_and_as_xml(labels: list[str], data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(labels), st.sampled_from(labels)), max_size=12, unique=True))
    edges = tuple(Edge(a, b, i, Message("{n}", {"n": i})) for i, (a, b) in enumerate(pairs))
    root = parsed(Graph(tuple(Node(name) for name in labels), edges))
    assert len([g for g in root.iter(f"{SVG}g") if g.get("class") == "node"]) == len(labels)
    assert len([p for p in root.iter(f"{SVG}path") if p.get("class") == "edge"]) == len(edges)


def test_every_edge_goes_from_where_to_where_it_says() -> None:
    root = parsed(sample())
    drawn_edges = Counter((p.get("data-from"), p.get("data-to")) for p in root.iter(f"{SVG}path") if p.get("class") == "edge")
    assert drawn_edges == Counter((edge.source, edge.target) for edge in sample().edges)


def test_no_two_boxes_overlap() -> None:
    rects = [g.find(f"{SVG}rect") for g in parsed(sample()).iter(f"{SVG}g") if g.get("class") == "node"]
    frames = [tuple(float(r.get(k, "0")) for k in ("x", "y", "width", "height")) for r in rects if r is not None]
    assert len(frames) == len(sample().nodes)
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(frames, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_all_words_are_there_in_german() -> None:
    said = " ".join("".join(text.itertext()) for text in parsed(sample(), "de").iter(f"{SVG}text"))
    for word in ("Ticket opened", "Technician visit", "1.500", "Customer contacts", "again"):
        assert word in said


def test_wider_means_more_often_and_dashed_means_back() -> None:
    edges = {(p.get("data-from"), p.get("data-to")): p for p in parsed(sample()).iter(f"{SVG}path") if p.get("class") == "edge"}

    def wide(*ends: str) -> float:
        return float(edges[ends].get("stroke-width", "0"))  # type: ignore[index]

    assert wide("start", "Ticket opened") > wide("Closed", "end") > wide("others", "Handover")
    assert edges["Customer contacts again", "First answer"].get("stroke-dasharray")
    assert not edges["Solved", "Closed"].get("stroke-dasharray")


def test_others_are_told_apart_by_their_outline() -> None:
    boxes = {g.get("data-name"): g.find(f"{SVG}rect") for g in parsed(sample()).iter(f"{SVG}g") if g.get("class") == "node"}
    others, solved = boxes["others"], boxes["Solved"]
    assert others is not None and solved is not None
    assert others.get("stroke-dasharray") and not solved.get("stroke-dasharray")


def test_drawing_is_the_same_every_time() -> None:
    assert drawn(sample(), "de") == drawn(sample(), "de")


def test_a_label_says_which_arrow_it_belongs_to() -> None:
    labels = Counter(
        (g.get("data-from"), g.get("data-to")) for g in parsed(sample()).iter(f"{SVG}g") if g.get("class") == "label"
    )
    assert labels == Counter((edge.source, edge.target) for edge in sample().edges if edge.label)


def test_an_edge_to_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        drawn(Graph((Node("a"),), (Edge("a", "nowhere"),)))
