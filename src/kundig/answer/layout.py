"""Where the boxes and arrows of a journey map lie: a layered layout that flows from top to bottom.

The steps are those of Sugiyama, Tagawa and Toda (1981), as refined by Gansner, Koutsofios, North and Vo (1993):
loops are opened (Eades, Lin and Smyth 1993, weighted), boxes get ranks, long arrows get waypoints, crossings are
reduced by barycentres and transpositions, and each rank is moved to where its neighbours pull it. Labels are
waypoints with a size, in ranks of their own, so no label ever covers a box or another label. The result depends on
nothing but the input.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

GAP_X, GAP_Y = 26.0, 26.0
_STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""How stiff a link is, by the number of waypoints at its ends: long arrows shall run straight."""
_NEARLY = 0.5
"""A slant of so many pixels counts as straight."""


@dataclass(frozen=True)
class Box:
    """A box to be placed; ``beside`` is room kept free at its right, for an arrow back to itself."""

    width: float
    height: float
    beside: float = 0.0
    place: str = ""
    """"first", "last", or "" for anywhere."""


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes, by their numbers, and the size of its label; heavy arrows are kept short and straight."""

    source: int
    target: int
    weight: float = 1.0
    width: float = 0.0
    height: float = 0.0


Point = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """The way of an arrow in the direction of travel: the points of a pair stand above each other, curves join the pairs."""

    points: tuple[Point, ...]
    label: Point
    back: bool
    """Whether it leads back up, against the flow."""


@dataclass(frozen=True)
class Layout:
    """The size of the picture, the centre of each box and the way of each arrow, in the order they were given."""

    width: float
    height: float
    centres: tuple[Point, ...]
    routes: tuple[Route, ...]


@dataclass
class _Net:
    """Boxes and waypoints in ranks; a vertex is a box (its own number) or a waypoint (numbers after the boxes)."""

    rank: list[int]
    left: list[float]
    right: list[float]
    height: list[float]
    above: list[list[tuple[int, float]]]
    below: list[list[tuple[int, float]]]
    order: list[list[int]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    flipped: list[bool] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)


def lay_out(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Layout:
    """Place ``boxes`` and lead ``arrows`` (no arrow from a box to itself) so that nothing overlaps; sizes in pixels."""
    if not boxes:
        return Layout(0.0, 0.0, (), ())
    boxes = _one_first_one_last(boxes)
    places = _sequence(boxes, arrows)
    net = _net(boxes, arrows, places)
    _untangle(net)
    across = _across(net)
    return _drawn(net, len(boxes), across)


def _one_first_one_last(boxes: Sequence[Box]) -> list[Box]:
    """Only one box can stand above all others, and one below."""
    chosen = {place: next((i for i, box in enumerate(boxes) if box.place == place), -1) for place in ("first", "last")}
    return [box if chosen.get(box.place, i) == i else replace(box, place="") for i, box in enumerate(boxes)]


def _sequence(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> list[int]:
    """For each box its place in an order that few and light arrows run against."""
    first = [i for i, box in enumerate(boxes) if box.place == "first"]
    last = [i for i, box in enumerate(boxes) if box.place == "last"]
    rest = [i for i, box in enumerate(boxes) if not box.place]
    early: list[int] = []
    late: list[int] = []
    while rest:
        pulls = {i: _pulls(i, rest, arrows) for i in rest}
        sinks = [i for i in rest if not pulls[i][1]]
        if sinks:
            late.append(sinks[-1])
            rest.remove(sinks[-1])
            continue
        source = max(rest, key=lambda i: (not pulls[i][0], pulls[i][1] - pulls[i][0], -i))
        early.append(source)
        rest.remove(source)
    order = [*first, *early, *reversed(late), *last]
    return [place for _, place in sorted((i, place) for place, i in enumerate(order))]


def _pulls(box: int, among: list[int], arrows: Sequence[Arrow]) -> tuple[float, float]:
    """The weight of the arrows into and out of ``box`` among the boxes still to be ordered."""
    others = set(among)
    into = sum(a.weight for a in arrows if a.target == box and a.source in others)
    out = sum(a.weight for a in arrows if a.source == box and a.target in others)
    return into, out


def _ranks(boxes: Sequence[Box], links: Sequence[tuple[int, int, float]], places: list[int]) -> list[int]:
    """Even ranks, every link leading at least two down; then each box moves to where its links are shortest."""
    rank = [0] * len(boxes)
    into: list[list[tuple[int, float]]] = [[] for _ in boxes]
    out: list[list[tuple[int, float]]] = [[] for _ in boxes]
    for top, bottom, weight in links:
        out[top].append((bottom, weight))
        into[bottom].append((top, weight))
    along = sorted(range(len(boxes)), key=lambda i: places[i])
    for i in along:
        rank[i] = max((rank[j] + 2 for j, _ in into[i]), default=0)
    for _ in range(12):
        for i in (*reversed(along), *along):
            _shorten(i, rank, into[i], out[i])
    return _pinned(boxes, rank)


def _shorten(box: int, rank: list[int], into: list[tuple[int, float]], out: list[tuple[int, float]]) -> None:
    pull = sum(weight for _, weight in out) - sum(weight for _, weight in into)
    if pull > 0 and out:
        rank[box] = min(rank[j] for j, _ in out) - 2
    elif pull < 0 and into:
        rank[box] = max(rank[j] for j, _ in into) + 2


def _pinned(boxes: Sequence[Box], rank: list[int]) -> list[int]:
    """Start boxes on the first rank, end boxes on the last, no rank empty."""
    inner = [r for r, box in zip(rank, boxes, strict=True) if not box.place]
    top = min(rank) if not inner or not any(b.place == "first" for b in boxes) else min(inner) - 2
    bottom = max(rank) if not inner or not any(b.place == "last" for b in boxes) else max(inner) + 2
    bottom = max(bottom, top + 2) if not inner else bottom
    fixed = [{"first": top, "last": bottom}.get(box.place, r) for r, box in zip(rank, boxes, strict=True)]
    used = {r: 2 * i for i, r in enumerate(sorted(set(fixed)))}
    return [used[r] for r in fixed]


def _net(boxes: Sequence[Box], arrows: Sequence[Arrow], places: list[int]) -> _Net:
    flipped = [places[a.source] > places[a.target] for a in arrows]
    heaviest = max((a.weight for a in arrows), default=1.0) or 1.0
    links = [
        (a.target, a.source, 1 + 3 * a.weight / heaviest) if back else (a.source, a.target, 1 + 3 * a.weight / heaviest)
        for a, back in zip(arrows, flipped, strict=True)
    ]
    halves = [box.width / 2 for box in boxes]
    empty: list[list[tuple[int, float]]] = [[] for _ in boxes]
    net = _Net(
        _ranks(boxes, links, places), halves, [h + b.beside for h, b in zip(halves, boxes, strict=True)],
        [b.height for b in boxes], empty, [[] for _ in boxes],
    )  # fmt: skip
    net.flipped = flipped
    for arrow, (top, bottom, weight) in zip(arrows, links, strict=True):
        _lead(net, arrow, top, bottom, weight)
    net.order = [[] for _ in range(max(net.rank) + 1)]
    for vertex in _walk(net, sorted(range(len(boxes)), key=lambda i: places[i])):
        net.order[net.rank[vertex]].append(vertex)
    return net


def _lead(net: _Net, arrow: Arrow, top: int, bottom: int, weight: float) -> None:
    """Give an arrow a waypoint on every rank between its boxes; the middle odd one holds its label."""
    between = range(net.rank[top] + 1, net.rank[bottom])
    middle = net.rank[top] + 1 + (len(between) // 4) * 2
    chain = [top]
    for rank in between:
        half = arrow.width / 2 if rank == middle else 0.0
        net.rank.append(rank)
        net.left.append(half)
        net.right.append(half)
        net.height.append(arrow.height if rank == middle else 0.0)
        net.above.append([])
        net.below.append([])
        chain.append(len(net.rank) - 1)
    chain.append(bottom)
    for i, (upper, lower) in enumerate(itertools.pairwise(chain)):
        stiff = weight * _STRAIGHT[(i > 0) + (i < len(chain) - 2)]
        net.below[upper].append((lower, stiff))
        net.above[lower].append((upper, stiff))
    net.chains.append(chain)
    net.labels.append(chain[middle - net.rank[top]])


def _walk(net: _Net, roots: Iterable[int]) -> list[int]:
    """All vertices, depth first, heavy links first: a good order to start from."""
    seen: dict[int, None] = {}
    for root in roots:
        stack = [root]
        while stack:
            vertex = stack.pop()
            if vertex not in seen:
                seen[vertex] = None
                stack += [lower for lower, _ in sorted(net.below[vertex], key=lambda link: link[1])]
    return list(seen)


def _untangle(net: _Net, rounds: int = 16) -> None:
    """Order every rank so that few arrows cross; keeps the best order found."""
    best, fewest = [list(rank) for rank in net.order], _crossings(net)
    for turn in range(rounds):
        if not fewest:
            break
        _sweep(net, down=turn % 2 == 0, turned=turn % 4 > 1)
        _transpose(net)
        crossings = _crossings(net)
        if crossings < fewest:
            best, fewest = [list(rank) for rank in net.order], crossings
    net.order = best


def _sweep(net: _Net, *, down: bool, turned: bool) -> None:
    """Sort every rank by the centres of its neighbours in the rank before; ``turned`` reverses equals, to leave dead ends."""
    ranks = range(1, len(net.order)) if down else range(len(net.order) - 2, -1, -1)
    links = net.above if down else net.below
    for rank in ranks:
        fixed = {vertex: i for i, vertex in enumerate(net.order[rank - 1 if down else rank + 1])}
        keys = {vertex: _centre(links[vertex], fixed, i) for i, vertex in enumerate(net.order[rank])}
        if turned:
            net.order[rank].reverse()
        net.order[rank].sort(key=keys.__getitem__)


def _centre(links: list[tuple[int, float]], fixed: dict[int, int], default: int) -> float:
    return sum(fixed[v] for v, _ in links) / len(links) if links else float(default)


def _crossings(net: _Net) -> int:
    return sum(_crossings_below(net, rank) for rank in range(len(net.order) - 1))


def _crossings_below(net: _Net, rank: int) -> int:
    """Inversions between a rank and the next (Barth, Jünger and Mutzel 2002)."""
    place = {vertex: i for i, vertex in enumerate(net.order[rank + 1])}
    passed: list[int] = []
    crossings = 0
    for vertex in net.order[rank]:
        ends = [place[lower] for lower, _ in net.below[vertex]]
        crossings += sum(len(passed) - bisect_right(passed, end) for end in ends)
        for end in ends:
            insort(passed, end)
    return crossings


def _transpose(net: _Net) -> None:
    """Swap neighbours wherever that removes crossings."""
    for rank, vertices in enumerate(net.order):
        up = {v: i for i, v in enumerate(net.order[rank - 1])} if rank else {}
        low = {v: i for i, v in enumerate(net.order[rank + 1])} if rank + 1 < len(net.order) else {}
        ends = {v: (sorted(up[u] for u, _ in net.above[v]), sorted(low[u] for u, _ in net.below[v])) for v in vertices}
        for i in range(len(vertices) - 1):
            a, b = ends[vertices[i]], ends[vertices[i + 1]]
            if sum(map(_inversions, a, b)) > sum(map(_inversions, b, a)):
                vertices[i], vertices[i + 1] = vertices[i + 1], vertices[i]


def _inversions(left: list[int], right: list[int]) -> int:
    return sum(len(left) - bisect_right(left, end) for end in right)


def _across(net: _Net, rounds: int = 60) -> list[float]:
    """The horizontal centre of every vertex: least squares of the links' slants, kept apart by at least the gap."""
    across = [0.0] * len(net.rank)
    offsets = [_offsets(net, vertices) for vertices in net.order]
    for vertices, offset in zip(net.order, offsets, strict=True):
        for vertex, x in zip(vertices, offset, strict=True):
            across[vertex] = x - offset[-1] / 2
    ways: tuple[Callable[[int], list[tuple[int, float]]], ...] = (
        net.above.__getitem__,
        net.below.__getitem__,
        lambda vertex: net.above[vertex] + net.below[vertex],
    )
    for turn in range(rounds):
        ranks = range(len(net.order)) if turn % 2 == 0 else range(len(net.order) - 1, -1, -1)
        links = ways[turn % 2] if turn < rounds // 3 else ways[2]
        for rank in ranks:
            _settle(net.order[rank], offsets[rank], across, links, straighten=turn > rounds // 2)
    return across


def _offsets(net: _Net, vertices: list[int]) -> list[float]:
    """How far right of the first vertex of a rank each one must at least be."""
    offsets = [0.0] * len(vertices[:1])
    for a, b in itertools.pairwise(vertices):
        offsets.append(offsets[-1] + net.right[a] + GAP_X * (0.5 if net.left[b] == 0 or net.right[a] == 0 else 1.0) + net.left[b])
    return offsets


def _settle(
    vertices: list[int],
    offsets: list[float],
    across: list[float],
    links: Callable[[int], list[tuple[int, float]]],
    *,
    straighten: bool,
) -> None:
    """Move one rank to where its links pull it, order and distances kept: isotonic regression by pooling neighbours.

    To ``straighten``, links pull the less the more they slant (iteratively reweighted towards least absolute slants):
    many small bends become few.
    """
    pools: list[tuple[float, float, int]] = []
    for vertex, offset in zip(vertices, offsets, strict=True):
        here = across[vertex]
        pulls = [(across[v], w / max(_NEARLY, abs(across[v] - here)) if straighten else w) for v, w in links(vertex)]
        pull = sum(weight for _, weight in pulls)
        wish = sum(x * weight for x, weight in pulls) / pull if pull else here
        mean, weight, count = wish - offset, pull or 0.1, 1
        while pools and pools[-1][0] >= mean:
            before = pools.pop()
            mean = (before[0] * before[1] + mean * weight) / (before[1] + weight)
            weight, count = before[1] + weight, before[2] + count
        pools.append((mean, weight, count))
    at = 0
    for mean, _, count in pools:
        for i in range(at, at + count):
            across[vertices[i]] = mean + offsets[i]
        at += count


def _drawn(net: _Net, boxes: int, across: list[float]) -> Layout:
    left = min(x - half for x, half in zip(across, net.left, strict=True))
    across = [x - left for x in across]
    tops, bottoms = _down(net, across)
    ports = _ports(net, across)
    routes = tuple(_route(net, i, across, tops, bottoms, ports) for i in range(len(net.chains)))
    middles = [(top + bottom) / 2 for top, bottom in zip(tops, bottoms, strict=True)]
    width = max(x + half for x, half in zip(across, net.right, strict=True))
    centres = tuple((across[i], middles[net.rank[i]]) for i in range(boxes))
    return Layout(width, bottoms[-1], centres, routes)


def _down(net: _Net, across: list[float]) -> tuple[list[float], list[float]]:
    """Top and bottom of every rank; the gap grows where arrows run far to the side."""
    tops, bottoms = [0.0], [max((net.height[v] for v in net.order[0]), default=0.0)]
    for rank in range(1, len(net.order)):
        slants = [abs(across[v] - across[u]) for v in net.order[rank] for u, _ in net.above[v]]
        tops.append(bottoms[-1] + min(3 * GAP_Y, max([GAP_Y, *(slant / 6 for slant in slants)])))
        bottoms.append(tops[-1] + max((net.height[v] for v in net.order[rank]), default=0.0))
    return tops, bottoms


def _ports(net: _Net, across: list[float]) -> dict[tuple[int, int, bool], float]:
    """Where on a box an arrow docks: side by side in the order of where they come from, so that arrow heads stay apart."""
    docks: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for i, chain in enumerate(net.chains):
        docks.setdefault((chain[0], True), []).append((across[chain[1]], i))
        docks.setdefault((chain[-1], False), []).append((across[chain[-2]], i))
    ports: dict[tuple[int, int, bool], float] = {}
    for (box, below), ends in docks.items():
        step = min(20.0, 1.5 * net.left[box] / len(ends))
        for place, (_, i) in enumerate(sorted(ends)):
            ports[box, i, below] = across[box] + step * (place - (len(ends) - 1) / 2)
    return ports


def _route(
    net: _Net, i: int, across: list[float], tops: list[float], bottoms: list[float], ports: dict[tuple[int, int, bool], float]
) -> Route:
    chain, label = net.chains[i], net.labels[i]
    top, bottom = chain[0], chain[-1]
    start, end = ports[top, i, True], ports[bottom, i, False]
    points = [(start, _edge_of(net, top, tops, bottoms, 1)), (start, bottoms[net.rank[top]])]
    for vertex in chain[1:-1]:
        rank = net.rank[vertex]
        points += [(across[vertex], tops[rank]), (across[vertex], bottoms[rank])]
    points += [(end, tops[net.rank[bottom]]), (end, _edge_of(net, bottom, tops, bottoms, -1))]
    middle = (tops[net.rank[label]] + bottoms[net.rank[label]]) / 2
    way = tuple(reversed(points)) if net.flipped[i] else tuple(points)
    return Route(way, (across[label], middle), net.flipped[i])


def _edge_of(net: _Net, box: int, tops: list[float], bottoms: list[float], side: int) -> float:
    """The height of a box's lower (1) or upper (-1) edge; boxes stand in the middle of their rank."""
    rank = net.rank[box]
    return (tops[rank] + bottoms[rank]) / 2 + side * net.height[box] / 2
