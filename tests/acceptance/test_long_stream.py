"""Hours of speech over one connection, sent as fast as the server takes them: all of it is answered, in little memory."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

from live_clients import CONVERSATION, HEADER, answer, context, sound
from live_turns import memory_of, processes_of, recordings
from servers import serving

RATE = 16_000
PIECE = RATE  # bytes, half a second
GROWTH = 200 << 20  # bytes that the recogniser may grow by once it is warm
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory so"),
]


def minute_of(spoken):
    """A minute of which so many seconds are the sample's recordings with pauses, PCM of 16 bits; the rest is silence."""
    pause = bytes(2 * RATE)
    speech = np.frombuffer(b"".join(each + pause for each in recordings(None)), np.int16)
    return np.resize(speech, spoken * RATE).tobytes() + bytes(2 * RATE * (60 - spoken))


def memory(data):
    """Resident bytes of the recogniser that works on a data folder."""
    [recogniser] = processes_of(data, "lect.server.recogniser")
    return memory_of(recogniser)


@pytest.mark.parametrize(("hours", "spoken"), [(2, 60), (10, 6)])
def test_hours_are_answered_in_little_memory(whisper_base, tmp_path, hours, spoken):
    minute = minute_of(spoken)
    phrases, seen = [], threading.Event()
    with serving(tmp_path) as address:
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
            for number in range(hours * 60):
                for at in range(0, len(minute), PIECE):
                    client.send(sound(minute[at : at + PIECE]))
                if number == 5:
                    warm = memory(tmp_path)
            client.send(sound(b""))
            listening.join()
            grown = memory(tmp_path) - warm

    assert seen.is_set()
    assert phrases[-1]["RecognitionStatus"] == "EndOfDictation"
    assert phrases[-1]["Offset"] == hours * 3600 * 10_000_000
    ends = [phrase["Offset"] + phrase["Duration"] for phrase in phrases]
    assert all(phrase["Offset"] >= end for phrase, end in zip(phrases[1:], ends, strict=False))
    said = [phrase for phrase in phrases if phrase["RecognitionStatus"] == "Success"]
    assert len(said) >= hours * spoken * 10
    assert grown < GROWTH
