"""The pages about accounts."""

from __future__ import annotations

from django import forms
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kundig.message import say, sentence
from kundig.server.access import public
from kundig.server.language import spoken
from kundig.server.people import first
from kundig.server.people.models import User


class FirstOwner(forms.Form):
    """The first account."""

    email = forms.EmailField(max_length=254)
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False)

    def clean_password(self) -> str:
        """Long enough, and not among the common ones."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


@public
@require_http_methods(["GET", "POST"])
def first_owner(request: HttpRequest, code: str) -> HttpResponse:
    """The one-time link from the terminal: make the owner's account and log him in."""
    if not first.holds(code):
        told = {
            "title": sentence("This link is no longer good."),
            "hint": say(sentence("It holds for a day and makes one account. Start the server again to get a new one."), spoken()),
        }
        return render(request, "problem.html", told, status=410)
    form = FirstOwner(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _made(form)
        if user:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponseRedirect("/")
    return render(request, "people/first.html", {"form": form})


def _made(form: FirstOwner) -> User | None:
    """The account; None where somebody else was quicker."""
    with transaction.atomic():
        if User.objects.select_for_update().exists():
            return None
        return User.objects.create_user(form.cleaned_data["email"], form.cleaned_data["password"], role="owner")
