"""An answer as a fragment of a page: words, picture, table, definition, SQL; nothing of the data becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pyarrow as pa
from tests.answer.samples import HOSTILE, answer, contacts, hostile, journey

from kundig.answer.page import as_html, section

VOID = {"meta", "link", "img", "br", "hr", "input", "path", "rect", "line", "circle"}


class Tags(HTMLParser):
    """Collects tags, attributes and text, and checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_fragment_has_all_parts_in_order() -> None:
    page = Tags(as_html(contacts(), "de"))
    assert not page.open
    order = [
        page.text.index(text) for text in ("Most contacts come by", "12.345", "A handover is a change", "24.087", "select team")
    ]
    assert order == sorted(order)
    names = [tag for tag, _ in page.tags]
    assert names.index("h2") < names.index("svg") < names.index("figcaption") < names.index("table") < names.index("pre")


def test_the_table_is_marked_up_for_screen_readers() -> None:
    page = Tags(as_html(contacts()))
    heads = [attrs for tag, attrs in page.tags if tag == "th"]
    assert all(attrs.get("scope") in ("col", "row") for attrs in heads)
    assert len([a for a in heads if a["scope"] == "row"]) == 4
    assert [a.get("class") for a in heads if a["scope"] == "col"] == [None, "k-n", "k-n", "k-n", None, "k-n"]
    assert "caption" in {tag for tag, _ in page.tags}


def test_only_the_first_rows_are_shown_and_their_number_is_said() -> None:
    page = as_html(answer(table=pa.table({"n": range(1234)})), "de")
    assert page.count("<tr>") == 51
    assert "1.234" in page and "<details><summary>" in page
    assert "<details open>" in as_html(answer())


def test_an_answer_that_cannot_be_told_has_words_only() -> None:
    page = as_html(answer(untold="reason", table=pa.table({}), sql=""))
    assert "<table" not in page and "<svg" not in page and "<pre" not in page


def test_rows_left_out_are_said() -> None:
    assert "3 rows left out because fewer than 10 persons stand behind each" in as_html(answer(suppressed=3, least=10))
    assert "1 row left out because fewer than 5 cases stand behind it" in as_html(answer(suppressed=1, least=5, least_of="cases"))
    assert "left out" not in as_html(answer())


def test_one_observation_is_one() -> None:
    assert "Based on 1 observation; data" in as_html(answer(n=1))
    assert "Based on 7,554 observations; data" in as_html(answer())


def test_hostile_names_become_text() -> None:
    page = Tags(as_html(hostile()))
    assert not {tag for tag, _ in page.tags} & {"img", "script", "iframe", "a"}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert HOSTILE[0] in page.text and HOSTILE[2] in page.text
    assert "\x00" not in as_html(hostile())


def test_a_section_takes_its_level_and_anchor() -> None:
    page = Tags(section(journey(), "en", 3, "a7"))
    assert page.tags[0] == ("section", {"class": "k-answer", "id": "a7", "aria-labelledby": page.tags[1][1]["id"]})
    assert page.tags[1][0] == "h3"


def test_a_notebook_shows_the_fragment() -> None:
    assert answer()._repr_html_() == as_html(answer())
    assert answer().to_json()["name"] == "handovers"
    assert answer().to_svg() == ""
