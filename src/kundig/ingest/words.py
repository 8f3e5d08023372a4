"""What words mean: column names, kinds, channels, directions and actors, in German and English, from one editable list.

The list lies beside this module; a workspace may hold its own at ``mappings/words.toml``, whose words are asked first.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

from kundig.errors import MappingError
from kundig.event import ACTORS, CHANNELS, DIRECTIONS, KINDS

VERSION = 1
_CLOSED = {"phrases": KINDS, "kinds": KINDS, "channels": CHANNELS, "directions": DIRECTIONS, "actors": ACTORS}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True)
class Words:
    """The word lists: section -> name -> words, all as :func:`plain` text."""

    sections: Mapping[str, Mapping[str, tuple[str, ...]]]
    placeholders: frozenset[str]

    def kind(self, activity: str) -> str:
        """The kind an activity's words say, else "other"."""
        return self._first("phrases", activity) or self._first("kinds", activity) or "other"

    def channel(self, word: str) -> str:
        """One of the closed list of channels, else ``word`` as it is."""
        return self._first("channels", word) or word

    def direction(self, word: str) -> str | None:
        """inbound, outbound or internal; None where the word says none of it."""
        return self._first("directions", word) or None

    def actor(self, word: str) -> str | None:
        """customer, human or machine; None where the word says none of it."""
        return self._first("actors", word) or None

    def is_placeholder(self, identifier: str) -> bool:
        """True for "unknown", "-", "0" and the like: no person."""
        return identifier.strip().casefold() in self.placeholders

    def of(self, section: str) -> Mapping[str, tuple[str, ...]]:
        """Names and their words in a section."""
        return self.sections.get(section, {})

    def _first(self, section: str, text: str) -> str:
        """The first name with a word in the text as it is ("WhatsApp"), else with its humps taken for words ("productView")."""
        whole, parted = plain(text, humps=False), plain(text)
        if parted in _CLOSED[section]:
            return parted
        found = (
            name for form in dict.fromkeys((whole, parted)) for name, p in self._patterns[section].items() if p.search(f" {form}")
        )
        return next(found, "")

    @cached_property
    def _patterns(self) -> dict[str, dict[str, re.Pattern[str]]]:
        return {s: {name: _beginning(words) for name, words in self.of(s).items() if words} for s in _CLOSED}


def plain(text: str, *, humps: bool = True) -> str:
    """Lower case, words apart, without accents and punctuation: "firstResponse_at" becomes "first response at".

    Without ``humps`` a capital within a word begins no new one.
    """
    spaced = text.translate(_UMLAUTS)
    spaced = _CAMEL.sub(" ", spaced) if humps else spaced
    ascii_only = spaced if spaced.isascii() else unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
    return _SEPARATORS.sub(" ", ascii_only.lower()).strip()


def load(own: Path | None = None) -> Words:
    """The word lists, the workspace's ``own`` before ours; MappingError where that file is no word list."""
    ours = _parsed(resources.files(__package__).joinpath("words.toml").read_text("utf-8"), "words.toml")
    if own is None or not own.exists():
        return ours
    theirs = _parsed(own.read_text("utf-8"), str(own))
    sections = {name: _before(theirs.of(name), ours.of(name)) for name in {*ours.sections, *theirs.sections}}
    sections["phrases"] = _before(_before(theirs.of("phrases"), theirs.of("kinds")), ours.of("phrases"))
    return Words(sections, ours.placeholders | theirs.placeholders)


def _parsed(text: str, file: str) -> Words:
    try:
        data = tomllib.loads(text)
        if data.pop("version", None) != VERSION:
            raise ValueError(f"version = {VERSION} is missing")
        placeholders = frozenset(str(word).casefold() for word in data.pop("placeholders", []))
        sections = {s: {name: tuple(plain(word) for word in words) for name, words in names.items()} for s, names in data.items()}
    except (tomllib.TOMLDecodeError, ValueError, AttributeError, TypeError) as error:
        raise MappingError(
            "{file} is no word list: {why}", "Copy the list again and change only words.", file=file, why=str(error)
        ) from error
    for section, known in _CLOSED.items():
        _check(sections.get(section, {}), known, file)
    return Words(sections, placeholders)


def _check(names: Iterable[str], known: tuple[str, ...], file: str) -> None:
    for name in names:
        if name not in known:
            raise MappingError(
                "{file} names {name}, which is not in the list.",
                "Use one of: {known}.",
                file=file,
                name=name,
                known=", ".join(known),
            )


def _before(first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The names in the order of the first list, then the second's, so that its words decide."""
    return {name: first.get(name, ()) + second.get(name, ()) for name in [*first, *(n for n in second if n not in first)]}


def _beginning(words: Iterable[str]) -> re.Pattern[str]:
    """Short words must stand alone; longer ones may go on ("Anruf" in "Anrufversuch")."""
    return re.compile("|".join(f" {re.escape(word)}{'' if len(word) > 4 else '(?: |$)'}" for word in words if word))
