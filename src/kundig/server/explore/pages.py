"""Every insight as a page, made from its fields: the form, the answer, the files, the cases behind it, saved views."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from kundig import insight as questions
from kundig.errors import QuestionError
from kundig.event import CHANNELS
from kundig.message import Message, say, sentence
from kundig.server.access import caller, may
from kundig.server.asking import Pending, ask
from kundig.server.explore import acts, colours, files, form
from kundig.server.explore.models import View
from kundig.server.firm import folder_of
from kundig.server.language import in_order, spoken
from kundig.server.people import audit

WAIT, WAIT_FOR_FILE = 0.3, 3.0
BESIDE = ("sort", "page", "compare", "variant")
"""What a page's URL holds beside the question: how the answer is shown."""
MAP = "journey-map"
DETAIL = (10, 15, 20, 30, 45, 60)


@may("ask")
@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """The insights this caller may ask, and his saved views."""
    who = caller(request)
    listed = [
        {"name": name, "title": cls.title, "definition": cls.definition, "href": reverse("explore:insight", args=[name])}
        for name, cls in questions.shelf().items()
        if who.purpose(cls.purpose)
    ]
    listed.sort(key=lambda one: in_order(say(one["title"], spoken())))
    return render(request, "explore/list.html", {"insights": listed, "views": saved(request)})


@may("ask")
@require_safe
def insight(request: HttpRequest, name: str) -> HttpResponse:
    """One insight: at once where its answer is there, else a page that asks again."""
    cls = _known(request, name)
    if cls is None:
        return _not_for_you(request)
    asked = form.read(name, request.GET.dict(), BESIDE)
    if asked.wrong:
        return _shown(request, asked, None, asked.wrong, status=400)
    try:
        told = ask(folder_of(request), "explore.page", {**_question(asked), "view": _view(request, asked)}, wait=WAIT)
    except Pending:
        return _shown(request, asked, None)
    except QuestionError as error:
        return _shown(request, asked, None, _placed(asked, error), status=400)
    return _shown(request, asked, told, told["wrong"])


@may("ask")
@require_safe
def download(request: HttpRequest, name: str, form_name: str) -> HttpResponse:
    """The answer as a file."""
    if _known(request, name) is None:
        return _not_for_you(request)
    if form_name not in files.FORMS:
        raise Http404
    asked = _usable(name, request)
    arguments = {**_question(asked), "form": form_name, "lang": spoken()}
    try:
        told = ask(folder_of(request), "explore.file", arguments, wait=WAIT_FOR_FILE)
    except Pending:
        return _waiting(request)
    headers = {"Content-Disposition": f'attachment; filename="{told["name"]}"'}
    return HttpResponse(base64.b64decode(told["body"]), content_type=files.FORMS[form_name].media, headers=headers)


@may("cases")
@require_safe
def cases(request: HttpRequest, name: str) -> HttpResponse:
    """The cases behind a row or a figure; who looks at single cases leaves a line in the audit log."""
    cls, who = _known(request, name), caller(request)
    if cls is None:
        return _not_for_you(request)
    keys = {key.removeprefix("key."): str(value) for key, value in request.GET.items() if key.startswith("key.")}
    figure, page = request.GET.get("figure", ""), _page(request)
    asked = _usable(name, request)
    arguments = {
        **_question(asked), "keys": keys, "figure": figure, "lang": spoken(), "skip": (page - 1) * 100,
        "with_persons": bool(who.purpose("service")),
    }  # fmt: skip
    try:
        told = ask(folder_of(request), "explore.cases", arguments, wait=WAIT_FOR_FILE)
    except Pending:
        return _waiting(request)
    if told["cases"]:
        audit.note(who, "cases", insight=name, cases=len(told["cases"]), lake_version=told["lake_version"])
    return render(request, "explore/cases.html", _cases_context(asked, told, keys, figure, page, who.may("memory")))


@may("ask")
@require_POST
def save(request: HttpRequest, name: str) -> HttpResponse:
    """Keep this question under a name."""
    who = caller(request)
    if _known(request, name) is None or who.user_id is None:
        return _not_for_you(request)
    query = request.POST.get("query", "")
    acts.save(who, request.POST.get("name", ""), name, query)
    return HttpResponseRedirect(f"{reverse('explore:insight', args=[name])}?{query}")


