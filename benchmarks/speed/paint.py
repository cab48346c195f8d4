"""How soon the studio's pages show something: the first contentful paint, as the browser itself tells it.

    python -m benchmarks.speed.paint [--json FILE]

A server is started on an empty folder and takes the sample; Chromium, headless, is on the same machine. Each page is opened once
to warm the server up, then so many times by a browser that has nothing of it yet, and so many times by one that was there before
(needs Linux, Playwright and Chromium).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import command, servers, tables
from benchmarks.servers import Server

LOADS = 3  # of each page, in each way
AIM = 1.0  # seconds
_CHROMIUM = "chromium"
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null"""


@dataclass(frozen=True, kw_only=True)
class Page:
    """How long one took from the click to the first paint with something in it, seconds, each load."""

    name: str
    first: tuple[float, ...]  # in browsers that had nothing of the studio
    again: tuple[float, ...]  # in one that has its scripts and styles


@dataclass(frozen=True, kw_only=True)
class Paint:
    """What the benchmark found."""

    pages: tuple[Page, ...] = ()
    load: float = 0.0  # of the machine meanwhile: processes that want to run, mean of a minute
    niceness: int = 0  # of the benchmark, and so of the server


def main() -> None:
    """Measure; the table goes to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    if not is_possible():
        sys.exit("Playwright or Chromium is missing: pip install playwright, apt-get install chromium")
    found = measure()
    print(f"{table(found)}\n\n{aim(found)}", file=sys.stderr)
    command.write_json(asdict(found), options.json)


def is_possible() -> bool:
    """Whether the browser is here, and what drives it."""
    return find_spec("playwright") is not None and shutil.which(_CHROMIUM) is not None


def measure() -> Paint:
    """Start a server with the sample, and look at its pages."""
    with (
        tempfile.TemporaryDirectory(prefix="lect-bench-") as folder,
        servers.serving(Path(folder)) as server,
        _browser() as browser,
    ):
        pages = tuple(_page(browser, name, address) for name, address in _pages(browser, server).items())
        return Paint(pages=pages, load=round(os.getloadavg()[0], 2), niceness=os.nice(0))


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which(_CHROMIUM), args=sandbox)
        yield browser
        browser.close()


def _pages(browser: Any, server: Server) -> dict[str, str]:
    """The address of each page by its name, once the server has the sample."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(servers.PATIENCE * 1000)
        page.goto(server.address)
        page.get_by_role("button", name="Take the sample").click()
        page.get_by_role("link", name="Train a model").wait_for()
        page.goto(f"{server.address}/datasets")
        dataset = page.get_by_role("link", name="Orchard: test recordings").get_attribute("href")
    paths = {
        "Start": "/",
        "Data": "/datasets",
        "a dataset": dataset,
        "a new model": "/models/new",
        "a new test": "/evaluations/new",
        "corrections": f"/corrections/new?dataset={dataset.rpartition('/')[2]}",
        "a new endpoint": "/endpoints/new",
        "microphone": "/microphone",
        "Operate": "/operate",
    }
    return {name: f"{server.address}{path}" for name, path in paths.items()}


def _page(browser: Any, name: str, address: str) -> Page:
    first = []
    for _ in range(1 + LOADS):
        with browser.new_context() as context:
            first.append(_painted(context.new_page(), address))
    with browser.new_context() as context:
        page = context.new_page()
        again = [_painted(page, address) for _ in range(1 + LOADS)]
    return Page(name=name, first=tuple(first[1:]), again=tuple(again[1:]))


def _painted(page: Any, address: str) -> float:
    """Seconds from the start of the navigation to the first contentful paint."""
    page.goto(address)
    page.wait_for_function(_PAINTED)
    return float(page.evaluate(_PAINTED)) / 1000


def table(found: Paint) -> str:
    """A row for each page: the middle of its loads and, in brackets, the longest."""
    return tables.markdown(
        ["page", "first visit, ms", "again, ms"],
        [[each.name, _told(each.first), _told(each.again)] for each in found.pages],
    )


def _told(loads: tuple[float, ...]) -> str:
    return f"{1000 * median(loads):.0f} ({1000 * max(loads):.0f})"


def aim(found: Paint) -> str:
    """Whether all of them kept to the aim, as a sentence."""
    loads = [seconds for each in found.pages for seconds in (*each.first, *each.again)]
    late = sum(seconds >= AIM for seconds in loads)
    kept = f"ach of {len(loads)} loads was painted within {AIM:.0f} s"
    kept = f"**Not e{kept}: {late} took longer**" if late else f"E{kept}"
    return f"{kept}; the slowest took {1000 * max(loads, default=0):.0f} ms."


def load(found: Paint) -> str:
    """What else the machine did."""
    return servers.told({"at the end": found.load}, found.niceness)


if __name__ == "__main__":
    main()
