"""What the SDKs ask for, wherever they put it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidInput
from lect.serving.live.address import Address, Mode, is_speech_path
from lect.serving.live.requests import NBEST, TurnRequest, request_of
from lect.speech.text.display import ProfanityMode, Punctuation
from live_clients import CONTEXT, CONVERSATION, INTERACTIVE

DICTATION = "/speech/recognition/dictation/cognitiveservices/v1"
UNIVERSAL = "/stt/speech/universal/v2"


def asked(context=None, path=CONVERSATION, **query):
    return request_of(Address(path=path, query=query), json.dumps(context or {}))


def detection(**parts):
    return {"phraseDetection": parts}


@pytest.mark.parametrize("mode", ["interactive", "conversation", "dictation"])
def test_the_path_names_the_mode(mode):
    path = f"/speech/recognition/{mode}/cognitiveservices/v1"

    assert asked(path=path).mode == asked(path=path + "/").mode == asked(path="/any" + path).mode == mode


@pytest.mark.parametrize("written", ["INTERACTIVE", "Interactive", "interactive"])
@pytest.mark.parametrize("path", [UNIVERSAL, CONVERSATION, "/any/path"])
def test_the_context_has_the_last_word_on_the_mode(written, path):
    assert asked(detection(mode=written), path=path).mode is Mode.INTERACTIVE


@pytest.mark.parametrize("mode", [None, "shouting", 3])
def test_a_mode_that_is_none_leaves_what_the_path_says(mode):
    assert asked(detection(mode=mode), path=INTERACTIVE).mode is Mode.INTERACTIVE
    assert asked(detection(mode=mode), path=UNIVERSAL).mode is Mode.CONVERSATION


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (CONVERSATION, True),
        (INTERACTIVE + "/", True),
        ("/stt/speech/universal/v2", True),
        ("/speech/universal/v2", True),
        ("/behind/a/proxy/speech/universal/v2", True),
        ("/speech/recognition/talk/cognitiveservices/v1", False),
        ("/speech/translation/cognitiveservices/v1", False),
        ("/speech/universal/v2/more", False),
        ("/", False),
    ],
)
def test_the_paths_of_the_protocol_are_known_behind_any_prefix(path, known):
    assert is_speech_path(path) is known


def test_the_language_stands_in_the_query_or_in_the_context():
    assert asked(CONTEXT, path=UNIVERSAL).locale == "en-US"
    assert asked(language="de-de").locale == "de-DE"
    assert asked(CONTEXT, language="de-DE").locale == "de-DE"
    assert asked().locale is None


def test_beside_an_endpoint_the_language_of_the_context_may_be_a_mere_default():
    request = asked(CONTEXT, cid="f00d")

    assert (request.endpoint_id, request.locale) == ("f00d", None)


def test_a_language_in_the_query_counts_beside_an_endpoint():
    assert asked(CONTEXT, cid="f00d", language="en-US").locale == "en-US"


def test_a_language_that_is_none_is_an_error():
    with pytest.raises(InvalidInput, match="'klingon' is not a locale"):
        asked(language="klingon")


def test_parameters_are_known_in_any_case_and_unknown_ones_pass():
    assert asked(**{"Format": "Detailed", "foo": "bar", "Ocp-Apim-Subscription-Key": "k"}).is_detailed


@pytest.mark.parametrize(
    ("request_", "detailed"),
    [
        (asked(), False),
        (asked(format="simple"), False),
        (asked(format="detailed"), True),
        (asked({"phraseOutput": {"format": "Detailed"}}), True),
        (asked({"PHRASEOUTPUT": {"FORMAT": "DETAILED"}}, path=UNIVERSAL), True),
        (asked({"phraseOutput": {"format": "Detailed"}}, format="simple"), True),
        (asked({"phraseOutput": {}}), False),
    ],
)
def test_detailed_results_are_asked_for_in_two_places(request_, detailed):
    assert request_.is_detailed is detailed
    assert request_.options.nbest == (NBEST if detailed else 1)


def test_words_and_their_confidence_are_asked_for_one_by_one():
    options = {"phraseOutput": {"detailed": {"options": ["WordTimings", "SNR", 3]}}}
    confident = {"phraseOutput": {"detailed": {"options": ["wordtimings", "WORDCONFIDENCE"]}}}

    assert (asked(options).words, asked(options).word_confidence) == (True, False)
    assert (asked(confident).words, asked(confident).word_confidence) == (True, True)
    assert (asked(wordLevelTimestamps="true").words, asked().words) == (True, False)
    assert asked(wordLevelConfidence="true").word_confidence
    assert asked(wordLevelTimestamps="true").options.words


@pytest.mark.parametrize(
    "phrases",
    [
        {
            "Groups": [{"Type": "Generic", "Items": [{"Text": "Contoso Ltd"}, {"Text": " Rehaan "}]}],
            "bias": 1.5,
        },
        {
            "groups": [{"type": "generic", "items": [{"text": "Contoso Ltd"}, {"text": "Rehaan"}]}],
            "bias": 1.5,
        },
    ],
)
def test_phrases_come_in_two_spellings(phrases):
    listed = asked({"dgi": phrases}).phrases

    assert {phrase.text for phrase in listed.phrases} == {"Contoso Ltd", "Rehaan"}
    assert listed.strength == 1.5


@pytest.mark.parametrize(
    "dgi",
    [
        None,
        "x",
        [],
        {"Groups": []},
        {"Groups": [{"Type": "Intent", "Items": [{"Text": "a"}]}]},
        {"Groups": [{"Type": "Generic", "Items": [{"Text": ""}, "a", {"Text": 3}]}]},
    ],
)
def test_what_holds_no_phrase_is_no_list(dgi):
    assert asked({"dgi": dgi}).phrases is None


def test_a_list_without_weight_has_that_of_the_default():
    assert asked({"dgi": {"groups": [{"items": [{"text": "a"}]}]}}).phrases.strength == 1


@pytest.mark.parametrize(
    ("dgi", "why"),
    [
        ({"groups": [{"items": [{"text": "a" * 301}]}]}, "301 characters"),
        ({"groups": [{"items": [{"text": "a"}]}], "bias": 3}, "strength"),
    ],
)
def test_phrases_that_cannot_be_used_are_an_error(dgi, why):
    with pytest.raises(InvalidInput, match=why):
        asked({"dgi": dgi})


@pytest.mark.parametrize(
    ("request_", "mode"),
    [
        (asked(), ProfanityMode.MASKED),
        (asked(profanity="Removed"), ProfanityMode.REMOVED),
        (asked(profanity="raw"), ProfanityMode.RAW),
        (asked(detection(enrichment={"profanity": "Masked"})), ProfanityMode.MASKED),
        (asked(detection(enrichment={"profanity": "removed"}), profanity="raw"), ProfanityMode.REMOVED),
    ],
)
def test_profanity_is_masked_unless_something_else_is_asked(request_, mode):
    assert request_.profanity is request_.options.writing.profanity is mode


def test_an_unknown_treatment_of_profanity_is_an_error():
    with pytest.raises(InvalidInput, match="'shouted'"):
        asked(profanity="shouted")


@pytest.mark.parametrize(
    ("request_", "punctuation"),
    [
        (asked(), Punctuation.AUTOMATIC),
        (asked(path=INTERACTIVE), Punctuation.AUTOMATIC),
        (asked(path=DICTATION), Punctuation.BOTH),
        (asked(detection(mode="Dictation")), Punctuation.BOTH),
        (asked(punctuation="Explicit"), Punctuation.DICTATED),
    ],
)
def test_who_dictates_says_marks(request_, punctuation):
    assert request_.punctuation is request_.options.writing.punctuation is punctuation


def test_silences_are_milliseconds_in_the_query():
    request = asked(initialSilenceTimeoutMs="8000", endSilenceTimeoutMs="700", path=INTERACTIVE)

    assert (request.initial_silence, request.end_silence) == (8.0, 0.7)
    assert (request.options.initial_silence, request.options.end_silence) == (8.0, 0.7)


def test_silences_are_milliseconds_in_the_context():
    request = asked(detection(initialSilenceTimeout=8000, trailingSilenceTimeout="900"))

    assert (request.initial_silence, request.end_silence) == (8.0, 0.9)


@pytest.mark.parametrize("name", ["CONVERSATION", "conversation"])
def test_segmentation_is_asked_for_under_the_name_of_the_mode(name):
    wanted = {"mode": "Custom", "segmentationSilenceTimeoutMs": 600, "segmentationForcedTimeoutMs": 25000}
    request = asked(detection(**{name: {"segmentation": wanted}}), endSilenceTimeoutMs="900")

    assert (request.end_silence, request.longest_segment) == (0.6, 25.0)


def test_semantic_segmentation_asks_for_no_time():
    assert asked(detection(conversation={"segmentation": {"mode": "Semantic"}})).end_silence is None


@pytest.mark.parametrize("value", [0, -5, "", "soon", True, None, [], 1e300, float("nan"), "inf"])
def test_times_that_are_none_are_passed_over(value):
    assert asked(detection(trailingSilenceTimeout=value)).end_silence is None


def test_times_are_kept_within_reason():
    assert asked(endSilenceTimeoutMs="1").end_silence == 0.1
    assert asked(endSilenceTimeoutMs="99999").end_silence == 5.0


def test_an_interactive_turn_waits_five_seconds_for_speech_and_a_conversation_for_ever():
    assert asked(path=INTERACTIVE).options.initial_silence == 5.0
    assert asked().options.initial_silence is None


def test_the_stable_threshold_is_asked_for_in_two_places():
    assert asked({"phraseOutput": {"interimResults": {"stableThreshold": 4}}}).options.stable == 4
    assert asked(stableIntermediateThreshold="3").options.stable == 3
    assert asked().options.stable == TurnRequest().options.stable


@pytest.mark.parametrize(
    "request_",
    [
        asked({"languageId": {"languages": ["en-US", "de-DE"], "mode": "DetectContinuous"}}),
        asked({"languageId": {"languages": ["en-us", "de-de"]}}, lidEnabled="true"),
        asked(lidEnabled="en-US,de-DE"),
    ],
)
def test_languages_to_choose_from(request_):
    assert request_.languages == ("en-US", "de-DE")
    assert request_.locale is None
    assert request_.options.locale == "auto"


@pytest.mark.parametrize("mode", ["DetectContinuous", "detectcontinuous"])
def test_the_language_is_chosen_once_or_in_each_phrase(mode):
    assert asked({"languageId": {"languages": ["en-US"], "mode": mode}}).is_language_continuous
    assert not asked(
        {"languageId": {"languages": ["en-US"], "mode": "DetectAtAudioStart"}}
    ).is_language_continuous
    assert not asked().is_language_continuous


def test_models_for_the_languages_to_choose_from():
    request = asked(
        detection(customModels=[{"language": "en-us", "endpoint": "EID"}, {"language": "de-DE"}, 3])
    )

    assert request.custom_models == {"en-US": "EID"}


def test_phrases_end_sooner_where_speakers_are_told_apart():
    diarized = {"speakerDiarization": {"mode": "Anonymous"}}

    assert asked(detection(**diarized)).options.end_silence == 0.3
    assert asked(detection(**diarized), segmentationSilenceTimeoutMs="700").options.end_silence == 0.7
    assert asked().options.end_silence == 0.5


def test_speakers_and_logging():
    assert asked(detection(speakerDiarization={"mode": "Anonymous"})).is_diarized
    assert asked(storeAudio="true").is_stored
    assert asked(pinnedModel="m").pinned_model == "m"
    assert not asked().is_diarized


def test_scores_of_pronunciation_are_passed_over():
    assert asked(detection(enrichment={"pronunciationAssessment": {"referenceText": "a"}})) == asked()


def test_a_turn_may_go_on_with_the_sound_of_an_earlier_one():
    earlier = {"previousServiceTag": "e", "audio": {"streams": {"1": {"offset": "11999999"}}}}

    assert asked({"continuation": earlier}).is_continuation
    assert not asked({"continuation": {"previousServiceTag": "e"}}).is_continuation


@pytest.mark.parametrize("context", ["", "{", "[]", "3", "[" * 100_000, "9" * 10_000, "\ud800"])
def test_a_context_that_is_no_json_object_is_an_error(context):
    with pytest.raises(InvalidInput, match=r"speech\.context is not"):
        request_of(Address(path=CONVERSATION), context)


NAMES = [
    *"phraseDetection phraseOutput detailed options mode language languageId languages dgi groups items text".split(),
    *"bias interimResults stableThreshold enrichment profanity conversation segmentation customModels".split(),
    *"segmentationSilenceTimeoutMs initialSilenceTimeout trailingSilenceTimeout speakerDiarization".split(),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["en-us", "Raw"]),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(NAMES), parts, max_size=6),
)


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_context_is_understood_or_refused(context):
    try:
        assert request_of(Address(path=CONVERSATION), json.dumps(context)).options
    except InvalidInput:
        return
