"""The pages of ``people``."""

from __future__ import annotations

from django.urls import path

from kundig.server.people import pages

app_name = "people"
urlpatterns = [
    path("", pages.home, name="home"),
    path("first/<str:code>", pages.first_owner, name="first"),
    path("invited/<int:pk>/<str:code>", pages.invited, name="invited"),
    path("invite", pages.invite, name="invite"),
    path("<int:pk>/link", pages.again, name="again"),
    path("<int:pk>/change", pages.change, name="change"),
    path("tokens", pages.make_token, name="make_token"),
    path("tokens/<int:pk>/revoke", pages.revoke, name="revoke"),
    path("audit", pages.audit_log, name="audit"),
    path("audit/check", pages.check_audit, name="check_audit"),
]
