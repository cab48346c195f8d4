"""References that cannot be what was said are told from poor recognitions."""

import numpy as np
import pytest

from lect.engines.contract import Alternative, Recognition
from lect.models.suspects import (
    FEWEST,
    LEAST_SURPRISE,
    Hearing,
    SuspectCode,
    hearing,
    shared,
    surprising,
    suspects,
)

RATE = 16_000


def heard(reference, display=None, *, confidence=0.9, speech=None, **facts):
    display = reference if display is None else display
    best = Alternative(display=display, lexical=display.lower(), confidence=confidence)
    no_speech = facts.pop("no_speech", False)
    recognition = Recognition(best=best, nbest=(best,), locale="en-US", duration=5.0, no_speech=no_speech)
    speech = len(reference) / 14 if speech is None else speech
    return Hearing(
        **{"name": "a.wav", "reference": reference, "peak": 0.5, "speech": speech, **facts},
        recognition=recognition,
    )


def codes(*hearings, locale="en-US"):
    return [suspect.code for suspect in suspects(hearings, locale=locale)]


@pytest.mark.parametrize(
    ("utterance", "code"),
    [
        (heard("turn the lights off", peak=0.0005), SuspectCode.SILENCE),
        (heard("turn the lights off", speech=0.0), SuspectCode.NO_SPEECH),
        (heard("turn the lights off", "", no_speech=True), SuspectCode.NO_SPEECH),
        (heard("and so and so and so and so we go", "And so we go."), SuspectCode.REPEATS),
        (heard("many words " * 3 + "and many more of them, so that nobody says them", speech=1.0), SuspectCode.RATE),
        (heard("yes", "Yes, I would like to book a table for tonight.", speech=5.0), SuspectCode.RATE),
        (heard("turn the lights off", "Can I have a coffee with milk?"), SuspectCode.MISMATCH),
        (heard("включи свет"), SuspectCode.LANGUAGE),
        (heard("turn the lights off", "Mach das Licht aus.", confidence=0.5, language="de"), SuspectCode.LANGUAGE),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_code(utterance, code):
    assert codes(utterance) == [code]


@pytest.mark.parametrize(
    "utterance",
    [
        pytest.param(heard("turn the lights off"), id="as it was said"),
        pytest.param(heard("turn the lights off", "Torn delights of.", confidence=0.8), id="an accent"),
        pytest.param(heard("quercus robur", "Please wait a minute", confidence=0.4), id="the base is unsure"),
        pytest.param(heard("no no no no no", "No, no, no, no, no!"), id="said again and again"),
        pytest.param(heard("call 5 5 5 5 5 5", "Call 555555."), id="figures repeat"),
        pytest.param(heard("", "", peak=0.0, speech=0.0), id="silence on purpose"),
        pytest.param(heard("[noise]", "", speech=0.0, no_speech=True), id="noise on purpose"),
        pytest.param(heard("turn the lights off", language="de"), id="the language is guessed wrongly"),
        pytest.param(heard("latte", speech=1.0), id="one word"),
        pytest.param(heard("two flat whites", "2 flat whites."), id="written otherwise"),
    ],
)
def test_what_training_is_for_is_not_suspicious(utterance):
    assert codes(utterance) == []


@pytest.mark.parametrize(
    ("locale", "reference"), [("uk-UA", "увімкни світло"), ("ja-JP", "東京駅"), ("zh-CN", "开灯")]
)
def test_a_language_that_shares_its_letters_is_not_taken_for_another(locale, reference):
    assert codes(heard(reference), locale=locale) == []


def test_suspects_keep_the_names_and_the_order_of_the_utterances():
    wrong = {"reference": "turn the lights off", "display": "Can I have a coffee?"}
    found = suspects(
        [heard(**wrong, name="3.wav"), heard("fine", name="1.wav"), heard(**wrong, name="2.wav")],
        locale="en-US",
    )

    assert [suspect.name for suspect in found] == ["3.wav", "2.wav"]
    assert "90%" in found[0].reason and "Can I have a coffee?" in found[0].reason


def test_shared_characters_do_not_count_case_marks_or_figures():
    assert shared("two lattes", "2 Lattes!", locale="en-US") == 1.0
    assert shared("", "", locale="en-US") == 1.0
    assert shared("two lattes", "", locale="en-US") == 0.0


def test_silence_and_noise_hold_no_speech():
    answer = heard("on").recognition
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    silent = hearing("a", "on", np.zeros(RATE, np.float32), answer)
    noisy = hearing("b", "on", noise, answer)

    assert (silent.peak, silent.speech, noisy.speech) == (0.0, 0.0, 0.0)
    assert codes(silent, noisy) == [SuspectCode.SILENCE, SuspectCode.NO_SPEECH]
    assert hearing("c", "on", np.zeros(0, np.float32), answer).peak == 0.0


def test_few_transcripts_do_not_tell_what_is_usual():
    assert surprising([0.2] * (FEWEST - 2) + [9.0]) == {}
    assert list(surprising([0.2] * (FEWEST - 1) + [9.0])) == [FEWEST - 1]


def test_what_is_not_known_does_not_count():
    assert list(surprising([None, 9.0] + [0.2] * (FEWEST - 1))) == [1]


def test_where_losses_are_alike_a_small_difference_is_not_far():
    assert surprising([0.1] * FEWEST + [0.1 + LEAST_SURPRISE - 0.01]) == {}


def test_where_losses_differ_much_only_what_is_far_from_all_is_far():
    hard = [0.5 + 0.1 * at for at in range(20)]  # median 1.45, of the distances from it 0.5
    assert surprising([*hard, 6.0]) == {}
    assert list(surprising([*hard, 7.0])) == [20]
