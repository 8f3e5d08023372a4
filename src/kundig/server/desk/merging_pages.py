"""The pages that say two identifiers are one person, and take it back. Nothing here happens by itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kundig.errors import PrivacyError, QuestionError
from kundig.message import Message, say, sentence
from kundig.server.access import caller, may
from kundig.server.desk import acts, looks, recalling
from kundig.server.firm import folder_of
from kundig.server.language import spoken


@may("merge")
@require_safe
@recalling.patient
def same(request: HttpRequest, person_id: str) -> HttpResponse:
    """The person's links, and others who may be him."""
    found = _found(request, "same", key=person_id)
    looks.seen(caller(request), [other["person_id"] for other in found["proposals"]], looks.SAW_SUMMARY)
    part = "#pieces" if request.headers.get("HX-Request") else ""
    return render(request, "desk/same.html" + part, {"found": found, "person_id": person_id})


@may("merge")
@require_http_methods(["GET", "HEAD", "POST"])
@recalling.patient
def link(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show two persons side by side, and link them when somebody says what shows that they are one."""
    other = request.POST.get("other") or request.GET.get("other", "")
    told = _found(request, "pair", one=person_id, other=other)
    if len(told["persons"]) != 2:
        raise Http404
    looks.seen(caller(request), [person["person_id"] for person in told["persons"]], looks.SAW_SUMMARY)
    problem = _linked(request, person_id, other) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        messages.success(request, say(sentence("They are read as one person from now on."), spoken()))
        return HttpResponseRedirect(reverse("desk:person", args=[person_id]))
    shown = {
        "found": told,
        "person_id": person_id,
        "other": other,
        "problem": problem,
        "evidence": request.POST.get("evidence", ""),
    }
    return render(request, "desk/link.html", shown, status=422 if problem else 200)


@may("merge")
@require_POST
@recalling.patient
def unlink(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a link back."""
    one, other = request.POST.get("person", ""), request.POST.get("same_as", "")
    found = _found(request, "same", key=person_id)
    if (one, other) not in {(row["person_id"], row["same_as"]) for row in found["links"]}:
        raise Http404
    acts.unlink(folder_of(request), caller(request), one, other, sentence("taken back at the desk"))
    messages.success(request, say(sentence("They are two persons again."), spoken()))
    return HttpResponseRedirect(reverse("desk:person", args=[one]))


def _linked(request: HttpRequest, person_id: str, other: str) -> str:
    """Link them; "" or what stands against it. The survivor is the one as whom both are read."""
    survivor = person_id if request.POST.get("survivor") != other else other
    one = other if survivor == person_id else person_id
    evidence = " ".join(request.POST.get("evidence", "").split())[:500]
    if not evidence:
        return say(sentence("Say what shows that they are one person."), spoken())
    try:
        acts.link(
            folder_of(request), caller(request), recalling.purpose_of(request), one, survivor, evidence,
            sure=request.POST.get("sure") == "yes",
        )  # fmt: skip
    except PrivacyError as error:
        return Message(error.text, error.values).say(spoken())
    return ""


def _found(request: HttpRequest, question: str, **arguments: Any) -> dict[str, Any]:
    """The answer about pseudonyms; 404 where one is nobody's."""
    if not all(recalling.PSEUDONYM.fullmatch(value) for value in arguments.values()):
        raise Http404
    try:
        found: dict[str, Any] = recalling.put(request, question, **arguments)
    except QuestionError:
        raise Http404 from None
    return found
