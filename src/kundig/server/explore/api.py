"""The API of ``explore``: the shelf of insights, and each of them as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Router

from kundig import insight as questions
from kundig.lake.where import HELP
from kundig.message import Message, say
from kundig.server.api import needs, problem
from kundig.server.asking import ask
from kundig.server.explore import form
from kundig.server.firm import folder_of
from kundig.server.language import spoken
from kundig.server.roles import Caller

router = Router(tags=["insights"])
WAIT = 60.0
_PARAMETERS = [
    {"name": key, "in": "query", "required": False, "description": text, "schema": {"type": "string", "maxLength": form.LONGEST}}
    for key, text in HELP.items()
]
_ANSWER = {
    "type": "object",
    "required": ["name", "title", "definition", "figures", "sentences", "table", "sql", "n", "lake_version"],
    "properties": {
        "name": {"type": "string"}, "title": {"type": "string"}, "definition": {"type": "string"},
        "figures": {"type": "object", "description": "Headline numbers under stable names; null where evidence lacks."},
        "sentences": {"type": "array", "items": {"type": "string"}},
        "table": {"type": "array", "items": {"type": "object"}},
        "sql": {"type": "string"}, "n": {"type": "integer"}, "lake_version": {"type": "integer"},
        "inputs": {"type": "object"}, "where": {"type": "object"}, "untold": {"type": "string"},
        "suppressed": {"type": "integer"}, "columns": {"type": "object"},
    },
}  # fmt: skip
_PROBLEM = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
}


def _responses(content: dict[str, Any]) -> dict[Any, Any]:
    """What OpenAPI says about the answers of a call."""
    failing = {400: "An option does not fit.", 401: "A token is needed.", 403: "The role may not.", 404: "No such insight.",
               503: "Still being computed: ask again."}  # fmt: skip
    told = {200: {"description": "OK", "content": {"application/json": {"schema": content}}}}
    problems = {
        code: {"description": text, "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for code, text in failing.items()
    }
    return {**told, **problems}


@router.get(
    "/insights", summary="All insights",
    openapi_extra={"responses": _responses({"type": "array", "items": {"type": "object"}})},
)  # fmt: skip
def insights(request: HttpRequest) -> JsonResponse:
    """The insights this caller may ask: name, title, definition, purpose, needs, inputs and filters."""
    caller = needs(request, "ask")
    return JsonResponse([_described(name, cls) for name, cls in questions.shelf().items() if _may(caller, cls)], safe=False)


@router.get(
    "/insights/{name}", summary="One insight", openapi_extra={"parameters": _PARAMETERS, "responses": _responses(_ANSWER)}
)
def insight(request: HttpRequest, name: str) -> JsonResponse:
    """The same JSON as `kundig ask NAME --json --share`; its inputs and the filter are query parameters.

    Groups too small to be passed on are suppressed. 503 with Retry-After where it takes longer than a minute.
    """
    caller = needs(request, "ask")
    cls = questions.shelf().get(name.replace("_", "-"))
    if cls is None:
        known = ", ".join(questions.shelf())
        text = Message("There is no insight called {name}.", {"name": name})
        return problem(404, text.say(spoken()), Message("It is one of: {known}.", {"known": known}).say(spoken()))
    if not _may(caller, cls):
        return problem(403, say("Your role has no purpose this insight is for.", spoken()))
    wanted = form.read(name.replace("_", "-"), request.GET.dict())
    if wanted.wrong:
        option, text = next(iter(wanted.wrong.items()))
        return problem(400, text.say(spoken()), parameter=option)
    arguments = {"name": wanted.name, "inputs": wanted.inputs, "where": wanted.where, "lang": spoken()}
    return JsonResponse(ask(folder_of(request), "explore.answer", arguments, wait=WAIT))


def _may(caller: Caller, cls: type[Any]) -> bool:
    return bool(caller.purpose(cls.purpose))


def _described(name: str, cls: type[Any]) -> dict[str, Any]:
    lang = spoken()
    filled = form.fields_of(form.Asked(name))
    options = [
        {"name": one.name, "kind": one.kind, "default": one.default, "help": say(one.help, lang)}
        for one in filled
        if not one.filter
    ]
    return {
        "name": name, "title": say(cls.title, lang), "definition": say(cls.definition, lang), "purpose": cls.purpose,
        "needs": list(cls.needs), "inputs": options, "filters": list(HELP), "url": f"/api/insights/{name}",
    }  # fmt: skip
