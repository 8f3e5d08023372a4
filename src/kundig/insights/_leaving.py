"""What counts as leaving: there is no kind for it, so an event is recognised by how firms call it."""

from __future__ import annotations

_WORDS = (
    "kündigung|kuendigung|gekündigt|gekuendigt|kündigt|vertragsende|vertrag beendet|vertrag ausgelaufen|abo beendet|konto geschlossen"
    "|cancellation|contract cancelled|contract canceled|contract terminated|contract ended|subscription cancelled"
    "|subscription canceled|subscription ended|account closed|churned|churn"
)
LEAVING = f"(^|[^a-zäöüß])({_WORDS})($|[^a-zäöüß])"
"""Whole words of a lower-cased activity that mean that a customer leaves."""
STAYING = "zurückgezogen|zurückgenommen|zurueckgezogen|widerruf|abgewendet|withdrawn|revoked|bestellung|order|termin |appointment"
"""Beside such words the same activity means something else: the leaving was taken back, or an order was cancelled."""

LEAVING_ACTIVITIES = f"""leaving_activities as (
  select activity from (select distinct activity from events where kind not in ('visit', 'survey_answer')) named
  where regexp_like(replace(lower(activity), '_', ' '), '{LEAVING}') and not regexp_like(lower(activity), '{STAYING}')
)"""
"""A relation of the activities by which customers of this firm leave; an event of kind visit or survey_answer is none of them."""
