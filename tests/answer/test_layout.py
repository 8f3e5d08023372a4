"""Nothing overlaps, nothing is lost, and the same graph always looks the same."""

from __future__ import annotations

import itertools
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundig.answer.layout import Arrow, Box, Layout, lay_out


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Arrow]]:
    n = draw(st.integers(1, 12))
    size = st.floats(20, 200)
    places = st.sampled_from(["", "", "", "", "first", "last"])
    boxes = [Box(draw(size), draw(st.floats(20, 80)), draw(st.sampled_from([0.0, 90.0])), draw(places)) for _ in range(n)]
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    chosen = draw(st.lists(pairs, max_size=25)) if n > 1 else []
    return boxes, [Arrow(a, b, draw(st.floats(0, 100)), draw(st.sampled_from([0.0, 60.0])), 16.0) for a, b in chosen]


def frames(boxes: list[Box], layout: Layout) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every box with its room beside."""
    return [
        (x - box.width / 2, y - box.height / 2, x + box.width / 2 + box.beside, y + box.height / 2)
        for box, (x, y) in zip(boxes, layout.centres, strict=True)
    ]


def apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[2] <= b[0] + 1e-6 or b[2] <= a[0] + 1e-6 or a[3] <= b[1] + 1e-6 or b[3] <= a[1] + 1e-6


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_boxes_and_labels_never_overlap_and_stay_inside(graph: tuple[list[Box], list[Arrow]]) -> None:
    boxes, arrows = graph
    layout = lay_out(boxes, arrows)
    labels = [
        (route.label[0] - a.width / 2, route.label[1] - a.height / 2, route.label[0] + a.width / 2, route.label[1] + a.height / 2)
        for a, route in zip(arrows, layout.routes, strict=True)
    ]
    everything = [*frames(boxes, layout), *labels]
    assert all(apart(a, b) for a, b in itertools.combinations(everything, 2))
    assert all(left >= -1e-6 and top >= -1e-6 and right <= layout.width + 1e-6 and low <= layout.height + 1e-6
               for left, top, right, low in everything)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_arrows_join_their_boxes_and_cross_no_other(graph: tuple[list[Box], list[Arrow]]) -> None:
    boxes, arrows = graph
    layout = lay_out(boxes, arrows)
    shapes = [
        (x - b.width / 2, y - b.height / 2, x + b.width / 2, y + b.height / 2)
        for b, (x, y) in zip(boxes, layout.centres, strict=True)
    ]
    for arrow, route in zip(arrows, layout.routes, strict=True):
        for end, point in ((arrow.source, route.points[0]), (arrow.target, route.points[-1])):
            left, top, right, low = shapes[end]
            assert left - 1e-6 <= point[0] <= right + 1e-6
            assert min(abs(point[1] - top), abs(point[1] - low)) < 1e-6
        for i in range(0, len(route.points), 2):
            (x, y1), (same, y2) = route.points[i], route.points[i + 1]
            assert x == same
            others = [s for j, s in enumerate(shapes) if j not in (arrow.source, arrow.target)]
            assert not [s for s in others if s[0] < x < s[2] and s[1] < (y1 + y2) / 2 < s[3]]


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_the_same_graph_looks_the_same(graph: tuple[list[Box], list[Arrow]]) -> None:
    assert lay_out(*graph) == lay_out(*graph)


def test_start_is_above_and_end_below_all_others() -> None:
    boxes = [Box(50, 30, place="last"), Box(50, 30), Box(50, 30, place="first"), Box(50, 30)]
    layout = lay_out(boxes, [Arrow(2, 1), Arrow(1, 3), Arrow(3, 1), Arrow(3, 0)])
    heights = [y for _, y in layout.centres]
    assert heights[2] < min(heights[1], heights[3]) < max(heights[1], heights[3]) < heights[0]


def test_a_chain_flows_straight_down_and_only_the_way_back_is_back() -> None:
    layout = lay_out([Box(60, 30)] * 3, [Arrow(0, 1, 10), Arrow(1, 2, 10), Arrow(2, 0, 1)])
    assert [route.back for route in layout.routes] == [False, False, True]
    assert layout.routes[2].points[0][1] > layout.routes[2].points[-1][1]
    down = [y for _, y in layout.centres]
    assert down == sorted(down)


def test_a_graph_without_boxes_or_arrows() -> None:
    assert lay_out([], []) == Layout(0.0, 0.0, (), ())
    assert lay_out([Box(60, 30)], []).width == 60


def test_two_groups_that_can_be_drawn_without_crossings_are() -> None:
    boxes = [Box(40, 20)] * 6
    layout = lay_out(boxes, [Arrow(0, 4), Arrow(1, 3), Arrow(2, 5), Arrow(0, 5), Arrow(2, 3)])
    ways = [(r.points[0][0], r.points[-1][0]) for r in layout.routes]
    crossings = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in itertools.combinations(ways, 2))
    assert crossings == 0


@pytest.mark.skipif(sys.gettrace() is not None, reason="tracing (coverage, debugger) slows it down many times")
def test_forty_boxes_and_120_arrows_take_less_than_a_second() -> None:
    pairs = ((i % 39, (i * 7 + i // 39 + 1) % 39, i % 50) for i in range(120))
    arrows = [Arrow(source, target, weight, 80, 16) for source, target, weight in pairs if source != target]
    spent = []
    for _ in range(2):
        started = time.process_time()
        lay_out([Box(120, 45)] * 40, arrows)
        spent.append(time.process_time() - started)
    assert min(spent) < 1
