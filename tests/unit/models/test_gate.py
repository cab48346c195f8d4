"""How far training may go: as far as dev data gains beyond chance and the guard does not lose."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from lect.core.errors import InvalidDataset
from lect.models import gate
from lect.models.gate import Court, Guard, require_judges
from lect.models.spoken import Spoken

WORDS = 10


def utterances(n, kind):
    return [
        Spoken(file=f"{kind}{at}.wav", transcript="word " * WORDS, samples=np.zeros(1, np.float32))
        for at in range(n)
    ]


def text(errors):
    return "word " * (WORDS - errors) + "wrong " * errors


@pytest.fixture
def judge(monkeypatch):
    """judge({0.3: (2, 1), ...}, before=(4, 1)): errors an utterance on dev and guard, by alpha; base=(4, 1) if it is not the
    start."""

    def hear(recogniser, heard, **options):
        dev, guard = recogniser
        return iter([text(dev if each.file.startswith("dev") else guard) for each in heard])

    monkeypatch.setattr(gate, "hear", hear)

    def run(
        results,
        *,
        before=(4, 1),
        base=None,
        guard="real",
        dev=10,
        alpha=None,
        cut=None,
        guarded=20,
        **options,
    ):
        tried = []

        def load(alpha, window):
            tried.append((alpha, window))
            return (cut or results[alpha]) if window == 0 else results[alpha]

        guards = {"real": False, "synthetic": True}
        court = Court(
            dev=utterances(dev, "dev"),
            guard=Guard(utterances=utterances(guarded, "guard"), synthetic=guards[guard]) if guard else None,
            locale="en-US",
            decoder=None,
            **options,
        )
        return court.judge(before, load, base=base or before, alpha=alpha), tried

    return run


def test_the_fewest_errors_on_dev_win_of_those_that_do_no_harm(judge):
    judgement, _ = judge({0.3: (3, 1), 0.5: (2, 1), 0.7: (1, 1), 1.0: (0, 2)})
    assert judgement.chosen.alpha == 0.7
    assert judgement.trials[3].objections == ("10.0 points worse on the guard, 0.5 are allowed",)


def test_nearer_to_the_base_is_the_next_part_that_passed(judge):
    judgement, _ = judge({0.3: (3, 1), 0.5: (2, 1), 0.7: (2, 2), 1.0: (1, 1)}, cut=(1, 1))
    nearer = judgement.nearer

    assert (judgement.chosen.alpha, judgement.chosen.shortest_window) == (1.0, 0.0)
    assert (nearer.chosen.alpha, nearer.chosen.shortest_window) == (1.0, None)
    assert [nearer.nearer.chosen.alpha, nearer.nearer.nearer.chosen.alpha] == [0.5, 0.3]
    assert nearer.nearer.nearer.nearer is None
    assert judgement.given_up is None
    assert nearer.given_up == nearer.nearer.given_up == judgement.chosen


def test_of_equals_the_nearest_to_the_base_is_taken(judge):
    judgement, _ = judge(dict.fromkeys((0.3, 0.5, 0.7, 1.0), (2, 1)))
    assert judgement.chosen.alpha == 0.3


def test_if_nothing_helps_nothing_is_taken(judge):
    judgement, tried = judge(dict.fromkeys((0.3, 0.5, 0.7, 1.0), (4, 1)))
    assert judgement.chosen is None
    assert {trial.objections for trial in judgement.trials} == {("no better on dev data",)}
    assert len(tried) == 4


def test_a_gain_that_chance_explains_is_none(judge):
    judgement, _ = judge(dict.fromkeys((0.3, 0.5, 0.7, 1.0), (3, 1)), dev=5)
    assert judgement.chosen is None
    assert judgement.trials[0].objections == ("no better on dev data beyond chance",)


@pytest.mark.parametrize(("recordings", "can_pass"), [(5, False), (6, True)])
def test_dev_data_is_refused_beforehand_where_even_a_model_without_error_would_not_pass(
    judge, recordings, can_pass
):
    judgement, _ = judge(dict.fromkeys((0.3, 0.5, 0.7, 1.0), (0, 1)), before=(WORDS, 1), dev=recordings)
    assert (judgement.chosen is not None) == can_pass

    with nullcontext() if can_pass else pytest.raises(InvalidDataset, match="cannot tell a gain from chance"):
        require_judges(utterances(recordings, "dev"), "dev.zip", hint="More.")


def test_recordings_are_counted_where_speakers_are_few():
    few = [replace(each, speaker="one") for each in utterances(6, "dev")]
    require_judges(few, "dev.zip", hint="More.")


def test_more_harm_is_done_where_it_is_allowed(judge):
    judgement, _ = judge({0.3: (3, 1), 0.5: (2, 1), 0.7: (1, 1), 1.0: (0, 2)}, allow_harm=10.5)
    assert judgement.chosen.alpha == 1.0


@pytest.mark.parametrize("guard", [None, "synthetic"])
def test_without_real_speech_as_a_guard_it_goes_half_way_at_most(judge, guard):
    _, tried = judge({0.3: (2, 1), 0.5: (1, 1)}, guard=guard)
    assert {alpha for alpha, _ in tried} == {0.3, 0.5}


def test_a_guard_in_which_one_error_is_much_vouches_for_no_more_than_none(judge):
    _, tried = judge({0.3: (2, 1), 0.5: (1, 1)}, guarded=19)
    assert {alpha for alpha, _ in tried} == {0.3, 0.5}


def test_words_of_a_guard_are_those_of_its_language():
    spoken = [replace(each, transcript="今天天气很好我们去公园") for each in utterances(20, "guard")]
    assert Guard(utterances=spoken, locale="zh-CN").vouches
    assert not Guard(utterances=spoken[:5], locale="zh-CN").vouches


def test_what_was_tried_all_the_same_is_not_said_to_be_left_out(judge):
    assert "no more than alpha 0.5" in judge({0.3: (2, 1), 0.5: (1, 1)}, guarded=1)[0].doubt
    assert judge({0.9: (1, 1)}, alpha=0.9, guarded=1)[0].doubt == ""


def test_without_dev_data_it_goes_half_way_and_the_guard_alone_judges(judge):
    judgement, tried = judge({0.5: (0, 1)}, dev=0)
    assert tried[0] == (0.5, None)
    assert judgement.chosen
    judgement, _ = judge({0.5: (0, 2)}, dev=0)
    assert judgement.chosen is None
    assert judgement.trials[0].objections == ("10.0 points worse on the guard, 0.5 are allowed",)


def test_windows_are_not_cut_for_a_model_that_did_not_learn_when_to_stop(judge):
    _, tried = judge({0.9: (1, 1)}, alpha=0.9, has_cut_windows=False)
    assert tried == [(0.9, None)]


def test_on_synthetic_speech_the_base_itself_is_the_reference(judge):
    judgement, _ = judge({0.3: (2, 1), 0.5: (1, 3)}, guard="synthetic")
    assert judgement.guard_before.errors == 0
    assert [trial.guard.errors for trial in judgement.trials[:2]] == [0, 40]
    assert judgement.chosen.alpha == 0.3


def test_more_may_change_in_synthetic_speech_than_may_be_worse_in_real_speech(judge):
    results = {0.3: (2, 2), 0.5: (1, 3)}  # 10 and 20 % of the words are heard otherwise than by the base
    judgement, _ = judge(results, guard="synthetic", allow_harm=2)
    assert judgement.chosen.alpha == 0.3
    assert judgement.trials[1].objections == (
        "20.0 points heard otherwise than by the base in the built-in guard, 12 are allowed",
    )
    judgement, _ = judge({**results, 0.15: (2, 2), 0.7: (1, 3), 1.0: (1, 3)}, allow_harm=2)
    assert judgement.chosen is None


def test_where_all_lose_too_much_elsewhere_a_small_step_is_tried(judge):
    far = dict.fromkeys((0.3, 0.5, 0.7, 1.0), (1, 2))
    judgement, tried = judge({0.15: (2, 1), **far})
    assert judgement.chosen.alpha == 0.15
    assert tried[-2:] == [(0.15, None), (0.15, 0.0)]

    judgement, tried = judge({0.15: (2, 2), **far})
    assert judgement.chosen is None
    assert tried[-1] == (0.15, None)


@pytest.mark.parametrize("guard", [None, "synthetic"])
def test_windows_are_not_cut_where_no_real_speech_shows_that_nothing_is_lost(judge, guard):
    _, tried = judge({0.3: (2, 1), 0.5: (1, 1)}, guard=guard)
    assert [window for _, window in tried] == [None, None]


@pytest.mark.parametrize("nearest", [(4, 1), (4, 2)])
def test_no_small_step_is_tried_where_a_larger_one_helps_nothing(judge, nearest):
    _, tried = judge({0.3: nearest, **dict.fromkeys((0.5, 0.7, 1.0), (1, 2))})
    assert (0.15, None) not in tried


def test_an_alpha_that_is_given_is_the_only_one_tried(judge):
    judgement, tried = judge({0.9: (1, 1)}, alpha=0.9)
    assert tried == [(0.9, None), (0.9, 0.0)]
    assert judgement.chosen.alpha == 0.9


@pytest.mark.parametrize(("cut", "window"), [((1, 1), 0.0), ((2, 1), None), ((1, 2), None)])
def test_windows_are_cut_where_that_errs_no_more_often(judge, cut, window):
    judgement, _ = judge({0.9: (1, 1)}, alpha=0.9, cut=cut)
    assert judgement.chosen.shortest_window == window


def test_windows_are_not_cut_for_harm_that_is_allowed(judge):
    judgement, tried = judge({0.9: (1, 1)}, alpha=0.9, cut=(1, 2), allow_harm=50)
    assert tried[-1] == (0.9, 0.0)
    assert judgement.trials[-1].objections == ()
    assert judgement.chosen.shortest_window is None


def test_gains_are_counted_from_the_start_and_harm_from_the_base(judge):
    judgement, _ = judge(
        {0.3: (3, 2), 0.5: (2, 3), 0.7: (2, 3), 1.0: (2, 3)}, before=(4, 3), base=(9, 1), allow_harm=10
    )
    assert judgement.dev_before.wer == 0.4
    assert judgement.guard_before.wer == 0.1
    assert judgement.chosen.alpha == 0.3
    assert judgement.trials[1].objections == ("20.0 points worse on the guard, 10 are allowed",)


def test_trained_further_synthetic_speech_is_what_the_base_hears_not_the_start(judge):
    results = {0.15: (3, 3), 0.3: (3, 3), 0.5: (2, 3)}
    judgement, _ = judge(results, before=(4, 3), base=(4, 1), guard="synthetic")
    assert judgement.chosen is None
    assert judgement.guard.utterances[0].transcript == text(1)


def test_every_candidate_is_told_with_its_numbers(judge):
    judgement, _ = judge({0.3: (3, 1), 0.5: (2, 1), 0.7: (1, 1), 1.0: (0, 2)})
    told = [trial.to_json() for trial in judgement.trials]
    assert [each["dev"]["wer"] for each in told] == [0.3, 0.2, 0.1, 0, 0.1]
    assert [each["guard"]["wer"] for each in told] == [0.1, 0.1, 0.1, 0.2, 0.1]
    assert [len(each["objections"]) for each in told] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("guard", [None, "real", "synthetic"])
def test_what_is_told_of_the_progress_never_falls(judge, guard):
    told = []
    judge({0.9: (1, 1)}, alpha=0.9, guard=guard, progress=lambda what, done: told.append(done))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
