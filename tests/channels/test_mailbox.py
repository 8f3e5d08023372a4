"""Mail: threads by headers whatever the order, what is new in a reply, every charset a German mailbox has seen."""

from __future__ import annotations

from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from tests.channels.reading import Read, read, stored

from kundig.channels import _mail, mailbox
from kundig.errors import DataError

LINE = b"From a@example.com Wed May  1 10:00:00 2024\n"
HEADER = "From: Ann <ann@example.com>\nDate: Wed, 1 May 2024 10:00:00 +0200\n"


def of(folder: Path, *messages: bytes | str) -> Read:
    content = b"".join(LINE + (each if isinstance(each, bytes) else each.encode()) + b"\n\n" for each in messages)
    return read(mailbox, stored(folder, "a.mbox", content))


def mail(identity: str, body: str = "text", **fields: str) -> str:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return f"{HEADER}Message-ID: <{identity}>\n{more}\n{body}"


def test_the_fields_of_a_message(tmp_path: Path) -> None:
    found = of(tmp_path, mail(
        "m1@x", "Guten Tag,\n\n>From here on.\n-- \nAnn", To="Bob <b@x>, c@x", Cc="d@x", Subject="=?utf-8?q?K=C3=BCndigung?=",
        Auto_Submitted="auto-replied",
    ))  # fmt: skip
    assert found.all == [{
        "message_id": "m1@x", "thread": "m1@x", "in_reply_to": None, "date": "2024-05-01T10:00:00+02:00", "from_name": "Ann",
        "from_address": "ann@example.com", "to": "b@x, c@x", "cc": "d@x", "subject": "Kündigung",
        "body": "Guten Tag,\n\nFrom here on.\n-- \nAnn", "body_new": "Guten Tag,\n\nFrom here on.\n-- \nAnn",
        "attachments": "0", "attachment_names": None, "auto_submitted": "auto-replied", "_row": 1,
    }]  # fmt: skip


def threads(found: Read) -> list[str]:
    return [row["thread"] for row in found.rows]


def test_threads_follow_headers_in_any_order_and_never_the_subject(tmp_path: Path) -> None:
    same = {"Subject": "Re: Frage"}
    messages = [
        mail("c", In_Reply_To="<b>", **same), mail("b", In_Reply_To="<a>", **same), mail("a", **same), mail("other", **same),
        mail("e", References="<a> <lost>", **same), mail("f", In_Reply_To="<lost>", **same), mail("g", In_Reply_To="<unknown>", **same),
    ]  # fmt: skip
    expected = {"c": "a", "b": "a", "a": "a", "other": "other", "e": "a", "f": "a", "g": "unknown"}
    for order in (messages, messages[::-1]):
        assert {row["message_id"]: row["thread"] for row in of(tmp_path, *order).rows} == expected


def test_threads_without_ids_and_with_circles(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        f"{HEADER}\nno id",
        f"{HEADER}In-Reply-To: <a>\n\nno id",
        mail("a", References="<b>"),
        mail("b", References="<a>"),
    )
    assert threads(found)[0] == "a.mbox#1"
    assert len(set(threads(found)[1:])) == 1


def test_a_flood_of_references_is_bounded(tmp_path: Path) -> None:
    found = of(tmp_path, mail("z", References=" ".join(f"<r{n}>" for n in range(5000))))
    assert threads(found) == ["r0"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Wed, 1 May 2024 10:00:00 -0000", "2024-05-01T10:00:00+00:00"),
        ("1 May 2024 10:00 GMT", "2024-05-01T10:00:00+00:00"),
        ("gestern", "gestern"),
        ("Wed, 99 May 2024 10:00:00 +0000", "Wed, 99 May 2024 10:00:00 +0000"),
    ],
)
def test_dates(tmp_path: Path, value: str, expected: str) -> None:
    assert of(tmp_path, f"From: a@x\nDate: {value}\n\nx").rows[0]["date"] == expected


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252"])
def test_charsets(tmp_path: Path, charset: str) -> None:
    message = MIMEText("Schöne Grüße", _charset=charset)
    message["From"], message["Subject"] = "a@x", "x"
    assert of(tmp_path, message.as_bytes()).rows[0]["body"] == "Schöne Grüße"


@pytest.mark.parametrize("charset", ['charset="klingon"', 'charset="rot13"', ""])
def test_unknown_charsets_and_raw_bytes(tmp_path: Path, charset: str) -> None:
    for encoding in ("utf-8", "cp1252"):
        raw = f"From: Jörg <j@x>\nSubject: Über =?bad?x?y?=\nContent-Type: text/plain; {charset}\n\nGrüße".encode(encoding)
        row = of(tmp_path, raw).rows[0]
        assert (row["body"], row["from_name"], row["subject"]) == ("Grüße", "Jörg", "Über =?bad?x?y?=")
    assert of(tmp_path, b"From: a@x\nContent-Type: text/plain; charset=utf-8\n\nGr\xfc\xdfe").rows[0]["body"] == "Gr\ufffd\ufffde"


