"""The Django app of ``people``."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.people"
    label = "people"
