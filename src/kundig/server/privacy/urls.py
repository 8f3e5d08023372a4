"""The pages of ``privacy``."""

from __future__ import annotations

from django.urls import path

from kundig.server.privacy import pages, request_pages, retention_pages

app_name = "privacy"
urlpatterns = [
    path("", pages.home, name="home"),
    path("find", pages.find, name="find"),
    path("persons/<str:person_id>", pages.person, name="person"),
    path("persons/<str:person_id>/decide", pages.decide, name="decide"),
    path("persons/<str:person_id>/receipt", pages.receipt, name="receipt"),
    path("persons/<str:person_id>/receipt.json", pages.receipt_json, name="receipt_json"),
    path("requests", request_pages.receive, name="receive"),
    path("requests/<int:pk>", request_pages.show, name="request"),
    path("requests/<int:pk>/progress", request_pages.progress, name="progress"),
    path("requests/<int:pk>/receipt.json", request_pages.receipt, name="erasure_receipt"),
    path("requests/<int:pk>/<slug:name>", request_pages.step, name="step"),
    path("retention", retention_pages.rules, name="retention"),
    path("retention/add", retention_pages.add, name="add_rule"),
    path("retention/<int:pk>", retention_pages.preview, name="preview"),
    path("retention/<int:pk>/run", retention_pages.run, name="run_rule"),
    path("retention/<int:pk>/change", retention_pages.change, name="change_rule"),
    path("register", pages.register, name="register"),
    path("register.json", pages.register_json, name="register_json"),
]
