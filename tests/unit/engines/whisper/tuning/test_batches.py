"""The plan holds every utterance once an epoch, keeps to its limits and comes from its seed alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import whisper_makers
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidAudio, InvalidInput, InvalidTranscript
from lect.engines.whisper.features import log_mel
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning import batches
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.batches import BatchOptions, Planned, check, collate, plan

FRAMES = np.random.default_rng(0).integers(100, 1500, 400).tolist()


@given(
    frames=st.lists(st.integers(2, 3000), min_size=1, max_size=300),
    limit=st.integers(100, 10_000),
    padded=st.floats(0, 1),
)
def test_every_utterance_is_heard_once_an_epoch_within_the_limits(frames, limit, padded):
    options = BatchOptions(frames=limit, padded=padded)
    planned = plan(frames, epochs=1, options=options, seed=3)

    assert sorted(i for batch in planned for i in batch.members) == list(range(len(frames)))
    for batch in planned:
        window = 3000 if batch.padded else max(frames[i] for i in batch.members)
        assert len(batch.members) == 1 or window * len(batch.members) <= limit
        assert len(batch.members) <= options.utterances


def test_the_same_seed_gives_the_same_plan_and_each_epoch_another():
    options = BatchOptions()
    both = plan(FRAMES, epochs=2, options=options, seed=5)
    first = plan(FRAMES, epochs=1, options=options, seed=5)

    assert both[: len(first)] == first
    assert both[len(first) :] != first
    assert plan(FRAMES, epochs=1, options=options, seed=6) != first


@pytest.mark.parametrize("limit", [3200, 12_000])
def test_about_one_batch_in_five_is_padded(limit):
    planned = plan(FRAMES, epochs=5, options=BatchOptions(frames=limit), seed=0)

    assert np.mean([batch.padded for batch in planned]) == pytest.approx(0.2, abs=0.05)
    assert not any(batch.padded for batch in plan(FRAMES, epochs=1, options=BatchOptions(padded=0), seed=0))


def test_batches_are_of_like_lengths():
    planned = [batch for batch in plan(FRAMES, epochs=1, options=BatchOptions(), seed=0) if not batch.padded]
    windows = sum(max(FRAMES[i] for i in batch.members) * len(batch.members) for batch in planned)
    heard = sum(FRAMES[i] for batch in planned for i in batch.members)

    assert windows < 1.1 * heard


def batch_of(tones, *, padded=False, augmentation=None, seed=0, **options):
    return collate(
        tones,
        Planned(members=(0, 2), padded=padded),
        mels=80,
        options=BatchOptions(**options),
        augmentation=augmentation,
        rng=np.random.default_rng(seed),
    )


def test_labels_are_the_text_and_its_end_foretold_from_the_end_of_the_prompt_on(tones):
    batch = batch_of(tones)

    assert batch.tokens.tolist() == [[290, 291, 7, 0, 0], [290, 291, 13, 14, 15]]
    assert batch.rows.tolist() == [1, 2, 6, 7, 8, 9]
    assert batch.labels.tolist() == [7, 289, 13, 14, 15, 289]
    assert batch.words == 4


def test_windows_are_as_long_as_the_sound_and_some_silence(tones):
    windows = {batch_of(tones, seed=seed).mel.shape[1] for seed in range(50)}

    assert min(windows) >= 50
    assert max(windows) <= 100
    assert len(windows) > 10
    assert all(window % 2 == 0 for window in windows)
    assert batch_of(tones, silence=0).mel.shape == (2, 50, 80)
    assert batch_of(tones, padded=True).mel.shape == (2, 3000, 80)


def test_without_augmentation_the_features_are_those_that_the_recogniser_hears(tones):
    mel = batch_of(tones, silence=0).mel

    assert np.array_equal(mel[1], log_mel(tones[2].samples, mels=80, frames=50))


def test_augmentation_comes_from_the_generator_alone(tones):
    first, again, other = (
        batch_of(tones, augmentation=AugmentOptions(), seed=seed).mel for seed in (1, 1, 2)
    )

    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


@pytest.mark.parametrize("n", [1, 2, 159, 161])
def test_very_short_recordings_become_features(tones, n):
    short = [replace(tones[0], samples=tones[0].samples[:n])]

    for augmentation in (None, AugmentOptions(noisy=1)):
        batch = collate(
            short,
            Planned(members=(0,), padded=False),
            mels=80,
            options=BatchOptions(silence=0),
            augmentation=augmentation,
            rng=np.random.default_rng(0),
        )
        assert batch.mel.shape[1] in (2, 4)
        assert np.isfinite(batch.mel).all()


def test_slowing_down_never_cuts_an_utterance_of_30_seconds(tones):
    full = replace(tones[0], samples=np.resize(tones[0].samples, 30 * 16_000))
    batch = collate(
        [full],
        Planned(members=(0,), padded=False),
        mels=80,
        options=BatchOptions(silence=0),
        augmentation=AugmentOptions(speed=(0.9, 0.9), noisy=0, masks=0),
        rng=np.random.default_rng(0),
    )

    assert np.array_equal(batch.mel[0], log_mel(full.samples, mels=80, frames=3000))


def test_an_example_is_asked_for_as_when_recognising(tmp_path):
    whisper_makers.write_tokenizer(tmp_path)
    tokens = Tokens(tmp_path / "tokenizer.json", 51865)
    made = batches.example("a.wav", np.zeros(9, np.float32), [72, 105], words=1, language="de", tokens=tokens)

    assert made.prompt == tuple(tokens.prompt("de"))
    assert len(made.prompt) == 4
    assert made.answer == (72, 105, tokens.end)


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"samples": np.array([0, np.nan], np.float32)}, InvalidAudio, "no numbers"),
        ({"samples": np.array([0, np.inf], np.float32)}, InvalidAudio, "no numbers"),
        ({"samples": np.zeros(0, np.float32)}, InvalidAudio, "no samples"),
        ({"samples": np.zeros(480_001, np.float32)}, InvalidAudio, "30.0 s"),
        ({"answer": (1,) * 95}, InvalidTranscript, "95 tokens"),
    ],
)
def test_what_cannot_be_learned_from_is_named(tones, change, error, why):
    with pytest.raises(error, match=rf"^1500\.wav: .*{why}"):
        check([*tones[:2], replace(tones[2], **change)], whisper_makers.SIZE)


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(InvalidInput, match="nothing to learn"):
        check([], whisper_makers.SIZE)


def test_steps_have_random_numbers_of_their_own():
    draws = Counter(
        batches.generator(seed, purpose, n).integers(1 << 62)
        for seed in (0, 1)
        for purpose in ("plan", "step")
        for n in range(3)
    )

    assert max(draws.values()) == 1
