"""A first user's hour in a real browser: account, sample firm, memory, own data with errors, consent, erasure, logout."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.browser import Visitor, visitor
from tests.server.running import Running, serving

MAIL, PASSWORD = "ada.kern@firma.example", "ein langer Satz als Kennwort"
NAME, KEY = "Rosa Quandt", "K-1003"
HEADERS = {
    "en": ("Ticket", "Customer number", "Customer name", "Time", "Activity", "Channel", "Reason"),
    "de": ("Vorgang", "Kundennummer", "Kundenname", "Zeitpunkt", "Aktivität", "Kanal", "Anliegen"),
}
ACTIVITIES = {
    "en": ("Call received", "Answer sent", "Case closed"),
    "de": ("Anruf erhalten", "Antwort gesendet", "Vorgang geschlossen"),
}


@pytest.fixture(params=["de", pytest.param("en", marks=pytest.mark.long)])
def somebody(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Visitor, Running]]:
    """A browser in front of a server that was started on an empty folder."""
    (tmp_path / "new").mkdir()
    with serving(tmp_path / "new", tmp_path / "said", request.param) as running, visitor(request.param, running.address) as who:
        yield who, running


def test_a_first_user_gets_from_an_empty_folder_to_an_erasure_with_receipt(
    somebody: tuple[Visitor, Running], tmp_path: Path
) -> None:
    who, running = somebody
    make_the_account(who, running.first_link)
    explore_the_sample_firm(who)
    read_the_overview(who)
    follow_the_journey_map(who)
    remember_a_person(who)
    bring_own_data(who, own_file(tmp_path, who.lang))
    mend_what_was_rejected(who, tmp_path)
    withdraw_a_consent(who)
    erase_the_person(who)
    log_out(who)
    assert who.wrong == []


def make_the_account(who: Visitor, link: str) -> None:
    who.page.goto(link)
    who.heading("Make your account")
    who.page.get_by_label(who.t("Mail address")).fill(MAIL)
    who.page.get_by_label(who.t("Password")).fill(PASSWORD)
    who.press("Make the account")
    who.sees("There are no data yet.")


def explore_the_sample_firm(who: Visitor) -> None:
    who.follow("Explore with sample data")
    who.press("Make the sample data")
    who.page.locator(".banner").wait_for()
    who.sees("You are looking at an invented firm: these are sample data.")


def read_the_overview(who: Visitor) -> None:
    who.heading("Overview")
    who.page.locator("#changes .figure").first.wait_for()
    who.page.locator("#story .findings h3").first.wait_for()
    assert "`kundig" not in who.main()


def follow_the_journey_map(who: Visitor) -> None:
    who.page.goto("/insights/journey-map")
    boxes = who.page.locator("figure svg a")
    boxes.first.wait_for()
    before = boxes.count()
    who.follow("More detail")
    who.page.wait_for_url("**activities=**")
    boxes.first.wait_for()
    assert boxes.count() > before
    who.follow("Less detail")
    boxes.first.wait_for()
    who.page.locator("figure svg a:has(g.label)").first.click()
    who.heading("Cases")
    who.page.locator("tbody tr").first.wait_for()


def remember_a_person(who: Visitor) -> None:
    who.page.locator("tbody th a").first.click()
    who.page.locator(".timeline li").first.wait_for()
    who.follow("Memory")
    who.fill("Find a person, a case or a firm", "Müller")
    who.press("Find")
    who.page.locator("#results .people .who").first.click()
    who.page.locator(".glance").first.wait_for()
    who.sees("Timeline")
    assert who.page.locator("ol.timeline > li").count() > 0


def own_file(folder: Path, lang: str) -> Path:
    """A help desk's export: 40 cases of 20 customers, three rows with a day that never was."""
    path = folder / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, delimiter=";")
        rows.writerow(HEADERS[lang])
        for n in range(40):
            for step, activity in enumerate(ACTIVITIES[lang]):
                day = "31.02.2026" if step == 1 and n in (7, 8, 9) else f"{1 + n % 27:02}.03.2026"
                name = NAME if n % 20 == 3 else f"{chr(65 + n % 20)}nna Kern"
                rows.writerow((f"T-{n}", f"K-{1000 + n % 20}", name, f"{day} {9 + step}:30", activity, "Telefon", "Rechnung"))
    return path


