"""What waits for an engine: finals first, clients in turn, batches of what one call can hold."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lect.engines.contract import RecogniseOptions
from lect.serving.live.hearing import Urgency
from lect.serving.live.waiting import LATELY, BatchLimits, Waiting, WaitingLine
from lect.speech.audio import SAMPLE_RATE

ONE, OTHER = (SimpleNamespace(recogniser=object()) for _ in range(2))  # models


def waiting(client="a", *, model=ONE, seconds=1.0, urgency=Urgency.FINAL, since=0.0, streams=1, **options):
    return Waiting(
        model=model,
        samples=np.zeros(round(seconds * SAMPLE_RATE), np.float32),
        options=RecogniseOptions(**options),
        urgency=urgency,
        client=client,
        streams=streams,
        since=since,
        on_step=lambda: None,
    )


@pytest.fixture
def line():
    def make(*requests, **limits):
        made = WaitingLine(BatchLimits(**limits))
        for each in requests:
            made.add(each)
        return made

    return make


def clients(batch):
    return "".join(each.client for each in batch)


def test_nothing_waits_in_an_empty_line(line):
    assert line().take(0.0) == []
    assert len(line()) == 0


def test_finals_go_before_drafts_that_came_earlier_and_both_never_share_a_batch(line):
    draft, final = waiting(urgency=Urgency.DRAFT), waiting(since=1.0)
    made = line(draft, final)
    assert made.has_needed
    assert made.take(2.0) == [final]
    assert not made.has_needed
    assert made.take(2.0) == [draft]


def test_a_language_is_told_in_a_call_of_its_own(line):
    told = [replace(waiting(name), languages=("en", "de")) for name in "ab"]
    made = line(told[0], waiting("c"), told[1], utterances=4)

    assert [clients(made.take(0.0)) for _ in range(3)] == ["a", "c", "b"]


def test_clients_take_turns_however_much_each_asks_for(line):
    made = line(*(waiting(name) for name in "aaaabbc"), utterances=2)
    assert [clients(made.take(0.0)) for _ in range(4)] == ["ab", "ca", "ba", "a"]


def test_the_requests_of_one_client_keep_their_order(line):
    first, second = waiting(since=0.0), waiting(since=1.0)
    assert line(first, second).take(2.0) == [first, second]


def test_a_batch_is_of_the_same_weights_and_wishes_whatever_the_text_model(line):
    custom = SimpleNamespace(recogniser=ONE.recogniser)
    made = line(waiting("a"), waiting("b", model=OTHER), waiting("c", beam=1), waiting("d", model=custom))
    assert [clients(made.take(0.0)) for _ in range(3)] == ["ad", "b", "c"]


def test_a_batch_holds_so_many_seconds_and_one_request_whatever_its_length(line):
    made = line(
        *(waiting(name, seconds=length) for name, length in zip("abc", (4, 7, 3), strict=True)), seconds=8.0
    )
    assert [clients(made.take(0.0)) for _ in range(2)] == ["ac", "b"]
    assert clients(line(waiting(seconds=20), seconds=8.0).take(0.0)) == "a"


def test_what_is_not_final_is_dropped_when_it_is_old(line):
    old, new = (waiting(urgency=Urgency.DRAFT, since=since) for since in (0.0, 2.0))
    ahead, final = waiting(urgency=Urgency.AHEAD), waiting()
    made = line(old, new, ahead, final)
    assert made.drop(before=1.0) == [old, ahead]
    assert made.take(3.0) == [final]
    assert made.take(3.0) == [new]
    assert made.take(3.0) == []


def test_what_was_asked_for_ahead_becomes_a_final_before_those_that_come_later_and_stays_as_old(line):
    ahead, other = waiting(urgency=Urgency.AHEAD), waiting(urgency=Urgency.AHEAD, since=0.5)
    made = line(other, ahead, waiting("b", since=1.0), utterances=1)
    made.promote(ahead.answer)
    made.add(waiting("c", since=1.5))

    assert made.lateness(2.0) == pytest.approx((2.0 + 1.5 + 1.0 + 0.5) / 4)
    assert made.drop(before=2.0) == [other]
    taken = [made.take(2.0) for _ in range(3)]
    assert "".join(map(clients, taken)) == "bac"
    assert taken[1][0].answer is ahead.answer
    assert len(made) == 0


def test_what_waits_no_more_or_is_no_final_is_not_promoted(line):
    ahead, draft = waiting(urgency=Urgency.AHEAD), waiting(urgency=Urgency.DRAFT)
    made = line(ahead, draft)
    made.promote(draft.answer)
    assert made.take(1.0) == [ahead]
    made.promote(ahead.answer)

    assert made.take(1.0) == [draft]
    assert len(made) == 0


def test_lateness_is_the_mean_wait_of_finals_lately_those_that_still_wait_included(line):
    made = line(waiting("a", since=0.0), waiting("b", since=1.0), utterances=1)
    made.add(waiting("c", urgency=Urgency.DRAFT, since=-50.0))
    assert made.lateness(1.0) == pytest.approx(0.5)
    made.take(2.0)  # a waited for 2 s
    assert made.lateness(3.0) == pytest.approx(2.0)
    made.take(3.0)  # b too
    assert made.lateness(3.0 + LATELY - 1.0) == pytest.approx(2.0)
    assert made.lateness(3.1 + LATELY) == 0.0


def test_lateness_of_clients_with_few_streams_is_told_apart(line):
    made = line(waiting("a", streams=8), waiting("b", since=1.5), utterances=1)
    made.take(1.9)
    made.take(2.0)
    made.add(waiting("a", streams=8, since=0.0))

    assert made.lateness(2.0, most=1) == made.lateness(2.0, most=7) == pytest.approx(0.5)
    assert made.lateness(2.0, most=8) == made.lateness(2.0) == pytest.approx((1.9 + 0.5 + 2.0) / 3)


def test_who_asks_for_more_than_the_engine_can_do_is_late_and_those_with_little_are_not(line):
    """A call takes half a second; one client asks for four a second, three others for one in four seconds each."""
    made, now = line(utterances=1), 0.0
    for tick in range(240):
        now = tick / 4
        made.add(waiting("greedy", streams=16, since=now))
        if tick % 16 in (0, 5, 10):
            made.add(waiting(f"c{tick % 16}", since=now))
        if tick % 2 == 0:
            made.take(now)

    assert made.lateness(now, most=1) < 1.0
    assert made.lateness(now) > 10.0


def test_all_that_waits_can_be_taken_out(line):
    made = line(waiting("a"), waiting("b", urgency=Urgency.DRAFT), waiting("c", urgency=Urgency.AHEAD))
    assert clients(made.clear()) == "acb"
    assert len(made) == 0
    assert not made.has_needed
