"""The toy engine hears what the toy voice says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import NotFound, RecognitionFailed, UnsupportedLocale
from lect.engines import registry
from lect.engines.contract import RecogniseOptions
from lect.engines.toy import ToyRecogniser, speak

SENTENCE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)


def hear(samples, **options):
    return ToyRecogniser().recognise([samples], options=RecogniseOptions(**options))[0]


@given(st.lists(SENTENCE, max_size=6))
def test_every_text_is_heard_as_spoken(words):
    text = " ".join(words)
    assert hear(speak(text)).best.display == text


@given(st.lists(st.sampled_from(["one", "two", "three"]), min_size=1), st.integers(200, 20_000))
def test_a_pause_is_a_blank(words, pause):
    silence = np.zeros(pause, np.float32)
    samples = np.concatenate([part for word in words for part in (silence, speak(word))])
    assert hear(samples).best.display == " ".join(words)


def test_words_have_the_times_at_which_they_were_said():
    samples = np.concatenate([np.zeros(8_000, np.float32), speak("one two")])
    times = [(word.word, word.offset, word.duration) for word in hear(samples).best.words]
    assert times == [("one", 0.5, 0.06), ("two", 0.58, 0.06)]


def test_noise_and_silence_say_nothing():
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    for samples in (noise, 0 * noise, noise[:0]):
        heard = hear(samples)
        assert (heard.no_speech, heard.nbest, heard.best.display) == (True, (), "")


def test_texts_said_at_once_are_all_in_the_list_the_louder_first():
    both = 0.6 * speak("cat") + 0.4 * speak("cut")
    assert [each.display for each in hear(both, nbest=5).nbest] == ["cat", "cut"]


@dataclass
class Favour:
    """A scorer that likes one letter."""

    letter: str

    @dataclass
    class State:
        total: float

    def start(self):
        return self.State(0.0)

    def extend(self, state, token):
        return self.State(state.total + 2.0 * (chr(token) == self.letter))

    def finish(self, state):
        return state.total


def test_a_scorer_decides_what_sounds_alike_and_cannot_invent_the_rest():
    both = 0.6 * speak("cat") + 0.4 * speak("cut")
    recogniser = ToyRecogniser()
    assert recogniser.recognise([both], scorers=[Favour("u")])[0].best.display == "cut"
    assert recogniser.recognise([speak("cat")], scorers=[Favour("u")])[0].best.display == "cat"


def test_each_stretch_has_a_scorer_of_its_own():
    both = 0.6 * speak("cat") + 0.4 * speak("cut")
    found = ToyRecogniser().recognise([both, both, both], scorers=[Favour("u"), None, Favour("a")])
    assert [each.best.display for each in found] == ["cut", "cat", "cat"]


def test_it_fails_when_told_to():
    with pytest.raises(RecognitionFailed, match="bomb"):
        ToyRecogniser(fail_on="bomb").recognise([speak("a bomb")])


def test_the_voice_says_printable_ascii_alone():
    with pytest.raises(ValueError, match="é"):
        speak("café")


def test_it_is_in_the_registry(tmp_path):
    options = {
        "name": "mine",
        "weights": tmp_path,
        "weights_sha256": "",
        "precision": "int8",
        "cache": tmp_path,
    }
    assert registry.load("toy", **options).name == "mine"
    with pytest.raises(NotFound, match="'tony'"):
        registry.load("tony", **options)


def test_languages_that_it_does_not_know_are_refused():
    recogniser = ToyRecogniser()
    recogniser.require("de-AT")
    with pytest.raises(UnsupportedLocale, match="'fr'"):
        recogniser.recognise([], options=RecogniseOptions(locale="fr-FR"))
