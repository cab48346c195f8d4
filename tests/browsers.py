"""A real browser, headless, in which nothing may go wrong unseen."""

import os
from contextlib import contextmanager

import pytest

import npm
from servers import PATIENCE

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed (pip install playwright)"
)
MILLISECONDS = 1000 * PATIENCE
GRAVE = ("serious", "critical")


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
    assert not wrong, "\n".join(wrong)


def axe(root):
    """The script of axe-core, which `package.json` names; installed under build/ once."""
    folder = root / "build" / "studio-scripts"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm.install(root, folder, what="axe-core")
    return script.read_text("utf-8")


def issues(page, script):
    """What makes a page hard to use for some people, as axe-core finds it, in light and in dark: what, where, and why."""
    found = []
    for scheme in ("light", "dark"):
        # Colours that are on their way from one scheme to the other are of neither.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(script)
        result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        found += [
            f"{scheme}: {each['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for each in result["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]
    page.emulate_media(color_scheme=None, reduced_motion=None)
    return found


def weight(page):
    """The bytes that a page and all it asked for weigh as they are sent, but for sound."""
    return page.evaluate("""() =>
        [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .filter((each) => !["audio", "video"].includes(each.initiatorType))
            .reduce((sum, each) => sum + each.encodedBodySize, 0)""")


def _is_wrong(said, expected):
    """An error, but that a page is not there which was asked for to see the page that says so."""
    if expected and expected in said.text:
        return False
    return said.type == "error" and not said.location.get("url", "").endswith("/nothing")