@may("ask")
@require_safe
def view(request: HttpRequest, view_id: int) -> HttpResponse:
    """A saved view, for everybody inside who may ask: it holds a question and no data."""
    found = get_object_or_404(View, pk=view_id)
    if found.insight not in questions.shelf():
        raise Http404
    return HttpResponseRedirect(f"{reverse('explore:insight', args=[found.insight])}?{found.query}")


@may("ask")
@require_POST
def delete_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete one's own saved view."""
    if not acts.delete(caller(request), view_id):
        raise Http404
    return HttpResponseRedirect(reverse("explore:list"))


def saved(request: HttpRequest) -> list[View]:
    """The caller's saved views that still lead somewhere."""
    user_id = caller(request).user_id
    return [one for one in View.objects.filter(user_id=user_id) if one.insight in questions.shelf()] if user_id else []


def _known(request: HttpRequest, name: str) -> type[Any] | None:
    """The insight; 404 where there is none, None where the caller has no purpose for it."""
    cls = questions.shelf().get(name)
    if cls is None:
        raise Http404
    return cls if caller(request).purpose(cls.purpose) else None


def _not_for_you(request: HttpRequest) -> HttpResponse:
    return render(request, "forbidden.html", {"act": sentence("Your role has no purpose this insight is for.")}, status=403)


def _usable(name: str, request: HttpRequest) -> form.Asked:
    """The question of a URL that has no form to show what is wrong: QuestionError, which becomes a page of its own."""
    others = [*BESIDE, "figure", *(key for key in request.GET if key.startswith("key."))]
    asked = form.read(name, request.GET.dict(), others)
    for told in asked.wrong.values():
        raise QuestionError(told.text, **told.values)
    return asked


def _question(asked: form.Asked) -> dict[str, Any]:
    return {"name": asked.name, "inputs": dict(asked.inputs), "where": dict(asked.where)}


