"""The pages on which it is said how long what is kept, what would go now, and that it may go."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kundig.errors import KundigError
from kundig.lake.retention import WHAT as IN_LAKE
from kundig.message import Message, say, sentence
from kundig.server import children, firm
from kundig.server.access import caller, may
from kundig.server.asking import Pending, ask
from kundig.server.firm import is_sample
from kundig.server.language import spoken
from kundig.server.people import audit
from kundig.server.privacy import forms, keeper, keeping
from kundig.server.privacy.models import Retention


@may("privacy")
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, when it last ran and how that ended."""
    return _rules(request)


def _rules(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    told = {"rules": Retention.objects.all(), "form": forms.Rule(), "sample": is_sample(request), **more}
    return render(request, "privacy/retention.html", told, status=status)


@may("privacy")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A new rule; it deletes nothing until somebody runs it."""
    _not_the_sample(request)
    form = forms.Rule(request.POST)
    if not form.is_valid():
        return _rules(request, 422, form=form)
    told = form.cleaned_data
    try:
        keeping.check(told["what"], told["days"], told["purpose"], told["kind"])
    except KundigError as error:
        return _rules(request, 422, form=form, problem=Message(error.text, error.values))
    rule = Retention.objects.create(**told, made_by=caller(request).name)
    audit.note(caller(request), "added retention", rule=rule.pk, what=rule.what, days=rule.days)
    return HttpResponseRedirect(reverse("privacy:preview", args=[rule.pk]))


@may("privacy")
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rule would take out now, and what speaks against it."""
    _not_the_sample(request)
    rule = get_object_or_404(Retention, pk=pk)
    try:
        found = _due(rule)
    except Pending:
        return render(request, "privacy/preview.html", {"rule": rule, "pending": True}, status=202)
    told = [Message(text, values) for text, values in keeping.warnings(firm.folder(), found, timezone.now())]
    return render(request, "privacy/preview.html", {"rule": rule, "found": found, "warnings": told})


def _due(rule: Retention) -> keeping.Due:
    """As :func:`keeping.due`, asked of the child that holds the lake open."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    if rule.what not in IN_LAKE:
        return keeping.due_here(firm.own().rejected, rule, now)
    told = {"what": rule.what, "before": rule.before(now).isoformat(), "source": rule.source, "kind": rule.kind}
    found = ask(firm.folder(), "privacy.expired", told, wait=5.0)
    return keeping.Due(found["rows"], found["of"], found["persons"], _time(found["oldest"]), _time(found["newest"]))


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


@may("privacy")
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the rule run by a child; the guard looks again there."""
    _not_the_sample(request)
    rule = get_object_or_404(Retention, pk=pk, active=True)
    rule.wanted_at, rule.confirmed, rule.problem = timezone.now(), request.POST.get("sure") == "yes", {}
    rule.made_by = caller(request).name
    rule.save()
    children.start_once(keeper.MODULE)
    messages.success(request, say(sentence("It is being deleted; this list says when it is done."), spoken()))
    return HttpResponseRedirect(reverse("privacy:retention"))


@may("privacy")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off, or remove it."""
    _not_the_sample(request)
    rule = get_object_or_404(Retention, pk=pk)
    audit.note(caller(request), "changed retention", rule=pk, remove="remove" in request.POST, active=not rule.active)
    if "remove" in request.POST:
        rule.delete()
    else:
        rule.active = not rule.active
        rule.save(update_fields=["active"])
    return HttpResponseRedirect(reverse("privacy:retention"))


def _not_the_sample(request: HttpRequest) -> None:
    """The rules are the firm's own; nothing of the sample firm grows old."""
    if is_sample(request):
        raise Http404