def bring_own_data(who: Visitor, file: Path) -> None:
    who.press("Back to my own data")
    who.sees("There are no data yet.")
    assert who.page.locator(".banner").count() == 0
    who.follow("Bring your data")
    who.page.set_input_files("#file", file)
    who.press("Send")
    who.page.locator("table.columns").wait_for()
    assert "31.02.2026" in who.main(), "the preview shows what would be rejected"
    names = who.page.locator("table.columns tr").filter(
        has=who.page.get_by_role("rowheader", name=HEADERS[who.lang][2], exact=True)
    )
    names.locator("select").select_option("person.name")
    who.press("Import now")
    who.page.locator("#answers .card").first.wait_for()
    assert "117" in who.page.locator(".lead").inner_text()


def mend_what_was_rejected(who: Visitor, folder: Path) -> None:
    who.follow("See why, mend them and play them again")
    who.heading("Rejected rows")
    with who.page.expect_download() as taken:
        who.follow("Download the rows")
    taken.value.save_as(folder / "rejected.csv")
    text = (folder / "rejected.csv").read_text(encoding="utf-8-sig")
    assert text.count("31.02.2026") >= 3
    assert "rejected_reason" in text
    (folder / "mended.csv").write_text(text.replace("31.02.2026", "28.02.2026"), encoding="utf-8")
    who.page.set_input_files("#file", folder / "mended.csv")
    who.press("Play them again")
    who.page.locator("#answers .card").first.wait_for()
    assert re.search(r"\b3\b", who.page.locator(".lead").inner_text())
    who.page.goto("/data/rejected")
    who.sees("No row is rejected.")


def usable_for_marketing(who: Visitor) -> int:
    """The register's figure: how many persons' data may be used for advertising."""
    who.page.goto("/privacy/register")
    row = who.page.get_by_role("row").filter(has=who.page.get_by_role("rowheader", name=who.t("marketing"), exact=True))
    return int(row.locator("td.number").inner_text())


def find_for_privacy(who: Visitor, key: str) -> None:
    who.page.goto("/privacy/")
    who.page.locator("#key").fill(key)
    who.press("Find")


def decide(who: Visitor, status: str) -> None:
    who.page.locator("#purpose").select_option("marketing")
    who.page.locator("#status").select_option(status)
    who.press("Write it down")
    who.sees("Written down. It counts from the next question on.")


def withdraw_a_consent(who: Visitor) -> None:
    assert usable_for_marketing(who) == 0, "nobody has agreed yet"
    find_for_privacy(who, KEY)
    who.heading(NAME)
    decide(who, "given")
    assert usable_for_marketing(who) == 1
    find_for_privacy(who, KEY)
    decide(who, "withdrawn")
    assert who.t("consent withdrawn") in who.main()
    assert usable_for_marketing(who) == 0


def erase_the_person(who: Visitor) -> None:
    find_for_privacy(who, KEY)
    who.page.locator("#request-kind").select_option("erasure")
    who.press("Take the request in")
    who.page.locator("#how").fill("Rückruf")
    who.press("The identity is checked")
    who.page.locator("input[name=sure]").check()
    who.press("Erase the person")
    who.page.get_by_role("heading", name=who.t("Receipt of the erasure")).wait_for()
    with who.page.expect_download() as taken:
        who.follow("Receipt (JSON)")
    assert NAME not in Path(taken.value.path()).read_text(encoding="utf-8")
    who.page.goto("/memory/")
    who.fill("Find a person, a case or a firm", NAME)
    who.press("Find")
    who.page.locator("#results h2").wait_for()
    assert NAME not in who.main()
    assert KEY not in who.main()
    who.page.goto("/")
    who.heading("Overview")


def log_out(who: Visitor) -> None:
    who.page.locator("details.menu summary").click()
    who.press("Log out")
    who.page.get_by_role("link", name=who.t("Log in")).first.wait_for()
    who.page.goto("/memory/")
    assert "/account/login/" in who.page.url
