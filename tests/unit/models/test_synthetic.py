"""A text is spoken by all voices in equal parts, amid as much that the base itself would say."""

from __future__ import annotations

import shutil
from collections import Counter

import numpy as np
import pytest
import soundfile

from lect.core.errors import InvalidDataset
from lect.models.plan import TrainOptions, plan
from lect.models.synthetic import MOST, SPEEDS, Script
from lect.models.voices import LONGEST, Voice, find_voices
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

GENERAL = [f"The weather is fine on day {n}." for n in range(1_000)]


class Fake(Voice):
    """Says as many tenths of a second as a sentence has words."""

    def speak(self, sentence, file, *, speed=1.0):
        samples = np.full(len(sentence.split()) * SAMPLE_RATE // 10, 0.1)
        soundfile.write(file, samples, SAMPLE_RATE, format="WAV")


VOICES = [Fake(name=name, command=lambda file, speed: []) for name in "abc"]


@pytest.fixture
def script(tmp_path):
    """script("one sentence", ...) -> what is to be spoken."""

    def make(*lines, seed=0):
        path = tmp_path / "text.txt"
        path.write_text("\n".join(lines) + "\n")
        planned = plan(TrainOptions(text=(path,), synthetic_speech=True))
        return Script.of(planned, GENERAL, VOICES, locale="en-US", seed=seed)

    return make


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


LONG = " and ".join(f"a latte for table {n}" for n in range(LONGEST // 20))
ORDERS = [f"a latte for table number {n} please" for n in range(30)]


def test_voices_take_turns_and_the_base_says_as_much(script):
    made = script(*ORDERS)

    assert (made.sentences, made.replayed, len(made.lines)) == (30, 30, 60)
    own = {each.transcript for each in made.lines} & set(GENERAL)
    assert len(own) == 30
    assert Counter(line.voice.name for line in made.lines) == {"a": 20, "b": 20, "c": 20}
    assert all(SPEEDS[0] <= line.speed <= SPEEDS[1] for line in made.lines)
    assert len({line.speed for line in made.lines}) > 50
    assert made.to_json()["voices"] == ["a", "b", "c"]


def test_the_seed_decides_who_says_what(script):
    assert script(*ORDERS) == script(*ORDERS)
    assert script(*ORDERS) != script(*ORDERS, seed=1)


def test_so_many_are_spoken_at_the_most(script):
    made = script(*(f"order number {n}" for n in range(MOST + 100)))
    assert (made.sentences, made.replayed) == (MOST, MOST)


def test_what_is_too_long_is_counted(script):
    made = script("a latte please", LONG)
    assert (made.sentences, made.too_long) == (1, 1)
    with pytest.raises(InvalidDataset, match="no sentence to speak"):
        script(LONG)


def test_what_was_spoken_is_decoded_with_its_text(script, decoder, tmp_path):
    made = script("a latte please", "two flat whites for here")
    spoken = made.record(tmp_path / "synthetic.f32", decoder=decoder)

    assert [each.transcript for each in spoken] == [line.transcript for line in made.lines]
    assert [each.seconds for each in spoken[:2]] == [0.3, 0.5]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".txt"] == ["synthetic.f32"]


def test_for_an_estimate_some_stand_for_all(script, decoder, tmp_path):
    made = script(*ORDERS)
    spoken = made.record(tmp_path / "synthetic.f32", decoder=decoder, most=6)

    assert len(spoken) == 6
    assert sum(each.times for each in spoken) == 60


@pytest.mark.parametrize("program", ["espeak-ng", "flite"])
def test_voices_of_this_machine_speak_and_say_the_same_each_time(decoder, tmp_path, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    voice = next(voice for voice in find_voices("en-US") if voice.name.startswith(program))

    def said(speed):
        voice.speak("Can I have a large latte?", tmp_path / "a.wav", speed=speed)
        return np.concatenate(list(decoder.stream(tmp_path / "a.wav", name="a")))

    slow, fast, again = said(SPEEDS[0]), said(SPEEDS[1]), said(SPEEDS[1])
    assert np.abs(fast).max() > 0.05
    assert 5 > len(slow) / SAMPLE_RATE > len(fast) / SAMPLE_RATE > 0.5
    assert np.array_equal(fast, again)  # or no training could be taken up again
