"""How far text may steer is chosen on dev data and the guard, and no text at all is a candidate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lect.adaptation import ngram
from lect.engines.toy import ToyRecogniser
from lect.models import gate, tuning
from lect.models.bases import Base
from lect.models.domain_text import DomainText
from lect.models.gate import Court, Guard, Judgement, Trial
from lect.models.knowledge import Learned
from lect.models.resolver import ModelFolder
from lect.models.spoken import Spoken
from lect.models.tuning import CANDIDATES, WORSE, choose_mixture

GENERAL = ngram.train(["ask them to call"], language="en").model
SERVED, JUDGED = (
    Learned(language="en", model=ngram.train([text], language="en").model)
    for text in ("one latte please", "two teas please")
)
CAUTIOUS = (0.4, 0.1)
OTHER = (0.7, 0.4)


class Mixture:
    """Remembers what it was made of."""

    def __init__(self, domain, general, *, pieces, options):
        self.domain, self.options = domain, options


def utterances(n, kind):
    return [
        Spoken(file=f"{kind}{at}.wav", transcript="word " * 10, samples=np.zeros(1, np.float32))
        for at in range(n)
    ]


@pytest.fixture
def choose(monkeypatch, tmp_path):
    """choose(dev={(weight, prior): errors}, guard={...}): errors an utterance, by mixture, `rest` for the others.

    The model without text errs twice on dev data and once on the guard. The answer has the mixture and what was heard, as
    ("dev" or "guard", mixture, whether with the words that are served).
    """
    folder = ModelFolder(
        name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    base = Base(folder, ToyRecogniser(), cache=tmp_path / "cache")

    def run(dev, guard=None, *, rest=9, weights=True, text=None, weight=None):
        heard = []

        def hear(recogniser, spoken, *, scorer, **options):
            where = spoken[0].file[:-5]
            mixture = scorer and (scorer.options.weight, scorer.options.prior)
            if scorer:
                is_served = "latte" in scorer.domain.vocabulary
                heard.append((where, mixture, is_served))
                errors = (dev if where == "dev" else guard).get(mixture, rest)
            else:
                errors = 2 if where == "dev" else 1
            return iter(["word " * (10 - errors) + "wrong " * errors for _ in spoken])

        monkeypatch.setattr(gate, "hear", hear)
        monkeypatch.setattr(tuning, "BoundedMixture", Mixture)
        others = None if guard is None else Guard(utterances=utterances(8, "guard"))
        court = Court(dev=utterances(9, "dev"), guard=others, locale="en-US", decoder=None)
        choice = choose_mixture(
            text or DomainText(served=SERVED, judged=JUDGED, shared=1),
            GENERAL,
            base,
            court,
            weight=weight,
            judgement=judgement_of(court, base) if weights else None,
        )
        taken = choice.taken and (choice.taken.mixture.weight, choice.taken.mixture.prior)
        return taken, choice, heard

    return run


def judgement_of(court, base):
    """Of weights that changed nothing."""
    dev = court.hear(base.recogniser, court.dev)
    guard = court.hear(base.recogniser, court.guard.utterances) if court.guard else None
    trial = Trial(alpha=0.5, dev=dev, guard=guard)
    return Judgement(dev_before=dev, guard_before=guard, guard=court.guard, trials=(trial,), chosen=trial)


def test_the_fewest_errors_on_dev_data_win(choose):
    taken, choice, _ = choose({OTHER: 0, CAUTIOUS: 1})
    assert taken == OTHER
    assert (choice.before.wer, choice.after.wer) == (0.2, 0)


def test_of_equals_the_most_cautious_is_taken_even_where_no_text_errs_no_more_often(choose):
    taken, _, _ = choose({}, rest=2)
    assert taken == CAUTIOUS


@pytest.mark.parametrize("guard", [None, {}])
def test_beside_weights_text_that_errs_more_often_at_every_weight_is_left_out(choose, guard):
    taken, choice, heard = choose({}, guard, rest=3)
    assert taken is None
    assert choice.after == choice.before
    assert {trial.objections for trial in choice.trials} == {(WORSE,)}
    assert not choice.is_harmful
    assert {where for where, _, _ in heard} == {"dev"}


def test_text_alone_is_taken_all_the_same_and_says_what_speaks_against_it(choose):
    taken, choice, _ = choose({OTHER: 3}, rest=4, weights=False)
    assert taken == OTHER
    assert choice.taken.objections == (WORSE,)
    assert choice.after.wer > choice.before.wer


def test_a_mixture_that_does_harm_on_the_guard_is_no_candidate(choose):
    taken, choice, heard = choose({OTHER: 0, CAUTIOUS: 1}, {OTHER: 2, CAUTIOUS: 1})
    assert taken == CAUTIOUS
    assert [mixture for where, mixture, _ in heard if where == "guard"] == [OTHER, CAUTIOUS]
    assert choice.best.objections == ("10.0 points worse on the guard, 0.5 are allowed",)
    assert choice.taken.guard.wer == 0.1


def test_if_every_mixture_does_harm_the_text_is_left_out(choose):
    taken, choice, _ = choose({OTHER: 0, CAUTIOUS: 1}, {}, rest=2)
    assert taken is None
    assert {trial.objections for trial in choice.trials} == {
        ("10.0 points worse on the guard, 0.5 are allowed",)
    }
    assert choice.is_harmful


def test_dev_data_is_heard_without_its_own_sentences_and_the_guard_with_all_that_is_served(choose):
    _, _, heard = choose({CAUTIOUS: 0}, {CAUTIOUS: 1})
    assert {(where, is_served) for where, _, is_served in heard} == {("dev", False), ("guard", True)}


def test_with_nothing_to_choose_by_the_default_is_the_only_candidate(choose):
    everything = DomainText(served=SERVED, judged=SERVED, shared=3, is_all_shared=True)
    taken, choice, heard = choose({}, rest=0, text=everything)
    assert taken == CAUTIOUS
    assert heard == [("dev", CAUTIOUS, True)]
    assert choice.to_json()["judged_without_them"] is False


def test_of_a_given_weight_only_the_prior_is_chosen(choose):
    taken, choice, _ = choose({(0.33, 0.4): 1}, weight=33)
    assert taken == (0.33, 0.4)
    assert [trial.mixture.weight for trial in choice.trials] == [0.33, 0.33]


def test_all_candidates_go_into_the_manifest(choose):
    _, choice, _ = choose({CAUTIOUS: 0}, {CAUTIOUS: 1})
    told = choice.to_json()
    assert told["taken"] is True
    assert told["dev_sentences_left_out"] == 1
    assert [(each["weight"], each["prior"]) for each in told["candidates"]] == [
        (mixture.weight, mixture.prior) for mixture in CANDIDATES
    ]
    assert [each["guard"] is None for each in told["candidates"]] == [False, *[True] * 7]
    assert replace(choice, taken=None).to_json()["taken"] is False
