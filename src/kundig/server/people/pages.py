"""The pages about accounts, tokens and the audit log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kundig.message import say, sentence
from kundig.server.access import caller, may, public
from kundig.server.language import spoken
from kundig.server.people import acts, audit, first, tokens
from kundig.server.people import invite as invitations
from kundig.server.people.models import Entry, Token, User
from kundig.server.roles import ROLES

BACKEND = "django.contrib.auth.backends.ModelBackend"
GONE = sentence("This link is no longer good.")


class Password(forms.Form):
    """A new password."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False)

    def clean_password(self) -> str:
        """Long enough, and not among the common ones."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class FirstOwner(Password):
    """The first account."""

    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class Invitation(forms.Form):
    """An account to be made."""

    email = forms.EmailField(max_length=254)
    role = forms.ChoiceField(choices=[(name, name) for name in ROLES])


class NewToken(forms.Form):
    """A token to be made."""

    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=[(name, name) for name in ROLES])
    days = forms.IntegerField(min_value=0, max_value=3650)


@public
@require_http_methods(["GET", "POST"])
def first_owner(request: HttpRequest, code: str) -> HttpResponse:
    """The one-time link from the terminal: make the owner's account and log him in."""
    if not first.holds(code):
        hint = sentence("It holds for a day and makes one account. Start the server again to get a new one.")
        return render(request, "problem.html", {"title": GONE, "hint": hint}, status=410)
    form = FirstOwner(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _made(form)
        if user:
            login(request, user, backend=BACKEND)
        return HttpResponseRedirect("/")
    return render(request, "people/first.html", {"form": form})


def _made(form: FirstOwner) -> User | None:
    """The account; None where somebody else was quicker."""
    with transaction.atomic():
        if User.objects.select_for_update().exists():
            return None
        return User.objects.create_user(form.cleaned_data["email"], form.cleaned_data["password"], role="owner")


@public
@require_http_methods(["GET", "POST"])
def invited(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The link the owner passed on: set a password and be logged in."""
    user = invitations.invited(pk, code)
    if user is None:
        hint = sentence("It holds for three days and works once. Ask the owner for a new one.")
        return render(request, "problem.html", {"title": GONE, "hint": hint}, status=410)
    form = Password(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data["password"])
        user.save(update_fields=["password"])
        login(request, user, backend=BACKEND)
        return HttpResponseRedirect("/")
    return render(request, "people/invited.html", {"form": form, "account": user})


@may("people")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All accounts and tokens, with forms for new ones."""
    return _home(request)


@may("people")
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make an account and show the link to pass on."""
    form = Invitation(request.POST)
    if not form.is_valid():
        return _home(request, status=422, invitation=form)
    user = acts.invite(caller(request), form.cleaned_data["email"], form.cleaned_data["role"])
    return _home(request, link=invitations.link(user, _address(request)), link_for=user.email)


@may("people")
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link for an account whose password was lost."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    audit.note(caller(request), "new link", account=pk)
    return _home(request, link=invitations.link(user, _address(request)), link_for=user.email)


@may("people")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another role, locked or unlocked."""
    get_object_or_404(User, pk=pk)
    acts.change(caller(request), pk, request.POST.get("role", ""), "active" in request.POST)
    return HttpResponseRedirect(reverse("people:home"))


@may("people")
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    form = NewToken(request.POST)
    if not form.is_valid():
        return _home(request, status=422, new_token=form)
    by = caller(request)
    made = tokens.create(form.cleaned_data["name"], form.cleaned_data["role"], days=form.cleaned_data["days"], by=by.name)
    audit.note(by, "make token", role=form.cleaned_data["role"])
    return _home(request, token=made)


@may("people")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """A token no longer counts."""
    get_object_or_404(Token, pk=pk)
    acts.revoke(caller(request), pk)
    return HttpResponseRedirect(reverse("people:home"))


@may("audit")
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who saw or changed which person's data, newest first, and whether the chain is whole."""
    found = Entry.objects.order_by("-id")
    for key in ("act", "person_id", "who"):
        if request.GET.get(key):
            found = found.filter(**{key: request.GET[key]})
    page = Paginator(found, 100).get_page(request.GET.get("page"))
    titles = {role.name: role.title for role in ROLES.values()}
    told = {"page": page, "head": Entry.objects.order_by("-id").first(), "acts": _acts(), "chosen": request.GET, "roles": titles}
    return render(request, "people/audit.html", told)


@may("audit")
@require_POST
def check_audit(request: HttpRequest) -> HttpResponse:
    """Follow the chain from its beginning."""
    broken = [entry.pk for entry in audit.broken()]
    page = "people/audit_checked.html" + ("#checked" if request.headers.get("HX-Request") else "")
    return render(request, page, {"broken": broken[:20], "n": len(broken)})


def _acts() -> list[str]:
    return sorted(Entry.objects.values_list("act", flat=True).distinct())


def _address(request: HttpRequest) -> str:
    return str(settings.KUNDIG.public_url) or f"{request.scheme}://{request.get_host()}"


def _home(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    told = {
        "accounts": User.objects.order_by("email"),
        "tokens": Token.objects.filter(revoked_at=None).order_by("-id"),
        "roles": [(role.name, say(role.title, spoken())) for role in ROLES.values()],
        "invitation": Invitation(),
        "new_token": NewToken(),
        **more,
    }
    return render(request, "people/home.html", told, status=status)
