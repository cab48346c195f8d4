"""A server, an endpoint and sound for programs that are not ours."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
import soxr

from lect.api.signing import TOKEN_SECONDS, Signer, now
from lect.client import Client
from lect.sample import folder
from lect.settings import Settings
from lect.store import keys
from lect.store.opening import open_storage
from live_turns import connected, recordings
from servers import LOCALE, PATIENCE, lect, serving
from speech_sdks import GOOD_FOR

RATE = 16_000
PAUSE = np.zeros(RATE, np.float32)


@dataclass
class Server:
    """A server and what is known of it."""

    address: str
    url: str
    key: str
    folder: Path

    def asks(self, wav, **changes):
        return {"url": self.url, "key": self.key, "language": LOCALE, "wav": wav, **changes}


@pytest.fixture(scope="module")
def server(tmp_path_factory, whisper_base):
    data = tmp_path_factory.mktemp("data")
    with serving(data) as address:
        key = lect("keys", "create", "--role", "contributor", "--json", "--data", str(data))["key"]
        yield Server(address=address, url=address.replace("http", "ws"), key=key, folder=data)


@pytest.fixture(scope="module")
def endpoint(server):
    """The id of an endpoint whose model knows the words of the sample."""
    with Client(server.address, key=server.key) as client:
        text = client.datasets.upload(
            folder() / "training" / "related-text.txt", kind="Language", locale=LOCALE
        )
        text = client.datasets.wait(text, timeout=PATIENCE)
        model = client.models.create(display_name="words", locale=LOCALE, datasets=[text])
        model = client.models.wait(model, timeout=PATIENCE)
        made = client.endpoints.create(display_name="words", locale=LOCALE, model=model)
        return client.endpoints.wait(made, timeout=PATIENCE).url.rpartition("/")[2].partition("?")[0]


@pytest.fixture(scope="module")
def spoken():
    """Recordings of the sample, 16 kHz: "Charge the Fandoro of the Zindle before lunch." and others."""
    source = folder() / "testing" / "audio-and-trans"
    names = [line.split("\t")[0] for line in (source / "trans.txt").read_text("utf-8").splitlines()[:3]]
    return [soundfile.read(source / name, dtype="float32")[0] for name in names]


@pytest.fixture(scope="module")
def wavs(spoken, tmp_path_factory):
    """Files by name."""
    into = tmp_path_factory.mktemp("wav")

    def write(name, samples, rate=RATE, **options):
        soundfile.write(into / f"{name}.wav", samples, rate, **{"subtype": "PCM_16", **options})

    one = np.concatenate([spoken[0], PAUSE])
    narrow, wide = soxr.resample(one, RATE, 8_000), soxr.resample(one, RATE, 44_100)
    write("one", one)
    write("two", np.concatenate([spoken[0], PAUSE, spoken[1], PAUSE]))
    write("three", np.concatenate([part for each in spoken for part in (each, PAUSE)]))
    write("no pause", np.concatenate([*spoken, PAUSE]))
    write("silence", np.zeros(7 * RATE, np.float32))
    write("8 kHz", narrow, 8_000)
    write("stereo", np.stack([wide, wide], axis=1), 44_100)
    write("mu-law", narrow, 8_000, subtype="ULAW")
    return {path.stem: path for path in into.iterdir()}


@pytest.fixture(scope="module")
def full(tmp_path_factory, whisper_base):
    """The address of a server with one place, which somebody has who goes on speaking; it takes one more connection."""
    limits = {"LECT_LIVE_STREAMS": "1", "LECT_LIVE_CONNECTIONS_PER_KEY": "2"}
    with (
        serving(tmp_path_factory.mktemp("data"), **limits) as address,
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


@pytest.fixture
def token(server):
    """A fresh one, from the server."""
    headers = {"Ocp-Apim-Subscription-Key": server.key}
    return httpx.post(f"{server.address}/sts/v1.0/issueToken", headers=headers, timeout=60).text


@pytest.fixture
def ending(server, token):
    """A token of the same key that is good for some seconds from now on, signed as the server signs."""
    storage = open_storage(Settings(data=server.folder))
    try:
        with storage.database.begin() as connection:
            secret = keys.secret(connection, "signing", at=now())
    finally:
        storage.database.close()
    key = Signer(secret=secret).key_of_token(token)
    earlier = timedelta(seconds=TOKEN_SECONDS - GOOD_FOR)
    return Signer(secret=secret, clock=lambda: now() - earlier).issue_token(key)


@pytest.fixture(scope="module")
def long(wavs, tmp_path_factory):
    """Speech that goes on for so long that a token ends in it, and a connection is lost behind that."""
    samples, rate = soundfile.read(wavs["three"], dtype="int16")
    assert rate == RATE
    times = -(-2 * GOOD_FOR * RATE // len(samples))
    path = tmp_path_factory.mktemp("long") / "long.wav"
    soundfile.write(path, np.tile(samples, times), RATE, subtype="PCM_16")
    return path