def _view(request: HttpRequest, asked: form.Asked) -> dict[str, Any]:
    return {
        "lang": spoken(), "sort": request.GET.get("sort", ""), "page": _page(request),
        "compare": bool(request.GET.get("compare")), "variant": request.GET.get("variant", "")[:32],
        "cases": _cases_base(asked) if caller(request).may("cases") else "",
    }  # fmt: skip


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(max(1, int(text)), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _cases_base(asked: form.Asked) -> str:
    query = asked.query()
    return f"{reverse('explore:cases', args=[asked.name])}?{query}{'&' if query else ''}"


def _placed(asked: form.Asked, error: QuestionError) -> dict[str, Message]:
    """An error of the core at the field it is about; "" where that cannot be told."""
    text = Message("{what} {hint}", {"what": Message(error.text, error.values), "hint": Message(error.hint, error.values)})
    told = {str(value) for value in error.values.values()}
    given = {**asked.inputs, **asked.where}
    return {next((key for key, value in given.items() if key in error.values or str(value) in told), ""): text}


def _shown(
    request: HttpRequest,
    asked: form.Asked,
    told: Mapping[str, Any] | None,
    wrong: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    cls = questions.find(asked.name)
    fields = form.fields_of(asked, wrong)
    kept = {key: request.GET[key] for key in ("sort", "compare", "variant") if request.GET.get(key)}
    query = asked.query(**kept)
    context = {
        "name": asked.name, "title": cls.title, "definition": cls.definition, "fields": fields, "asked": asked, "told": told,
        "wrong": [text for key, text in (wrong or {}).items() if key not in {one.name for one in fields}],
        "pending": told is None and not wrong, "query": query, "kept": kept, "is_open": bool(wrong), "forms": _forms(asked, told),
        "columns": _columns(request, asked, told, kept), "pages": _pages(asked, told, kept), "channels": CHANNELS,
        "compare": bool(kept.get("compare")), "compare_href": _compare_href(asked, kept), "colours": colours.version(),
        "map": _map_context(asked, kept) if asked.name == MAP else None,
        "closer": _file_href(asked, "vega") if told and told["svg"] and asked.name != MAP else "",
        "perms_cases": caller(request).may("cases"),
        "may_save": caller(request).user_id is not None, "url": request.build_absolute_uri(),
    }  # fmt: skip
    part = "#answer" if request.headers.get("HX-Request") else ""
    return render(request, f"explore/insight.html{part}", context, status=status)


def _forms(asked: form.Asked, told: Mapping[str, Any] | None) -> list[dict[str, str]]:
    if told is None:
        return []
    made = []
    for key in files.TAKEN_AWAY:
        if key == "svg" and not told["svg"]:
            continue
        made.append({"title": files.FORMS[key].title, "href": _file_href(asked, key)})
    return made


def _file_href(asked: form.Asked, key: str) -> str:
    href, query = reverse("explore:download", args=[asked.name, key]), asked.query()
    return f"{href}?{query}" if query else href


def _columns(
    request: HttpRequest, asked: form.Asked, told: Mapping[str, Any] | None, kept: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The table's columns, each with the link that sorts by it."""
    sort = request.GET.get("sort", "")
    made = []
    for column in told["columns"] if told else []:
        name = column["name"]
        first = f"-{name}" if column["number"] else name
        second = name if column["number"] else f"-{name}"
        order = "ascending" if sort == name else "descending" if sort == f"-{name}" else ""
        href = "?" + asked.query(**{**kept, "sort": second if sort == first else first}) + "#table"
        made.append({**column, "href": href, "order": order})
    return made


def _pages(asked: form.Asked, told: Mapping[str, Any] | None, kept: Mapping[str, str]) -> dict[str, Any]:
    if told is None or told["pages"] < 2:
        return {}
    page = told["page"]
    links = {"before": page - 1 if page > 1 else 0, "next": page + 1 if page < told["pages"] else 0}
    return {"page": page, "of": told["pages"], **{
        key: "?" + asked.query(**kept, page=number) + "#table" if number else "" for key, number in links.items()
    }}  # fmt: skip


def _compare_href(asked: form.Asked, kept: Mapping[str, str]) -> str:
    """The link that puts the period before beside it, or takes it away."""
    return "?" + asked.query(**{**kept, "compare": "" if kept.get("compare") else "1"})


def _map_context(asked: form.Asked, kept: Mapping[str, str]) -> dict[str, Any]:
    """Less and more detail, and the way of a variant."""
    drawn = int(asked.inputs.get("activities", 30))
    less = max((n for n in DETAIL if n < drawn), default=0)
    more = min((n for n in DETAIL if n > drawn), default=0)

    def href(n: int) -> str:
        return "?" + asked.query(**kept, activities=n, edges=n * 4 // 3) if n else ""

    others = {key: value for key, value in kept.items() if key != "variant"}
    return {
        "less": href(less), "more": href(more), "drawn": drawn, "variant": kept.get("variant", ""),
        "hidden": {**asked.written, **others}, "whole": "?" + asked.query(**others),
        "cases": f"{_cases_base(asked)}{urlencode({'key.variant_hash': kept.get('variant', '')})}",
    }  # fmt: skip


def _cases_context(
    asked: form.Asked, told: Mapping[str, Any], keys: Mapping[str, str], figure: str, page: int, with_memory: bool
) -> dict[str, Any]:
    own = {**{f"key.{key}": value for key, value in keys.items()}, **({"figure": figure} if figure else {})}
    address = _cases_base(asked)

    def href(number: int) -> str:
        return address + urlencode({**own, "page": str(number)})

    return {
        "name": asked.name, "title": questions.find(asked.name).title, "told": told, "asked": asked,
        "keys": [(_label(key), value or "–") for key, value in {**keys, **asked.written}.items()],
        "back": f"{reverse('explore:insight', args=[asked.name])}?{asked.query()}",
        "before": href(page - 1) if page > 1 else "", "next": href(page + 1) if told["n"] > page * 100 else "",
        "cases": [{**one, "href": _memory(one["case_id"]) if one["named"] and with_memory else ""} for one in told["cases"]],
        "persons": any(one["person_id"] for one in told["cases"]),
    }  # fmt: skip


def _label(key: str) -> str:
    """What an input or a column is called."""
    from kundig.answer.plain import COLUMN_WORDS

    return form.LABELS.get(key) or COLUMN_WORDS.get(key) or form.label(key)


def _memory(case_id: str) -> str:
    """Where the desk shows a case; "" where it has no such page."""
    try:
        return reverse("desk:case", args=[case_id])
    except NoReverseMatch:
        return ""


def _waiting(request: HttpRequest) -> HttpResponse:
    response = render(request, "explore/waiting.html", status=202)
    response["Refresh"] = "2"
    return response
