"""Hours of speech over one connection, sent as fast as the server takes them: all of it is answered, in little memory."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from websockets.sync.client import connect

from lect.sample import folder
from live_clients import CONVERSATION, HEADER, answer, context, sound
from servers import serving

RATE = 16_000
HOURS = 2
PIECE = RATE  # bytes, half a second
GROWTH = 200 << 20  # bytes that the recogniser may grow by once it is warm
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory so"),
]


@pytest.fixture(scope="module")
def minute():
    """A minute of the sample's recordings with pauses, PCM of 16 bits."""
    source = folder() / "testing" / "audio-and-trans"
    pause = np.zeros(RATE, np.int16)
    parts = [
        part
        for line in (source / "trans.txt").read_text("utf-8").splitlines()
        for part in (soundfile.read(source / line.split("\t")[0], dtype="int16")[0], pause)
    ]
    return np.resize(np.concatenate(parts), 60 * RATE).tobytes()


def memory(data):
    """Resident bytes of the recogniser that works on a data folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"lect.server.recogniser" in (process / "cmdline").read_bytes().split(b"\0")
                and f"LECT_DATA={data}".encode() in (process / "environ").read_bytes()
            ):
                return int((process / "statm").read_text("ascii").split()[1]) * 4096
        except OSError:
            pass
    raise AssertionError("no recogniser runs")


def test_two_hours_are_answered_in_little_memory(whisper_base, minute, settings, tmp_path):
    phrases, seen = [], threading.Event()
    with serving(tmp_path, LECT_CACHE=str(settings.cache)) as address:
        url = f"{address.replace('http', 'ws')}{CONVERSATION}?language=en-US"
        with connect(url, compression=None, max_size=None, open_timeout=300, ping_interval=None) as client:

            def listen():
                for message in client:
                    path, _, body = answer(message)
                    if path == "speech.phrase":
                        phrases.append(body)
                    if path == "turn.end":
                        seen.set()
                        return

            listening = threading.Thread(target=listen)
            listening.start()
            client.send(context())
            client.send(sound(HEADER, first=True))
            warm = None
            for number in range(HOURS * 60):
                for at in range(0, len(minute), PIECE):
                    client.send(sound(minute[at : at + PIECE]))
                if number == 5:
                    warm = memory(tmp_path)
            client.send(sound(b""))
            listening.join()
            grown = memory(tmp_path) - warm

    assert seen.is_set()
    assert phrases[-1]["RecognitionStatus"] == "EndOfDictation"
    assert phrases[-1]["Offset"] == HOURS * 3600 * 10_000_000
    ends = [phrase["Offset"] + phrase["Duration"] for phrase in phrases]
    assert all(phrase["Offset"] >= end for phrase, end in zip(phrases[1:], ends, strict=False))
    said = [phrase for phrase in phrases if phrase["RecognitionStatus"] == "Success"]
    assert len(said) >= HOURS * 60 * 10
    assert grown < GROWTH
