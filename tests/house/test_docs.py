"""Documentation is run: each page's commands and code, in order, in a folder of its own.

Blocks marked `console` hold commands after `$ `; blocks marked `python` hold code. A block that is not to be run
stands under a comment with the reason: `<!-- not run: needs a microphone -->`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lect.models import knowledge, writing

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]*?) -->\n+)?^```(?P<kind>console|python)\n(?P<body>.*?)^```$",
    re.M | re.S,
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
SECONDS = 300  # that one page may take


def blocks(page):
    return [match for match in BLOCK.finditer(page.read_text("utf-8")) if match["reason"] is None]


def each(pages):
    return pytest.mark.parametrize(
        "page", [pytest.param(it, id=it.relative_to(ROOT).as_posix()) for it in pages]
    )


def script(page):
    """The page as one shell script."""
    parts = ["set -e"]
    for match in blocks(page):
        if match["kind"] == "console":
            parts += re.findall(r"^\$ (.*(?:\\\n.*)*)", match["body"], re.M)
        else:
            parts.append(f"python - <<'PYTHON'\n{match['body']}PYTHON")
    return "\n".join(parts)


@pytest.fixture
def shell(tmp_path, settings):
    """Runs a script where `lect` and `python` are the ones under test and graphs are cached."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in {"python": "", "lect": " -c 'from lect.cli.main import run; run()'"}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{command} "$@"\n')
        program.chmod(0o755)
    folder = tmp_path / "page"
    folder.mkdir()
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "LECT_CACHE": str(settings.cache), "COLUMNS": "100"}

    def run(text):
        return subprocess.run(
            ["bash", "-c", text],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@each([page for page in PAGES if blocks(page)])
def test_what_the_page_shows_runs(page, shell, tiny_en):
    text = script(page).replace("whisper-base", tiny_en.name)  # the same commands, sooner done

    ran = shell(text)

    assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"


@each(PAGES)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)

    assert [target for target in LINK.findall(text) if not (page.parent / target).exists()] == []


@each(PAGES)
def test_a_block_that_is_not_run_says_why(page):
    skipped = [
        match["reason"] for match in BLOCK.finditer(page.read_text("utf-8")) if match["reason"] is not None
    ]

    assert all(len(reason.split()) > 1 for reason in skipped)


def test_the_readme_shows_the_two_commands():
    shown = re.findall(r"^\$ (.*)$", (ROOT / "README.md").read_text("utf-8"), re.M)

    assert {"make demo", "make test"} <= set(shown)


def test_every_page_can_be_reached_from_the_index():
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in LINK.findall(index)}
    pages = {page for page in PAGES if page.parent != ROOT and page.name != "README.md"}

    assert pages - linked == set()


def test_the_generated_reference_is_current():
    ran = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, f"run `make docs`: {ran.stdout}{ran.stderr}"


def test_every_member_of_a_bundle_is_explained():
    explained = re.findall(
        r"^\| `([^`]+)`", (ROOT / "docs/reference/bundle-format.md").read_text("utf-8"), re.M
    )
    members = {value for name, value in vars(knowledge).items() if name.isupper() and isinstance(value, str)}
    members.add(writing.DISPLAY)

    assert members <= set(explained)
