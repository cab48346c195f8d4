"""Clients of the Speech protocol as they write, and a recognition that says what it is told to."""

from __future__ import annotations

import itertools
import json
import struct

from lect.engines.contract import Word
from lect.engines.toy import ToyRecogniser
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.live.address import Address
from lect.serving.live.events import Ended, Final, FinalResult, Partial
from lect.serving.live.session import Session
from lect.serving.live.turn import Listener
from lect.serving.pool import Model
from lect.serving.transcriptions import SegmentTranscript

RID = "863f9fe16cdb4aaa94e776dc1a42a8b2"
HEADER = bytes.fromhex(
    "524946460000000057415645666d74201000000001000100803e0000007d00000200100064617461" + "00000000"
)
CONVERSATION = "/speech/recognition/conversation/cognitiveservices/v1"
INTERACTIVE = "/speech/recognition/interactive/cognitiveservices/v1"
CONTEXT = {"phraseDetection": {"language": "en-us"}, "audio": {"streams": {"1": None}}}
SECOND = bytes(32_000)


def text(path, body="{}", rid=RID, colon=":"):
    """A text message; `colon` is ":" for the Python SDK and ": " for the JavaScript SDK."""
    lines = [f"X-Timestamp{colon}2026-11-23T16:12:35.851Z", f"Path{colon}{path}"]
    if rid:
        lines.append(f"X-RequestId{colon}{rid}")
    return "\r\n".join(lines) + f"\r\n\r\n{body}"


def context(document=CONTEXT, rid=RID):
    return text("speech.context", json.dumps(document), rid)


def sound(data, rid=RID, first=False, path="audio"):
    head = f"X-Timestamp:2026-11-23T16:12:35.851Z\r\nPath:{path}\r\nX-RequestId:{rid}\r\nX-StreamId:1\r\n"
    head += "Content-Type:audio/x-wav\r\n" if first else ""
    return struct.pack(">H", len(head)) + head.encode() + data


def answer(message):
    """(path, request id, body) of a message from the server."""
    head, _, body = message.partition("\r\n\r\n")
    fields = dict(line.split(":", 1) for line in head.split("\r\n"))
    assert fields["Content-Type"] == "application/json; charset=utf-8"
    return fields["Path"], fields["X-RequestId"], json.loads(body)


def paths(messages):
    return [answer(message)[0] for message in messages]


def said(display, lexical, offset=0.1, confidence=0.95, itn=None):
    words = tuple(
        Word(word=word, offset=offset + 0.25 * place, duration=0.25, confidence=0.9)
        for place, word in enumerate(display.split())
    )
    return SegmentTranscript(
        offset=offset,
        duration=0.25 * len(words),
        display=display,
        lexical=lexical,
        confidence=confidence,
        words=words,
        itn=itn or lexical,
        masked_itn=itn or lexical,
    )


def final(*nbest, offset=0.1, duration=1.0, locale="en-US", model="toy", **result):
    result = FinalResult(locale=locale, model=model, nbest=nbest, **result)
    return Final(offset=offset, duration=duration, result=result)


FOX = final(
    said("The quick fox.", "the quick fox"), said("The quick fogs.", "the quick fogs", confidence=0.8)
)


def toy_model(folder, recogniser=None):
    """A model of the toy engine."""
    files = ModelFolder(
        name="toy", path=folder, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    return Model(name="toy", base=Base(files, recogniser or ToyRecogniser(), cache=folder))


class Scripted:
    """A recognition that gives one list of events for each step, and another at its end, up to a final each time."""

    def __init__(self, steps=(), end=()):
        self.steps, self.at_end = list(steps), list(end)
        self.samples = self.examined = 0
        self.ended = self.closed = False

    def feed(self, samples):
        assert not self.ended
        self.samples += len(samples)

    @property
    def behind(self):
        return 0.0 if self.ended else (self.samples - self.examined) / 16_000

    def step(self, now, *, partials=True):
        self.examined = self.samples
        events = self.steps.pop(0) if self.steps else []
        return [event for event in events if partials or not isinstance(event, Partial)]

    def end(self):
        self.ended = True
        events = []
        while self.at_end:
            events.append(self.at_end.pop(0))
            if isinstance(events[-1], Final):
                return events
        return events if events and isinstance(events[-1], Ended) else [*events, Ended(offset=0.0)]

    def close(self):
        self.closed = True


class Connection:
    """A session on one path whose turns hear what the test says."""

    def __init__(self, path=CONVERSATION, recognitions=(), query=None, **limits):
        self.requests, self.waiting = [], list(recognitions)
        numbers = itertools.count(1)
        self.session = Session(
            Address(path=path, query=query or {}),
            self.listen,
            new_id=lambda: f"{next(numbers):032x}",
            **limits,
        )
        self.now = 0.0

    def listen(self, request):
        self.requests.append(request)
        recognition = self.waiting.pop(0) if self.waiting else Scripted()
        if isinstance(recognition, Exception):
            raise recognition
        return Listener(recognition=recognition, model="toy")

    def send(self, *messages):
        return [each for message in messages for each in self.session.receive(message, self.now)]

    def step(self, seconds=0.1):
        """One step, and those that are worth taking at once."""
        self.now += seconds
        messages = self.session.step(self.now)
        while self.session.is_ending:
            messages += self.session.step(self.now)
        return messages

    @property
    def closing(self):
        return self.session.closing
