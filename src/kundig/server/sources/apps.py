"""The Django app of ``sources``."""

from __future__ import annotations

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.sources"
    label = "sources"
