"""The pages of ``explore``: the overview at the root, every insight below ``insights/``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from kundig.server.access import may

app_name = "explore"


@may("ask")
def overview(request: HttpRequest) -> HttpResponse:
    """What a manager reads in one minute."""
    return render(request, "explore/overview.html")


urlpatterns = [path("", overview, name="overview")]
