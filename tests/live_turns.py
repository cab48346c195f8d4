"""A client of live recognition that speaks the protocol itself, without an SDK, against a running server."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import soundfile
from websockets.sync.client import connect

from lect.sample import folder
from live_clients import CONVERSATION, HEADER, answer, context, sound

RATE = 16_000
PIECE = RATE // 5  # bytes, a tenth of a second
PATIENCE = 120  # seconds that a slow machine has to answer


@dataclass
class Heard:
    """What a turn was answered."""

    request: str
    model: str
    phrases: list
    partials: list  # their texts

    @property
    def text(self):
        return " ".join(each["DisplayText"] for each in self.phrases if "DisplayText" in each)


class LiveClient:
    """One connection."""

    def __init__(self, socket):
        self.socket = socket

    def begin(self):
        """Begin a turn; its id."""
        request = uuid.uuid4().hex
        self.socket.send(context(rid=request))
        self.socket.send(sound(HEADER, request, first=True))
        return request

    def say(self, pcm, request, piece=PIECE, *, pace=0.0):
        """Send sound; `pace`: seconds between two pieces, 0.1 as somebody speaks."""
        for at in range(0, len(pcm), piece):
            self.socket.send(sound(pcm[at : at + piece], request))
            time.sleep(pace)

    def end(self, request):
        """End a turn; what it was answered."""
        self.socket.send(sound(b"", request))
        return self.rest(request)

    def rest(self, request):
        """What is still answered, up to the end of the turn."""
        models, phrases, partials = [], [], []
        while True:
            path, id, body = answer(self.socket.recv(timeout=PATIENCE))
            assert id == request
            if path == "turn.start":
                models.append(body["context"]["model"])
            if path == "speech.hypothesis":
                partials.append(body["Text"])
            if path == "speech.phrase":
                phrases.append(body)
            if path == "turn.end":
                [model] = models
                return Heard(request=request, model=model, phrases=phrases, partials=partials)

    def turn(self, pcm):
        """A whole turn."""
        request = self.begin()
        self.say(pcm, request)
        return self.end(request)


@contextmanager
def connected(address, *, path=CONVERSATION, **query):
    """A client of the server at an address; what it may ask stands in the query."""
    url = f"{address.replace('http', 'ws')}{path}?{urlencode(query)}"
    with connect(url, compression=None, max_size=None, open_timeout=PATIENCE, ping_interval=None) as socket:
        yield LiveClient(socket)


def recordings(count=3):
    """The first recordings of the sample (None: all), PCM of 16 bits and 16 kHz, as they are said: one holds "... before lunch."."""
    source = folder() / "testing" / "audio-and-trans"
    lines = (source / "trans.txt").read_text("utf-8").splitlines()[:count]
    return [soundfile.read(source / line.split("\t")[0], dtype="int16")[0].tobytes() for line in lines]


def processes_of(data, module):
    """The numbers of the processes of a server that run a module, such as `lect.server.recogniser` (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_one = module.encode() in (process / "cmdline").read_bytes().split(b"\0")
            if is_one and f"LECT_DATA={data}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            pass
    return found


def memory_of(pid):
    """Resident bytes of a process (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
