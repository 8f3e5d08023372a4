"""The pages of ``desk``."""

from __future__ import annotations

from django.urls import path

from kundig.server.desk import merging_pages, pages

app_name = "desk"
urlpatterns = [
    path("", pages.search, name="search"),
    path("case/<path:case_id>", pages.case, name="case"),
    path("account/<str:account_id>", pages.account, name="account"),
    path("<str:person_id>", pages.person, name="person"),
    path("<str:person_id>/live", pages.live, name="live"),
    path("<str:person_id>/same", merging_pages.same, name="same"),
    path("<str:person_id>/link", merging_pages.link, name="link"),
    path("<str:person_id>/unlink", merging_pages.unlink, name="unlink"),
]
