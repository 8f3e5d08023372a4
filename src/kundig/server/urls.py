"""Every URL: the pages of each app under its own name, the API, and what the house itself answers."""

from __future__ import annotations

from django.urls import include, path

from kundig.server import views
from kundig.server.api import assemble

urlpatterns = [
    path("health", views.health, name="health"),
    path("ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
    path("language", views.language, name="language"),
    path("theme", views.theme, name="theme"),
    path("account/", include("allauth.urls")),
    path("api/", assemble().urls),
    path("people/", include("kundig.server.people.urls")),
    path("data/", include("kundig.server.sources.urls")),
    path("memory/", include("kundig.server.desk.urls")),
    path("privacy/", include("kundig.server.privacy.urls")),
    path("alerts/", include("kundig.server.rules.urls")),
    path("", include("kundig.server.explore.urls")),
]

handler400 = "kundig.server.views.bad_request"
handler403 = "kundig.server.views.forbidden"
handler404 = "kundig.server.views.not_found"
handler500 = "kundig.server.views.failed"
