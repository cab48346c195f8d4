"""The bodies that the SDKs read."""

import itertools

import pytest

from lect.serving.live.events import Identified, Partial
from lect.serving.live.messages import Answers
from lect.serving.live.requests import TurnRequest
from lect.serving.live.wire import RecognitionStatus
from live_clients import FOX, RID, answer, final, said


def answers(**request):
    numbers = itertools.count(1)
    return Answers(RID, TurnRequest(**request), new_id=lambda: f"id{next(numbers)}")


def body(message):
    return answer(message)[2]


def test_every_message_carries_the_request_id():
    written = answers()
    messages = [
        written.turn_start("toy"),
        written.speech_start(0.1),
        written.hypothesis(Partial(offset=0.1, duration=0.2, text="the")),
        written.speech_end(0.3),
        written.phrase(FOX),
        written.nothing(RecognitionStatus.NO_MATCH, 2.0, 1.0),
        written.end_of_dictation(4_000),
        written.turn_end(),
    ]

    assert {answer(message)[1] for message in messages} == {RID}


def test_the_start_of_a_turn_has_a_service_tag_and_states_the_model():
    assert answer(answers().turn_start("coffee")) == (
        "turn.start",
        RID,
        {"context": {"serviceTag": "id1", "model": "coffee"}},
    )


def test_no_body_is_empty():
    assert answer(answers().turn_end()) == ("turn.end", RID, {})
    assert answer(answers().speech_start(0.1)) == ("speech.startDetected", RID, {"Offset": 1_000_000})
    assert answer(answers().speech_end(1.2)) == ("speech.endDetected", RID, {"Offset": 12_000_000})


def test_a_partial_is_a_hypothesis():
    partial = Partial(offset=0.1, duration=0.55, text="the quick")

    assert answer(answers().hypothesis(partial)) == (
        "speech.hypothesis",
        RID,
        {"Id": "id1", "Text": "the quick", "Offset": 1_000_000, "Duration": 5_500_000},
    )


def test_a_simple_phrase():
    assert answer(answers().phrase(FOX)) == (
        "speech.phrase",
        RID,
        {
            "Id": "id1",
            "RecognitionStatus": "Success",
            "Offset": 1_000_000,
            "Duration": 10_000_000,
            "DisplayText": "The quick fox.",
            "Model": "toy",
        },
    )


def test_a_detailed_phrase_has_both_the_display_text_and_alternatives():
    phrase = body(answers(is_detailed=True).phrase(FOX))

    assert phrase["DisplayText"] == phrase["NBest"][0]["Display"] == "The quick fox."
    assert [each["Lexical"] for each in phrase["NBest"]] == ["the quick fox", "the quick fogs"]
    assert phrase["NBest"][0] == {
        "Confidence": 0.95,
        "Lexical": "the quick fox",
        "ITN": "the quick fox",
        "MaskedITN": "the quick fox",
        "Display": "The quick fox.",
    }


def test_words_are_those_of_the_lexical_form():
    twenty = final(said("20 eggs.", "twenty eggs", itn="20 eggs"))
    phrase = body(answers(is_detailed=True, words=True).phrase(twenty))

    assert phrase["NBest"][0]["Words"] == [
        {"Word": "twenty", "Offset": 1_000_000, "Duration": 2_500_000},
        {"Word": "eggs", "Offset": 3_500_000, "Duration": 2_500_000},
    ]


def test_words_have_a_confidence_if_asked_for():
    phrase = body(answers(is_detailed=True, words=True, word_confidence=True).phrase(FOX))

    assert [word["Confidence"] for word in phrase["NBest"][0]["Words"]] == [0.9, 0.9, 0.9]


def test_words_alone_do_not_make_a_phrase_detailed():
    assert "NBest" not in body(answers(words=True).phrase(FOX))


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (RecognitionStatus.NO_MATCH, "NoMatch"),
        (RecognitionStatus.INITIAL_SILENCE, "InitialSilenceTimeout"),
    ],
)
def test_a_phrase_without_words_has_no_text(status, name):
    assert body(answers(is_detailed=True).nothing(status, 0.1, 1.1)) == {
        "Id": "id1",
        "RecognitionStatus": name,
        "Offset": 1_000_000,
        "Duration": 11_000_000,
    }


def test_the_end_of_dictation_is_told_in_whole_milliseconds():
    assert body(answers().end_of_dictation(4_258)) == {
        "Id": "id1",
        "RecognitionStatus": "EndOfDictation",
        "Offset": 42_580_000,
        "Duration": 0,
    }


def test_the_end_of_dictation_is_never_before_the_last_phrase():
    written = answers()
    written.phrase(final(said("a", "a"), offset=0.0, duration=1.00004))

    assert body(written.end_of_dictation(1_000))["Offset"] == 10_010_000


def test_phrases_never_overlap_nor_go_back():
    written = answers()
    spans = [(0.1, 1.0), (0.9, 1.0), (0.2, 0.3), (5.0, 1 / 3), (5.0 + 1 / 3, 1 / 3)]
    phrases = [
        body(written.phrase(final(said("a", "a"), offset=begin, duration=long))) for begin, long in spans
    ]
    ends = [phrase["Offset"] + phrase["Duration"] for phrase in phrases]

    assert all(type(phrase["Offset"]) is type(phrase["Duration"]) is int for phrase in phrases)
    assert all(later["Offset"] >= end for end, later in zip(ends, phrases[1:], strict=False))
    assert ends == sorted(ends)


def test_the_language_is_told_if_there_was_a_choice():
    written = answers(languages=("en-US", "de-DE"))
    german = Identified(locale="de-DE", probability=0.95)
    said_in_german = final(said("Guten Tag.", "guten tag"), locale="de-DE", language=german)

    assert body(written.phrase(said_in_german))["PrimaryLanguage"] == {
        "Language": "de-DE",
        "Confidence": "High",
    }
    partial = Partial(offset=2, duration=1, text="tag", language=german)
    assert body(written.hypothesis(partial))["PrimaryLanguage"]["Language"] == "de-DE"
    assert "PrimaryLanguage" not in body(answers().phrase(FOX))


@pytest.mark.parametrize(
    ("probability", "sureness"),
    [(1.0, "High"), (0.9, "High"), (0.89, "Medium"), (0.6, "Medium"), (0.4, "Low")],
)
def test_how_sure_the_language_is_told_in_the_words_of_the_protocol(probability, sureness):
    language = Identified(locale="de-DE", probability=probability)
    partial = Partial(offset=0, duration=1, text="tag", language=language)

    assert body(answers().hypothesis(partial))["PrimaryLanguage"]["Confidence"] == sureness


def test_a_transcriber_of_conversations_is_told_who_speaks():
    phrase = final(said("Good morning.", "good morning"), speaker="Guest-2")

    assert body(answers(is_diarized=True).phrase(phrase))["SpeakerId"] == "Guest-2"
    assert "SpeakerId" not in body(answers().phrase(phrase))


def test_a_transcriber_of_conversations_is_told_that_nobody_knows_who_speaks():
    assert body(answers(is_diarized=True).phrase(FOX))["SpeakerId"] == "Unknown"
