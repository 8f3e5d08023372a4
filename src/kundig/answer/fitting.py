"""How wide a text will be, and how it is broken into lines, without a font file: boxes must hold their words anywhere.

The widths are those of a common sans serif face, rounded up, so that a wider fallback font still fits.
"""

from __future__ import annotations

import unicodedata

_NARROW, _WIDE = frozenset("iIjl.,:;'|!ft()[]/ \u00a0r-"), frozenset("mwMW@%&")
_ROUND_UP = 1.08


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """The width of one line in pixels at a font ``size`` in pixels, rather too much than too little."""
    ems = sum(_em(letter) for letter in text)
    return ems * size * _ROUND_UP * (1.06 if bold else 1.0)


def readable(text: str) -> str:
    """``text`` without control characters: XML forbids them, and drawing libraries die of them."""
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Cn") else letter for letter in text)


def wrap(text: str, size: float, most: float, lines: int, *, bold: bool = False) -> list[str]:
    """``text`` in at most ``lines`` lines of at most ``most`` pixels; what does not fit ends in an ellipsis."""
    wrapped: list[str] = []
    for word in _words(readable(text), size, most, bold):
        joined = f"{wrapped[-1]} {word}" if wrapped else word
        if wrapped and width_of(joined, size, bold=bold) <= most:
            wrapped[-1] = joined
        else:
            wrapped.append(word)
    if len(wrapped) <= lines:
        return wrapped or [""]
    return [*wrapped[: lines - 1], _cut(wrapped[lines - 1], size, most, bold)]


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.9
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.68 if letter.isupper() else 0.57


def _words(text: str, size: float, most: float, bold: bool) -> list[str]:
    """The words, those that are too long for a line cut to pieces."""
    pieces: list[str] = []
    for word in text.split():
        rest = word
        while width_of(rest, size, bold=bold) > most and len(rest) > 1:
            fits = max(1, _fitting(rest, size, most, bold))
            pieces.append(rest[:fits])
            rest = rest[fits:]
        pieces.append(rest)
    return pieces


def _fitting(word: str, size: float, most: float, bold: bool) -> int:
    """How many letters of ``word`` fit; after a joint (_ - / .) where one is near."""
    fits = next((n for n in range(len(word), 0, -1) if width_of(word[:n], size, bold=bold) <= most), 1)
    joint = max((n for n in range(fits // 2, fits) if word[n] in "_-/."), default=None)
    return fits if joint is None else joint + 1


def _cut(line: str, size: float, most: float, bold: bool) -> str:
    while line and width_of(line + "…", size, bold=bold) > most:
        line = line[:-1]
    return line + "…"
