"""The child that does what is due: alerts, digests, messages. ``python -m kundig.server.rules.runner`` ends when done."""

from __future__ import annotations

import sys

from kundig.server import children, firm, serve


def main() -> int:
    """Do everything due, once."""
    serve.configure(firm.folder())
    lock = children.hold("rules.runner")
    if lock is None:
        return 0
    run()
    return 0


def run() -> dict[str, int]:
    """How many alerts were looked at, digests written and messages tried."""
    from django.utils import timezone

    from kundig.server.rules import alerts, digests, outbox

    now = timezone.now()
    looked = alerts.check_all(now)
    written = digests.send_due(now)
    return {"alerts": looked, "digests": written, "messages": outbox.send_due(timezone.now())}


if __name__ == "__main__":
    sys.exit(main())
