"""What is counted of a stream, and how long after its sound its results are there."""

import numpy as np
import pytest

from lect.core.errors import RecognitionFailed
from lect.serving.live.events import Partial, Silence
from lect.serving.live.measured import Measured
from live_clients import Scripted, final, said

SECOND = np.zeros(16_000, np.float32)
PARTIAL = Partial(offset=0.0, duration=1.0, text="the")
SAID = final(said("The fox.", "the fox"), offset=0.5, duration=1.5)


class Measures:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *values: self.told.append((name, *values))

    def of(self, name):
        return [told[1:] for told in self.told if told[0] == name]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def measures():
    return Measures()


def test_a_result_is_as_late_as_the_end_of_its_sound_is_past(measures):
    clock = Clock()
    stream = Measured(Scripted(steps=[[], [PARTIAL], [SAID]]), measures, clock=clock)
    for _ in range(3):
        stream.feed(SECOND)
        clock.now += 1.0
        stream.step(clock.now)

    assert measures.of("partial") == [(2.0,)]  # one second of sound, which came at 100, told at 102
    assert measures.of("final") == [(2.0,)]  # it ends with the second second, which came at 101
    assert measures.of("heard") == [(1.0,)] * 3


@pytest.mark.parametrize(
    ("steps", "ends", "outcome"),
    [
        ([[SAID]], True, "success"),
        ([[SAID]], False, "success"),
        ([[]], False, "dropped"),
        ([[]], True, "no_match"),
        ([[Silence(offset=0.0, duration=1.0, is_speech=True)]], False, "no_match"),
    ],
)
def test_how_a_turn_ended_is_counted_once(measures, steps, ends, outcome):
    stream = Measured(Scripted(steps=steps), measures)
    stream.step(1.0)
    if ends:
        stream.end()
    stream.close()
    stream.close()

    assert measures.of("turn_ended") == [(outcome,)]
    assert len(measures.of("stream_opened")) == len(measures.of("stream_closed")) == 1


def test_a_failure_is_an_error_and_goes_on_to_whoever_asked(measures):
    class Broken(Scripted):
        def step(self, now, *, partials=True):
            raise RecognitionFailed("no")

    stream = Measured(Broken(), measures)
    with pytest.raises(RecognitionFailed):
        stream.step(1.0)
    stream.close()

    assert measures.of("turn_ended") == [("error",)]


def test_a_long_stream_does_not_remember_all_its_sound(measures):
    stream = Measured(Scripted(), measures)
    for _ in range(2000):
        stream.feed(SECOND)

    assert len(stream._came) < 400
