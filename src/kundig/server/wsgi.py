"""The application as a WSGI server runs it."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kundig.server.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from kundig.server.sources.door import Door

application = Door(get_wsgi_application())

# Everything a first request would import is imported here, before several threads may do it at once.
get_resolver()._populate()
