"""What the forms of the privacy pages may say."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone

from kundig import event
from kundig.lake.ledger import ALL_PURPOSES, STATUSES
from kundig.message import say, sentence
from kundig.server.language import spoken
from kundig.server.privacy.models import KINDS, WHAT

PURPOSES = (*(purpose.name for purpose in event.PURPOSES if purpose.name != "privacy"), ALL_PURPOSES)
ALL = sentence("all purposes")


def purposes() -> list[tuple[str, str]]:
    """Purposes a person can decide about, worded."""
    return [(name, say(ALL if name == ALL_PURPOSES else name, spoken())) for name in PURPOSES]


def statuses() -> list[tuple[str, str]]:
    """Decisions, worded."""
    return [(name, say(name, spoken())) for name in STATUSES]


class Decision(forms.Form):
    """A decision of a person."""

    purpose = forms.ChoiceField(choices=purposes)
    status = forms.ChoiceField(choices=statuses)
    day = forms.DateField(required=False)
    source = forms.CharField(max_length=200, required=False)
    notice = forms.CharField(max_length=200, required=False)
    evidence = forms.CharField(max_length=500, required=False)

    def told(self) -> dict[str, str]:
        """The arguments of the ledger; a day before today counts from its beginning."""
        data = self.cleaned_data
        day: dt.date | None = data.pop("day")
        told = {name: value for name, value in data.items() if value}
        if day and day != timezone.localdate():
            at = dt.datetime.combine(day, dt.time(), timezone.get_current_timezone())
            told["at"] = at.isoformat()
        return told


class NewRequest(forms.Form):
    """A request that came in."""

    kind = forms.ChoiceField(choices=lambda: [(name, say(title, spoken())) for name, title in KINDS.items()])
    received = forms.DateField()
    notes = forms.CharField(max_length=5000, required=False)


class Correction(forms.Form):
    """What was wrong and what is right."""

    note = forms.CharField(max_length=5000)
    name = forms.CharField(max_length=200, required=False)
    email = forms.EmailField(max_length=254, required=False)
    phone = forms.CharField(max_length=60, required=False)


class Rule(forms.Form):
    """How long something is kept."""

    what = forms.ChoiceField(choices=lambda: [(name, say(title, spoken())) for name, title in WHAT.items()])
    purpose = forms.ChoiceField(choices=lambda: [(p.name, say(p.name, spoken())) for p in event.PURPOSES])
    days = forms.IntegerField(min_value=1, max_value=36500)
    source = forms.CharField(max_length=200, required=False)
    kind = forms.ChoiceField(
        required=False, choices=lambda: [("", "")] + [(name, say(name, spoken()).replace("_", " ")) for name in event.KINDS]
    )
