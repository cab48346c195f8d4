"""Result documents of batch transcriptions."""

from dataclasses import replace
from itertools import pairwise

import jsonschema_rs
import pytest

from lect.engines.contract import Word
from lect.serving.forms import Writing, with_forms
from lect.serving.results import ResultOptions, lexical_words, report_of, result_of
from lect.serving.transcriptions import SegmentTranscript, Transcript
from lect.speech.text.display import ProfanityMode, Punctuation
from result_schemas import require_report, require_result


def word(text, offset, duration=0.4, confidence=0.9):
    return Word(word=text, offset=offset, duration=duration, confidence=confidence)


def said(display, lexical, itn, words, offset=1.0, duration=2.0):
    return SegmentTranscript(
        offset=offset,
        duration=duration,
        display=display,
        lexical=lexical,
        itn=itn,
        confidence=0.8,
        words=tuple(words),
    )


def transcript(*segments, locale="en-US", **written):
    bare = Transcript(
        file="a.wav",
        model="toy",
        locale=locale,
        duration=4.25,
        display="",
        lexical="",
        confidence=0.8,
        segments=segments,
        cpu_seconds=0.0,
    )
    return with_forms(bare, Writing(**{"profanity": ProfanityMode.MASKED, **written})).to_json(heard=True)


DAMN = said(
    "Damn, 20 eggs.",
    "damn twenty eggs",
    "damn 20 eggs",
    [word("Damn,", 1.0), word("20", 1.5), word("eggs.", 2.0)],
)


WRITTEN = {"profanity", "punctuation"}


def result(*segments, **options):
    return result_of(
        {"0": transcript(*segments, **{name: options[name] for name in WRITTEN & options.keys()})},
        ResultOptions(**options),
        source="https://a.example/a.wav",
        timestamp="2026-01-02T12:00:00Z",
    )


def best(*segments, **options):
    return result(*segments, **options)["recognizedPhrases"][0]["nBest"][0]


def test_a_result_has_times_in_all_units_and_what_was_said_joined():
    document = result(DAMN, said("Yes.", "yes", "yes", [], offset=3.5, duration=0.5))

    assert document["source"] == "https://a.example/a.wav"
    assert document["duration"] == "PT4.25S"
    assert document["durationInTicks"] == 42_500_000
    assert document["durationMilliseconds"] == 4250
    [combined] = document["combinedRecognizedPhrases"]
    assert combined["channel"] == 0
    assert combined["lexical"] == "damn twenty eggs yes"
    second = document["recognizedPhrases"][1]
    assert (second["offset"], second["offsetInTicks"], second["offsetMilliseconds"]) == (
        "PT3.5S",
        35_000_000,
        3500,
    )
    assert second["recognitionStatus"] == "Success"
    assert "words" not in second["nBest"][0] and "displayWords" not in second["nBest"][0]


def test_channels_have_their_own_texts_and_their_phrases_stand_in_the_order_of_time():
    first = transcript(
        said("Hello.", "hello", "hello", [], offset=1.0), said("Bye.", "bye", "bye", [], offset=5.0)
    )
    second = transcript(said("Hi.", "hi", "hi", [], offset=3.0)) | {"duration": 4.5}

    document = result_of({"0": first, "1": second}, ResultOptions(), source="a", timestamp="t")

    combined = [(each["channel"], each["display"]) for each in document["combinedRecognizedPhrases"]]
    assert combined == [(0, "Hello. Bye."), (1, "Hi.")]
    assert [each["channel"] for each in document["recognizedPhrases"]] == [0, 1, 0]
    assert document["durationMilliseconds"] == 4500


def test_a_phrase_says_its_speaker_and_language_where_they_were_told():
    known = replace(DAMN, speaker=2, locale="de-DE")

    told, untold = result(known, DAMN, profanity=ProfanityMode.MASKED)["recognizedPhrases"]

    assert (told["speaker"], told["locale"]) == (2, "de-DE")
    assert not {"speaker", "locale"} & set(untold)


@pytest.mark.parametrize(
    "options", [{}, {"words": True, "display_words": True}, {"punctuation": Punctuation.NONE}]
)
def test_a_result_is_as_its_published_schema_says(options):
    plain, known = [DAMN], [replace(DAMN, speaker=2, locale="de-DE", offset=3725.25)]

    for segments in (plain, known, []):
        require_result(result(*segments, **options))


def test_a_result_that_is_not_so_is_noticed():
    for change in ({"duration": 3}, {"heard": []}, {"timestamp": "today"}):
        with pytest.raises(jsonschema_rs.ValidationError):
            require_result(result(DAMN) | change)


def test_of_silence_nothing_is_said():
    document = result()

    assert document["combinedRecognizedPhrases"] == document["recognizedPhrases"] == []


@pytest.mark.parametrize(
    ("mode", "display", "first"),
    [
        (ProfanityMode.MASKED, "****, 20 eggs.", "****,"),
        (ProfanityMode.RAW, "Damn, 20 eggs.", "Damn,"),
        (ProfanityMode.TAGGED, "<profanity>Damn</profanity>, 20 eggs.", "<profanity>Damn</profanity>,"),
    ],
)
def test_profanity_is_treated_in_what_is_displayed_and_never_in_the_lexical_form(mode, display, first):
    found = best(DAMN, profanity=mode, words=True, display_words=True)

    assert found["display"] == display
    assert found["displayWords"][0]["displayText"] == first
    assert found["lexical"] == "damn twenty eggs"
    assert found["itn"] == "damn 20 eggs"
    assert [each["word"] for each in found["words"]] == ["damn", "twenty", "eggs"]


def test_a_removed_word_is_no_display_word():
    found = best(DAMN, profanity=ProfanityMode.REMOVED, display_words=True)

    assert [each["displayText"] for each in found["displayWords"]] == ["20", "eggs."]


def test_without_punctuation_figures_stay_and_marks_go():
    found = best(DAMN, punctuation=Punctuation.NONE, profanity=ProfanityMode.RAW, display_words=True)

    assert found["display"] == "damn 20 eggs"
    assert [each["displayText"] for each in found["displayWords"]] == ["Damn", "20", "eggs"]


def test_lexical_words_of_a_whole_that_is_said_otherwise_share_the_time_of_its_parts():
    words = [
        Word(word=text, offset=offset, duration=1.0, confidence=confidence)
        for text, offset, confidence in (("Give", 0.0, 0.9), ("$5", 1.0, 0.8), ("million.", 2.0, 0.7))
    ]

    found = lexical_words(words, "give five million dollars", "en-US")

    assert [each.word for each in found] == ["give", "five", "million", "dollars"]
    assert found[0] == Word(word="give", offset=0.0, duration=1.0, confidence=0.9)
    assert all(a.offset + a.duration <= b.offset + 0.002 for a, b in pairwise(found))
    assert found[-1].offset + found[-1].duration <= 3.0
    assert {each.confidence for each in found} <= {0.9, 0.8, 0.7}


def test_without_times_there_are_no_words():
    assert lexical_words([], "anything at all", "en-US") == []


def test_a_report_counts_and_says_why():
    report = report_of(
        [("a", None), ("b", {"code": "invalid_audio", "message": "b: no audio", "hint": "Convert it."})]
    )

    require_report(report)
    assert report == {
        "successfulTranscriptionsCount": 1,
        "failedTranscriptionsCount": 1,
        "details": [
            {"source": "a", "status": "Succeeded"},
            {
                "source": "b",
                "status": "Failed",
                "errorKind": "InvalidAudio",
                "errorMessage": "b: no audio\nConvert it.",
            },
        ],
    }
