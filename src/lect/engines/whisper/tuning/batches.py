"""What is heard in which step: the plan of a training, drawn from its seed alone, and the arrays of one batch of it.

Windows are as long as the longest utterance in the batch and a little silence, four times less work than Whisper's 30 s for
utterances of 8 s; the silence teaches the model to stop. A share of the batches is padded to 30 s so that it does not forget how to
hear those.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lect.core.errors import InvalidAudio, InvalidInput, InvalidTranscript
from lect.engines.whisper.features import FRAMES_PER_SECOND, HOP, log_mel
from lect.engines.whisper.recogniser import FULL, WINDOW
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.weights import Array, Dimensions
from lect.speech.audio import Samples

from .augment import AugmentOptions, augment, mask

Integers = npt.NDArray[np.int64]

_POOL = 128  # utterances that are sorted by length together; more would make batches alike in every epoch


@dataclass(frozen=True, kw_only=True)
class Example:
    """An utterance to learn from."""

    name: str  # for messages
    samples: Samples  # mono 16 kHz; a memory map will do
    prompt: tuple[int, ...]  # tokens that ask for a transcript in its language
    answer: tuple[int, ...]  # tokens of the transcript and the one that ends it
    words: int

    @property
    def frames(self) -> int:
        """Mel frames that hold its sound."""
        return max(math.ceil(len(self.samples) / HOP), 2)


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How utterances are put together."""

    frames: int = 3200  # mel frames in a batch, padding included; memory grows with it
    utterances: int = 16  # at most, in a batch
    padded: float = 0.2  # share of the batches whose window is 30 s
    silence: float = 0.5  # seconds after the longest utterance, at most


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A batch to come: which examples, and whether the window is the full one."""

    members: tuple[int, ...]
    padded: bool


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The arrays of one step; see `model` for the shapes."""

    mel: Array  # (B, T, mels)
    tokens: Integers  # (B, n)
    rows: Integers  # (P,)
    labels: Integers  # (P,)
    names: tuple[str, ...]
    words: int


def example(
    name: str, samples: Samples, text: Sequence[int], *, words: int, language: str, tokens: Tokens
) -> Example:
    """An utterance with the tokens of its text, as the model is to hear it.

    Args:
        text: tokens of the transcript alone, no special ones
        words: how many words the transcript has

    Raises:
        UnsupportedLocale: the model does not know the language.
    """
    prompt = tuple(tokens.prompt(language))
    return Example(name=name, samples=samples, prompt=prompt, answer=(*text, tokens.end), words=words)


def check(examples: Sequence[Example], size: Dimensions) -> None:
    """Make sure that a model can learn from every example.

    Raises:
        InvalidInput: there is no example.
        InvalidAudio: one is empty, longer than the model hears at once, or holds samples that are no numbers.
        InvalidTranscript: one has more tokens than the model can write.
    """
    if not examples:
        raise InvalidInput("there is nothing to learn from", hint="Give at least one recording.")
    for each in examples:
        _check_samples(each)
        if len(each.prompt) + len(each.answer) > size.positions:
            raise InvalidTranscript(
                f"{each.name}: its transcript is {len(each.answer)} tokens long, the model writes {size.positions}",
                hint="Cut the recording and its transcript into shorter pieces.",
            )


def _check_samples(example: Example) -> None:
    if not len(example.samples):
        raise InvalidAudio(f"{example.name}: it holds no samples", hint="Leave it out.")
    if example.frames > FULL:
        raise InvalidAudio(
            f"{example.name}: {example.frames / FRAMES_PER_SECOND:.1f} s long, the model hears {WINDOW:.0f} s",
            hint="Cut the recording and its transcript into shorter pieces.",
        )
    if not np.isfinite(example.samples).all():
        raise InvalidAudio(
            f"{example.name}: it holds samples that are no numbers", hint="Record it again, or leave it out."
        )


# --- the plan --------------------------------------------------------------------------------------------------------


def plan(frames: Sequence[int], *, epochs: int, options: BatchOptions, seed: int) -> list[Planned]:
    """The batches of all epochs, in order. Every utterance is in one batch of each epoch.

    Args:
        frames: length of each utterance
    """
    rngs = [generator(seed, "plan", epoch) for epoch in range(epochs)]
    return [batch for rng in rngs for batch in _epoch(frames, options, rng)]


