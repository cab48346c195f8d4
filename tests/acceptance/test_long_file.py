"""Half an hour of real recordings as one file: what is heard in it is what is heard in the recordings one by one."""

from __future__ import annotations

import zipfile
from itertools import pairwise

import httpx
import numpy as np
import pytest
import soundfile
import soxr

from lect.speech.scoring import align
from lect.speech.scoring.counts import ErrorCounts
from lect.speech.text import normaliser
from servers import serving

RATE = 16_000
MINUTES = 33
PAUSE = np.zeros(RATE * 6 // 10, np.float32)
BASE = "whisper-tiny.en"
SETS = ("barista/training", "barista/testing", "speechocean762/training", "speechocean762/testing")
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def recordings(shared_data, tmp_path_factory):
    """(FLAC file, what was said) of half an hour in all."""
    into, found, seconds = tmp_path_factory.mktemp("recordings"), [], 0.0
    for name in SETS:
        with zipfile.ZipFile(shared_data / name / "audio-and-trans.zip") as archive:
            for line in archive.read("trans.txt").decode("utf-8-sig").splitlines():
                file, said = line.split("\t")
                with archive.open(file) as stream:
                    samples, rate = soundfile.read(stream, dtype="float32", always_2d=True)
                samples = soxr.resample(samples[:, 0], rate, RATE)
                path = into / f"{len(found):04}.flac"
                soundfile.write(path, samples, RATE)
                found.append((path, said))
                seconds += (len(samples) + len(PAUSE)) / RATE
                if seconds >= MINUTES * 60:
                    return found
    return found


@pytest.fixture(scope="module")
def joined(recordings, tmp_path_factory):
    """All of them in one file, with pauses."""
    path = tmp_path_factory.mktemp("joined") / "all.flac"
    parts = [part for file, _ in recordings for part in (soundfile.read(file, dtype="float32")[0], PAUSE)]
    soundfile.write(path, np.concatenate(parts), RATE)
    return path


def heard(address, path, **asked):
    with path.open("rb") as file:
        answer = httpx.post(
            f"{address}/v1/audio/transcriptions",
            files={"file": file},
            data={"model": BASE, **asked},
            timeout=3600,
        )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_long_file_is_heard_as_its_parts_are(recordings, joined, tiny_en, tmp_path):
    norm = normaliser("en-US")
    said = [norm(text).split() for _, text in recordings]
    with serving(tmp_path) as address:
        whole = heard(
            address, joined, response_format="verbose_json", **{"timestamp_granularities[]": "word"}
        )
        each = [norm(heard(address, path)["text"]).split() for path, _ in recordings]

    one_by_one = sum((align(*pair).counts for pair in zip(said, each, strict=True)), start=ErrorCounts())
    text = norm(whole["text"]).split()
    as_one = align([word for words in said for word in words], text).counts
    print(f"one by one {one_by_one.rate:.4f}, as one {as_one.rate:.4f}: {one_by_one}, {as_one}")  # noqa: T201
    assert whole["duration"] > MINUTES * 60 - 60
    assert as_one.rate <= one_by_one.rate + 0.01
    assert as_one.deletions <= one_by_one.deletions + 0.005 * one_by_one.words
    assert as_one.insertions <= one_by_one.insertions + 0.005 * one_by_one.words
    assert all(a["end"] <= b["start"] + 0.011 for a, b in pairwise(whole["words"]))
