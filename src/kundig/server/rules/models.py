"""Alerts, webhooks with their deliveries, and digests: what people have asked to be told."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Alert(models.Model):
    """A question with a threshold: who asked for it, what it looks at, where the message goes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    insight = models.CharField(max_length=60)
    query = models.JSONField(default=dict)
    figure = models.CharField(max_length=60)
    operator = models.CharField(max_length=2)
    threshold = models.FloatField()
    way = models.CharField(max_length=10)
    target = models.CharField(max_length=300)
    lang = models.CharField(max_length=2, default="en")
    active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    lake_version = models.BigIntegerField(default=-1)
    value = models.FloatField(null=True, blank=True)
    raised = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class Webhook(models.Model):
    """An address of another system that is told what happens here, signed after Standard Webhooks."""

    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=200)
    kinds = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=254, blank=True)
    active = models.BooleanField(default=True)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message on its way: tried again over days, kept as a log, resent by hand."""

    message_id = models.CharField(max_length=40, db_index=True)
    webhook = models.ForeignKey(Webhook, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    way = models.CharField(max_length=10, default="webhook")
    target = models.CharField(max_length=500)
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True, db_index=True)
    tries = models.IntegerField(default=0)
    status = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]


class Digest(models.Model):
    """A weekly mail that says what the overview says."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest")
    weekday = models.IntegerField(default=0)
    hour = models.IntegerField(default=7)
    lang = models.CharField(max_length=2, default="en")
    active = models.BooleanField(default=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
