"""The pages of ``rules``."""

from __future__ import annotations

from django.urls import path

from kundig.server.rules import pages

app_name = "rules"
urlpatterns = [
    path("", pages.home, name="home"),
    path("figures", pages.figures, name="figures"),
    path("add", pages.add_alert, name="add_alert"),
    path("<int:pk>/remove", pages.remove_alert, name="remove_alert"),
    path("webhooks", pages.add_webhook, name="add_webhook"),
    path("webhooks/<int:pk>/remove", pages.remove_webhook, name="remove_webhook"),
    path("webhooks/<int:pk>/try", pages.try_webhook, name="try_webhook"),
    path("digest", pages.set_digest, name="set_digest"),
    path("deliveries", pages.deliveries, name="deliveries"),
    path("deliveries/<int:pk>", pages.body, name="body"),
    path("deliveries/<int:pk>/resend", pages.resend, name="resend"),
]
