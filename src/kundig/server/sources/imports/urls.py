"""The pages of the import wizard, part of the pages of ``sources``."""

from __future__ import annotations

from django.urls import URLPattern, path

from kundig.server.sources.imports import home, pages, rejected, slices

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("sample", home.sample, name="sample"),
    path("sample/remove", home.remove_sample, name="remove_sample"),
    path("sample/leave", home.leave_sample, name="leave_sample"),
    path("import", pages.choose, name="import"),
    path("import/<uuid:pk>", pages.one, name="one"),
    path("import/<uuid:pk>/mapping", pages.mapping, name="mapping"),
    path("import/<uuid:pk>/drop", pages.drop, name="drop"),
    path("uploads", slices.begin, name="begin"),
    path("uploads/<uuid:pk>", slices.slice_, name="slice"),
    path("rejected", rejected.listed, name="rejected"),
    path("rejected.csv", rejected.download, name="rejected_csv"),
    path("rejected/mended", rejected.mended, name="mended"),
    path("rejected/again", rejected.again, name="again"),
]
