"""The workspace of all tests of the server in this process, with Django configured on it before any model is imported."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import kundig

PASSWORD = "ein langer Satz als Kennwort"
PLACE = Path(tempfile.mkdtemp(prefix="kundig-site-"))
atexit.register(shutil.rmtree, PLACE, ignore_errors=True)


def _made() -> Path:
    database = os.environ.get("KUNDIG_TESTS_ON", "")
    settings = {
        "time_zone": "Europe/Berlin",
        "language": "en",
        "firm": "Kolkfunk",
        **({"database": database} if database else {}),
    }
    workspace = kundig.create(PLACE / "ws", **settings)
    from kundig.server import serve

    before = dict(os.environ)
    serve.configure(workspace.folder)
    os.environ.clear()
    os.environ.update(before)
    from django.conf import settings as django

    django.ALLOWED_HOSTS.append("testserver")  # what Django's test client calls the server
    return workspace.folder


FOLDER = _made()
