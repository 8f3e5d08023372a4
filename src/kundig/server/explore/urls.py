"""The pages of ``explore``: the overview at the root, every insight below ``insights/``."""

from __future__ import annotations

from django.urls import path

from kundig.server.explore import colours, overview, pages

app_name = "explore"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("answer.css", colours.answer_css, name="colours"),
    path("insights/", pages.shelf, name="list"),
    path("insights/views/<int:view_id>", pages.view, name="view"),
    path("insights/views/<int:view_id>/delete", pages.delete_view, name="delete-view"),
    path("insights/<str:name>", pages.insight, name="insight"),
    path("insights/<str:name>/cases", pages.cases, name="cases"),
    path("insights/<str:name>/save", pages.save, name="save"),
    path("insights/<str:name>/file.<str:form_name>", pages.download, name="download"),
]
