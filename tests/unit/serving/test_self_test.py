"""The self-test of a model: it hears a sentence, or is not deployed."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lect.core.errors import RecognitionFailed, UnsupportedLocale
from lect.engines.contract import Alternative, Recognition, Word
from lect.serving.self_test import self_test
from lect.speech.audio import SAMPLE_RATE

HEARD = Alternative(
    display="Dogs.",
    lexical="dogs",
    confidence=0.5,
    words=(Word(word="Dogs.", offset=0.0, duration=0.5, confidence=0.5),),
)
NOTHING = replace(HEARD, display="", lexical="", words=())


class Recogniser:
    """Hears the same always, and keeps what it was given."""

    def __init__(self, heard):
        self.heard, self.given = heard, None

    def require(self, locale):
        if locale.startswith("xx"):
            raise UnsupportedLocale("xx")

    def recognise(self, audio, *, options, scorers):
        self.given = (audio, options.locale, scorers)
        return [Recognition(best=self.heard, nbest=(), locale=options.locale, duration=2.0)]


def result_of(heard, locale="en-US"):
    model = SimpleNamespace(name="m", recogniser=Recogniser(heard), scorer="the scorer")
    return self_test(model, locale=locale), model.recogniser.given


def test_a_model_hears_two_seconds_of_speech_with_what_it_knows():
    heard, ([samples], locale, [scorer]) = result_of(HEARD)

    assert (heard, locale, scorer) == ("Dogs.", "en-US", "the scorer")
    assert 1.5 < len(samples) / SAMPLE_RATE < 2.5


@pytest.mark.parametrize("confidence", [float("nan"), -0.1, 1.5])
def test_confidences_that_are_no_probabilities_fail_it(confidence):
    with pytest.raises(RecognitionFailed, match="no probabilities"):
        result_of(replace(HEARD, confidence=confidence))
    with pytest.raises(RecognitionFailed, match="no probabilities"):
        result_of(replace(HEARD, words=(replace(HEARD.words[0], confidence=confidence),)))


def test_a_model_of_english_hears_english():
    with pytest.raises(RecognitionFailed, match="hears nothing"):
        result_of(NOTHING)
    assert result_of(NOTHING, "de-DE")[0] == ""


def test_a_language_that_the_model_does_not_know_fails_it():
    with pytest.raises(UnsupportedLocale):
        result_of(HEARD, "xx-XX")
