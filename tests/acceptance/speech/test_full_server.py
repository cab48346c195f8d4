"""A server on which no place is free: whoever comes is told so, and when to come back."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from lect.serving.live.closing import BUSY
from live_turns import connected
from servers import LOCALE


def test_the_close_reason_says_when_to_come_back(full):
    with connected(full, language=LOCALE) as live:
        live.begin()
        with pytest.raises(ConnectionClosed) as closed:
            live.socket.recv(timeout=60)

    assert closed.value.rcvd.code == BUSY
    assert closed.value.rcvd.reason.endswith("(try again in 1 s)")
