"""Languages to choose from: each with its model, chosen once or in each phrase, the same however the sound came."""

import numpy as np
import pytest

from lect.core.errors import InvalidInput, UnsupportedLocale
from lect.engines.toy import ToyRecogniser, speak
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.live.events import Final, LiveOptions, Partial
from lect.serving.live.languages import ENOUGH, LanguageChoice
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE

pytestmark = pytest.mark.usefixtures("tones_are_speech")

GERMAN, ENGLISH = "der hund lief und der vogel sang", "the dog ran and the bird sang"


class EnglishOnly(ToyRecogniser):
    languages = ("en",)


@pytest.fixture
def toy(tmp_path):
    def make(name="toy", recogniser=None, **fields):
        folder = ModelFolder(
            name=name, path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
        )
        return Model(name=name, base=Base(folder, recogniser or ToyRecogniser(), cache=tmp_path), **fields)

    return make


@pytest.fixture
def models(toy):
    return {"en-GB": toy("english"), "de-AT": toy("german", locale="de-DE")}


def said(*texts):
    """Phrases with a second of silence behind each."""
    silence = np.zeros(SAMPLE_RATE, np.float32)
    return np.concatenate([part for text in texts for part in (speak(text), silence)])


def live(choice, samples, *, block=1600):
    recognition = LiveRecognition(choice.model, LiveOptions(), languages=choice, timer=lambda: 0.0)
    events = []
    for at in range(0, len(samples), block):
        recognition.feed(samples[at : at + block])
        events += recognition.step((at + block) / SAMPLE_RATE)
    return [*events, *rest_of(recognition)]


def spoken(events):
    return [event.result.language.locale for event in events if isinstance(event, Final)]


def test_the_first_phrase_chooses_for_the_whole_stream(models):
    assert spoken(live(LanguageChoice(models), said(GERMAN, ENGLISH))) == ["de-AT", "de-AT"]


def test_a_continuous_choice_is_made_in_each_phrase(models):
    choice = LanguageChoice(models, is_continuous=True)

    assert spoken(live(choice, said(GERMAN, ENGLISH, GERMAN))) == ["de-AT", "en-GB", "de-AT"]


def test_each_final_names_the_model_that_answered(models):
    ids = {"en-GB": "first", "de-AT": "second"}
    choice = LanguageChoice(models, ids=ids, is_continuous=True)

    finals = [event for event in live(choice, said(GERMAN, ENGLISH)) if isinstance(event, Final)]
    assert [each.result.model for each in finals] == ["second", "first"]

    once = [event for event in live(LanguageChoice(models), said(GERMAN)) if isinstance(event, Final)]
    assert [each.result.model for each in once] == [models["de-AT"].id]


def test_the_model_of_the_language_recognises(models):
    choice = LanguageChoice(models, is_continuous=True)
    assert choice.model.name == "english"  # nothing was heard yet

    live(choice, said(GERMAN))

    assert (choice.model.name, choice.locale) == ("german", "de-AT")


def test_finals_are_the_same_however_the_sound_comes(models):
    samples = said(ENGLISH, GERMAN)
    finals = [
        [
            event
            for event in live(LanguageChoice(models, is_continuous=True), samples, block=block)
            if isinstance(event, Final)
        ]
        for block in (400, 16_000, len(samples))
    ]

    assert finals[0] == finals[1] == finals[2]


def test_nothing_is_shown_before_the_language_is_chosen(models):
    partials = [
        each
        for each in live(LanguageChoice(models), said(" ".join([GERMAN] * 4)))
        if isinstance(each, Partial)
    ]

    assert partials
    assert all(each.language.locale == "de-AT" for each in partials)
    assert all(each.duration > ENOUGH - 0.5 for each in partials)


def test_the_probability_is_that_among_the_choice(models):
    choice = LanguageChoice(models)

    live(choice, said(GERMAN))

    assert choice.identified.probability == pytest.approx(19 / 20)


def test_two_regions_of_one_language_are_no_choice(toy):
    with pytest.raises(InvalidInput, match="differ by more than their region"):
        LanguageChoice({"en-US": toy(), "en-GB": toy()})


def test_one_language_is_chosen_without_listening(toy, monkeypatch):
    monkeypatch.setattr(ToyRecogniser, "detect_among", None)  # would be called
    choice = LanguageChoice({"de-AT": toy(locale="de-DE")}, is_continuous=True)

    events = live(choice, said(ENGLISH))

    [final] = [each for each in events if isinstance(each, Final)]
    assert (final.result.locale, final.result.language.locale) == ("de-AT", "de-AT")
    assert final.result.language.probability == 1.0
    first = next(each for each in events if isinstance(each, Partial))
    assert first.language == final.result.language
    assert first.duration < ENOUGH - 0.5


def test_a_model_of_another_language_is_refused(toy):
    with pytest.raises(InvalidInput, match="made for de-DE"):
        LanguageChoice({"en-US": toy(locale="de-DE"), "de-DE": toy()})


def test_an_unknown_language_is_refused(toy):
    with pytest.raises(UnsupportedLocale):
        LanguageChoice({"en-US": toy(), "fi-FI": toy()})


def test_some_model_must_know_all_languages(toy):
    english = toy(recogniser=EnglishOnly())
    LanguageChoice({"en-US": english, "de-DE": toy()})  # the second does

    with pytest.raises(UnsupportedLocale, match="no model knows all the languages"):
        LanguageChoice({"en-US": english, "de-DE": english})
