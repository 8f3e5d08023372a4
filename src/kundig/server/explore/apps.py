"""The Django app of ``explore``."""

from __future__ import annotations

from django.apps import AppConfig


class ExploreConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.explore"
    label = "explore"
