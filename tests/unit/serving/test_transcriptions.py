"""Files to transcripts, with the toy engine."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from lect.core.errors import InvalidInput, UnsupportedLocale
from lect.datasets.recordings import Recording
from lect.engines.toy import ToyRecogniser
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.casing import Casing
from lect.serving.languages import Languages, settle_locale
from lect.serving.pool import Model
from lect.serving.transcriptions import transcribe
from lect.speech.audio import AudioDecoder
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.written import WrittenForms

pytestmark = pytest.mark.usefixtures("tones_are_speech")


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture
def base(tmp_path):
    folder = ModelFolder(
        name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    return Base(folder, ToyRecogniser(), cache=tmp_path)


def one(audio, model, decoder, **options):
    recording = Recording(name="a.wav", open=lambda: audio)
    (transcript,) = transcribe([recording], model, decoder=decoder, **options)
    return transcript


def test_a_transcript_joins_its_segments_and_counts_from_the_start_of_the_file(say, base, decoder):
    audio = say(2.0, "Good morning to you all.", 29.0, "And a good night, too.")
    transcript = one(audio, Model(name="toy", base=base), decoder)
    assert transcript.display == "Good morning to you all. And a good night, too."
    assert transcript.lexical == "good morning to you all and a good night too"
    first, second = transcript.segments
    assert first.words[0].offset == pytest.approx(2.0, abs=0.002)
    assert second.words[0].offset == pytest.approx(31.48, abs=0.002)
    assert transcript.duration == pytest.approx(31.92)
    assert (transcript.file, transcript.model, transcript.locale) == ("a.wav", "toy", "en-US")
    assert transcript.confidence == 1.0


def test_words_are_written_as_the_domain_writes_them(say, base, decoder):
    model = Model(name="cars", base=base, locale="en-US", casing=Casing({"bmw": "BMW", "ipad": "iPad"}))
    transcript = one(say("my bmw has an Ipad in it"), model, decoder)
    assert transcript.display == "my BMW has an iPad in it"
    assert " ".join(word.word for word in transcript.segments[0].words) == transcript.display
    assert transcript.lexical == "my bmw has an ipad in it"


def test_listed_small_letters_are_displayed_so_but_at_the_beginning_of_a_sentence(say, base, decoder):
    model = Model(name="drugs", base=base, locale="en-US", casing=Casing({"carvedilol": "carvedilol"}))
    transcript = one(say("CarvediLol? No CarvediLol"), model, decoder)
    assert transcript.display == "Carvedilol? No carvedilol"
    assert [word.word for word in transcript.segments[0].words] == transcript.display.split()


def test_terms_are_displayed_as_written_and_stay_lexical_as_they_are_said(say, base, decoder):
    written = WrittenForms([Pronunciation(display="3CPO", spoken="three c p o")])
    model = Model(name="robots", base=base, locale="en-US", written=written)
    for said in ("ask three c p o now", "ask 3CPO now"):
        (segment,) = one(say(said), model, decoder).segments
        assert segment.display == "ask 3CPO now"
        assert segment.lexical == "ask three c p o now"
        assert [word.word for word in segment.words] == ["ask", "3CPO", "now"]


def test_times_are_left_out_when_nobody_wants_them(say, base, decoder):
    model = Model(name="toy", base=base)
    assert one(say("good morning all"), model, decoder, word_times=False).segments[0].words == ()


def test_a_detected_language_is_the_locale(say, base, decoder):
    model = Model(name="toy", base=base)
    assert one(say("der Hund ist der Held"), model, decoder, locale="auto").locale == "de"


def test_a_language_that_the_base_does_not_know_is_refused_before_any_audio_is_read(base, decoder):
    with pytest.raises(UnsupportedLocale):
        one(b"", Model(name="toy", base=base), decoder, locale="fr-FR")


@pytest.mark.parametrize(
    ("own", "wanted", "settled"),
    [
        (None, None, "en-US"),
        (None, "de-DE", "de-DE"),
        (None, "auto", "auto"),
        ("en-GB", None, "en-GB"),
        ("en-GB", "en-US", "en-US"),
        ("en-GB", "EN", "en"),
        (None, "de_at", "de-AT"),
    ],
)
def test_the_locale_is_the_one_asked_for_or_the_models_own(base, own, wanted, settled):
    assert settle_locale(Model(name="toy", base=base, locale=own), wanted) == settled


@pytest.mark.parametrize("wanted", ["de-DE", "auto"])
def test_a_model_of_one_language_refuses_another(base, wanted):
    with pytest.raises(InvalidInput, match=f"made for en-US, not for {wanted}"):
        settle_locale(Model(name="toy", base=base, locale="en-US"), wanted)


ENGLISH, GERMAN = (
    "the dog ran and the bird sang to the cat and me",
    "der hund lief und der vogel sang der katze vor",
)


def among(audio, base, decoder, *, is_continuous):
    models = {
        "en-GB": Model(name="english", base=base),
        "de-AT": Model(name="german", base=base, locale="de-DE", casing=Casing({"hund": "Hund"})),
    }
    languages = Languages(models, is_continuous=is_continuous)
    found = one(audio, models["en-GB"], decoder, locale="en-GB", languages=languages)
    return found, [(each.locale, each.display) for each in found.segments]


def test_each_phrase_is_heard_in_its_own_language_by_the_model_of_that(say, base, decoder):
    audio = say(GERMAN, 1.0, ENGLISH, 1.0, GERMAN, 1.0)

    found, segments = among(audio, base, decoder, is_continuous=True)

    german = ("de-AT", GERMAN.replace("hund", "Hund"))
    assert segments == [german, ("en-GB", ENGLISH), german]
    assert (found.locale, found.model) == ("de-AT", "german")
    assert [each["locale"] for each in found.to_json()["segments"]] == ["de-AT", "en-GB", "de-AT"]


def test_a_phrase_too_short_to_tell_is_of_the_language_before_it(say, base, decoder):
    _, segments = among(
        say(GERMAN, 1.0, "the the the the", 1.0, ENGLISH, 1.0), base, decoder, is_continuous=True
    )

    assert [locale for locale, _ in segments] == ["de-AT", "de-AT", "en-GB"]


def test_or_a_file_is_heard_in_the_language_in_which_it_begins(say, base, decoder):
    found, segments = among(say(GERMAN, 35.0, ENGLISH), base, decoder, is_continuous=False)

    assert [locale for locale, _ in segments] == ["de-AT", "de-AT"]
    assert found.locale == "de-AT"


def test_where_nobody_speaks_no_language_is_told(say, base, decoder):
    found, segments = among(say(3.0), base, decoder, is_continuous=True)

    assert (found.locale, segments) == ("und", [])


def test_one_channel_alone_is_heard(base, decoder, spoken):
    file, left, right = io.BytesIO(), spoken("left is said here"), spoken("and to the right that")
    length = max(len(left), len(right))
    both = np.stack([np.pad(each, (0, length - len(each))) for each in (left, right)], axis=1)
    soundfile.write(file, both, 16_000, format="WAV")
    recording = Recording(name="a.wav", open=file.getvalue)
    alone = [replace(recording, channel=channel) for channel in (1, 0, 2)]

    heard = list(transcribe(alone, Model(name="toy", base=base), decoder=decoder))

    assert [each.display for each in heard] == ["and to the right that", "left is said here", ""]
    assert heard[2].error.message == "a.wav: has no channel 2: it has 2, counted from 0"
