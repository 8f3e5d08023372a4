"""Simple sentences become claims; what is not understood for certain is refused with the form shown."""

from __future__ import annotations

import datetime as dt

import pytest

from kundig.claim import FORM, Claim, Group, stated
from kundig.errors import QuestionError

KNOWN = {"reason": ["Internet gestört", "Rechnung"], "team": ["Technik"]}
APP, PHONE = Group("channel", "app"), Group("channel", "phone")


@pytest.mark.parametrize(
    ("sentence", "measure", "direction", "group", "than"),
    [
        ("customers of the app need fewer contacts than phone customers", "contacts", "fewer", APP, PHONE),
        ("App-Kunden brauchen weniger Kontakte als Telefonkunden.", "contacts", "fewer", APP, PHONE),
        ("Kunden der App brauchen weniger Kontakte als alle anderen", "contacts", "fewer", APP, None),
        ("App customers need as many contacts as phone customers", "contacts", "equal", APP, PHONE),
        ("phone cases need more handovers", "handovers", "more", PHONE, None),
        ("Customers with broken promises leave more often than customers with kept promises", "leaving", "more",
         Group("promise", "broken"), Group("promise", "kept")),
        ("Kunden mit gebrochenen Zusagen kündigen häufiger", "leaving", "more", Group("promise", "broken"), None),
        ('"Internet gestört" cases are solved slower than "Rechnung" cases', "time-to-close", "more",
         Group("reason", "Internet gestört"), Group("reason", "Rechnung")),
        ("app customers are resolved at the first contact less often than the others", "first-contact-resolution", "fewer", APP, None),
        ("Telefonkunden kommen öfter wieder", "repeat-rate", "more", PHONE, None),
        ("phone customers get promises kept more often", "promises-kept", "more", PHONE, None),
        ("Telefonkunden sind zufriedener als App-Kunden", "score", "more", PHONE, APP),
        ("app customers are less satisfied", "score", "fewer", APP, None),
        ("customers of Technik buy more", "purchases", "more", Group("team", "Technik"), None),
    ],
)  # fmt: skip
def test_a_sentence_is_read(sentence: str, measure: str, direction: str, group: Group, than: Group | None) -> None:
    claim = stated(sentence, known=KNOWN)
    assert (claim.measure, claim.direction, claim.group, claim.than) == (measure, direction, group, than)
    assert claim.sentence == sentence.strip()


def test_the_form_says_what_the_sentence_leaves_open() -> None:
    claim = stated(
        "Chat is quick", measure="time-to-close", group="channel=Chat", direction="fewer", matters=1.5, author="Eva",
        on=dt.date(2026, 11, 28), than="",
    )  # fmt: skip
    assert claim == Claim(
        "Chat is quick", "time-to-close", Group("channel", "chat"), None, "fewer", 1.5, "Eva", dt.date(2026, 11, 28)
    )
    assert stated("app customers need fewer contacts", matters=0.5).matters == 0.5
    assert stated("our loyal ones need fewer contacts", group="team=Technik").group == Group("team", "Technik")


@pytest.mark.parametrize(
    ("sentence", "form", "said"),
    [
        ("people love us", {}, "not clear what"),
        ("Vielflieger brauchen weniger Kontakte", {}, "not clear who"),
        ("x", {"measure": "love", "group": "channel=app", "direction": "more"}, "no measure love"),
        ("x", {"measure": "score", "group": "channel=app", "direction": "up"}, "no direction up"),
        ("x", {"measure": "score", "group": "person=7", "direction": "more"}, "no group"),
        ("x", {"measure": "score", "group": "promise=late", "direction": "more"}, "not late"),
        ("x", {"measure": "score", "group": "channel=app", "than": "channel=App", "direction": "more"}, "with itself"),
        ("x", {"measure": "score", "group": "channel=app", "direction": "more", "matters": -1.0}, "above 0"),
    ],
)
def test_what_is_not_a_claim_is_refused(sentence: str, form: dict[str, object], said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        stated(sentence, known=KNOWN, **form)


def test_the_form_is_shown_where_nothing_was_understood() -> None:
    with pytest.raises(QuestionError) as refused:
        stated("people love us")
    assert refused.value.hint == FORM and "--measure contacts" in FORM


def test_the_same_claim_in_other_words_has_one_name() -> None:
    one = stated("customers of the app need fewer contacts than phone customers")
    other = stated("App-Kunden brauchen weniger Kontakte als Telefonkunden")
    assert one.name == other.name == "channel-app-fewer-contacts-than-channel-phone-0.1"
    assert stated("x", measure="score", group="reason=../Größe?", direction="more").name.startswith("reason-grosse-more")
