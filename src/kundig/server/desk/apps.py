"""The Django app of ``desk``."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.desk"
    label = "desk"