def test_plain_text_wins_and_attachments_are_named(tmp_path: Path) -> None:
    whole = MIMEMultipart("mixed")
    whole["From"] = "a@x"
    both = MIMEMultipart("alternative")
    both.attach(MIMEText("plain"))
    both.attach(MIMEText("<p>html</p>", "html"))
    whole.attach(both)
    attached = MIMEApplication(b"%PDF")
    attached.add_header("Content-Disposition", "attachment", filename="=?utf-8?q?Rechnung_M=C3=A4rz.pdf?=")
    whole.attach(attached)
    inner = MIMEText("inner text")
    inner["Subject"] = "forwarded"
    whole.attach(MIMEMessage(inner))
    row = of(tmp_path, whole.as_bytes()).rows[0]
    assert (row["body"], row["attachments"]) == ("plain", "2")
    assert row["attachment_names"] == '["Rechnung März.pdf", "message/rfc822"]'


def test_html_becomes_text(tmp_path: Path) -> None:
    page = "<title>t</title><style>p {}</style><p>Hallo&nbsp;Frau<br>M&uuml;ller</p><script>x</script><blockquote><div>alt<p>noch</p></div></blockquote>neu"
    raw = f"From: a@x\nContent-Type: text/html; charset=utf-8\n\n{page}"
    row = of(tmp_path, raw).rows[0]
    assert row["body"] == "Hallo Frau\nMüller\n> alt\n> noch\nneu"
    assert row["body_new"] == "Hallo Frau\nMüller\nneu"


@pytest.mark.parametrize(
    ("body", "new"),
    [
        ("Neu.\n\nAm 01.05.2024 um 10:00 schrieb Ann <a@x>:\n> alt\n> alt\n\nUnten.", "Neu.\n\n\nUnten."),
        ("New.\n\nOn Wed, 1 May 2024 at 10:00,\nAnn <a@x> wrote:\n\n> old", "New."),
        ("New.\nOn Wed, 1 May 2024, Ann wrote:\nold without marks\nmore", "New."),
        ("New.\n-----Original Message-----\nFrom: x\nold", "New."),
        ("Neu.\n-----Ursprüngliche Nachricht-----\nalt", "Neu."),
        ("Neu.\nVon: Ann\nGesendet: Mittwoch\nAn: Bob\n\nalt", "Neu."),
        (
            "From: my point of view it is fine.\nOn Monday I wrote to you.",
            "From: my point of view it is fine.\nOn Monday I wrote to you.",
        ),
        ("> only old", ""),
    ],
)
def test_what_is_new_in_a_reply(body: str, new: str) -> None:
    assert _mail.new_part(body) == new


def test_messages_are_parted_at_their_lines_only(tmp_path: Path) -> None:
    found = of(
        tmp_path, mail("a", "Hello\n\nFrom tomorrow at 10:30 we are closed.\nFrom a@x Wed May  1 10:00:00 2024"), mail("b")
    )
    assert [row["message_id"] for row in found.rows] == ["a", "b"]
    windows = b"".join(LINE + mail(name).encode() + b"\n\n" for name in "ab").replace(b"\n", b"\r\n")
    assert threads(read(mailbox, stored(tmp_path, "w.mbox", windows))) == ["a", "b"]


def test_what_is_no_mail_is_rejected_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "From: a@x\n" + "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(2000))
    found = of(tmp_path, mail("a"), "no header at all\n\xff", deep, mail("b"))
    assert (found.numbers, [row for row, _ in found.reasons]) == ([1, 4], [2, 3])
    assert found.reasons[0][1] == "The message has no header: no sender, no date, no subject."
    assert found.rejected[0].raw.startswith("no header at all\n")
    monkeypatch.setattr(mailbox, "LONGEST_MESSAGE", 2_000_000)
    found = of(tmp_path, mail("a"), mail("b", "x" * 70 + "\n" + "y\n" * 2_000_000), mail("c"))
    assert found.numbers == [1, 3]
    assert len(found.rejected[0].raw) < 2_000_100
    with pytest.raises(DataError, match="holds no mail"):
        read(mailbox, stored(tmp_path, "a.mbox", ""))


def test_what_it_claims(tmp_path: Path) -> None:
    source = stored(tmp_path, "mail", LINE + mail("a").encode())
    assert mailbox.claims(source)
    assert mailbox.parts(source) == [source]
    for content in (b"", b"From here, to there\na,b\n", LINE, b"From: a@x\n\nx"):
        assert not mailbox.claims(stored(tmp_path, "a.mbox", content))
