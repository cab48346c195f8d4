"""A server on which no place is free: whoever comes is told so, and when to come back."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from lect.serving.live.closing import BUSY
<<<<<<< HEAD
from live_turns import connected
from servers import LOCALE
=======
from live_turns import connected, recordings
from servers import LOCALE, serving
from speech_sdks import python_sdk

AGAIN = "(try again in 1 s)"


@pytest.fixture(scope="module")
def full(tmp_path_factory, whisper_base):
    """The address of a server with one place, which somebody has who goes on speaking."""
    with (
        serving(tmp_path_factory.mktemp("data"), LECT_LIVE_STREAMS="1") as address,
        connected(address, language=LOCALE) as live,
    ):
        sound, turn, is_over = recordings(1)[0], live.begin(), threading.Event()
        live.say(sound, turn)
        live.socket.recv(timeout=60)  # it has begun

        def go_on():
            while not is_over.wait(5):
                live.say(sound, turn)

        speaking = threading.Thread(target=go_on)
        speaking.start()
        yield address
        is_over.set()
        speaking.join()
>>>>>>> tests


def test_the_close_reason_says_when_to_come_back(full):
    with connected(full, language=LOCALE) as live:
        live.begin()
        with pytest.raises(ConnectionClosed) as closed:
            live.socket.recv(timeout=60)

    assert closed.value.rcvd.code == BUSY
    assert closed.value.rcvd.reason.endswith("(try again in 1 s)")
