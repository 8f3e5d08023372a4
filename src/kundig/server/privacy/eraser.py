"""The child that erases: ``python -m kundig.server.privacy.eraser``. One at a time, every request whose erasure was begun."""

from __future__ import annotations

import logging
import sys

from kundig.errors import KundigError
from kundig.message import sentence
from kundig.server import children, firm

MODULE = "privacy.eraser"
FAILED = sentence("The erasure stopped: {why}. Nothing of what was done is lost; go on.")
log = logging.getLogger("kundig.eraser")


def work() -> int:
    """Erase whoever waits for it; how many erasures ended."""
    from kundig.server.privacy.models import Request

    tried: set[int] = set()
    ended = 0
    while request := Request.objects.filter(state="running").exclude(pk__in=tried).order_by("pk").first():
        tried.add(request.pk)
        ended += _erased(request)
    return ended


def _erased(request: object) -> bool:
    """Whether it came to its end; else the reason stands in the request."""
    from kundig.server.privacy import erasing
    from kundig.server.privacy.models import Request

    assert isinstance(request, Request)
    workspace = firm.opened(str(firm.folder() / firm.SAMPLE if request.sample else firm.folder()))
    try:
        erasing.erase(workspace, request)
    except KundigError as error:
        told = {"text": error.text, "values": {name: str(value) for name, value in error.values.items()}}
    except Exception as error:
        log.exception("an erasure stopped")
        told = {"text": FAILED, "values": {"why": type(error).__name__}}
    else:
        log.info("erased", extra={"request": request.pk})
        return True
    Request.objects.filter(pk=request.pk).update(problem=told)
    return False


def main() -> int:
    """Work until nobody waits; ends at once where another one works."""
    from kundig.server import logs, serve

    serve.configure(firm.folder())
    logs.configure({})
    lock = children.hold(MODULE)
    if lock is None:
        return 0
    work()
    return 0


if __name__ == "__main__":
    sys.exit(main())
