"""The plan holds every utterance once an epoch, keeps to its limits and comes from its seed alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.engines.whisper.tuning.plan import BatchOptions, Length, generator, plan

LENGTHS = [Length(int(frames), 20) for frames in np.random.default_rng(0).integers(100, 1500, 400)]
TEXTS = [Length(0, int(tokens)) for tokens in np.random.default_rng(0).integers(5, 100, 400)]


def batches(lengths, *, epochs=1, seed=0, **options):
    steps = plan(lengths, epochs=epochs, options=BatchOptions(**options), seed=seed)
    return [batch for step in steps for batch in step]


@given(
    lengths=st.lists(st.tuples(st.integers(2, 3000), st.integers(2, 200)), min_size=1, max_size=300),
    frames=st.integers(100, 10_000),
    padded=st.floats(0, 1),
)
def test_every_utterance_is_heard_once_an_epoch_within_the_limits(lengths, frames, padded):
    options = BatchOptions(frames=frames, padded=padded)
    planned = batches([Length(*each) for each in lengths], frames=frames, padded=padded, seed=3)

    assert sorted(i for batch in planned for i in batch.members) == list(range(len(lengths)))
    for batch in planned:
        n = len(batch.members)
        window = 3000 if batch.padded else max(lengths[i][0] for i in batch.members)
        assert n == 1 or window * n <= frames
        assert n == 1 or n * max(lengths[i][1] for i in batch.members) <= options.tokens
        assert n <= options.utterances


def test_text_alone_is_put_together_by_its_tokens():
    planned = batches(TEXTS)
    taken = [max(TEXTS[i].tokens for i in batch.members) * len(batch.members) for batch in planned]

    assert not any(batch.padded for batch in planned)
    assert max(taken) <= 512
    assert np.median(taken) > 256


def test_the_same_seed_gives_the_same_plan_and_each_epoch_another():
    both = batches(LENGTHS, epochs=2, seed=5)
    first = batches(LENGTHS, epochs=1, seed=5)

    assert both[: len(first)] == first
    assert [batch.members for batch in both[len(first) :]] != [batch.members for batch in first]
    assert batches(LENGTHS, seed=6) != first


def test_a_step_is_some_batches_of_one_epoch():
    one = batches(LENGTHS, epochs=2)
    steps = plan(LENGTHS, epochs=2, options=BatchOptions(per_step=4), seed=0)

    assert [batch for step in steps for batch in step] == one
    assert {len(step) for step in steps[: len(steps) // 2 - 1]} == {4}
    for half in (steps[: len(steps) // 2], steps[len(steps) // 2 :]):
        members = [i for step in half for batch in step for i in batch.members]
        assert sorted(members) == list(range(len(LENGTHS)))


def test_copies_are_heard_again_in_another_order():
    steps = plan(LENGTHS, epochs=5, options=BatchOptions(), seed=0, copies=2)
    planned = [batch for (batch,) in steps]
    draws = Counter(batch.draw for batch in planned)

    assert set(draws.values()) == {2, 3}
    assert len(set(planned)) == len(draws)
    assert [batch.draw for batch in planned] != sorted(draws) + [
        batch.draw for batch in planned[len(draws) :]
    ]


def test_without_copies_every_batch_sounds_new():
    planned = batches(LENGTHS, epochs=3)

    assert len({batch.draw for batch in planned}) == len(planned)


@pytest.mark.parametrize("limit", [3200, 12_000])
def test_about_one_batch_in_five_is_padded(limit):
    planned = batches(LENGTHS, epochs=5, frames=limit)

    assert np.mean([batch.padded for batch in planned]) == pytest.approx(0.2, abs=0.05)
    assert not any(batch.padded for batch in batches(LENGTHS, padded=0))


def test_batches_are_of_like_lengths():
    planned = [batch for batch in batches(LENGTHS) if not batch.padded]
    windows = sum(max(LENGTHS[i].frames for i in batch.members) * len(batch.members) for batch in planned)
    heard = sum(LENGTHS[i].frames for batch in planned for i in batch.members)

    assert windows < 1.1 * heard


def test_every_use_has_random_numbers_of_its_own():
    draws = Counter(
        generator(seed, purpose, n).integers(1 << 62)
        for seed in (0, 1)
        for purpose in ("plan", "order", "sound")
        for n in range(3)
    )

    assert max(draws.values()) == 1


@given(times=st.lists(st.floats(0.05, 5), min_size=1, max_size=100), seed=st.integers(0, 50))
def test_each_is_drawn_as_often_as_asked_rounded_up_or_down(times, seed):
    planned = weighted(times, seed=seed)
    drawn = Counter(i for batch in planned for i in batch.members)

    assert planned
    for i, wanted in enumerate(times):
        assert wanted - 1 < drawn[i] < wanted + 1 or drawn.total() == 1
    assert abs(drawn.total() - sum(times)) < 1.01


def test_a_half_is_another_random_half_each_epoch():
    times = [0.5] * 100 + [1.0] * 100
    halves = [{i for batch in weighted(times, seed=seed) for i in batch.members} for seed in (1, 2)]

    for half in halves:
        assert half >= set(range(100, 200))
        assert len(half) == 150
    assert 10 < len((halves[0] & halves[1]) - set(range(100, 200))) < 40


def test_whole_numbers_are_kept_exactly():
    drawn = Counter(i for batch in weighted([3.0, 1.0, 2.0]) for i in batch.members)
    assert drawn == {0: 3, 1: 1, 2: 2}


def weighted(times, *, seed=0):
    lengths = [Length(300, 20)] * len(times)
    steps = plan(lengths, epochs=1, options=BatchOptions(), seed=seed, times=times)
    return [batch for step in steps for batch in step]
