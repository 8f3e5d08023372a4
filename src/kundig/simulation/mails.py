"""The shop's mailbox, ``mailbox.mbox``: questions about orders that never reach the help desk, so nothing is told twice.

Subjects repeat across customers on purpose: threads can only be told by their headers.
"""

from __future__ import annotations

import datetime as dt
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.utils import format_datetime, formataddr
from pathlib import Path

import numpy as np

from kundig.simulation import firm
from kundig.simulation.block import Block
from kundig.simulation.chance import stream
from kundig.simulation.days import DAY, HOUR, Calendar
from kundig.simulation.exports import addresses, full_names

THREADS = 150
SHOP = f"shop@{firm.DOMAIN}"
SUBJECTS = ("Meine Bestellung", "Frage zur Lieferung", "Rückgabe", "Bestellung {number}")
QUESTIONS = (
    "Guten Tag,\n\nkann ich die Bestellung {number} noch ändern? Die Lieferadresse ist falsch.\n\nViele Grüße\n{name}\n",
    "Hallo,\n\npasst der Artikel „{article}“ aus der Bestellung {number} auch zu meinem älteren Anschluss?\n\nDanke\n{name}\n",
    "Guten Tag,\n\nich möchte den Artikel „{article}“ zurückgeben. Wie geht das?\n\nMit freundlichen Grüßen\n{name}\n",
)
REPLIES = (
    "Guten Tag,\n\ngern. Wir haben das zu Ihrer Bestellung {number} vermerkt.\n\nIhr Kolkfunk Shop\n",
    "Guten Tag,\n\nja, das geht. Alles Weitere liegt dem Paket bei.\n\nIhr Kolkfunk Shop\n",
    "Guten Tag,\n\nden Rücksendeschein für {number} erhalten Sie mit getrennter Post.\n\nIhr Kolkfunk Shop\n",
)
THANKS = "Vielen Dank, das hilft mir weiter.\n\n{name}\n"


def write_mailbox(path: Path, block: Block) -> int:
    """Write the mails about the first orders of ``block``, in the order of time; returns how many."""
    rng = stream(block.world.seed, block.index, "mails")
    names, mails = full_names(block.people).to_pylist(), addresses(block.people).to_pylist()
    chosen = np.sort(rng.permutation(len(block.orders))[:THREADS])
    letters = [
        letter
        for order in chosen.tolist()
        if (mail := mails[block.orders.customer[order]])
        for letter in _thread(rng, block, order, names[block.orders.customer[order]], mail)
    ]
    end = block.world.calendar.end
    letters = sorted((letter for letter in letters if letter[0] < end), key=lambda letter: letter[0])
    path.write_bytes(b"".join(_entry(block.world.calendar, time, message) for time, message in letters))
    return len(letters)


def _thread(rng: np.random.Generator, block: Block, order: int, name: str, mail: str) -> list[tuple[int, Message]]:
    """A question, mostly a reply, sometimes thanks."""
    calendar, orders = block.world.calendar, block.orders
    words = {"number": f"B{block.numbers.orders + order:08d}", "name": name, "article": firm.ARTICLES[orders.article[order]][0]}
    kind = int(rng.integers(0, len(QUESTIONS)))
    subject = SUBJECTS[int(rng.integers(0, len(SUBJECTS)))].format(**words)
    asked = int(orders.ordered[order] + rng.integers(HOUR, 2 * DAY))
    replied = int(calendar.later(np.array([asked]), np.array([rng.exponential(6 * HOUR) + HOUR]))[0])
    thanked = replied + int(rng.integers(HOUR // 2, DAY))
    times = [asked, replied, thanked][: 1 + int(rng.random() < 0.9) + int(rng.random() < 0.35)]
    texts = (QUESTIONS[kind], REPLIES[kind], THANKS)
    customer = (formataddr((name, mail)), SHOP)
    ways = (customer, customer[::-1], customer)
    letters = []
    for step, time in enumerate(times):
        letter = _letter(words["number"], step, ways[step], subject, texts[step].format(**words))
        letter["Date"] = format_datetime(_moment(calendar, time))
        letters.append((time, letter))
    return letters


def _letter(number: str, step: int, way: tuple[str, str], subject: str, text: str) -> Message:
    message = Message()
    message["From"], message["To"] = way
    prefix = ("", "AW: ", "Re: ")[step]
    message["Subject"] = Header(prefix + subject, "utf-8" if not subject.isascii() else "us-ascii").encode()
    message["Message-ID"] = f"<{number}.{step}@{firm.DOMAIN}>"
    if step:
        message["In-Reply-To"] = f"<{number}.{step - 1}@{firm.DOMAIN}>"
        message["References"] = " ".join(f"<{number}.{i}@{firm.DOMAIN}>" for i in range(step))
    charset = Charset("utf-8")
    charset.body_encoding = QP
    message.set_payload(text, charset)
    return message


def _moment(calendar: Calendar, time: int) -> dt.datetime:
    """Local time with its offset from UTC."""
    local = calendar.exists(np.array([time]))
    epoch = int(calendar.utc(local)[0])
    offset = int(local[0]) + (calendar.start - dt.date(1970, 1, 1)).days * DAY - epoch
    return dt.datetime.fromtimestamp(epoch, dt.timezone(dt.timedelta(seconds=offset)))


def _entry(calendar: Calendar, time: int, message: Message) -> bytes:
    """One entry of an mbox file, lines that begin with From escaped (mboxrd)."""
    stamp = _moment(calendar, time).astimezone(dt.UTC).strftime("%a %b %d %H:%M:%S %Y")
    body = message.as_bytes().replace(b"\nFrom ", b"\n>From ")
    return f"From MAILER-DAEMON {stamp}\n".encode() + body + b"\n"
