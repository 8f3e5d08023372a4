"""The pages about alerts, webhooks and digests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kundig import insight
from kundig.errors import KundigError
from kundig.message import Message, say, sentence
from kundig.server import asking, children, firm
from kundig.server.access import caller, may
from kundig.server.explore.models import View
from kundig.server.language import in_order, spoken
from kundig.server.rules import acts, alerts, mails, outbox
from kundig.server.rules.models import Alert, Delivery, Digest, Webhook

WEEKDAYS = (
    sentence("Monday"), sentence("Tuesday"), sentence("Wednesday"), sentence("Thursday"), sentence("Friday"),
    sentence("Saturday"), sentence("Sunday"),
)  # fmt: skip


class NewAlert(forms.Form):
    """An alert to be made."""

    name = forms.CharField(max_length=120)
    insight = forms.ChoiceField(choices=[(name, name) for name in insight.shelf()])
    figure = forms.RegexField(r"^[a-z][a-z0-9_]*$", max_length=60)
    operator = forms.ChoiceField(choices=[(name, name) for name in alerts.OPERATORS])
    threshold = forms.FloatField()
    view = forms.IntegerField(required=False)
    way = forms.ChoiceField(choices=[(name, name) for name in acts.WAYS])
    target = forms.CharField(max_length=300, required=False)


@may("rules")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything that goes out by itself."""
    return _home(request)


@may("rules")
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of an insight that may have a threshold, for the form."""
    chosen = request.GET.get("insight", "")
    try:
        found = asking.ask(firm.folder(), "rules.figures", {"name": chosen}, wait=20)
    except KundigError:
        found = []
    return render(request, "rules/figures.html", {"figures": found})


@may("rules")
@require_POST
def add_alert(request: HttpRequest) -> HttpResponse:
    """Make an alert and look at it at once."""
    form = NewAlert(request.POST)
    if not form.is_valid():
        return _home(request, 422, form=form)
    try:
        acts.add_alert(caller(request), spoken(), form.cleaned_data)
    except KundigError as error:
        return _home(request, 422, form=form, problem=Message(error.text, error.values), hint=Message(error.hint, error.values))
    children.start_once("rules.runner")
    return _back()


@may("rules")
@require_POST
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Make a webhook and show its secret, this once."""
    url, kinds = request.POST.get("url", "").strip(), request.POST.getlist("kinds")
    try:
        hook = acts.add_webhook(caller(request), url, kinds)
    except KundigError as error:
        told = {"hook_problem": Message(error.text, error.values), "hook_hint": Message(error.hint, error.values), "url": url}
        return _home(request, 422, **told)
    return _home(request, secret=hook.secret, secret_for=hook.url)


@may("rules")
@require_POST
def remove_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """An alert is gone."""
    get_object_or_404(Alert, pk=pk)
    acts.remove_alert(caller(request), pk)
    return _back()


@may("rules")
@require_POST
def remove_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """A webhook is gone."""
    get_object_or_404(Webhook, pk=pk)
    acts.remove_webhook(caller(request), pk)
    return _back()


@may("rules")
@require_POST
def try_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a trial message."""
    get_object_or_404(Webhook, pk=pk)
    acts.try_webhook(caller(request), pk)
    children.start_once("rules.runner")
    return HttpResponseRedirect(reverse("rules:deliveries"))


@may("rules")
@require_POST
def set_digest(request: HttpRequest) -> HttpResponse:
    """One's own weekly mail."""
    try:
        weekday, hour = int(request.POST.get("weekday", "")), int(request.POST.get("hour", ""))
    except ValueError:
        weekday = hour = -1
    acts.set_digest(caller(request), spoken(), weekday, hour, "active" in request.POST)
    return _back()


@may("rules")
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """The last messages, with what became of them."""
    return render(request, "rules/deliveries.html", {"deliveries": Delivery.objects.select_related("webhook")[:200]})


@may("rules")
@require_safe
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """What was sent."""
    return JsonResponse(get_object_or_404(Delivery, pk=pk).body, json_dumps_params={"ensure_ascii": False, "indent": 1})


@may("rules")
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """The same message once more."""
    outbox.resend(get_object_or_404(Delivery, pk=pk))
    children.start_once("rules.runner")
    return HttpResponseRedirect(reverse("rules:deliveries"))


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("rules:home"))


def _home(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    lang = spoken()
    told = {
        "alerts": Alert.objects.order_by("name"),
        "webhooks": Webhook.objects.order_by("pk"),
        "digest": Digest.objects.filter(user__email=caller(request).name).first(),
        "insights": sorted(
            ((say(cls.title, lang), name) for name, cls in insight.shelf().items()), key=lambda one: in_order(one[0])
        ),
        "views": View.objects.filter(user__email=caller(request).name),
        "kinds": [(kind, say(text, lang)) for kind, text in outbox.KINDS.items()],
        "weekdays": [(n, say(day, lang)) for n, day in enumerate(WEEKDAYS)],
        "hours": range(24),
        "mail": mails.is_set(),
        "form": NewAlert(),
        **more,
    }
    return render(request, "rules/home.html", told, status=status)