def generator(seed: int, purpose: str, n: int = 0) -> np.random.Generator:
    """The random numbers of the n-th plan or step. Each has its own, so that a training can be taken up at any step."""
    return np.random.default_rng((seed, n, *purpose.encode()))


def _epoch(frames: Sequence[int], options: BatchOptions, rng: np.random.Generator) -> list[Planned]:
    order = rng.permutation(len(frames)).tolist()
    per_padded = min(max(options.frames // FULL, 1), options.utterances)
    n = _count_padded(frames, per_padded, options)
    batches = [
        Planned(members=tuple(order[i : min(i + per_padded, n)]), padded=True)
        for i in range(0, n, per_padded)
    ]
    for at in range(n, len(order), _POOL):
        pool = sorted(order[at : at + _POOL], key=frames.__getitem__)
        batches += [Planned(members=each, padded=False) for each in _fill(pool, frames, options)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _count_padded(frames: Sequence[int], per_batch: int, options: BatchOptions) -> int:
    """How many utterances go into padded batches, so that about the wanted share of all batches is padded."""
    mean = sum(frames) / len(frames)
    per_cut = min(
        max(options.frames / mean, 1), options.utterances
    )  # utterances in a batch that is not padded
    share = options.padded * per_batch / (options.padded * per_batch + (1 - options.padded) * per_cut)
    return round(share * len(frames))


def _fill(pool: Sequence[int], frames: Sequence[int], options: BatchOptions) -> Iterator[tuple[int, ...]]:
    """Batches of neighbours, each as large as allowed. `pool` rises in length."""
    batch: list[int] = []
    for i in pool:
        if batch and (len(batch) == options.utterances or frames[i] * (len(batch) + 1) > options.frames):
            yield tuple(batch)
            batch = []
        batch.append(i)
    if batch:
        yield tuple(batch)


# --- one batch -------------------------------------------------------------------------------------------------------


def collate(
    examples: Sequence[Example],
    planned: Planned,
    *,
    mels: int,
    options: BatchOptions,
    augmentation: AugmentOptions | None,
    rng: np.random.Generator,
) -> Batch:
    """The arrays of a planned batch.

    Args:
        examples: all of them; others than the planned ones may be heard in the background
        augmentation: None leaves the recordings as they are
    """
    chosen = [examples[i] for i in planned.members]
    tokens, rows, labels = _texts(chosen)
    mel = _sounds(examples, planned, mels=mels, options=options, augmentation=augmentation, rng=rng)
    return Batch(
        mel=mel,
        tokens=tokens,
        rows=rows,
        labels=labels,
        names=tuple(each.name for each in chosen),
        words=sum(each.words for each in chosen),
    )


def _sounds(
    examples: Sequence[Example],
    planned: Planned,
    *,
    mels: int,
    options: BatchOptions,
    augmentation: AugmentOptions | None,
    rng: np.random.Generator,
) -> Array:
    """Features of a batch in one window, shape = (B, T, mels)."""
    audio = [np.asarray(examples[i].samples) for i in planned.members]
    if augmentation:
        others = [each.samples for i, each in enumerate(examples) if i not in planned.members]
        audio = [
            augment(samples, others, limit=FULL * HOP, options=augmentation, rng=rng) for samples in audio
        ]
    heard = [max(math.ceil(len(samples) / HOP), 1) for samples in audio]
    silence = int(rng.integers(round(options.silence * FRAMES_PER_SECOND) + 1))
    window = FULL if planned.padded else min(2 * math.ceil((max(heard) + silence) / 2), FULL)
    features = [log_mel(samples, mels=mels, frames=window) for samples in audio]
    if augmentation:
        features = [
            mask(mel, n, options=augmentation, rng=rng) for mel, n in zip(features, heard, strict=True)
        ]
    return np.stack(features)


def _texts(chosen: Sequence[Example]) -> tuple[Integers, Integers, Integers]:
    """Decoder input (B, n), the rows that are to foretell an answer (P,), and what they are to foretell (P,)."""
    longest = max(len(each.prompt) + len(each.answer) - 1 for each in chosen)
    tokens = np.zeros((len(chosen), longest), np.int64)  # nobody looks at what pads
    rows: list[int] = []
    for i, each in enumerate(chosen):
        given = (*each.prompt, *each.answer[:-1])
        tokens[i, : len(given)] = given
        first = i * longest + len(each.prompt) - 1
        rows += range(first, first + len(each.answer))
    labels = np.array([token for each in chosen for token in each.answer], np.int64)
    return tokens, np.array(rows, np.int64), labels
