"""The pages of ``people``."""

from __future__ import annotations

from django.urls import path

from kundig.server.people import pages

app_name = "people"
urlpatterns = [
    path("first/<str:code>", pages.first_owner, name="first"),
]
