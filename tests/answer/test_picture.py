"""Charts become SVG in the reader's language, alone on a page or many on one, whatever the names in them are."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from tests.answer.samples import HOSTILE, answer, contacts, hostile, journey, promises

from kundig.answer import Chart, Graph
from kundig.answer.palette import CATEGORIES, DARK
from kundig.answer.picture import as_svg, caption
from kundig.message import Message, Word

SVG = "{http://www.w3.org/2000/svg}"


def chart(mark: Any, rows: list[dict[str, Any]], **encoding: Any) -> Chart:
    return Chart({"mark": mark, "encoding": encoding}, tuple(rows))


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_nothing_to_draw_is_no_picture() -> None:
    assert as_svg(answer()) == ""
    assert as_svg(answer(chart=Chart({"mark": "bar"}, ()))) == ""
    assert as_svg(answer(chart=Graph((), ()))) == ""


@pytest.mark.parametrize("make", [journey, contacts, promises])
def test_a_picture_is_one_image_with_name_and_description(make: Any) -> None:
    root = ET.fromstring(as_svg(make(), "de"))
    assert root.get("role") == "img" and root.get("lang") == "de" and root.get("viewBox")
    named = {element.get("id"): "".join(element.itertext()) for element in root}
    assert named[root.get("aria-labelledby")]
    assert make().sentences[0].say("de") in named[root.get("aria-describedby")]
    assert not [e for e in root.iter() if e is not root and (e.get("role") or e.get("aria-label"))]


@pytest.mark.parametrize("make", [journey, contacts, promises])
def test_a_picture_asks_nothing_of_the_network_and_runs_nothing(make: Any) -> None:
    svg = as_svg(make())
    assert "<script" not in svg and "<image" not in svg and " on" not in re.sub(r">[^<]*<", "><", svg).replace(" once", "")
    assert set(re.findall(r"https?://[^\"' ]+", svg)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_a_picture_uses_only_colours_that_have_a_twin() -> None:
    for make in (journey, contacts, promises):
        used = set(re.findall(r'(?:fill|stroke)="(#[^"]+)"', as_svg(make())))
        assert used <= set(DARK), make


def test_numbers_and_months_are_written_as_in_the_language() -> None:
    assert "12.000" in texts(as_svg(contacts(), "de")) and "12,000" in texts(as_svg(contacts(), "en"))
    assert "80\u00a0%" in texts(as_svg(promises(), "de")) and "80%" in texts(as_svg(promises(), "en"))
    assert "Mrz 2026" in texts(as_svg(promises(), "de")) and "Mar 2026" in texts(as_svg(promises(), "en"))


def test_the_machines_time_zone_shifts_nothing() -> None:
    code = "from tests.answer.samples import promises; print(promises().to_svg('en'))"
    away = {**os.environ, "TZ": "Pacific/Auckland"}
    there = subprocess.run([sys.executable, "-c", code], env=away, capture_output=True, text=True, check=True).stdout
    assert there.strip() == promises().to_svg("en") and "Mar 2026" in there


def test_texts_of_the_spec_and_words_in_the_rows_are_worded() -> None:
    rows = [{"c": Word("promise_made"), "n": 1, "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}]
    one = chart(
        "bar",
        rows,
        y={"field": "c", "type": "nominal", "title": Message("Kinds: {n}", {"n": 1234})},
        x={"field": "n", "type": "quantitative"},
    )
    assert {"promise made", "Kinds: 1,234"} <= set(texts(as_svg(answer(chart=one), "en")))


def test_groups_differ_by_more_than_colour() -> None:
    rows = [{"x": i % 5, "y": i, "g": "abc"[i % 3]} for i in range(15)]
    given = {
        "x": {"field": "x", "type": "quantitative"},
        "y": {"field": "y", "type": "quantitative"},
        "color": {"field": "g", "type": "nominal"},
    }
    assert "stroke-dasharray" in as_svg(answer(chart=chart("line", rows, **given)))
    points = as_svg(answer(chart=chart("point", rows, **given)))
    shapes = {
        re.sub(r"[-\d.,]+", "", path.get("d", ""))
        for path in ET.fromstring(points).iter(f"{SVG}path")
        if path.get("fill") in CATEGORIES
    }
    assert len(shapes) == 3
    assert promises().to_svg().count("<pattern") == 2


def test_two_pictures_on_one_page_share_no_id() -> None:
    one, other = promises(), answer("other", chart=promises().chart)
    ids = [set(re.findall(r' id="([^"]+)"', as_svg(x))) for x in (one, other)]
    assert ids[0] and not ids[0] & ids[1]
    for svg, known in zip((as_svg(one), as_svg(other)), ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= known


def test_cells_of_a_heat_map_have_shades_that_text_can_be_read_on() -> None:
    rows = [{"a": f"team {i}", "b": f"to {j}", "n": i * j} for i in range(4) for j in range(4)]
    place = {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "nominal"}}
    layers = [
        {"mark": "rect", "encoding": {"color": {"field": "n", "type": "quantitative"}}},
        {"mark": "text", "encoding": {"text": {"field": "n"}}},
    ]
    svg = as_svg(
        answer(chart=Chart({"layer": layers, "encoding": place, "config": {"axis": {"labelFontSize": 11}}}, tuple(rows)))
    )
    cells = {path.get("fill") for path in ET.fromstring(svg).iter(f"{SVG}path")} - {None, "none"}
    assert cells <= set(DARK)


def test_concatenated_and_repeated_views_are_reached_too() -> None:
    rows = [{"at": dt.date(2026, m, 1), "n": m, "g": "ab"[m % 2]} for m in range(1, 5)]
    unit = {"mark": "line", "encoding": {"x": {"field": "at", "type": "temporal"}, "y": {"field": "n", "type": "quantitative"}}}
    spec = {"hconcat": [unit, {"facet": {"row": {"field": "g", "type": "nominal"}}, "spec": unit}]}
    assert texts(as_svg(answer(chart=Chart(spec, tuple(rows))), "de")).count("Feb 2026") >= 2


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    rows = [{"c": name, "n": 1}, {"c": "x", "n": float("nan")}]
    one = chart(
        "bar",
        rows,
        y={"field": "c", "type": "nominal", "title": Message("{x}", {"x": name})},
        x={"field": "n", "type": "quantitative"},
    )
    for svg in (as_svg(answer(chart=one, title=name)), as_svg(hostile())):
        tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
        assert not tags & {"script", "img", "style", "foreignObject", "a"}


def test_drawing_is_the_same_every_time() -> None:
    assert as_svg(promises(), "de") == as_svg(promises(), "de")


def test_captions() -> None:
    assert caption(journey()).startswith("Read from top to bottom")
    assert caption(answer(chart=Chart({"description": Message("What {x}", {"x": "is"})}, ()))) == "What is"
    assert caption(contacts()) == "Channels"
