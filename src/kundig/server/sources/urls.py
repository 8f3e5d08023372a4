"""The pages of ``sources``."""

from __future__ import annotations

from django.urls import URLPattern, path

from kundig.server.sources import deadletters
from kundig.server.sources.imports.urls import urlpatterns as wizard

app_name = "sources"
urlpatterns: list[URLPattern] = [
    path("dead-letters", deadletters.listed, name="dead-letters"),
    path("dead-letters/replay", deadletters.replay_all, name="replay-all"),
    path("dead-letters/<int:letter>", deadletters.one, name="dead-letter"),
    path("dead-letters/<int:letter>/replay", deadletters.replay, name="replay"),
    path("dead-letters/<int:letter>/discard", deadletters.discard, name="discard"),
    *wizard,
]
