"""Pictures of the studio: the loop from the sample to an endpoint, walked in a real browser, with a picture of each page.

    python tools/studio_pictures.py docs/images            the pictures of the tutorial, and two of all pages: light, dark
    python tools/studio_pictures.py build/studio --all     every page, light and dark, wide and on a phone

Wants Playwright (pip install playwright), Chromium (Debian: apt-get install chromium) and a base model.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

PATIENCE = 900.0  # seconds for one job on a busy machine
SIZES = {"wide": (1280, 860), "phone": (390, 844)}
SCHEMES = ("light", "dark")

Shoot = Callable[[str], None]


@contextmanager
def serving() -> Iterator[str]:
    """A server with nothing in it; its address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "lect", "serve", "--port", str(port), "--data", data]
        server = subprocess.Popen(command)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address)
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            urlopen(f"{address}/readyz", timeout=30).close()
        except (URLError, OSError):
            time.sleep(1)
        else:
            return
    raise SystemExit("the server did not get ready")


def wait_until_ready(page: Page) -> None:
    """Wait for the end of the work that a page shows."""
    page.locator(".progress").wait_for(state="detached", timeout=PATIENCE * 1000)


def walk(page: Page, address: str, shoot: Shoot) -> None:
    """From an empty server to an endpoint that was tried, with a picture on the way of each page."""
    page.goto(address)
    shoot("start")
    page.get_by_role("button", name="Take the sample").click()
    page.get_by_role("link", name="Train a model").wait_for(timeout=PATIENCE * 1000)
    shoot("loop")
    page.get_by_role("link", name="Data", exact=True).first.click()
    shoot("datasets")
    page.get_by_role("link", name="Orchard: test recordings").click()
    page.locator(".utterance").first.wait_for()
    page.locator("audio").first.evaluate("audio => audio.play().then(() => audio.pause())")
    page.locator(".wave").first.wait_for()
    page.wait_for_timeout(1500)
    shoot("dataset")
    page.goto(address)
    page.get_by_role("link", name="Train a model").click()
    page.get_by_label("whisper-tiny.en").check()
    page.get_by_label("Name").fill("Orchard")
    page.get_by_role("button", name="How long will it take?").click()
    page.locator("#plan p").first.wait_for(timeout=PATIENCE * 1000)
    shoot("model-new")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/models/*-*")
    shoot("model-at-work")
    wait_until_ready(page)
    shoot("model")
    page.get_by_role("link", name="Compare with its base").click()
    shoot("evaluation-new")
    page.get_by_role("button", name="Start the test").click()
    page.wait_for_url("**/evaluations/*-*")
    wait_until_ready(page)
    page.locator(".verdict").first.wait_for()
    shoot("evaluation")
    page.get_by_role("link", name="Train", exact=True).click()
    shoot("models")
    page.get_by_role("link", name="Orchard").first.click()
    page.get_by_role("link", name="Deploy it").click()
    shoot("endpoint-new")
    page.get_by_role("button", name="Deploy").click()
    page.wait_for_url("**/endpoints/*-*")
    wait_until_ready(page)
    page.locator("input[type=file]").set_input_files(recording())
    page.locator("blockquote.said").wait_for(timeout=PATIENCE * 1000)
    shoot("endpoint")
    correct(page, address, shoot)
    for name, path in (
        ("corrections", "/corrections"),
        ("evaluations", "/evaluations"),
        ("endpoints", "/endpoints"),
        ("microphone", "/microphone"),
        ("operate", "/operate"),
        ("jobs", "/operate/jobs"),
        ("keys", "/operate/keys"),
        ("web-hooks", "/operate/webhooks"),
        ("settings", "/operate/settings"),
        ("not-found", "/nothing"),
    ):
        page.goto(f"{address}{path}")
        shoot(name)
    page.goto(address)
    shoot("done")


def correct(page: Page, address: str, shoot: Shoot) -> None:
    """Begin to correct the transcripts of the sample's recordings, which are the first drafts."""
    page.goto(f"{address}/datasets")
    page.get_by_role("link", name="Orchard: test recordings").click()
    page.get_by_role("link", name="Correct its transcripts").click()
    shoot("correction-new")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/corrections/*-*")
    wait_until_ready(page)
    page.locator("table.list").wait_for()
    shoot("correction")
    page.get_by_role("link", name="Begin").click()
    page.locator(".waveform > div").wait_for()
    page.locator(".segment textarea").first.click()
    shoot("recording")


def recording() -> Path:
    """A recording of the sample."""
    from lect import sample

    return min((sample.folder() / "testing" / "audio-and-trans").glob("*.flac"))


TALL = {"evaluation": 1180}  # pixels, where less would hide what matters
TUTORIAL = ("start", "loop", "dataset", "model-new", "evaluation", "endpoint", "operate")
SMALL = 420  # pixels, the width of a page among all pages


def shooter(page: Page, folder: Path, *, every: bool, small: Path | None = None) -> Shoot:
    """What takes the pictures.

    Args:
        every: each page in both sizes and schemes, as a whole; else those of the tutorial
        small: a folder for what `sheet` wants
    """

    def shoot(name: str) -> None:
        page.wait_for_load_state("networkidle") if name != "model-at-work" else page.wait_for_timeout(1500)
        if every:
            for size, (width, height) in SIZES.items():
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    page.set_viewport_size({"width": width, "height": height})
                    page.screenshot(
                        path=folder / f"{name}-{size}-{scheme}.png", full_page=True, animations="disabled"
                    )
            page.set_viewport_size({"width": 1280, "height": 860})
            return
        if name in TUTORIAL:
            page.set_viewport_size({"width": 1280, "height": TALL.get(name, 860)})
            page.screenshot(path=folder / f"studio-{name}.png", animations="disabled")
            page.set_viewport_size({"width": 1280, "height": 860})
        for scheme in SCHEMES if small else ():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=f"{small}/{scheme}-{name}.png", animations="disabled")
        page.emulate_media(color_scheme="light")

    return shoot


def sheet(page: Page, small: Path, scheme: str, path: Path) -> None:
    """One picture of all pages in a scheme, in the order in which they were met."""
    shots = sorted(small.glob(f"{scheme}-*.png"), key=lambda shot: shot.stat().st_mtime_ns)
    figures = "".join(f'<img src="{shot.name}" width="{SMALL}">' for shot in shots)
    ground = "#d8dade" if scheme == "light" else "#000"
    style = f"margin: 12px; display: flex; flex-wrap: wrap; gap: 12px; background: {ground}"
    written = small / f"{scheme}.html"
    written.write_text(f'<body style="{style}">{figures}</body>', encoding="utf-8")
    page.set_viewport_size({"width": 3 * (SMALL + 12) + 12, "height": 860})
    page.goto(written.as_uri())
    page.screenshot(path=path, type="jpeg", quality=70, full_page=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every page, light and dark, wide and on a phone")
    parser.add_argument("--server", help="address of a server with nothing in it; else one is started")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        arguments: dict[str, Any] = {
            "executable_path": chromium,
            "args": ["--no-sandbox"] if os.geteuid() == 0 else [],
        }
        browser = playwright.chromium.launch(**arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.on("console", lambda message: print("console:", message.type, message.text))
        page.on("pageerror", lambda error: print("error:", error))
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            small = None if options.all else Path(folder)
            address = options.server or stack.enter_context(serving())
            began = time.monotonic()
            walk(page, address, shooter(page, options.folder, every=options.all, small=small))
            print(f"The walk took {(time.monotonic() - began) / 60:.1f} minutes.")
            for scheme in SCHEMES if small else ():
                sheet(page, Path(folder), scheme, options.folder / f"studio-pages-{scheme}.jpg")
        browser.close()


if __name__ == "__main__":
    main()
