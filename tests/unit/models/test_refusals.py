"""What a training that is refused says: each candidate, what it was judged by, and what to do."""

import numpy as np
import pytest

from lect.core.errors import TrainingRefused
from lect.models.audio_training import _refused, _require_trust
from lect.models.gate import Guard, Judgement, Trial
from lect.models.measuring import Heard
from lect.models.preparing import Prepared
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect, SuspectCode
from lect.speech.scoring import ErrorCounts

HEARD = Heard(counts=[ErrorCounts(correct=9, substitutions=1)], blocks=["a.wav"])


def spoken(n, words):
    return [
        Spoken(file=f"{at}.wav", transcript="word " * words, samples=np.zeros(1, np.float32))
        for at in range(n)
    ]


def refusal(guard):
    trial = Trial(alpha=0.5, dev=HEARD, guard=HEARD, objections=("no better on dev data",))
    return _refused(
        Judgement(dev_before=HEARD, guard_before=HEARD, guard=guard, trials=(trial,), chosen=None)
    )


def test_a_guard_that_is_too_small_is_told():
    error = refusal(Guard(utterances=spoken(1, 22)))

    assert "alpha 0.5: dev WER 10.0% (before: 10.0%); no better on dev data" in error.message
    assert "no more than alpha 0.5 was tried, because a guard of fewer than 200 words" in error.message
    assert "(--guard)" in error.hint


@pytest.mark.parametrize(("synthetic", "is_advised"), [(True, True), (False, False)])
def test_a_better_guard_is_advised_where_there_was_none(synthetic, is_advised):
    error = refusal(Guard(utterances=spoken(20, 10), synthetic=synthetic))

    assert "was tried" not in error.message
    assert ("(--guard)" in error.hint) == is_advised


def test_recordings_that_are_not_among_those_in_doubt_are_named():
    wrong = Suspect(name="0.wav", code=next(iter(SuspectCode)), reason="it says something else")
    prepared = Prepared(spoken=tuple(spoken(2, 3)), suspects=(wrong,), dev_suspects=(), left_out=())

    with pytest.raises(TrainingRefused) as caught:
        _require_trust(prepared, [LeftOut(file="silent.wav", reason="nothing can be heard")])

    assert "the transcripts of 1 of 2 recordings are probably wrong" in caught.value.message
    assert "not among them: silent.wav: nothing can be heard" in caught.value.message


def test_where_all_are_in_doubt_there_are_no_others_to_train_on():
    wrong = [
        Suspect(name=f"{at}.wav", code=next(iter(SuspectCode)), reason="it says something else")
        for at in range(2)
    ]
    prepared = Prepared(spoken=tuple(spoken(2, 3)), suspects=tuple(wrong), dev_suspects=(), left_out=())

    with pytest.raises(TrainingRefused) as caught:
        _require_trust(prepared, [])
    assert "--leave-out-suspects" not in caught.value.hint


@pytest.mark.parametrize(
    ("objection", "is_offered"), [("no better on dev data", False), ("0.7 points worse on the guard", True)]
)
def test_more_harm_is_offered_where_harm_speaks_against_it(objection, is_offered):
    trial = Trial(alpha=0.5, dev=HEARD, guard=HEARD, objections=(objection,))
    guard = Guard(utterances=spoken(20, 10))
    error = _refused(
        Judgement(dev_before=HEARD, guard_before=HEARD, guard=guard, trials=(trial,), chosen=None)
    )

    assert ("--allow-harm" in error.hint) == is_offered
