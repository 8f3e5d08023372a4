"""The Django app of ``privacy``."""

from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Its place in the house."""

    name = "kundig.server.privacy"
    label = "privacy"
