"""Texts fit into their boxes whatever they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kundig.answer.fitting import readable, width_of, wrap


@given(st.text(max_size=80), st.integers(1, 4))
def test_lines_fit_and_are_as_few_as_allowed(text: str, lines: int) -> None:
    wrapped = wrap(text, 13, 120, lines)
    assert 1 <= len(wrapped) <= lines
    assert all(width_of(line, 13) <= 120 for line in wrapped)


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert wrap("one two three four five six seven eight", 13, 60, 2)[-1].endswith("…")


def test_long_words_break_at_their_joints() -> None:
    assert wrap("W_Completeren_aanvraag_opnieuw", 13, 130, 3) == ["W_Completeren_", "aanvraag_opnieuw"]


def test_wide_letters_are_wider() -> None:
    assert width_of("WWW", 10) > width_of("iii", 10) * 2
    assert width_of("顧客", 10) >= 20
    assert width_of("ab", 10, bold=True) > width_of("ab", 10)


def test_control_characters_go() -> None:
    assert readable("a\x00b\ud800c") == "a b c"
