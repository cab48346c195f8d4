"""Clients of live recognition that speak in real time, and note when they are told what."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Protocol
from uuid import uuid4

import numpy as np

from lect.core.errors import TooManyRequests
from lect.serving.live.batching import Batcher
from lect.serving.live.events import Final, LiveEvent, LiveOptions, Partial
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE, Samples

TICKS_PER_SECOND = 10_000_000
BLOCK = 0.05  # seconds of sound that are sent at once
PATIENCE = 30.0  # seconds after the end of the sound, in which the rest is told
READY_AFTER = 300.0  # seconds at the most, until a server has loaded its model


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a client was told, in seconds from the moment at which its sound began."""

    at: float
    text: str
    is_final: bool
    begin: float  # of what it is about, in the sound
    end: float


class Client(Protocol):
    """One that plays a sound in real time and listens to the answers."""

    name: str

    def play(self, samples: Samples) -> list[Told]:
        """What was told, in order. Returns when all is told."""
        ...


class InProcess:
    """Uses the library, with an engine that is shared with others."""

    name = "Lect"

    def __init__(self, model: Model, batcher: Batcher, options: LiveOptions) -> None:
        self._model, self._batcher, self._options = model, batcher, options

    def play(self, samples: Samples) -> list[Told]:
        """What was told; nothing if no stream is admitted."""
        try:
            stream = self._batcher.admit("")
        except TooManyRequests:
            return []
        with stream:
            live = LiveRecognition(self._model, self._options, hearing=stream)
            begin = time.monotonic()
            told = list[Told]()
            for now, block in _paced(samples):
                live.feed(block)
                told += _told(live.step(now), since=begin)
            return [*told, *_told(rest_of(live), since=begin)]


class Door:
    """Talks to a running server of Lect as the Speech SDKs do."""

    name = "Lect, server"

    def __init__(self, url: str) -> None:
        """
        Args:
            url: with path, language and key, such as
                ws://127.0.0.1:8000/speech/recognition/conversation/cognitiveservices/v1?language=en-US
        """
        self._url = url

    def play(self, samples: Samples) -> list[Told]:
        """What was told until the turn ended, or the server closed the connection."""
        from websockets.exceptions import ConnectionClosed
        from websockets.sync.client import connect

        request_id, told = uuid4().hex, list[Told]()
        with connect(self._url, open_timeout=PATIENCE, max_size=None, compression=None) as socket:
            begin = time.monotonic()

            def listen() -> None:
                for message in socket:
                    path, answers = _answers(str(message), at=time.monotonic() - begin)
                    told.extend(answers)
                    if path == "turn.end":
                        return

            listener = Thread(target=listen, daemon=True)
            listener.start()
            with suppress(ConnectionClosed):  # refused under way: what was not told shows in the counts
                for _, block in _paced(samples):
                    socket.send(_audio(request_id, block))
                socket.send(_audio(request_id, block[:0]))
            listener.join(PATIENCE)
        return told

    def model(self) -> str:
        """The id of the model that a turn is begun with, over a connection of its own; empty: the turn was refused."""
        from websockets.exceptions import ConnectionClosed
        from websockets.sync.client import connect

        with (
            connect(self._url, open_timeout=PATIENCE, compression=None) as socket,
            suppress(ConnectionClosed),
        ):
            socket.send(_audio(uuid4().hex, np.zeros(0, np.float32)))
            return _model(str(socket.recv(PATIENCE)))
        return ""

    def turn(self, samples: Samples) -> tuple[float, float]:
        """Send a sound as fast as it is taken, over a connection of its own.

        Returns:
            seconds from connecting until the turn started, and until it ended
        """
        from websockets.sync.client import connect

        began, request_id, started = time.monotonic(), uuid4().hex, 0.0
        with connect(self._url, open_timeout=PATIENCE, max_size=None, compression=None) as socket:
            for block in (samples, samples[:0]):
                socket.send(_audio(request_id, block))
            for message in socket:
                path, _ = _answers(str(message), at=0.0)
                if path == "turn.start":
                    started = time.monotonic() - began
                if path == "turn.end":
                    return started, time.monotonic() - began
        raise RuntimeError("the server closed the connection before the turn ended")


