"""Columns that say what persons agreed to are recognised in German and English exports, and nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from kundig.ingest.consent_columns import BY_HEADER_REFUSED, answer
from kundig.ingest.mapping import Consent, Table
from tests.ingest.test_propose import WORDS, proposed

N = 20
PEOPLE: dict[str, list[Any]] = {
    "Kundennummer": [f"K{i}" for i in range(N)], "Name": [f"Anna Muster {i}" for i in range(N)], "Kunde seit": [f"{1 + i}.03.2020" for i in range(N)],
}  # fmt: skip
DAYS = [f"{1 + i}.05.2024" for i in range(N)]


def table_of(**columns: list[Any]) -> Table:
    return proposed("kunden", **PEOPLE, **columns).mapping.tables[0]


@pytest.mark.parametrize(
    "header",
    [
        "Newsletter",
        "Einwilligung",
        "Werbung erlaubt",
        "marketing_opt_in",
        "acceptsMarketing",
        "Email Opt-In",
        "E-Mail-Newsletter",
    ],
)
@pytest.mark.parametrize("values", [["ja", "nein"], ["1", "0"], ["TRUE", "FALSE"], ["opt-in", "opt-out"], ["yes", ""]])
def test_a_column_of_yes_and_no_is_a_consent(header: str, values: list[str]) -> None:
    made = proposed("kunden", **PEOPLE, **{header: values * (N // 2)})
    assert made.mapping.tables[0].consents == (Consent(header, "marketing"),)
    told = next(p for p in made.proposals if p.column == header)
    assert (told.field, told.confidence > 0.6, "header says it" in str(told.reason)) == ("consent.marketing", True, True)


def test_research_is_a_purpose_of_its_own() -> None:
    table = table_of(**{"Einwilligung Marktforschung": ["ja", "nein"] * 10, "Newsletter": ["nein"] * N})
    assert {c.purpose: c.column for c in table.consents} == {"research": "Einwilligung Marktforschung", "marketing": "Newsletter"}


def test_the_dates_of_yes_and_no_belong_to_the_answers() -> None:
    table = table_of(**{"Newsletter": ["ja", "nein"] * 10, "Newsletter Opt-in am": DAYS, "Abgemeldet am": DAYS})
    assert table.consents == (Consent("Newsletter", "marketing", at="Newsletter Opt-in am", no_at="Abgemeldet am"),)
    assert "occurred_at" in table.fields and table.fields["occurred_at"].columns == ("Kunde seit",)


def test_a_date_alone_is_the_answer() -> None:
    assert table_of(**{"Einwilligung am": DAYS}).consents == (Consent("Einwilligung am", "marketing"),)
    refused = table_of(unsubscribed_at=DAYS).consents
    assert refused == (Consent("unsubscribed_at", "marketing", yes="withdrawn", no="nothing"),)


def test_where_a_yes_is_a_no_the_reason_says_so() -> None:
    made = proposed("kunden", **PEOPLE, Werbesperre=["ja", "nein"] * 10)
    assert made.mapping.tables[0].consents == (Consent("Werbesperre", "marketing", yes="withdrawn", no="nothing"),)
    assert next(p for p in made.proposals if p.column == "Werbesperre").reason.text == BY_HEADER_REFUSED


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Newsletter", ["wöchentlich", "monatlich"]), ("Newsletter geöffnet", ["ja", "nein"]), ("Datenschutz akzeptiert", ["ja", "nein"]),
        ("Tarif", ["ja", "nein"]), ("Newsletter", ["", ""]), ("subscription_id", ["1", "0"]),
    ],
)  # fmt: skip
def test_other_columns_are_none(header: str, values: list[str]) -> None:
    assert table_of(**{header: values * (N // 2)}).consents == ()


def test_a_log_of_events_decides_nothing() -> None:
    log = proposed(
        "log", Kundennummer=["K1"] * N, Zeitpunkt=DAYS, Aktivität=["Anruf", "Antwort"] * 10, Newsletter=["ja", "nein"] * 10
    )
    assert log.mapping.tables[0].consents == ()


def test_a_list_of_addresses_without_any_date_is_a_table_of_its_own() -> None:
    made = proposed(
        "verteiler", **{"E-Mail": [f"p{i}@example.org" for i in range(N)], "Status": ["subscribed"] * N, "Opt-in": ["ja"] * N}
    )
    table = made.mapping.tables[0]
    assert table.tells and not table.has_events and table.consents == (Consent("Opt-in", "marketing"),)


def test_answers() -> None:
    told = {"Ja": "yes", " opt-OUT ": "no", "1.0": "yes", "0": "no", "unbekannt": "nothing", "": "", "vielleicht": ""}
    assert {value: answer(value, WORDS) for value in told} == told
