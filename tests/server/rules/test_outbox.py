"""What goes out: signed, tried again, given up, resent; never into the firm's own network unless that is allowed."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from kundig.errors import QuestionError
from kundig.server.rules import outbox, posting, signing
from kundig.server.rules.models import Delivery, Webhook


@dataclass
class Receiver:
    """Another system: answers with ``status`` and keeps what it was sent."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(outbox, "allowed_hosts", lambda: frozenset({"127.0.0.1"}))
    found = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(found.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def hook(receiver: Receiver, *kinds: str) -> Webhook:
    return Webhook.objects.create(url=receiver.url, secret=signing.new_secret(), kinds=list(kinds or ("import.finished",)))


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's reference libraries."""
    found = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_who_wants_a_kind_is_told_signed(receiver: Receiver) -> None:
    wanting = hook(receiver, "import.finished")
    hook(receiver, "alert.raised")
    assert outbox.tell("import.finished", {"rows": 3}) == 1
    assert outbox.send_due(timezone.now()) == 1
    headers, body = receiver.got[0]
    told = json.loads(body)
    assert (told["type"], told["data"]) == ("import.finished", {"rows": 3})
    expected = signing.signature(wanting.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == expected
    assert Delivery.objects.get().sent_at is not None


def test_a_failed_message_is_tried_again_over_three_days_and_then_given_up(receiver: Receiver) -> None:
    hook(receiver)
    receiver.status = 500
    outbox.tell("import.finished", {})
    now = start = timezone.now()
    while (waiting := Delivery.objects.get()).next_at:
        now = max(now, waiting.next_at)
        outbox.send_due(now)
    assert len(receiver.got) == 10
    assert dt.timedelta(hours=60) < now - start < dt.timedelta(hours=90)
    assert not Webhook.objects.get().active
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_gone_means_gone(receiver: Receiver) -> None:
    hook(receiver)
    receiver.status = 410
    outbox.tell("import.finished", {})
    outbox.send_due(timezone.now())
    assert not Webhook.objects.get().active


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    hook(receiver)
    receiver.status = 302
    outbox.tell("import.finished", {})
    outbox.send_due(timezone.now())
    assert Delivery.objects.get().problem == "HTTP 302"


def test_a_message_can_be_sent_again_by_hand(receiver: Receiver) -> None:
    hook(receiver)
    outbox.tell("import.finished", {})
    outbox.send_due(timezone.now())
    outbox.resend(Delivery.objects.get())
    outbox.send_due(timezone.now())
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [Delivery.objects.get().message_id] * 2


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
     "http://10.1.2.3/", "http://169.254.169.254/latest", "ftp://example.org/", "http://user@example.org/", "file:///etc/passwd", "nonsense"],
)  # fmt: skip
def test_private_and_foreign_addresses_are_refused(url: str) -> None:
    with pytest.raises(QuestionError):
        posting.checked(url)


def test_a_name_that_turns_private_later_is_refused_then(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Webhook.objects.create(url="http://rebound.example/x", secret=signing.new_secret(), kinds=["import.finished"])
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", 80))])
    outbox.tell("import.finished", {})
    outbox.send_due(timezone.now())
    assert "private network" in Delivery.objects.get().problem
