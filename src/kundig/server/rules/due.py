"""Is anything due? Asked every half minute by the server's own process, so it must cost next to nothing."""

from __future__ import annotations

import datetime as dt

from kundig.server import firm
from kundig.server.rules import digests
from kundig.server.rules.models import Alert, Delivery, Digest


def anything(now: dt.datetime) -> bool:
    """Whether the runner has something to do."""
    if Delivery.objects.filter(next_at__lte=now).exists():
        return True
    if Alert.objects.filter(active=True).exclude(lake_version=firm.own().lake.version).exists():
        return True
    return any(digests.is_due(digest, now) for digest in Digest.objects.filter(active=True))
