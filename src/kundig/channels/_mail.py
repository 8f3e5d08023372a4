"""What a mail says: headers in any encoding, the body as text, and the part of it that is new."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser

LONGEST_HTML = 2_000_000
"""Of a longer HTML body only the beginning is read, in characters."""


@dataclass
class Content:
    """The readable parts of a message: plain text if there is any, else the HTML's text, and what was attached."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        found = self.plain or [stripped(page) for page in self.html]
        return "\n".join(found).replace("\r\n", "\n").strip()


def headers(message: Message, name: str) -> list[str]:
    """All fields called ``name``, unfolded but not decoded; bytes are taken as UTF-8, else Windows-1252."""
    values = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    return [" ".join(_readable(value.encode("utf-8", "surrogateescape")).split()) for value in values]


def header(message: Message, name: str) -> str | None:
    """The first field called ``name``, decoded."""
    found = headers(message, name)
    return decoded(found[0]) if found else None


def decoded(value: str) -> str:
    """``value`` with its encoded words (=?utf-8?q?...?=) read; as it is where they are broken."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, MessageError, ValueError):
        return value


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Names and addresses in all fields called ``name``."""
    found = email.utils.getaddresses(headers(message, name))
    return [(decoded(person), address) for person, address in found if person or address]


def date(message: Message) -> str | None:
    """The Date field as ISO 8601 with its zone (UTC where it names none); verbatim where it is no date."""
    value = header(message, "Date")
    if not value:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}+00:00"
    except (TypeError, ValueError, OverflowError):
        return value


def content(message: Message) -> Content:
    """Texts and attachments; a message within the message counts as attached."""
    found = Content()
    for part in _leaves(message):
        kind, name = part.get_content_type(), part.get_filename()
        if part.get_content_disposition() == "attachment" or name or kind not in ("text/plain", "text/html"):
            found.attachments.append(decoded(name) if name else kind)
        else:
            (found.plain if kind == "text/plain" else found.html).append(_payload(part))
    return found


def stripped(html: str) -> str:
    """The text of ``html``; quoted blocks get "> " before each line, as in plain mail."""
    page = _Page()
    page.feed(html[:LONGEST_HTML])
    page.close()
    return page.text()


def new_part(text: str) -> str:
    """``text`` without quoted lines and, where a whole mail is quoted below, without all that follows."""
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _begins_old_mail(lines, at):
            break
        length = _attribution(lines, at)
        if length and not _quoted_next(lines, at + length):
            break
        if not length and not lines[at].startswith(">"):
            kept.append(lines[at])
        at += length or 1
    return "\n".join(kept).strip()


_OLD_MAIL = re.compile(
    r"-{2,}\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht)\s*-{2,}", re.I
)
_OLD_FROM = re.compile(r"\*?(?:From|Von):\*?\s")
_OLD_SENT = re.compile(r"\*?(?:Sent|Gesendet|Date|Datum):\*?\s")
_WROTE = re.compile(r"(?:On\b.{4,300}\bwrote:|Am\b.{4,300}\bschrieb\b.{0,300}:)\s*")


def _begins_old_mail(lines: list[str], at: int) -> bool:
    if _OLD_MAIL.match(lines[at].strip()):
        return True
    return bool(_OLD_FROM.match(lines[at])) and any(_OLD_SENT.match(line) for line in lines[at + 1 : at + 3])


def _attribution(lines: list[str], at: int) -> int:
    """How many lines the "On ... wrote:" takes that begins here: 1, 2 where it is folded, else 0."""
    if not lines[at].startswith(("On ", "Am ")):
        return 0
    if _WROTE.fullmatch(lines[at]):
        return 1
    return 2 if at + 1 < len(lines) and _WROTE.fullmatch(f"{lines[at]} {lines[at + 1]}") else 0


def _quoted_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 5] if line.strip()), ">")
    return following.startswith(">")


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no parts; a message within the message is one."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        children = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            waiting[:0] = [child for child in children if isinstance(child, Message)]
        else:
            yield part


def _payload(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset()
    try:
        return data.decode(charset, "replace") if charset else _readable(data)
    except (LookupError, ValueError):
        return _readable(data)


def _readable(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class _Page(HTMLParser):
    """Gathers the lines of an HTML body."""

    _SILENT = frozenset({"script", "style", "title"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self._break()
        self._quoted += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        if tag in self._BREAKS:
            self._break()
        self._quoted = max(0, self._quoted - (tag == "blockquote"))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines)

    def _break(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self._lines.append("> " * min(self._quoted, 20) + line)
