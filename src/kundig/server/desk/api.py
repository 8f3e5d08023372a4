"""The API of ``desk``: a person's memory for other systems."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router, Schema
from pydantic import Field

from kundig.errors import QuestionError
from kundig.message import Message, say, sentence
from kundig.server.api import needs, problem
from kundig.server.desk import looks, recalling
from kundig.server.language import spoken

router = Router(tags=["desk"])
MOST = 1000


class Part(Schema):
    """Which part of a memory is wanted."""

    kind: str = Field("", max_length=40, description="What sort of key KEY is, such as customer or email.")
    since: dt.datetime | None = Field(None, description="Only events from this time on.")
    channel: str = Field("", max_length=80, description="Only events over this channel.")
    case: str = Field("", max_length=200, description="Only events of this case.")
    limit: int = Field(100, ge=1, le=MOST, description="Most events of the timeline.")
    cursor: str = Field("", max_length=64, description="What `next` said: the events after those.")


@router.get("/persons/{path:key}/memory", summary="One person's memory", operation_id="person_memory")
def memory(request: HttpRequest, key: str, part: Query[Part]) -> HttpResponse:
    """Who the person is, what he wants, what was promised, and one timeline over all channels, newest first.

    KEY is any identifier: customer number, mail address, phone number or pseudonym. 404 where nobody is known by it, 409
    where several are (then name the kind), 403 where the person has restricted the use of his data. 304 while the lake has
    not changed since the ETag sent with If-None-Match.
    """
    caller = needs(request, "memory")
    filters = {"channel": part.channel, "case_id": part.case, "since": _instant(part.since)}
    try:
        found = recalling.put(
            request, "memory", key=key, kind=part.kind, limit=part.limit, cursor=part.cursor,
            filters={name: value for name, value in filters.items() if value},
        )  # fmt: skip
    except QuestionError as error:
        return _nobody(error)
    if found["person"]["restricted"]:
        return problem(403, say(sentence("The use of this person's data is restricted"), spoken()))
    looks.seen(caller, [found["person"]["person_id"]])
    return _sent(request, found)


def _instant(since: dt.datetime | None) -> str:
    """A time without a zone is in UTC."""
    if since is None:
        return ""
    return (since if since.tzinfo else since.replace(tzinfo=dt.UTC)).isoformat()


def _sent(request: HttpRequest, found: dict[str, Any]) -> HttpResponse:
    """The answer with its ETag, or 304."""
    etag = f'"{found["lake_version"]}.{found.pop("mark")}"'
    asked = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    response = HttpResponse(status=304) if etag in asked else JsonResponse(found)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _nobody(error: QuestionError) -> HttpResponse:
    """404 where nobody is known by the key, 409 with the kinds to choose from where several are."""
    detail = Message(error.text, error.values).say(spoken())
    if "kinds" in error.values:
        kinds = str(error.values["kinds"]).split(", ")
        return problem(409, say(sentence("Several persons are known by this key."), spoken()), detail, kinds=kinds)
    if "key" in error.values:
        return problem(404, say(sentence("Nobody is known by this key."), spoken()))
    return problem(400, detail)
