"""The page to pass on: complete in itself, safe, readable by everyone, seen in a real browser."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kundig.answer import Edge, Graph, Node
from kundig.message import Message
from kundig.report import report
from tests.answer.samples import HOSTILE, answer, desk, hostile
from tests.answer.test_page import Tags

NOW = dt.datetime(2026, 11, 21, 9, 5)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def page(lang: str = "en", answers: Any = None, **given: Any) -> str:
    settings = {"firm": "Nordlicht Telekom GmbH", "made_at": NOW, "lake_version": 42, "where": {}, "notes": ()}
    return report("Customer report", desk() if answers is None else answers, lang=lang, **{**settings, **given})


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_page_is_well_formed_and_has_its_landmarks(lang: str) -> None:
    found = Tags(page(lang))
    assert not found.open
    names = [tag for tag, _ in found.tags]
    assert found.tags[0] == ("html", {"lang": lang, "class": "kundig"})
    assert [names.count(tag) for tag in ("h1", "main", "header", "footer", "nav")] == [1, 1, 1, 1, 1]
    ids = [attrs["id"] for _, attrs in found.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    links = [str(attrs["href"]) for tag, attrs in found.tags if tag == "a"]
    assert links[0] == "#content" and {link[1:] for link in links} <= set(ids)


def test_the_page_runs_nothing_and_asks_for_nothing() -> None:
    text = page()
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "<script" not in text and "@import" not in text and "url(http" not in text
    assert set(re.findall(r"https?://[^\"' <]+", text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_story_comes_first_then_contents_then_insights_then_what_cannot_be_told() -> None:
    text = page()
    order = [text.index(f'id="{key}"') for key in ("story", "notes", "contents", "a1", "a9", "untold")]
    assert order == sorted(order)
    assert "Cannot be told: no reasons." in text[order[-1] :]


def test_what_today_asks_for_leads_the_page_each_line_with_its_way() -> None:
    said = (Message("First."), Message("Second."), Message("Third."))
    morning = answer("today", title="Today", sentences=said, table=pa.table({"insight": ["promises", "not-asked", "handovers"]}))
    text = page(answers=[answer("handovers"), morning, answer("promises")])
    assert text.index('id="today"') < text.index('id="story"')
    lines = text.split('id="today"')[1].split("</section>")[0].split("<li>")[1:]
    assert [line.split("<")[0].strip() for line in lines] == ["First.", "Second.", "Third."]
    assert ['href="#a3"' in lines[0], "href" in lines[1], 'href="#a1"' in lines[2]] == [True, False, True]
    quiet = answer("today", title="Today", sentences=said[:1], table=pa.table({"insight": pa.array([], pa.string())}))
    assert "First." in page("de", [quiet]).split('id="today"')[1].split("</section>")[0]
    assert 'id="today"' not in page()


def test_head_says_whose_data_when_and_which() -> None:
    where = {"since": dt.date(2026, 1, 1), "channel": ["phone", "hotline"], "reason": ""}
    text = Tags(page("de", where=where, notes=["Own note", Message("{n} things", {"n": 1234})])).text
    for part in ("Nordlicht Telekom GmbH", "21.11.2026, 09:05", "42", "01.01.2026", "hotline", "Own note", "1.234 things"):
        assert part in text
    assert "none, all data" in page()
    assert "Firm" not in Tags(page(firm="")).text.split("Made on")[0].removeprefix("Customer report")


def test_rows_left_out_are_summed_up() -> None:
    assert page().count("3 rows left out") == 2


def test_rows_left_out_are_summed_up_by_the_rule_that_hid_them() -> None:
    answers = [answer("handovers", suppressed=2, least=10), answer("channels", suppressed=1, least=5),
               answer("variants", suppressed=3, least=5), answer("promises", suppressed=4, least=5, least_of="cases")]  # fmt: skip
    notes = page(answers=answers).split('id="notes"')[1].split("</section>")[0]
    for part in ("2 rows left out because fewer than 10 persons", "4 rows left out because fewer than 5 persons",
                 "4 rows left out because fewer than 5 cases"):  # fmt: skip
        assert part in notes


def test_where_a_kind_is_missing_the_page_says_where_kinds_are_named() -> None:
    lacking = answer("promises", untold="kind=promise_made", table=pa.table({}), sql="")
    assert "named under [kinds]" in Tags(page(answers=[lacking])).text
    assert "named under [kinds]" in Tags(page(answers=[answer("data-quality", figures={"of_no_kind": 3})])).text
    assert "[kinds]" not in Tags(page()).text


def test_an_empty_report_is_still_a_page() -> None:
    found = Tags(page(answers=[], lake_version=None))
    assert not found.open and "Nothing in the answers calls for action." in found.text


def test_good_and_unknown_have_their_lists() -> None:
    good = answer("data-quality", figures={"events": 10, "cases": 2, "persons": 2, "rejected": 0})
    text = Tags(page(answers=[good, answer("promises", figures={})])).text
    assert "What works" in text and "Every row could be read." in text and "Handovers: the evidence does not suffice." in text


def test_hostile_names_become_text() -> None:
    found = Tags(page(answers=[hostile()], firm=HOSTILE[2], notes=[HOSTILE[0]], where={"reason": HOSTILE[0]}))
    assert not found.open
    assert not {tag for tag, _ in found.tags} & {"img", "script", "iframe"}
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on")]


def test_the_same_answers_make_the_same_page() -> None:
    assert page("de") == page("de")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


def opened(browser: Any, text: str, tmp_path: Path, width: int = 1280, **given: Any) -> Any:
    file = tmp_path / "report.html"
    file.write_text(text, encoding="utf-8")
    shown = browser.new_page(viewport={"width": width, "height": 900}, **given)
    shown.requests = []
    shown.on("request", lambda request: shown.requests.append(request.url))
    shown.goto(file.as_uri())
    return shown


@pytest.mark.parametrize(("lang", "scheme", "width"), [("de", "light", 1280), ("en", "dark", 1280), ("de", "dark", 320)])
def test_axe_finds_nothing_against_wcag_22_aa(browser: Any, tmp_path: Path, lang: str, scheme: str, width: int) -> None:
    shown = opened(browser, page(lang), tmp_path, width, color_scheme=scheme, bypass_csp=True)
    shown.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = shown.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
    shown.close()
    assert len(found["passes"]) > 20, "axe did run"
    assert not [(v["id"], v["help"], v["nodes"][0]["html"][:200]) for v in found["violations"]]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_never_scrolls_sideways_and_pictures_keep_readable(browser: Any, tmp_path: Path, width: int) -> None:
    shown = opened(browser, page("de", [*desk(), hostile()]), tmp_path, width)
    measured = shown.evaluate("""() => ({page: document.documentElement.scrollWidth, seen: document.documentElement.clientWidth,
        shrunk: Math.min(...[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width / s.viewBox.baseVal.width))})""")
    assert shown.requests == [shown.url]
    shown.close()
    assert measured["page"] <= measured["seen"]
    assert measured["shrunk"] >= 0.74


@pytest.mark.parametrize("width", [320, 1280])
def test_the_words_of_a_wide_journey_map_are_at_least_11_pixels_high(browser: Any, tmp_path: Path, width: int) -> None:
    nodes = [Node(f"An activity with a long name, number {n}", 40 - n) for n in range(31)]
    ways = [Edge(nodes[0].name, node.name, 9, Message("{n}", {"n": 9})) for node in nodes[1:]]
    shown = opened(browser, page(answers=[answer("journey-map", chart=Graph(tuple(nodes), tuple(ways)))]), tmp_path, width)
    smallest = shown.evaluate("""() => { const s = document.querySelector('figure svg');
        const shrunk = s.getBoundingClientRect().width / s.viewBox.baseVal.width;
        return Math.min(...[...s.querySelectorAll('text')].map(t => shrunk * parseFloat(t.getAttribute('font-size')))); }""")
    sideways = shown.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    shown.close()
    assert smallest >= 11 - 1e-6
    assert not sideways


def test_texts_fit_into_their_boxes_in_a_real_font(browser: Any, tmp_path: Path) -> None:
    shown = opened(browser, page("de"), tmp_path)
    outside = shown.evaluate("""() => [...document.querySelectorAll('g.node')].flatMap(g => {
        const box = g.querySelector('rect').getBBox();
        return [...g.querySelectorAll('text')].filter(t => { const b = t.getBBox();
            return b.x < box.x || b.x + b.width > box.x + box.width || b.y < box.y - 1 || b.y + b.height > box.y + box.height + 1;
        }).map(t => t.textContent); })""")
    shown.close()
    assert outside == []


def test_print_shows_closed_tables_too(browser: Any, tmp_path: Path) -> None:
    shown = opened(browser, page("en"), tmp_path, color_scheme="dark")
    shown.emulate_media(media="print")
    all_shown = "() => [...document.querySelectorAll('table, pre')].map(t => t.checkVisibility({contentVisibilityAuto: true}))"
    shown.wait_for_function(f"() => ({all_shown})().every(Boolean)", timeout=10_000)  # the page is laid out again for print
    visible = shown.evaluate(all_shown)
    dark = shown.evaluate("() => getComputedStyle(document.body).backgroundColor")
    shown.close()
    assert visible and all(visible)
    assert dark == "rgb(255, 255, 255)"
