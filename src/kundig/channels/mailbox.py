"""Mail in mbox form, message by message: who wrote when to whom, in which thread, and what was new in it.

A thread is told by Message-ID, In-Reply-To and References alone, linked as in J. Zawinski's "message threading" (1997) whatever
the order of the file; never by subject. Its name is the id of its first message. ``body`` is the text as sent, ``body_new``
the same without what was quoted. ``_row`` is the message's running number. A line that begins with "From " parts the messages.
"""

from __future__ import annotations

import email
import json
import re
from collections.abc import Iterator
from email.message import Message
from itertools import pairwise
from typing import TYPE_CHECKING

from kundig.channel import Reject, Rejected, Source
from kundig.channels import _mail
from kundig.channels._batches import Row, batches
from kundig.channels._bytes import MIB, Stream, backslashed, blocks, head
from kundig.errors import DataError
from kundig.message import sentence

if TYPE_CHECKING:
    import pyarrow as pa

title = sentence("Mail (mbox)")
suffixes = (".mbox", ".mbx")
order = 30

LONGEST_MESSAGE = 64 * MIB
_MOST_ANCESTORS = 100
_MONTHS = rb"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_FROM = re.compile(rb"From .{0,400}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:" + _MONTHS + rb") +\d{1,2} +\d\d?:\d\d")
_FIELD = re.compile(rb"[!-9;-~]+:")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_ID = re.compile(r"<[^<>\s]+>")


def claims(source: Source) -> bool:
    """Text that begins with mbox's "From " line and a mail header."""
    lines = head(source, 4096).splitlines()
    return len(lines) > 1 and bool(_FROM.match(lines[0])) and bool(_FIELD.match(lines[1]) or lines[1].startswith(b">From "))


def parts(source: Source) -> list[Source]:
    return [source]


def rows(source: Source, reject: Reject) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; the file is read twice, the first time for its threads."""
    return batches(_rows(source, reject))


def _rows(source: Source, reject: Reject) -> Iterator[Row]:
    threads = _Threads()
    for raw in _messages(source):
        threads.add(_heading(raw))
    number = 0
    for number, raw in enumerate(_messages(source), 1):
        try:
            yield number, _row(raw, threads, f"{source.name}#{number}")
        except _NoMailError as error:
            text = backslashed(raw.decode("utf-8", "surrogateescape"))
            reject(Rejected(source.name, number, "", "", str(error), text, (("limit", LONGEST_MESSAGE // MIB),)))
    if not number:
        raise DataError("{file} holds no mail.", "Export it again as mbox.", file=source.name)


class _NoMailError(ValueError):
    """A catalogue sentence that says why."""


class _Threads:
    """Which message answers which, as a forest: each id points towards the first message of its thread."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def add(self, message: Message) -> None:
        chain = [*_ancestors(message), *_ids(message, "Message-ID")[:1]]
        for parent, child in pairwise(chain):
            if child not in self._parents and self.root(parent) != child:
                self._parents[child] = parent

    def root(self, identity: str) -> str:
        """The thread's first message; the way there is shortened for the next time."""
        way = []
        while identity in self._parents:
            way.append(identity)
            identity = self._parents[identity]
        self._parents.update(dict.fromkeys(way, identity))
        return identity


def _row(raw: bytes, threads: _Threads, name: str) -> dict[str, str | None]:
    if len(raw) > LONGEST_MESSAGE:
        raise _NoMailError(sentence("The message is longer than {limit} MB; only its beginning is kept."))
    message = _parsed(raw)
    body = _mail.content(message)
    identity = next(iter(_ids(message, "Message-ID")), None)
    ancestors = _ancestors(message)
    sender = next(iter(_mail.addresses(message, "From")), ("", ""))
    return {
        "message_id": identity,
        "thread": threads.root(identity or (ancestors[-1] if ancestors else name)),
        "in_reply_to": next(iter(_ids(message, "In-Reply-To")), None),
        "date": _mail.date(message),
        "from_name": sender[0] or None,
        "from_address": sender[1] or None,
        "to": _list(message, "To"),
        "cc": _list(message, "Cc"),
        "subject": _mail.header(message, "Subject"),
        "body": body.text or None,
        "body_new": _mail.new_part(body.text) or None,
        "attachments": str(len(body.attachments)),
        "attachment_names": json.dumps(body.attachments, ensure_ascii=False) if body.attachments else None,
        "auto_submitted": _mail.header(message, "Auto-Submitted"),
    }


def _parsed(raw: bytes) -> Message:
    try:
        message = email.message_from_bytes(_ESCAPED.sub(rb"\1", raw))
    except (RecursionError, ValueError) as error:
        raise _NoMailError(sentence("The message is built in a way that cannot be read.")) from error
    if not any(message[name] for name in ("From", "Date", "Subject", "Message-ID", "To")):
        raise _NoMailError(sentence("The message has no header: no sender, no date, no subject."))
    return message


def _heading(raw: bytes) -> Message:
    """The header fields alone, which is all that threads need."""
    end = re.search(rb"\r?\n\r?\n", raw)
    return email.message_from_bytes(raw[: end.end()] if end else raw[:MIB])


def _ancestors(message: Message) -> list[str]:
    """The ids a message refers to, the thread's first one first."""
    known = _ids(message, "References") or _ids(message, "In-Reply-To")[:1]
    return known if len(known) <= _MOST_ANCESTORS else [known[0], *known[1 - _MOST_ANCESTORS :]]


def _ids(message: Message, name: str) -> list[str]:
    """The message ids in a field, without their angle brackets."""
    text = " ".join(_mail.headers(message, name))
    return [found[1:-1] for found in _ID.findall(text)] or text.split()[:1]


def _list(message: Message, name: str) -> str | None:
    return ", ".join(address for _, address in _mail.addresses(message, name)) or None


def _messages(source: Source) -> Iterator[bytes]:
    """The messages without their "From " lines; one that is too long comes cut."""
    lines: list[bytes] = []
    size = 0
    blank = True
    with Stream(source) as stream:
        for block in blocks(stream):
            for line in block.splitlines(keepends=True):
                if blank and line.startswith(b"From ") and _FROM.match(line):
                    if size:
                        yield b"".join(lines)
                    lines, size = [], 0
                    blank = False
                    continue
                blank = not line.strip()
                size += len(line)
                if size <= LONGEST_MESSAGE + len(line):
                    lines.append(line)
    if size:
        yield b"".join(lines)
