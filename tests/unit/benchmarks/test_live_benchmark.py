"""How the latencies of live recognition are counted; no model and no sound are needed for that."""

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.speed import live, live_clients
from benchmarks.speed.live import AFTER_SILENCE, FINAL, FIRST_PARTIAL, Latency, Load, Loads, Phrase
from benchmarks.speed.live_clients import Told

from lect.serving.live import wire

PHRASES = [Phrase(begin=1.0, end=3.0, until=5.0), Phrase(begin=5.5, end=6.0, until=8.0)]


def partial(at, begin, text="a"):
    return Told(at=at, text=text, is_final=False, begin=begin, end=at)


def final(at, begin, text="a b"):
    return Told(at=at, text=text, is_final=True, begin=begin, end=at)


def found(told):
    return [(what, round(seconds, 3)) for what, seconds in live.latencies(PHRASES, told)]


def test_the_first_partial_counts_from_the_beginning_of_speech_and_the_last_final_from_its_end():
    told = [
        partial(1.6, 1.0),
        partial(1.9, 1.0),
        final(2.8, 1.0),
        final(3.7, 2.1),
        partial(6.5, 5.4),
        final(6.9, 5.4),
    ]
    assert found(told) == [
        (FIRST_PARTIAL, 0.6),
        (FINAL, 0.7),
        (AFTER_SILENCE, 0.2),
        (FIRST_PARTIAL, 1.0),
        (FINAL, 0.9),
        (AFTER_SILENCE, 0.4),
    ]


def test_a_final_that_is_told_over_and_over_counts_once_and_one_without_text_not_at_all():
    told = [final(3.7, 1.0), final(4.9, 1.0), final(7.0, 1.0), final(6.9, 5.5, text=" ")]
    assert found(told) == [(FINAL, 0.7), (AFTER_SILENCE, 0.2)]


def test_nothing_told_is_no_latency():
    assert found([]) == []


def test_segments_of_whisper_live_are_partials_until_they_are_completed():
    message = {
        "segments": [
            {"start": "1.0", "end": "2.0", "text": "a", "completed": True},
            {"start": "2.0", "end": "3.0", "text": "b"},
        ]
    }
    told = list(live_clients._segments(message, at=3.5))
    assert [(each.is_final, each.begin, each.end, each.at) for each in told] == [
        (True, 1.0, 2.0, 3.5),
        (False, 2.0, 3.0, 3.5),
    ]
    assert list(live_clients._segments({"message": "DISCONNECT"}, at=1.0)) == []


def test_the_client_of_the_door_sends_what_the_server_reads():
    message = wire.read(live_clients._audio("ab12", np.array([0.0, 0.5], np.float32)), longest=1000)
    assert (message.path, message.request_id, len(message.body)) == ("audio", "ab12", 4)
    assert wire.read(live_clients._audio("ab12", np.zeros(0)), longest=1000).body == b""


def test_the_client_of_the_door_reads_which_model_a_turn_began_with():
    assert live_clients._model(wire.write("turn.start", "ab12", {"context": {"model": "m"}})) == "m"


def test_the_client_of_the_door_reads_what_the_server_writes():
    def answers(path, **body):
        return live_clients._answers(wire.write(path, "ab12", body), at=3.0)

    times = {"Offset": 10_000_000, "Duration": 5_000_000}
    assert answers("speech.hypothesis", Text="a", **times) == (
        "speech.hypothesis",
        [Told(at=3.0, text="a", is_final=False, begin=1.0, end=1.5)],
    )
    assert answers("speech.phrase", DisplayText="A b.", **times)[1][0].is_final
    assert answers("speech.phrase", RecognitionStatus="NoMatch", **times) == ("speech.phrase", [])
    assert answers("turn.end") == ("turn.end", [])


def test_the_sound_comes_no_sooner_than_it_is_spoken_and_all_of_it_comes(monkeypatch):
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

        def sleep(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(live_clients.time, "sleep", clock.sleep)
    sound = list(range(4_000))
    pieces = list(live_clients._paced(sound, clock))
    assert [sample for _, piece in pieces for sample in piece] == sound
    assert all(len(piece) <= 16_000 * live_clients.BLOCK + 1 for _, piece in pieces)
    assert clock.now - 100.0 >= 0.25


def test_the_table_says_of_how_many_phrases_something_was_told():
    latency = Latency(what=FINAL, seconds=(0.5, 0.7, 0.71), count=7, of=8)
    load = Load(system="Lect", base="whisper-base", streams=4, run=0, latencies=(latency,), memory_mb=512.4)
    row = live.table(Loads(loads=(load,))).splitlines()[-1]
    assert (
        row == "| Lect, whisper-base | 4 | 1 | final after speech ends | 0.50 | 0.70 | 0.71 | 7 of 8 | 512 |"
    )


def test_the_page_has_a_row_of_the_middle_run_and_says_whether_the_aim_is_reached():
    def load(run, late, system="Lect"):
        found = (
            Latency(what=FIRST_PARTIAL, seconds=(0.2, 0.3, 0.4), count=8, of=8),
            Latency(what=FINAL, seconds=(0.6, 0.7, 0.9), count=7, of=8),
            Latency(what=AFTER_SILENCE, seconds=(0.1, late, 0.4), count=7, of=8),
        )
        return Load(system=system, base="whisper-tiny.en", streams=8, run=run, latencies=found, memory_mb=300)

    found = [Loads(loads=(load(0, 0.38), load(1, 0.39), load(2, 0.35), load(0, 9.0, "WhisperLive")))]
    times = "0.20 | 0.30 | 0.60 | 0.70 | 0.90 | 0.10"

    assert f"| tiny.en | 8 | Lect | {times} | 0.38 | 0.40 | 21 of 24 | 300 |" in live.section(found)
    assert f"| tiny.en | 8 | WhisperLive | {times} | 9.00 | 0.40 | 7 of 8 |  |" in live.section(found)
    assert "is reached: 0.35 to 0.39 s in 3 runs" in live.aim(found, streams=8, seconds=0.4)
    assert "is **missed**" in live.aim(found, streams=8, seconds=0.38)
    assert live.aim(found, streams=4, seconds=0.4) == ""
