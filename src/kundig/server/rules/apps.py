"""The Django app of ``rules``."""

from __future__ import annotations

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.rules"
    label = "rules"
