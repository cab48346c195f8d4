"""One recording to one answer: what is said of silence, of several phrases, of too much, and of other formats."""

import numpy as np
import pytest

from lect.core.errors import InvalidAudio, LimitExceeded
from lect.serving.live.address import Address
from lect.serving.live.audio_input import AudioFormat
from lect.serving.live.events import Ended, Silence, SpeechStarted
from lect.serving.live.requests import request_of
from lect.serving.live.short_audio import ShortAudio
from live_clients import CONVERSATION, FOX, HEADER, INTERACTIVE, SECOND, Scripted, final, said

DOG = final(said("A dog.", "a dog", offset=2.0, confidence=0.5), offset=2.0, duration=0.5)


def short(recognition, path=CONVERSATION, decode=None, query=None, **options):
    return ShortAudio(
        request_of(Address(path=path, query=query or {})), recognition, decode=decode, **options
    )


def test_several_phrases_are_one_answer():
    hearing = short(Scripted(steps=[[FOX]], end=[DOG, Ended(offset=3.0)]), query={"format": "detailed"})
    hearing.hear(HEADER + 3 * SECOND, now=0.0)

    body = hearing.answer()

    assert body["DisplayText"] == "The quick fox. A dog."
    assert (body["Offset"], body["Duration"]) == (1_000_000, 24_000_000)
    [best] = body["NBest"]
    assert best["Lexical"] == "the quick fox a dog"
    assert 0.5 < best["Confidence"] < 0.95


def test_one_phrase_keeps_its_alternatives_and_words():
    query = {"format": "detailed", "wordLevelTimestamps": "true"}
    hearing = short(Scripted(end=[FOX]), query=query)
    hearing.hear(HEADER + SECOND, now=0.0)

    alternatives = hearing.answer()["NBest"]

    assert [each["Display"] for each in alternatives] == ["The quick fox.", "The quick fogs."]
    assert [word["Word"] for word in alternatives[0]["Words"]] == ["the", "quick", "fox"]


def test_an_interactive_answer_is_the_first_utterance():
    hearing = short(Scripted(steps=[[FOX]], end=[DOG]), INTERACTIVE)
    hearing.hear(HEADER + SECOND, now=0.0)

    assert hearing.is_over
    assert hearing.answer()["DisplayText"] == "The quick fox."


def test_nothing_is_heard_behind_the_first_utterance_of_an_interactive_answer():
    recognition = Scripted(end=[FOX, DOG])
    hearing = short(recognition, INTERACTIVE)
    hearing.hear(HEADER + SECOND, now=0.0)

    assert hearing.answer()["DisplayText"] == "The quick fox."
    assert recognition.at_end == [DOG]


def test_nobody_spoke():
    hearing = short(Scripted())
    hearing.hear(HEADER + SECOND, now=0.0)

    assert hearing.answer() == {
        "RecognitionStatus": "InitialSilenceTimeout",
        "Offset": 0,
        "Duration": 10_000_000,
    }


def test_speech_without_a_word():
    noise = Silence(offset=0.5, duration=0.25, is_speech=True)
    hearing = short(Scripted(steps=[[SpeechStarted(offset=0.5), noise]]))
    hearing.hear(HEADER + SECOND, now=0.0)

    assert hearing.answer() == {
        "RecognitionStatus": "NoMatch",
        "Offset": 5_000_000,
        "Duration": 2_500_000,
    }


@pytest.mark.parametrize("cut", [1, 3, 7, 50])
def test_however_wav_is_cut_the_same_is_heard(cut):
    recognition = Scripted()
    hearing = short(recognition)
    wav = HEADER + SECOND
    for at in range(0, 500, cut):
        hearing.hear(wav[at : min(at + cut, 500)], now=0.0)
    hearing.hear(wav[500:], now=0.0)
    hearing.answer()

    assert recognition.samples == 16_000


def test_sound_without_a_header_has_the_rate_that_was_said():
    recognition = Scripted()
    hearing = short(recognition, raw=AudioFormat(rate=8000))
    hearing.hear(SECOND, now=0.0)
    hearing.answer()

    assert recognition.samples == 32_000


@pytest.mark.parametrize("is_file", [True, False])
def test_what_is_no_wav_is_decoded_when_it_is_whole(is_file):
    files, recognition = [], Scripted(end=[FOX])

    def decode(data):
        files.append(data)
        return np.zeros(8_000, np.float32)

    hearing = short(recognition, decode=decode, is_file=is_file)
    for piece in (b"Og", b"gS", b"rest"):
        hearing.hear(piece, now=0.0)

    assert hearing.answer()["DisplayText"] == "The quick fox."
    assert (files, recognition.samples) == ([b"OggSrest"], 8_000)


def test_more_than_a_minute_is_refused_as_soon_as_it_is_there():
    hearing = short(Scripted())
    hearing.hear(HEADER + 60 * SECOND, now=0.0)

    with pytest.raises(LimitExceeded, match="60 s"):
        hearing.hear(b"\0\0", now=0.0)


def test_a_damaged_header_is_refused():
    hearing = short(Scripted())

    with pytest.raises(InvalidAudio):
        hearing.hear(b"RIFF\0\0\0\0JUNK" + SECOND, now=0.0)


def test_no_sound_at_all_is_silence():
    assert short(Scripted()).answer()["RecognitionStatus"] == "InitialSilenceTimeout"
