"""What people change here: their saved views."""

from __future__ import annotations

from django.db import transaction

from kundig.errors import QuestionError
from kundig.server.explore.models import View
from kundig.server.roles import Caller

MOST = 200
LONGEST = 2000


def save(caller: Caller, name: str, insight: str, query: str) -> View:
    """Keep a view under ``name``; the same name again replaces it. QuestionError where it cannot be kept."""
    name = " ".join(name.split())[:80]
    if not name:
        raise QuestionError("A saved view needs a name.")
    if len(query) > LONGEST:
        raise QuestionError("This question is too long to be saved.")
    user_id = caller.user_id or 0  # a token has none
    with transaction.atomic():
        mine = View.objects.filter(user_id=user_id)
        if mine.count() >= MOST:
            raise QuestionError("You have {n} saved views, more cannot be kept.", "Delete some first.", n=MOST)
        view, _ = View.objects.update_or_create(user_id=user_id, name=name, insight=insight, defaults={"query": query})
    return view


def delete(caller: Caller, view_id: int) -> bool:
    """Delete one of the caller's own views; False where there is none."""
    with transaction.atomic():
        deleted, _ = View.objects.filter(user_id=caller.user_id or 0, pk=view_id).delete()
    return bool(deleted)
