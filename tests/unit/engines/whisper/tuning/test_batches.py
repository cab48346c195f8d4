"""The arrays of a batch are what the recogniser would hear, and what it is to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import whisper_makers

from lect.core.errors import InvalidAudio, InvalidInput, InvalidTranscript
from lect.engines.whisper.features import log_mel
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning import batches
from lect.engines.whisper.tuning.augment import AugmentOptions, augment
from lect.engines.whisper.tuning.batches import Collator, check
from lect.engines.whisper.tuning.plan import BatchOptions, Planned, generator


def batch_of(examples, members=(0, 2), *, padded=False, augmentation=None, draw=0, noises=(), **options):
    collator = Collator(
        examples=examples,
        noises=noises,
        mels=80,
        options=BatchOptions(**options),
        augmentation=augmentation,
    )
    return collator.batch(Planned(members=members, padded=padded, draw=draw))


def mel_of(*arguments, **options):
    return batch_of(*arguments, **options).mel()


def test_labels_are_the_text_and_its_end_foretold_from_the_end_of_the_prompt_on(tones):
    batch = batch_of(tones)

    assert batch.tokens.tolist() == [[290, 291, 7, 0, 0], [290, 291, 13, 14, 15]]
    assert batch.rows.tolist() == [1, 2, 6, 7, 8, 9]
    assert batch.labels.tolist() == [7, 289, 13, 14, 15, 289]


def test_windows_are_as_long_as_the_sound_and_some_silence(tones):
    windows = {mel_of(tones, draw=draw).shape[1] for draw in range(50)}

    assert min(windows) >= 50
    assert max(windows) <= 100
    assert len(windows) > 10
    assert all(window % 2 == 0 for window in windows)
    assert mel_of(tones, silence=0).shape == (2, 50, 80)
    assert mel_of(tones, padded=True).shape == (2, 3000, 80)


def test_without_augmentation_the_features_are_those_that_the_recogniser_hears(tones):
    mel = mel_of(tones, silence=0)

    assert np.array_equal(mel[1], log_mel(tones[2].samples, mels=80, frames=50))


def test_augmentation_comes_from_the_generator_alone(tones):
    first, again, other = (mel_of(tones, augmentation=AugmentOptions(), draw=draw) for draw in (1, 1, 2))

    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


@pytest.mark.parametrize("n", [1, 2, 159, 161])
def test_very_short_recordings_become_features(tones, n):
    short = [replace(tones[0], samples=tones[0].samples[:n])]

    for augmentation in (None, AugmentOptions(noisy=1, reverberant=1)):
        mel = mel_of(short, (0,), silence=0, augmentation=augmentation)
        assert mel.shape[1] in (2, 4)
        assert np.isfinite(mel).all()


def test_slowing_down_never_cuts_an_utterance_of_30_seconds(tones):
    full = replace(tones[0], samples=np.resize(tones[0].samples, 30 * 16_000))
    slow = AugmentOptions(speed=(0.9, 0.9), reverberant=0, noisy=0, masks=0)

    assert np.array_equal(
        mel_of([full], (0,), silence=0, augmentation=slow)[0],
        log_mel(full.samples, mels=80, frames=3000),
    )


def test_recorded_noise_is_heard_behind_the_speech(tones):
    loud = AugmentOptions(speed=(1, 1), reverberant=0, noisy=1, recorded=1, masks=0, snr=(0, 0))
    hum = np.sin(np.arange(16_000, dtype=np.float32))
    noisy = mel_of(tones, noises=[hum], augmentation=loud, silence=0)
    clean = mel_of(tones, silence=0)
    louder = (noisy - clean).mean(axis=(0, 1))

    assert louder.argmax() == log_mel(hum, mels=80, frames=100).mean(axis=0).argmax()
    assert louder.max() > 1


BABBLE = AugmentOptions(noisy=1, recorded=0, reverberant=0, masks=0, snr=(0, 0))


@pytest.mark.parametrize("members", [(0,), (3, 1), (2, 2), (0, 1, 2)])
def test_all_others_may_talk_in_the_background(tones, members):
    """Other people talking is one kind of noise of three, so that twenty draws hear it."""
    others = [tone.samples for i, tone in enumerate(tones) if i not in members]
    for draw in range(20):
        rng = generator(0, "sound", draw)
        heard = [
            augment(tones[i].samples, voices=others, limit=30 * 16_000, options=BABBLE, rng=rng)
            for i in members
        ]
        mel = mel_of(tones, members, draw=draw, augmentation=BABBLE, padded=True)
        assert np.array_equal(mel, [log_mel(samples, mels=80, frames=3000) for samples in heard])


class Watched(Sequence):
    """Examples that tell which of them were looked at."""

    def __init__(self, examples):
        self._examples, self.seen = examples, set()

    def __len__(self):
        return len(self._examples)

    def __getitem__(self, i):
        self.seen.add(int(i))
        return self._examples[i]


def test_recordings_that_are_not_heard_are_not_looked_at(tones):
    """Each utterance once cost a walk over all the others, noisy or not."""
    many = Watched(tones * 100)
    mel_of(many, augmentation=replace(BABBLE, noisy=0))
    assert many.seen == {0, 2}

    mel_of(many, augmentation=BABBLE, draw=3)
    assert len(many.seen) <= 2 + 2 * BABBLE.voices[1]


def test_text_alone_has_no_sound_and_fills_batches_by_its_tokens(tones):
    texts = [replace(tone, samples=None) for tone in tones]
    batch = batch_of(texts)

    assert batch.mel is None
    assert batch.labels.tolist() == batch_of(tones).labels.tolist()
    assert texts[2].length == (0, 5)


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


def test_text_alone_is_not_mixed_with_recordings(tones):
    with pytest.raises(InvalidInput, match=r"^300\.wav and 1500\.wav: "):
        check([*tones[:2], replace(tones[2], samples=None)], whisper_makers.SIZE)


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(InvalidInput, match="nothing to learn"):
        check([], whisper_makers.SIZE)
