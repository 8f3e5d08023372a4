"""The API of ``privacy``: a person's decisions, read and written by those whose role may."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, ConfigDict, Field

from kundig.errors import KundigError, QuestionError
from kundig.lake.ledger import STATUSES
from kundig.message import Message, say, sentence
from kundig.server.api import needs, problem
from kundig.server.asking import ask
from kundig.server.firm import folder_of
from kundig.server.language import spoken
from kundig.server.people import audit
from kundig.server.privacy import acts, forms
from kundig.server.security import status_of

router = Router(tags=["privacy"])
_KIND = "What sort of key KEY is, such as customer or email."


class Decision(BaseModel):
    """One decision of a person."""

    model_config = ConfigDict(extra="forbid")
    purpose: Literal[forms.PURPOSES] = Field(description="What it is about; * for everything.")  # type: ignore[valid-type]
    status: Literal[STATUSES]  # type: ignore[valid-type]
    at: dt.datetime | None = Field(None, description="When the person decided; without it, now. Without a zone: UTC.")
    source: str = Field("api", max_length=200, description="Where the decision was given.")
    notice: str = Field("", max_length=200, description="Which privacy notice the person was shown.")
    evidence: str = Field("", max_length=500, description="What the decision can be proved by.")


@router.get("/persons/{path:key}/consents", summary="A person's decisions", operation_id="person_consents")
def consents(request: HttpRequest, key: str, kind: str = Query("", max_length=40, description=_KIND)) -> HttpResponse:
    """Every decision, oldest first, and where the person stands for each purpose. Needs a role that may handle requests."""
    caller = needs(request, "privacy")
    try:
        found = ask(folder_of(request), "privacy.person", {"key": key, "kind": kind})
    except QuestionError as error:
        return _nobody(error)
    audit.note(caller, "saw decisions", found["person_id"])
    return JsonResponse({name: found[name] for name in ("person_id", "decisions", "standing", "lake_version")})


@router.post("/persons/{path:key}/consents", summary="Record a decision", operation_id="record_consent")
def record(
    request: HttpRequest, key: str, decision: Decision, kind: str = Query("", max_length=40, description=_KIND)
) -> HttpResponse:
    """Add a decision to the ledger; it counts at the next question. Needs a role that may handle requests."""
    caller = needs(request, "privacy")
    told: dict[str, Any] = {name: value for name, value in decision.model_dump().items() if value and name != "at"}
    if decision.at:
        at = decision.at if decision.at.tzinfo else decision.at.replace(tzinfo=dt.UTC)
        told["at"] = at.isoformat()
    try:
        found = acts.record(folder_of(request), caller, key, {**told, "kind": kind})
    except QuestionError as error:
        return _nobody(error)
    except KundigError as error:
        return problem(422 if status_of(error) == 403 else status_of(error), Message(error.text, error.values).say(spoken()))
    return JsonResponse(found, status=201)


def _nobody(error: QuestionError) -> HttpResponse:
    """404 where nobody is known by the key, 409 with the kinds to choose from where several are."""
    if "kinds" in error.values:
        kinds = str(error.values["kinds"]).split(", ")
        return problem(409, say(sentence("Several persons are known by this key."), spoken()), kinds=kinds)
    return problem(404, say(sentence("Nobody is known by this key."), spoken()))
