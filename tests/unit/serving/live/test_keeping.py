"""Content logs beside a recognition: what is said and heard is kept, and the stream never waits for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest

from lect.core.errors import StoreError
from lect.serving.content_logs import Outcome
from lect.serving.live.keeping import Keeper, pcm16
from lect.serving.live.requests import TurnRequest
from lect.serving.live.watching import Caller, TurnFacts
from live_clients import FOX, Scripted

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = np.zeros(16_000, np.float32)
PATIENCE = 10.0  # seconds


@dataclass
class Contents:
    """Stands for the content log: remembers what was written, once it may go on."""

    turns: list = field(default_factory=list)
    logs: list = field(default_factory=list)
    may: Event = field(default_factory=Event)
    opening: Event = field(default_factory=Event)
    broken: Exception | None = None

    def open(self, turn):
        self.opening.set()
        self.may.wait(PATIENCE)
        if self.broken:
            raise self.broken
        self.turns.append(turn)
        self.logs.append(Log())
        return self.logs[-1]


@dataclass
class Log:
    audio: bytes = b""
    results: list = field(default_factory=list)
    ended: str = ""
    may: Event | None = None

    def write(self, pcm):
        self.audio += pcm

    def result(self, document):
        self.results.append(document)

    def close(self):
        self.ended = "closed"
        return Outcome.KEPT

    def discard(self):
        self.ended = "discarded"


@pytest.fixture
def contents():
    contents = Contents()
    contents.may.set()
    yield contents
    contents.may.set()


@pytest.fixture
def outcomes():
    return []


@pytest.fixture
def keep(contents, outcomes):
    """keep(**limits) -> what keeps turns; call `close` and all that waits is done."""

    def start(**limits):
        return Keeper(contents, clock=lambda: NOW, on_turn=outcomes.append, **limits)

    return start


def facts(*, logs_content=False, is_stored=False, **languages):
    endpoint = SimpleNamespace(logs_content=logs_content)
    answering = {"en-US": (endpoint, "model")} | {
        name.replace("_", "-"): (SimpleNamespace(logs_content=logs), f"model {name}")
        for name, logs in languages.items()
    }
    return TurnFacts(
        request=TurnRequest(id="r", is_stored=is_stored), caller=Caller(project="p"), answering=answering
    )


def finished(keeper):
    keeper._writing.close(PATIENCE)
    keeper._storing.close(PATIENCE)


def test_sound_and_results_of_a_turn_are_kept(keep, contents, outcomes):
    keeper = keep()
    stream = keeper.watch(Scripted(steps=[[FOX]], end=[FOX]), facts(logs_content=True))
    stream.feed(SECOND)
    stream.step(1.0)
    stream.feed(SECOND)
    stream.end()
    stream.close()
    finished(keeper)

    [turn], [log] = contents.turns, contents.logs
    assert (turn.request, turn.project, turn.locale, turn.model, turn.began) == (
        "r",
        "p",
        "en-US",
        "model",
        NOW,
    )
    assert log.audio == bytes(64_000)
    assert [each["nbest"][0]["display"] for each in log.results] == ["The quick fox."] * 2
    assert json.dumps(log.results)
    assert (log.ended, outcomes) == ("closed", ["kept"])


def test_without_the_wish_of_endpoint_or_client_nothing_is_kept(keep, contents):
    keeper, recognition = keep(), Scripted()

    assert keeper.watch(recognition, facts()) is recognition
    finished(keeper)
    assert contents.turns == []


def test_a_client_may_ask_for_it(keep, contents):
    keeper = keep()
    keeper.watch(Scripted(), facts(is_stored=True)).close()
    finished(keeper)

    assert len(contents.turns) == 1


def test_of_several_languages_the_endpoint_that_wants_logs_has_them(keep, contents):
    keeper = keep()
    keeper.watch(Scripted(), facts(de_DE=False, fr_FR=True)).close()
    finished(keeper)

    assert [(turn.locale, turn.model) for turn in contents.turns] == [("fr-FR", "model fr_FR")]


def test_a_stream_waits_for_no_disk_and_loses_its_log_rather_than_have_a_hole_in_it(keep, contents, outcomes):
    keeper = keep(waiting_bytes=2 * SECOND.nbytes)
    contents.may.clear()
    recognition = Scripted()
    slow, other = (keeper.watch(Scripted(), facts(is_stored=True)) for _ in range(2))
    stream = keeper.watch(recognition, facts(is_stored=True))
    for _ in range(3):
        stream.feed(SECOND)
    stream.close()
    contents.may.set()
    slow.close()
    other.close()
    finished(keeper)

    assert recognition.samples == 3 * len(SECOND)
    assert [log.ended for log in contents.logs] == ["closed", "closed", "discarded"]
    assert sorted(outcomes) == ["dropped", "kept", "kept"]


def test_sound_in_pieces_of_one_sample_seemed_to_take_no_room(keep, contents, outcomes):
    keeper = keep(waiting_bytes=SECOND.nbytes)
    contents.may.clear()
    stream = keeper.watch(Scripted(), facts(is_stored=True))
    for _ in range(1000):
        stream.feed(SECOND[:1])
    stream.close()
    contents.may.set()
    finished(keeper)

    assert outcomes == ["dropped"]


def test_turns_that_cannot_be_stored_as_fast_as_they_end_are_dropped(keep, contents, outcomes):
    keeper = keep(waiting_turns=0)
    keeper.watch(Scripted(), facts(is_stored=True)).close()
    finished(keeper)

    assert [log.ended for log in contents.logs] == ["discarded"]
    assert outcomes == ["dropped"]


def test_a_store_that_fails_disturbs_no_stream(keep, contents, outcomes):
    contents.broken = StoreError("gone")
    keeper = keep()
    stream = keeper.watch(Scripted(end=[FOX]), facts(is_stored=True))
    stream.feed(SECOND)

    assert stream.end() == [FOX]
    stream.close()
    finished(keeper)
    assert outcomes == ["failed"]


def test_what_a_thread_still_says_of_a_turn_that_is_over_is_not_written(keep, contents):
    keeper = keep()
    stream = keeper.watch(Scripted(end=[FOX]), facts(is_stored=True))
    stream.close()
    stream.close()
    stream.feed(SECOND)
    stream.end()
    finished(keeper)

    [log] = contents.logs
    assert (log.audio, log.results, log.ended) == (b"", [], "closed")


def test_what_came_with_16_bits_is_kept_bit_by_bit():
    values = np.arange(-32_768, 32_768, dtype="<i2")

    assert pcm16(values.astype(np.float32) / np.float32(32_768)) == values.tobytes()
    assert pcm16(np.array([1.5, -1.5], np.float32)) == np.array([32_767, -32_768], "<i2").tobytes()
