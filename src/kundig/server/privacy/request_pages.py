"""The pages on which one request is worked off, from the identity check to the receipt."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kundig.errors import KundigError
from kundig.message import Message, say, sentence
from kundig.server import children
from kundig.server.access import caller, may
from kundig.server.asking import Pending
from kundig.server.firm import folder_of, is_sample
from kundig.server.language import spoken
from kundig.server.privacy import acts, eraser, forms, pages, stores
from kundig.server.privacy.models import Request

SAVED = sentence("Saved.")
PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@may("privacy")
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a request in; without a person where nobody is known."""
    person_id = request.POST.get("person_id", "")
    if person_id and not PSEUDONYM.fullmatch(person_id):
        raise Http404
    form = forms.NewRequest(request.POST)
    problem: Message | None = None
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = acts.receive(
                caller(request), told["kind"], person_id, told["received"], told["notes"], sample=is_sample(request)
            )
            return HttpResponseRedirect(_url(made.pk))
        except KundigError as error:
            problem = Message(error.text, error.values)
    told_back = {"problem": problem or Message(sentence("Fill in kind and day."))}
    return pages._person(request, person_id, 422, **told_back) if person_id else pages._home(request, 422, **told_back)


@may("privacy")
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what is known, and the next step."""
    return _shown(request, pk)


def _shown(request: HttpRequest, pk: int, status: int = 200, **more: Any) -> HttpResponse:
    row = get_object_or_404(Request, pk=pk, sample=is_sample(request))
    told = {"one": row, "purposes": forms.purposes(), "stores": _stores(row), "today": timezone.localdate(), **more}
    return render(request, "privacy/request.html", told, status=status)


def _stores(row: Request) -> list[dict[str, Any]]:
    """Each store of an erasure: its title, whether it is done, how much was removed."""
    if row.kind != "erasure" or row.state not in ("running", "done"):
        return []
    return [{"title": title, "swept": row.stores.get(name), "name": name} for name, title in stores.TITLES.items()]


@may("privacy")
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an erasure is; asked again and again while it is under way."""
    row = get_object_or_404(Request, pk=pk, sample=is_sample(request))
    if row.state == "running" and not row.problem and not children.is_running(eraser.MODULE):
        acts.wake()
    response = render(request, "privacy/request.html#progress", {"one": row, "stores": _stores(row)})
    if row.state != "running" or row.problem:
        response["HX-Refresh"] = "true"
    return response


@may("privacy")
@require_POST
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step of the work; what stands against it is said on the page."""
    get_object_or_404(Request, pk=pk, sample=is_sample(request))
    if name not in _STEPS:
        raise Http404
    try:
        answer = _STEPS[name](request, pk)
    except KundigError as error:
        return _shown(request, pk, 422, problem=Message(error.text, error.values), hint=error.hint)
    except Pending:
        told = Message(sentence("The answer is being computed. Ask again in a few seconds."))
        return _shown(request, pk, 503, problem=told)
    if isinstance(answer, HttpResponse):
        return answer
    messages.success(request, say(SAVED, spoken()))
    return HttpResponseRedirect(_url(pk))


def _package(request: HttpRequest, pk: int) -> HttpResponse:
    """The package, handed out; nothing of it is kept."""
    data = acts.package(folder_of(request), caller(request), pk, spoken(), pages.register_of(request))
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="request-{pk}.zip"'
    return response


def _correct(request: HttpRequest, pk: int) -> Any:
    form = forms.Correction(request.POST)
    if not form.is_valid():
        return _shown(request, pk, 422, form=form, problem=Message(sentence("Say what was wrong and what is right.")))
    fields = dict(form.cleaned_data)
    return acts.correct(folder_of(request), caller(request), pk, fields.pop("note"), fields)


def _erase(request: HttpRequest, pk: int) -> Any:
    if request.POST.get("sure") != "yes":
        return _shown(request, pk, 422, problem=Message(sentence("Tick the box: an erasure cannot be undone.")))
    return acts.erase(caller(request), pk)


_STEPS: dict[str, Callable[[HttpRequest, int], Any]] = {
    "identify": lambda r, pk: acts.identify(caller(r), pk, r.POST.get("how", "")),
    "extend": lambda r, pk: acts.extend(caller(r), pk, r.POST.get("why", "")),
    "change": lambda r, pk: acts.change(caller(r), pk, notes=r.POST.get("notes", ""), waiting="waiting" in r.POST),
    "finish": lambda r, pk: acts.finish(caller(r), pk, refused=False, reason=r.POST.get("reason", "")),
    "refuse": lambda r, pk: acts.finish(caller(r), pk, refused=True, reason=r.POST.get("reason", "")),
    "decide": lambda r, pk: acts.decide(folder_of(r), caller(r), pk, r.POST.get("purpose", "")),
    "package": _package,
    "correct": _correct,
    "erase": _erase,
}


@may("privacy")
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt of an erasure for machines."""
    row = get_object_or_404(Request, pk=pk, sample=is_sample(request))
    if not row.receipt:
        raise Http404
    response = JsonResponse(row.receipt, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="erasure-{pk}.json"'
    return response


def _url(pk: int) -> str:
    return reverse("privacy:request", args=[pk])
