"""What a bundle and the screen report is what is served: weights and text together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lect.adaptation.options import MixtureOptions
from lect.models.domain_text import DomainText
from lect.models.gate import Guard, Judgement, Trial
from lect.models.knowledge import Learned
from lect.models.measuring import Heard
from lect.models.scores import Scores
from lect.models.tuning import Choice, TextTrial
from lect.speech.scoring import ErrorCounts


def heard(errors):
    return Heard(counts=[ErrorCounts(correct=10 - errors, substitutions=errors)], blocks=["a.wav"])


def judgement():
    chosen = Trial(alpha=0.5, dev=heard(3), guard=heard(1))
    return Judgement(
        dev_before=heard(5),
        guard_before=heard(0),
        guard=Guard(utterances=(), synthetic=True),
        trials=(chosen,),
        chosen=chosen,
    )


def choice(*, taken=True):
    trial = TextTrial(mixture=MixtureOptions(), dev=heard(2), guard=heard(4))
    text = DomainText(served=Learned(language="en"), judged=Learned(language="en"))
    return Choice(before=heard(3), trials=(trial,), taken=trial if taken else None, text=text)


@pytest.mark.parametrize(
    ("scores", "dev", "guard"),
    [
        (Scores(judgement=judgement()), (0.5, 0.3), (0, 0.1)),
        (Scores(judgement=judgement(), choice=choice()), (0.5, 0.2), (0, 0.4)),
        (Scores(judgement=judgement(), choice=choice(taken=False)), (0.5, 0.3), (0, 0.1)),
        (Scores(choice=choice()), (0.3, 0.2), None),
        (Scores(), None, None),
    ],
)
def test_before_is_the_start_and_after_is_what_is_served(scores, dev, guard):
    for pair, rates in ((scores.dev, dev), (scores.guard, guard)):
        assert (pair and tuple(pair.rates.values())) == rates


def test_the_manifest_has_both_and_every_candidate():
    told = Scores(judgement=judgement(), choice=choice()).to_json()
    assert (told["dev"]["after"]["wer"], told["guard"]["after"]["wer"]) == (0.2, 0.4)
    assert told["guard"]["synthetic"] is True
    assert [trial["dev"]["wer"] for trial in told["candidates"]] == [0.3]
    assert [trial["guard"]["wer"] for trial in told["text"]["candidates"]] == [0.4]


def test_text_alone_has_no_guard_and_no_weights_to_tell_of():
    assert set(Scores(choice=choice()).to_json()) == {"dev", "text"}


def test_without_dev_data_there_is_only_what_the_guard_says():
    nothing = Heard(counts=[], blocks=[])
    judged = replace(judgement(), dev_before=nothing)
    scores = Scores(judgement=judged, choice=replace(choice(), before=nothing))
    assert scores.dev is None
    assert scores.guard.rates == {"before": 0, "after": 0.4}
    assert "dev" not in scores.to_json()
    assert nothing.to_json() == {"wer": None, "wer_ci": None}
