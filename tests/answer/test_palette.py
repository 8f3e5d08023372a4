"""Contrast by WCAG 2.2: text at least 4.5 to 1, graphics at least 3 to 1, on light and dark."""

from __future__ import annotations

import pytest

from kundig.answer.palette import ACCENT, ALARM, BAR, CATEGORIES, DARK, INK, PANEL, PAPER, SHADES, SOFT, TOKENS, stylesheet, theme


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(dark: bool) -> None:
    def seen(colour: str) -> str:
        return DARK[colour] if dark else colour

    for text in (INK, SOFT, ACCENT, ALARM):
        for ground in (PAPER, PANEL):
            assert contrast(seen(text), seen(ground)) >= 4.5, (text, ground)
    for shade in SHADES:
        assert contrast(seen(INK), seen(shade)) >= 4.5, shade


@pytest.mark.parametrize("dark", [False, True])
def test_graphics_can_be_seen(dark: bool) -> None:
    def seen(colour: str) -> str:
        return DARK[colour] if dark else colour

    for colour in (*CATEGORIES, BAR, SOFT):
        assert contrast(seen(colour), seen(PAPER)) >= 3, colour
    assert contrast(seen(INK), seen(BAR)) >= 3, "an interval on its bar"


def test_every_colour_has_its_twin() -> None:
    assert {*TOKENS.values(), *CATEGORIES, *SHADES, BAR} == set(DARK)
    css = stylesheet(".x")
    assert f'.x svg [fill="{ACCENT}"]{{fill:{DARK[ACCENT]}}}' in css
    assert "--k-ink:" in css


def test_the_theme_uses_no_other_colour() -> None:
    found = {part for part in str(theme()).replace("'", " ").split() if part.startswith("#")}
    assert found <= set(DARK)
