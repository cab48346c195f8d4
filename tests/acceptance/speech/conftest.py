"""A server, an endpoint and sound for programs that are not ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from lect.client import Client
from lect.sample import folder
from servers import LOCALE, PATIENCE, lect, serving

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
