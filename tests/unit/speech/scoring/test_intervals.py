"""Intervals: they cover what they should, repeat with their seed, and say nothing where nothing can be said."""

import math
import time

import numpy as np
import pytest

from lect.speech.scoring import align
from lect.speech.scoring.intervals import (
    Difference,
    Interval,
    block_bootstrap,
    mapsswe,
    paired_block_bootstrap,
)
from lect.speech.scoring.verdict import verdict


def simulated(seed, *rates, utterances=400):
    generator = np.random.default_rng(seed)
    words = generator.integers(5, 20, utterances)
    errors = [generator.binomial(words, rate) for rate in rates]
    return words, *errors


def blocks(count, size=1):
    return [f"s{at // size}" for at in range(count)]


def test_the_interval_covers_the_true_rate_nineteen_times_in_twenty():
    covered = 0
    for seed in range(100):
        words, errors = simulated(seed, 0.1, utterances=100)
        interval = block_bootstrap(errors, words, blocks(100), resamples=1000)
        covered += interval.low <= 0.1 <= interval.high

    assert 88 <= covered <= 99


def test_equal_models_are_told_apart_one_time_in_twenty():
    found = 0
    for seed in range(100):
        words, a, b = simulated(seed, 0.1, 0.1, utterances=100)
        found += paired_block_bootstrap(a, b, words, blocks(100), resamples=1000).significant

    assert found <= 12


def test_the_detectable_difference_is_detected_four_times_in_five():
    words, a, b = simulated(0, 0.1, 0.1)
    detectable = paired_block_bootstrap(a, b, words, blocks(400)).detectable
    found = 0
    for seed in range(100):
        words, a, b = simulated(seed, 0.1, 0.1 + detectable)
        found += paired_block_bootstrap(a, b, words, blocks(400), resamples=1000).significant

    assert 68 <= found <= 92


def test_utterances_that_go_wrong_together_widen_the_interval():
    generator = np.random.default_rng(0)
    words = np.full(400, 10)
    errors = generator.binomial(10, np.repeat(generator.choice([0.02, 0.3], 20), 20))
    alone = block_bootstrap(errors, words, blocks(400))
    together = block_bootstrap(errors, words, blocks(400, size=20))

    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval():
    words, errors = simulated(1, 0.1)

    assert block_bootstrap(errors, words, blocks(400), seed=3) == block_bootstrap(
        errors, words, blocks(400), seed=3
    )
    assert block_bootstrap(errors, words, blocks(400), seed=3) != block_bootstrap(
        errors, words, blocks(400), seed=4
    )


def test_ten_thousand_resamples_of_a_thousand_utterances_take_less_than_a_second():
    words, a, b = simulated(1, 0.1, 0.09, utterances=1000)
    start = time.process_time()
    paired_block_bootstrap(a, b, words, blocks(1000))

    assert time.process_time() - start < 1


def test_five_blocks_say_nothing():
    words, a, b = simulated(1, 0.1, 0.05)
    five = blocks(400, size=80)

    assert block_bootstrap(a, words, five) is None
    difference = paired_block_bootstrap(a, b, words, five)
    assert (difference.interval, difference.p, difference.significant) == (None, None, False)
    assert difference.delta == pytest.approx(b.sum() / words.sum() - a.sum() / words.sum())


def test_a_set_without_words_has_no_division_by_zero():
    assert block_bootstrap([1] * 8, [0] * 8, blocks(8)).high > 0


def test_swapping_the_models_swaps_the_sign():
    words, a, b = simulated(1, 0.1, 0.05)
    one, other = (
        paired_block_bootstrap(a, b, words, blocks(400)),
        paired_block_bootstrap(b, a, words, blocks(400)),
    )

    assert one.delta == pytest.approx(-other.delta)
    assert one.interval.low == pytest.approx(-other.interval.high)
    assert one.p == pytest.approx(other.p)


def test_mapsswe_parts_segments_by_two_correct_words():
    reference = "a b c d e f g h".split()
    a = align(reference, "x b y d e f g z".split())  # one segment of two errors, one of one
    b = align(reference, reference)
    found = mapsswe([a], [b])

    assert (found.segments, found.mean) == (2, 1.5)
    assert found.z == pytest.approx(3.0)


def test_mapsswe_finds_nothing_between_a_model_and_itself():
    a = align("a b c".split(), "a x c".split())

    assert mapsswe([a, a], [a, a]).p == 1
    assert mapsswe([], []).p == 1


def test_mapsswe_tells_a_model_that_is_better_by_the_same_in_every_segment():
    right, wrong = (align("a b c".split(), heard.split()) for heard in ("a b c", "a x c"))

    assert mapsswe([wrong] * 12, [right] * 12).p == pytest.approx(2 / 2**12)  # heads, twelve times in a row
    assert mapsswe([right] * 12, [wrong] * 12).z == -math.inf
    assert mapsswe([wrong], [right]).p == 1  # one segment says nothing


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (
            Difference(
                delta=-0.018,
                interval=Interval(low=-0.027, high=-0.009),
                p=0.0004,
                detectable=0.013,
                blocks=41,
            ),
            "B beats A by 1.8 points (95 % CI 0.9-2.7, p = 0.0004)",
        ),
        (
            Difference(
                delta=0.05, interval=Interval(low=0.01, high=0.09), p=0.012, detectable=0.05, blocks=41
            ),
            "A beats B by 5.0 points (95 % CI 1.0-9.0, p = 0.012)",
        ),
        (
            Difference(
                delta=0.001, interval=Interval(low=-0.01, high=0.01), p=0.8, detectable=0.011, blocks=41
            ),
            "no detectable difference between A and B; this set can detect ≥ 1.1 points",
        ),
        (
            Difference(delta=0.0, interval=Interval(low=0.0, high=0.0), p=1.0, detectable=None, blocks=41),
            "no difference between A and B: equally many errors in every speaker",
        ),
        (
            Difference(delta=-0.02, interval=None, p=None, detectable=None, blocks=1),
            "B is 2.0 points below A; 1 speaker cannot tell chance from merit, it takes at least 6",
        ),
        (
            Difference(delta=0.0, interval=None, p=None, detectable=None, blocks=2),
            "A and B make equally many errors; 2 speakers cannot tell chance from merit, it takes at least 6",
        ),
    ],
)
def test_the_verdict_says_what_was_found(difference, sentence):
    assert verdict("A", "B", difference, block="speaker") == sentence
