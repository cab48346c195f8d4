"""Microsoft's Speech SDKs as tests use them: each scenario runs in a process of its own, and says what its user saw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import npm

CLIENTS = Path(__file__).parent / "speech_sdk"
LIVEKIT = "livekit-plugins-azure==1.8.9"
OPENAI = "openai==3.57.0"
GOOD_FOR = (
    15  # seconds of a token that ends: until a program has begun, and then connected, on a slow machine
)
PATIENCE = 240  # seconds for one scenario on a slow machine


@dataclass
class Seen:
    """What the user of an SDK saw."""

    events: list
    seconds: float  # that it took, without the start of the program

    def all(self, kind):
        return [event for event in self.events if event["kind"] == kind]

    @property
    def results(self):
        return [event for event in self.all("recognized") if event["reason"] == "RecognizedSpeech"]

    @property
    def text(self):
        return " ".join(event["text"] for event in self.results)

    @property
    def errors(self):
        return [event for event in self.all("canceled") if event["reason"] == "Error"]

    @property
    def error(self):
        """The one error that was shown."""
        assert len(self.errors) == 1, self.events
        return self.errors[0]


@dataclass
class Sdk:
    """One SDK, ready to run."""

    name: str
    version: str
    command: list
    folder: Path | None = None  # where it is installed

    @property
    def environment(self):
        return {"NODE_PATH": str(self.folder / "node_modules")} if self.folder else {}

    def start(self, **asked):
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | self.environment,
        )
        process.stdin.write(json.dumps({name: _plain(value) for name, value in asked.items()}))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, **asked):
        return self.end(self.start(**asked))

    def end(self, process):
        """What a process that was started saw."""
        try:
            out, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        lines = [line for line in out.splitlines() if line.startswith('{"events"')]
        assert lines, f"{self.name}: {out}\n{errors}"
        return Seen(**json.loads(lines[-1]))


class Page:
    """The table of what passed, and what the latest run of each scenario left for it: a small file each."""

    def __init__(self, path: Path, *, runs: Path) -> None:
        self.path, self._runs = path, runs
        region = path.read_text("utf-8").partition("<!-- generated -->\n")[2].partition("<!-- end")[0]
        head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in region.splitlines()]
        self.heads = dict(cell.split() for cell in head[1:])  # version by SDK
        self._marks = {row[0]: dict(zip(self.heads, row[1:], strict=True)) for row in rows}

    @property
    def titles(self) -> list[str]:
        return list(self._marks)

    def note(self, sdk: Sdk, number: int, title: str, outcome: str) -> None:
        """Leave what became of a scenario."""
        folder = self._runs / sdk.name
        folder.mkdir(parents=True, exist_ok=True)
        document = {"title": title, "version": sdk.version, "outcome": outcome}
        (folder / f"{number:02}.json").write_text(json.dumps(document), "utf-8")

    def require(self, sdk: Sdk, title: str, mark: str) -> None:
        """Make sure that the page says so."""
        there = self._marks.get(title, {}).get(sdk.name, "nothing")
        assert there == mark, (
            f"{self.path.name} says {there} of {title!r} with {sdk.name}, and it is {mark}: "
            "python tools/sdk_scenarios.py writes the table anew"
        )


def python_sdk() -> Sdk:
    """The SDK for Python, skipped where it is not installed."""
    python = os.environ.get("LECT_TEST_SPEECH_SDK_PYTHON", sys.executable)
    version = "from importlib.metadata import version; print(version('azure-cognitiveservices-speech'))"
    asked = subprocess.run([python, "-c", version], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("the Speech SDK for Python is not installed (pip install azure-cognitiveservices-speech)")
    return Sdk(name="Python", version=asked.stdout.strip(), command=[python, str(CLIENTS / "client.py")])


def javascript_sdk(build: Path) -> Sdk:
    """The SDK for JavaScript, installed into a folder; skipped where Node.js or its registry is missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed (Debian: apt-get install nodejs npm)")
    folder = Path(os.environ.get("LECT_TEST_SPEECH_SDK_JS", build / "speech-sdk"))
    package = folder / "node_modules" / "microsoft-cognitiveservices-speech-sdk" / "package.json"
    if not package.exists():
        npm.install(CLIENTS, folder, what="the Speech SDK for JavaScript")
    return Sdk(
        name="JavaScript",
        version=json.loads(package.read_text("utf-8"))["version"],
        command=[node, str(CLIENTS / "client.cjs")],
        folder=folder,
    )


def livekit(build: Path) -> Sdk:
    """LiveKit's plug-in, installed into a folder of its own with all that it wants; skipped where it is not there."""
    python = os.environ.get("LECT_TEST_LIVEKIT_PYTHON", build / "livekit" / "bin" / "python")
    command = f"python -m venv {build.name}/livekit && {build.name}/livekit/bin/pip install {LIVEKIT}"
    if not Path(python).exists():
        pytest.skip(f"LiveKit's plug-in is not installed ({command})")
    return Sdk(name="LiveKit", version=LIVEKIT, command=[str(python), str(CLIENTS / "livekit_client.py")])


def openai(build: Path) -> Sdk:
    """OpenAI's client, installed into a folder of its own with all that it wants; skipped where it is not there."""
    python = os.environ.get("LECT_TEST_OPENAI_PYTHON", build / "openai" / "bin" / "python")
    command = f"python -m venv {build.name}/openai && {build.name}/openai/bin/pip install {OPENAI}"
    if not Path(python).exists():
        pytest.skip(f"OpenAI's client is not installed ({command})")
    return Sdk(name="OpenAI", version=OPENAI, command=[str(python), str(CLIENTS / "openai_client.py")])


def _plain(value):
    return str(value) if isinstance(value, Path) else value
