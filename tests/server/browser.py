"""A real Chromium as a person uses it, in one language; it notes whatever a page should not do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from kundig.message import Message, sentences

LOCALES = {"en": "en-GB", "de": "de-DE"}
PATIENCE_MS = 90_000
"""The machine may be busy; a state that never comes is a failure, a late one is not."""


@dataclass
class Visitor:
    """Somebody in front of a browser: the page he looks at, his language, and what went wrong behind his back."""

    page: Any
    context: Any
    lang: str
    wrong: list[str] = field(default_factory=list)

    def t(self, text: str, many: str = "", **values: Any) -> str:
        """A text of ours in his language."""
        return (sentences(text, many, **values) if many else Message(text, values)).say(self.lang)

    def press(self, text: str, **values: Any) -> None:
        """Press the first button with this text."""
        self.page.get_by_role("button", name=self.t(text, **values), exact=True).first.click()

    def follow(self, text: str, **values: Any) -> None:
        """Follow the first link with this text."""
        self.page.get_by_role("link", name=self.t(text, **values), exact=True).first.click()

    def fill(self, label: str, value: str) -> None:
        """Fill the field with this label."""
        self.page.get_by_label(self.t(label), exact=True).first.fill(value)

    def sees(self, text: str, many: str = "", **values: Any) -> None:
        """Wait until the text stands on the page."""
        self.page.get_by_text(self.t(text, many, **values)).first.wait_for(state="attached")

    def heading(self, text: str) -> None:
        """Wait for the page's heading."""
        self.page.get_by_role("heading", level=1, name=self.t(text), exact=True).wait_for()

    def settle(self) -> None:
        """Wait until nothing on the page is being computed."""
        from playwright.sync_api import expect

        expect(self.page.locator("[aria-busy]")).to_have_count(0, timeout=PATIENCE_MS)

    def main(self) -> str:
        """The words of the page."""
        words: str = self.page.locator("main").inner_text()
        return words


@contextmanager
def visitor(lang: str, address: str, *, script: bool = True, width: int = 1280, **options: Any) -> Iterator[Visitor]:
    """Chromium with an empty profile; ``wrong`` gathers errors in the console, foreign requests and failed responses."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = browser.new_context(
            reduced_motion="reduce",
            base_url=address, locale=LOCALES[lang], viewport={"width": width, "height": 900}, java_script_enabled=script,
            accept_downloads=True, **options,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        found = Visitor(page, context, lang)
        page.on("console", lambda said: found.wrong.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: found.wrong.append(f"script: {error}"))
        host = urlsplit(address).netloc
        page.on("request", lambda asked: _foreign(found, host, asked.url))
        page.on("response", lambda got: found.wrong.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        try:
            yield found
        finally:
            browser.close()


def _foreign(found: Visitor, host: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc != host:
        found.wrong.append(f"request to {url}")
