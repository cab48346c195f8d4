"""A real multilingual base in a stream of two languages."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from lect.core.errors import UnsupportedLocale
from lect.serving.live.events import Final
from lect.serving.live.languages import LanguageChoice
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.serving.pool import Pool
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

PAUSE = np.zeros(SAMPLE_RATE, np.float32)


@pytest.fixture(scope="module")
def english_and_german(shared_data, sample):
    archive = shared_data / "azure-custom-speech" / "de-DE" / "testing" / "audio-and-trans.zip"
    english = min((sample / "dev" / "audio-and-trans").glob("*.flac"))
    with AudioDecoder() as decoder, zipfile.ZipFile(archive) as recordings:
        name = next(each for each in recordings.namelist() if each.endswith(".wav"))
        german = decoder.decode(recordings.read(name), name=name)[: 5 * SAMPLE_RATE]
        return np.concatenate([decoder.decode(english, name=english.name), PAUSE, german, PAUSE])


def test_each_phrase_is_recognised_in_the_language_that_it_is_in(english_and_german, whisper_base, settings):
    model = Pool(settings).open(whisper_base.name)
    choice = LanguageChoice({"de-DE": model, "en-US": model}, is_continuous=True)
    recognition = LiveRecognition(model, languages=choice)
    recognition.feed(english_and_german)

    finals = [event.result for event in rest_of(recognition) if isinstance(event, Final)]

    heard = list(dict.fromkeys(final.language.locale for final in finals))
    assert heard == ["en-US", "de-DE"]
    assert all(final.language.probability > 0.5 for final in finals)
    assert [final.locale for final in finals] == [final.language.locale for final in finals]


def test_an_english_base_is_no_choice(tiny_en, settings):
    model = Pool(settings).open(tiny_en.name)

    with pytest.raises(UnsupportedLocale, match="English alone"):
        LanguageChoice({"en-US": model, "de-DE": model})
