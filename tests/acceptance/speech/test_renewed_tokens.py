"""Tokens that end while a user of the Speech SDK for Python speaks, and connections that are lost behind their end."""

from __future__ import annotations

from datetime import timedelta

import httpx
import numpy as np
import pytest
import soundfile

from dropping import Dropping
from lect.api.signing import TOKEN_SECONDS, Signer, now
from lect.settings import Settings
from lect.store import keys
from lect.store.opening import open_storage
from servers import LOCALE
from speech_sdks import python_sdk

GOOD_FOR = 15  # seconds of a token: until a program has begun, and then connected, on a slow machine
RATE = 16_000


@pytest.fixture
def token(server):
    """A fresh one, from the server."""
    headers = {"Ocp-Apim-Subscription-Key": server.key}
    return httpx.post(f"{server.address}/sts/v1.0/issueToken", headers=headers, timeout=60).text


@pytest.fixture
def ending(server, token):
    """Makes a token of the same key that is good for some seconds, signed as the server signs."""

    def make(seconds):
        storage = open_storage(Settings(data=server.folder))
        try:
            with storage.database.begin() as connection:
                secret = keys.secret(connection, "signing", at=now())
        finally:
            storage.database.close()
        key = Signer(secret=secret).key_of_token(token)
        earlier = timedelta(seconds=TOKEN_SECONDS - seconds)
        return Signer(secret=secret, clock=lambda: now() - earlier).issue_token(key)

    return make


@pytest.fixture
def long(wavs, tmp_path):
    """Speech that goes on for so long that a token ends in it, and a connection is lost behind that."""
    samples, rate = soundfile.read(wavs["three"], dtype="int16")
    assert rate == RATE
    times = -(-2 * GOOD_FOR * RATE // len(samples))
    path = tmp_path / "long.wav"
    soundfile.write(path, np.tile(samples, times), RATE, subtype="PCM_16")
    return path


def test_a_token_that_is_renewed_in_mid_session_outlives_a_lost_connection_and_one_that_is_not_does_not(
    server, token, ending, long
):
    sdk = python_sdk()
    with (
        Dropping(server.address, after=GOOD_FOR) as renewed,
        Dropping(server.address, after=GOOD_FOR) as kept,
    ):
        asked = {"key": "", "token": ending(GOOD_FOR), "language": LOCALE, "wav": long, "live": True}
        renewing = sdk.start(url=renewed.url, renew={"token": token, "after": GOOD_FOR / 2}, **asked)
        keeping = sdk.start(url=kept.url, **asked)
        seen, ended = sdk.end(renewing), sdk.end(keeping)

    assert renewed.connections == 2
    assert seen.errors == []
    assert seen.text.count("before lunch") >= 2
    assert seen.text.rstrip(".").endswith("this morning")

    assert kept.connections >= 2
    assert "before lunch" in ended.text, (
        "a connection that was begun with a good token goes on behind its end"
    )
    assert ended.error["code"] == "AuthenticationFailure"
    assert "401" in ended.error["text"]
