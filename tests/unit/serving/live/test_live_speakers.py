"""Each phrase gets the speaker whose voice it is, by number in the order in which they spoke."""

import numpy as np
import pytest

from lect.engines.toy import ToyRecogniser, speak
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.live.events import Final, LiveOptions
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.speakers import UNKNOWN, Guests, SpeakerOptions
from lect.serving.live.turn import rest_of
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE


class Encoder:
    """Takes the first samples of a stretch for the voice."""

    def voice(self, samples):
        voice = samples[:3].astype(np.float32)
        return voice / np.linalg.norm(voice) if voice.any() else None


def phrase(*voice, seconds=2.0):
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    samples[: len(voice)] = voice
    return samples


@pytest.fixture
def toy_model(tmp_path):
    folder = ModelFolder(
        name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    return Model(name="toy", base=Base(folder, ToyRecogniser(), cache=tmp_path))


@pytest.fixture
def guests():
    return Guests(Encoder())


def test_speakers_are_numbered_as_they_come(guests):
    names = [
        guests.name(phrase(*voice)) for voice in ((1, 0, 0), (0, 1, 0), (1, 0.1, 0), (0, 0, 1), (0, 1, 0.1))
    ]

    assert names == ["Guest-1", "Guest-2", "Guest-1", "Guest-3", "Guest-2"]


def test_a_phrase_without_a_voice_is_of_nobody_known(guests):
    assert guests.name(phrase(0, 0, 0)) == UNKNOWN


def test_a_short_phrase_introduces_nobody_but_may_be_of_a_known_speaker(guests):
    assert guests.name(phrase(1, 0, 0, seconds=0.6)) == UNKNOWN
    assert guests.name(phrase(1, 0, 0)) == "Guest-1"
    assert guests.name(phrase(1, 0, 0, seconds=0.6)) == "Guest-1"
    assert guests.name(phrase(0, 1, 0, seconds=0.6)) == UNKNOWN
    assert guests.name(phrase(0, 1, 0)) == "Guest-2"


def test_a_speaker_is_all_that_was_heard_of_him_long_phrases_the_most():
    guests = Guests(Encoder(), SpeakerOptions(same=0.9))
    guests.name(phrase(1, 0, 0, seconds=9))
    guests.name(phrase(0.95, 0.312, 0, seconds=1))

    assert guests.name(phrase(0.92, -0.392, 0)) == "Guest-1"  # near to the first, far from the second
    assert guests.name(phrase(0.8, 0.6, 0)) == "Guest-2"


def test_there_are_no_more_guests_than_may_be():
    guests = Guests(Encoder(), SpeakerOptions(most=2))

    names = [guests.name(phrase(*voice)) for voice in ((1, 0, 0), (0, 1, 0), (0, 0.1, 1))]

    assert names == ["Guest-1", "Guest-2", "Guest-2"]


@pytest.mark.usefixtures("tones_are_speech")
def test_a_final_says_who_spoke(toy_model):
    class Loudness:
        def voice(self, samples):
            loud = float(np.abs(samples).max()) > 0.2
            return np.array([loud, not loud], np.float32)

    silence = np.zeros(SAMPLE_RATE, np.float32)
    said = speak("the cat sat on the mat and then the dog ran to the house")
    samples = np.concatenate([said, silence, said / 4, silence, said, silence])

    recognition = LiveRecognition(toy_model, LiveOptions(), speakers=Guests(Loudness()))
    recognition.feed(samples)
    finals = [each for each in rest_of(recognition) if isinstance(each, Final)]

    assert [each.result.speaker for each in finals] == ["Guest-1", "Guest-2", "Guest-1"]
