"""A file is heard stretch by stretch, each in its language, and whoever leaves ends it."""

from __future__ import annotations

import pytest

from lect.core.errors import InvalidInput, RecognitionFailed, UnsupportedLocale
from lect.engines.toy import ToyRecogniser
from lect.serving.fast.hearing import FileHearing, FileOptions
from lect.serving.forms import Writing
from lect.serving.live.hearing import Answer, AtOnce, Urgency
from lect.speech.text.display import ProfanityMode
from lect.speech.text.phrases import Phrase, PhraseList
from live_clients import toy_model

BLOCK = 1_600  # samples


@pytest.fixture
def model(tmp_path, tones_are_speech):
    return toy_model(tmp_path)


def blocks(samples):
    return (samples[at : at + BLOCK] for at in range(0, len(samples), BLOCK))


def hearing(models, options=FileOptions(), **rest):
    return FileHearing(models, AtOnce(), options, **rest)


def texts(models, samples, options=FileOptions()):
    return [(each.text, each.locale) for each in hearing(models, options).hear(blocks(samples))]


def test_stretches_come_in_order_with_their_places_in_the_file(model, spoken):
    whole = hearing({"en-US": model}, FileOptions(words=True))
    first, second = whole.hear(blocks(spoken("the cat sat", 40.0, "the dog ran")))
    assert (first.text, second.text) == ("the cat sat", "the dog ran")
    assert first.offset < 1.0
    assert second.offset == pytest.approx(40.0, abs=2.0)
    assert second.words[0].offset == second.offset
    assert whole.seconds == pytest.approx(40.0, abs=4.0)


def test_a_language_that_is_not_named_is_told_by_the_first_speech(model, spoken):
    said = spoken("der hund ist der beste", 40.0, "the cat sat on the mat")
    assert [locale for _, locale in texts({"auto": model}, said)] == ["de", "de"]


def test_of_several_languages_each_stretch_has_its_own(model, spoken):
    said = spoken(
        "the cat sat on the mat",
        40.0,
        "der hund ist der beste freund der katze und der maus und der kuh",
        40.0,
        "the end of the whole talk that the house heard of the cat",
        1.0,
    )
    models = {"en-GB": model, "de-DE": model}
    assert [locale for _, locale in texts(models, said)] == ["en-GB", "de-DE", "en-GB"]


@pytest.mark.parametrize("locales", [["auto"], ["en-GB", "de-DE"]])
def test_languages_are_told_by_what_hears_in_the_turn_of_files(model, spoken, locales):
    class Noting(AtOnce):
        def __init__(self):
            self.told = []

        def detect(self, model, samples, languages, *, urgency, **rest):
            self.told.append((list(languages), urgency))
            return super().detect(model, samples, languages, urgency=urgency, **rest)

    way = Noting()
    said = spoken(
        "der hund ist der beste", 40.0, "the end of the whole talk that the house heard of the cat", 1.0
    )
    found = list(FileHearing(dict.fromkeys(locales, model), way).hear(blocks(said)))

    assert found[0].locale in ("de", "de-DE")
    assert way.told[0] == (["en", "de"], Urgency.FILE)
    assert len(way.told) == len(locales)


def test_languages_that_cannot_be_told_apart_or_are_not_known_are_refused(model):
    with pytest.raises(InvalidInput):
        hearing({"en-GB": model, "en-US": model})
    with pytest.raises(UnsupportedLocale):
        hearing({"fr-FR": model})


def test_profanity_is_treated(model, spoken):
    masked = FileOptions(writing=Writing(profanity=ProfanityMode.MASKED), words=True)
    [(text, _)] = texts({"en-US": model}, spoken("what a shit day"), masked)
    assert text == "what a **** day"


def test_a_list_of_phrases_is_expected(model, spoken):
    listed = FileOptions(phrases=PhraseList(phrases=frozenset({Phrase(text="the cat sat")})))
    assert texts({"auto": model}, spoken("the cat sat"), listed) == [("the cat sat", "en")]


def test_a_stretch_that_fails_is_told_with_its_place(tmp_path, tones_are_speech, spoken):
    failing = toy_model(tmp_path, ToyRecogniser(fail_on="bomb"))
    found = hearing({"en-US": failing}).hear(blocks(spoken("the cat sat", 40.0, "the big bomb")))
    assert next(found).text == "the cat sat"
    with pytest.raises(RecognitionFailed, match=r"failed at 39.9 s"):
        next(found)


def test_nothing_more_is_read_when_whoever_asked_has_gone(model, spoken):
    class GoneError(Exception):
        pass

    read = []

    def gone():
        if len(read) > 10:
            raise GoneError

    def reading():
        for block in blocks(spoken("the cat sat", 40.0, "the dog ran")):
            read.append(len(block))
            yield block

    with pytest.raises(GoneError):
        list(hearing({"en-US": model}, on_step=gone).hear(reading()))
    assert len(read) == 11


def test_what_was_asked_for_is_given_up_with_the_file(model, spoken):
    class OneAnswer(AtOnce):
        def __init__(self):
            self.asked = []

        def ask(self, *args, **rest):
            answer = super().ask(*args, **rest) if not self.asked else Answer()
            self.asked.append(answer)
            return answer

    way = OneAnswer()
    found = FileHearing({"en-US": model}, way).hear(
        blocks(spoken("the cat sat", 40.0, "the dog ran", 40.0, "the end of it"))
    )
    next(found)
    found.close()
    assert [answer.cancelled() for answer in way.asked] == [False, True]  # and the third was not asked for
