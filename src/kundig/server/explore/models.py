"""Saved views: a question with its inputs and filter, under a name, for the person who saved it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class View(models.Model):
    """What a URL asks, kept. It holds a question and no data."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=80)
    insight = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "id"]

    def __str__(self) -> str:
        return self.name
