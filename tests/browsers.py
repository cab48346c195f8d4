"""A real browser, headless, in which nothing may go wrong unseen."""

import os
from contextlib import contextmanager

import pytest

from servers import PATIENCE

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed (pip install playwright)"
)
MILLISECONDS = 1000 * PATIENCE


@contextmanager
def browsing(chromium, address, *arguments, expected="", **options):
    """A page of a new browser; in the end there was no error on it, no breach of its policy, and no request to another host.

    `expected` is what errors may say all the same.
    """
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    wrong = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*sandbox, *arguments])
        context = browser.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said, expected) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda sent: (
                wrong.append(sent.url) if not sent.url.startswith((address, "blob:", "data:")) else None
            ),
        )
        yield page
        browser.close()
    assert wrong == [], wrong


def _is_wrong(said, expected):
    """An error, but that a page is not there which was asked for to see the page that says so."""
    if expected and expected in said.text:
        return False
    return said.type == "error" and not said.location.get("url", "").endswith("/nothing")
