"""How a delimited text is written: encoding and delimiter, from the mapping or from the first lines."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from kundig.channel import Source
from kundig.channels._bytes import head
from kundig.channels._records import Grammar
from kundig.errors import DataError
from kundig.message import sentence

DELIMITERS = (",", ";", "\t", "|")
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_SAMPLE_ROWS = 100
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Layout:
    """``encoding`` is "" where each line may be UTF-8 or Windows-1252."""

    delimiter: str
    encoding: str

    @property
    def transcoded(self) -> bool:
        return self.encoding not in ("", "utf-8")

    @property
    def fixed(self) -> bool:
        return bool(self.encoding)

    def without_preface(self, start: str) -> str:
        """The text without byte order mark and without the line "sep=;" that Excel understands."""
        return _without_separator_line(start.removeprefix("\ufeff"))


def find(source: Source) -> Layout:
    """The options of ``source`` where they are given, else what its first 64 KB look like."""
    start = head(source)
    encoding = _encoding(source, start)
    given = source.option("delimiter")
    delimiter = _NAMED.get(given, given) or _best_delimiter(_sample(start, encoding))[0]
    if len(delimiter) != 1 or delimiter in '"\r\n':
        hint = sentence("Use one character such as ; or the word tab.")
        raise DataError("The delimiter {value} is not one character.", hint, value=given)
    return Layout(delimiter, encoding)


def tabular(start: bytes) -> bool:
    """True where the bytes are text in which at least two lines have the same two or more cells."""
    sample = _sample(start, _guess(start))
    if "\0" in sample:
        return False
    _, share, cells, records = _best_delimiter(sample)
    return cells > 1 and records > 1 and share >= 0.9


def text(data: bytes, fixed: bool = False) -> str:
    """Each line as UTF-8, else as Windows-1252; where the encoding is ``fixed``, bad bytes become lone surrogates."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        read = _escaped if fixed else _western
        return "".join(map(read, data.splitlines(keepends=True)))


def _escaped(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _western(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _encoding(source: Source, start: bytes) -> str:
    given = source.option("encoding")
    if not given:
        return _guess(start)
    try:
        return codecs.lookup(given).name
    except LookupError as error:
        raise DataError(
            "There is no encoding called {value}.", "Use utf-8, cp1252, latin-1 or utf-16, for example.", value=given
        ) from error


def _guess(start: bytes) -> str:
    """The encoding where the first bytes tell it: a byte order mark, or the zeros of UTF-16."""
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    sample = start[:1000]
    if sample[1::2].count(0) > len(sample) // 3:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > len(sample) // 3 else ""


def _sample(start: bytes, encoding: str) -> str:
    """The first bytes as text, without a last line that may be cut."""
    if encoding in ("", "utf-8", "utf-8-sig"):
        start = start if len(start) < 65536 else start[: max(start.rfind(b"\n"), start.rfind(b"\r")) + 1] or start
        return text(start)
    return start.decode(encoding, "replace")


def _best_delimiter(sample: str) -> tuple[str, float, int, int]:
    """The delimiter under which most records have as many cells as the first, with that share, the cells and the records."""
    preface = sample.removeprefix("\ufeff")
    declared = preface[4:5] if preface[:4].lower() == "sep=" and preface[5:6] in ("\r", "\n") else ""
    found = [_consistency(_without_separator_line(preface), mark) for mark in ([declared] if declared else DELIMITERS)]
    return max(found, key=lambda each: (each[2] > 1, round(each[1], 1), each[2]))


def _consistency(sample: str, delimiter: str) -> tuple[str, float, int, int]:
    sizes: list[int] = []
    for record in Grammar(delimiter).records(sample, 0, final=True):
        if record.raw:
            sizes.append(len(record.cells))
        if len(sizes) >= _SAMPLE_ROWS:
            break
    first = sizes[0] if sizes else 0
    return delimiter, sizes.count(first) / max(len(sizes), 1), first, len(sizes)


def _without_separator_line(start: str) -> str:
    line = start[: start.find("\n") + 1]
    return start[len(line) :] if line[:4].lower() == "sep=" and len(line.rstrip("\r\n")) == 5 else start