class WhisperLive:
    """Talks to a server of WhisperLive (`whisper-live` on PyPI), which is started by hand: it needs other packages."""

    name = "WhisperLive"

    def __init__(self, url: str, *, model: str) -> None:
        """
        Args:
            url: such as ws://127.0.0.1:9090
            model: as that server calls it, such as "tiny.en"
        """
        self._url, self._model = url, model

    def play(self, samples: Samples) -> list[Told]:
        """What was told; nothing if the server has no room."""
        from websockets.sync.client import connect

        with connect(self._url, open_timeout=READY_AFTER, max_size=None) as socket:
            wishes = {"uid": "benchmark", "language": "en", "task": "transcribe", "model": self._model}
            socket.send(json.dumps({**wishes, "use_vad": True, "send_last_n_segments": 2}))
            if json.loads(socket.recv(READY_AFTER)).get("message") != "SERVER_READY":
                return []
            begin, told = time.monotonic(), list[Told]()

            def listen() -> None:
                for message in socket:
                    told.extend(_segments(json.loads(message), at=time.monotonic() - begin))

            listener = Thread(target=listen, daemon=True)
            listener.start()
            for _, block in _paced(samples):
                socket.send(np.asarray(block, "<f4").tobytes())
            socket.send(b"END_OF_AUDIO")
            listener.join(PATIENCE)
        listener.join(PATIENCE)
        return told


def _paced(samples: Samples, clock: Callable[[], float] = time.monotonic) -> Iterator[tuple[float, Samples]]:
    """The sound as it is spoken: whatever is over by now, with the seconds since its beginning."""
    begin, sent = clock(), 0
    while sent < len(samples):
        time.sleep(max(0.0, begin + sent / SAMPLE_RATE + BLOCK - clock()))
        now = clock() - begin
        end = min(int(now * SAMPLE_RATE), len(samples))
        yield now, samples[sent:end]
        sent = end


def _told(events: list[LiveEvent], *, since: float) -> Iterator[Told]:
    at = time.monotonic() - since
    for event in events:
        if isinstance(event, Partial | Final):
            text = event.text if isinstance(event, Partial) else event.result.best.display
            end = event.offset + event.duration
            yield Told(at=at, text=text, is_final=isinstance(event, Final), begin=event.offset, end=end)


def _audio(request_id: str, samples: Samples) -> bytes:
    """A message of sound in PCM of 16 bits; without any the sound is over."""
    headers = f"Path: audio\r\nX-RequestId: {request_id}\r\n".encode()
    return len(headers).to_bytes(2, "big") + headers + (np.asarray(samples) * 32767).astype("<i2").tobytes()


def _model(message: str) -> str:
    """What the start of a turn says of its model."""
    return str(json.loads(message.partition("\r\n\r\n")[2])["context"]["model"])


def _answers(message: str, *, at: float) -> tuple[str, list[Told]]:
    """The path of a message, and what it tells of words."""
    headers, _, body = message.partition("\r\n\r\n")
    path = next(
        line.partition(":")[2].strip() for line in headers.splitlines() if line.lower().startswith("path:")
    )
    said = json.loads(body)
    text = said.get("Text" if path == "speech.hypothesis" else "DisplayText")
    if path not in ("speech.hypothesis", "speech.phrase") or not text:
        return path, []
    begin = said["Offset"] / TICKS_PER_SECOND
    end = begin + said["Duration"] / TICKS_PER_SECOND
    return path, [Told(at=at, text=text, is_final=path == "speech.phrase", begin=begin, end=end)]


def _segments(message: dict[str, object], *, at: float) -> Iterator[Told]:
    segments = message.get("segments")
    for each in segments if isinstance(segments, list) else ():
        yield Told(
            at=at,
            text=each["text"],
            is_final=bool(each.get("completed")),
            begin=float(each["start"]),
            end=float(each["end"]),
        )
