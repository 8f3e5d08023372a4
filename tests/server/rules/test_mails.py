"""A mail as it reaches a real mail server."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.utils import timezone
from tests.server.running import free_port

from kundig.errors import ConfigError
from kundig.server.rules import digests, mails, outbox
from kundig.server.rules.models import Delivery, Digest


class Kept:
    """What the mail server took in."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            found = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(found, EmailMessage)
            self.mails.append(found)
        return self.answer


@pytest.fixture
def kept(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    handler = Kept()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setattr(settings, "KUNDIG", dataclasses.replace(settings.KUNDIG, mail_url=f"smtp://127.0.0.1:{port}"))
    yield handler
    controller.stop()


def test_a_digest_arrives_as_text_and_page_in_german(kept: Kept, user: Any) -> None:
    now = timezone.now()
    Digest.objects.create(user=user("owner"), weekday=now.weekday(), hour=0, lang="de", sent_at=now - dt.timedelta(days=9))
    digests.send_due(now)
    outbox.send_due(timezone.now())
    assert Delivery.objects.get().problem == ""
    mail = kept.mails[0]
    assert mail["To"] == "owner@example.org"
    assert "Ihre Woche mit den Kunden" in mail["Subject"]
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "<h1" in page.get_content()
    assert "src=" not in page.get_content()
    assert len(text.get_content()) > 40


def test_a_mail_refused_is_tried_again(kept: Kept) -> None:
    kept.answer = "451 later"
    outbox.put("mail", "m@example.org", "digest", {"subject": "s", "text": "t"})
    outbox.send_due(timezone.now())
    waiting = Delivery.objects.get()
    assert "451" in waiting.problem
    assert waiting.next_at is not None
    kept.answer = "250 OK"
    outbox.send_due(waiting.next_at)
    assert [mail["Subject"] for mail in kept.mails] == ["s"]


def test_a_subject_cannot_smuggle_headers(kept: Kept) -> None:
    outbox.put("mail", "m@example.org", "digest", {"subject": "s\r\nBcc: x@example.org", "text": "t"})
    outbox.send_due(timezone.now())
    assert kept.mails[0]["Subject"] == "s Bcc: x@example.org"
    assert kept.mails[0]["Bcc"] is None


def test_a_mail_that_cannot_be_written_holds_up_no_other(kept: Kept) -> None:
    outbox.put("mail", "x@example.org\nBcc: y@example.org", "digest", {"subject": "bad", "text": "t"})
    outbox.put("mail", "m@example.org", "digest", {"subject": "good", "text": "t"})
    outbox.send_due(timezone.now())
    assert [mail["Subject"] for mail in kept.mails] == ["good"]
    assert Delivery.objects.get(target__startswith="x@").problem


def test_without_a_mail_server_nothing_is_pretended(site: Any) -> None:
    assert not mails.is_set()
    with pytest.raises(ConfigError):
        mails.connection_settings()
