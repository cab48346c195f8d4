"""Hundreds of files, some of them bad, while the worker is killed again and again: nothing is lost, and nothing done twice."""

import io
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from lect.client import Client
from lect.sample import folder
from result_schemas import require_report, require_result
from servers import LOCALE, base_of, files_over_http, serving

FILES, KILLS = 500, 3
PATIENCE = 3600  # seconds
TESTING = folder() / "testing" / "audio-and-trans"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="workers are found in /proc (Linux)"),
]


def served():
    """Recordings, and among them, one in twenty-five, what is none."""
    good = [
        path.read_bytes() for path in sorted(TESTING.glob("*.flac"), key=lambda path: path.stat().st_size)[:3]
    ]
    bad = [b"", b"this is a letter, not a recording", good[0][: len(good[0]) // 2], silent_video(), None]
    return {
        f"/{number}.flac": bad[number // 25 % len(bad)] if number % 25 == 7 else good[number % len(good)]
        for number in range(FILES)
    }


def silent_video():
    """The beginning of an MP4 file, and no more."""
    return b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def worker_of(data):
    """The number of the worker's process, which has the server's data folder in its environment; None: there is none right now."""
    mark = f"LECT_DATA={data}\0".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
            if b"lect.server.worker" in command and mark in environment:
                return int(process.name)
        except OSError:
            continue
    return None


def wait_for(condition, what):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.2)


def test_what_was_heard_when_a_worker_is_killed_is_not_heard_again_and_every_bad_file_says_why(tmp_path):
    data, log = tmp_path / "data", tmp_path / "log"
    files = served()
    bad = {path for path, content in files.items() if content not in list(files.values())[:3]}
    assert len(bad) == 20

    def heard():
        return len(list((data / "jobs").glob("*/treated/*.json")))

    with (
        files_over_http(files) as place,
        serving(data, log=log, LECT_LOG="DEBUG", LECT_LOG_FORMAT="json") as address,
        Client(address) as client,
    ):
        made = client.transcriptions.create(
            display_name="many",
            locale=LOCALE,
            model=base_of(client),
            content_urls=[f"{place}{path}" for path in files],
        )
        for kill in range(KILLS):
            before = heard()
            wait_for(lambda: heard() >= max(before + 1, kill * 100 + 1), "the next files to be heard")  # noqa: B023
            os.kill(worker_of(data), signal.SIGKILL)
        done = client.transcriptions.wait(made, timeout=PATIENCE)
        found = {}
        for file in client.transcriptions.files(done):
            into = io.BytesIO()
            client.transcriptions.download(file, into)
            found[file.display_name] = json.loads(into.getvalue())

    report = found.pop("report.json")
    require_report(report)
    assert (report["successfulTranscriptionsCount"], report["failedTranscriptionsCount"]) == (FILES - 20, 20)
    failed = {
        each["source"].removeprefix(place): each for each in report["details"] if each["status"] == "Failed"
    }
    assert set(failed) == bad
    assert all(path in failed[path]["errorMessage"] for path in bad)
    assert len(found) == FILES - 20
    for document in found.values():
        require_result(document)
        assert document["combinedRecognizedPhrases"][0]["display"]

    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if "Recording heard." in line]
    times = Counter(line["file"] for line in lines)
    assert len(times) >= FILES - 20
    assert sum(times.values()) - len(times) <= KILLS  # at most the one that was being written down
