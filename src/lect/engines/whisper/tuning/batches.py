"""Examples, and the arrays of a batch of them.

Windows are as long as the longest utterance in the batch and a little silence, four times less work than Whisper's 30 s for
utterances of 8 s; the silence teaches the model to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from lect.core.errors import InvalidAudio, InvalidInput, InvalidTranscript
from lect.engines.whisper.features import FRAMES_PER_SECOND, HOP, log_mel
from lect.engines.whisper.recogniser import WINDOW, WINDOW_FRAMES
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.weights import Array, Dimensions
from lect.speech.audio import Samples

from .augment import AugmentOptions, augment, mask
from .plan import BatchOptions, Length, Planned, generator

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Example:
    """An utterance to learn from, or a sentence that nobody has said."""

    name: str  # for messages
    samples: Samples | None  # mono 16 kHz; a memory map will do; None: text alone
    prompt: tuple[int, ...]  # tokens that ask for a transcript in its language
    answer: tuple[int, ...]  # tokens of the transcript and the one that ends it
    words: int
    times: float = 1.0  # how often it is learned from in an epoch, on average

    @property
    def length(self) -> Length:
        """Mel frames that hold its sound, and tokens that the decoder reads."""
        frames = 0 if self.samples is None else max(math.ceil(len(self.samples) / HOP), 2)
        return Length(frames, len(self.prompt) + len(self.answer) - 1)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What the model is given at once; see `model` for the shapes."""

    mel: Callable[[], Array] | None  # computes (B, T, mels); None: nothing is heard
    draw: int  # batches with the same one sound the same
    tokens: Integers  # (B, n)
    rows: Integers  # (P,)
    labels: Integers  # (P,)


def example(
    name: str,
    samples: Samples | None,
    text: Sequence[int],
    *,
    words: int,
    language: str,
    tokens: Tokens,
    times: float = 1.0,
) -> Example:
    """An utterance with the tokens of its text, as the model is to hear it.

    Args:
        samples: mono 16 kHz, shape = (n_samples,); None to learn from the text alone
        text: tokens of the transcript alone, no special ones
        words: how many words the transcript has
        times: how often it is learned from in an epoch, on average

    Raises:
        UnsupportedLocale: the model does not know the language.
    """
    prompt = tuple(tokens.prompt(language))
    return Example(
        name=name, samples=samples, prompt=prompt, answer=(*text, tokens.end), words=words, times=times
    )


def check(examples: Sequence[Example], size: Dimensions) -> None:
    """Make sure that a model can learn from every example.

    Raises:
        InvalidInput: there is no example, or some are text alone and others not.
        InvalidAudio: one is empty, longer than the model hears at once, or holds samples that are no numbers.
        InvalidTranscript: one has more tokens than the model can write.
    """
    if not examples:
        raise InvalidInput("there is nothing to learn from", hint="Give at least one recording.")
    for each in examples:
        if (each.samples is None) != (examples[0].samples is None):
            raise InvalidInput(
                f"{examples[0].name} and {each.name}: one is text alone and the other a recording",
                hint="Train on recordings first, then on text.",
            )
        if each.samples is not None:
            check_samples(each.name, each.samples)
            _check_length(each)
        if len(each.prompt) + len(each.answer) > size.positions:
            raise InvalidTranscript(
                f"{each.name}: its transcript is {len(each.answer)} tokens long, the model writes {size.positions}",
                hint="Cut the recording and its transcript into shorter pieces.",
            )


def check_samples(name: str, samples: Samples) -> None:
    """Make sure that a recording can be heard.

    Raises:
        InvalidAudio: it is empty, or holds samples that are no numbers.
    """
    if not len(samples):
        raise InvalidAudio(f"{name}: it holds no samples", hint="Leave it out.")
    if not np.isfinite(samples).all():
        raise InvalidAudio(
            f"{name}: it holds samples that are no numbers", hint="Record it again, or leave it out."
        )


def _check_length(example: Example) -> None:
    if example.length.frames > WINDOW_FRAMES:
        raise InvalidAudio(
            f"{example.name}: {example.length.frames / FRAMES_PER_SECOND:.1f} s long, the model hears {WINDOW:.0f} s",
            hint="Cut the recording and its transcript into shorter pieces.",
        )


@dataclass(frozen=True, kw_only=True)
class Collator:
    """Makes batches as they are planned."""

    examples: Sequence[Example]
    noises: Sequence[Samples] = ()  # recorded, mono 16 kHz, to be added to speech
    mels: int
    options: BatchOptions
    augmentation: AugmentOptions | None  # None leaves the recordings as they are
    seed: int = 0

    def batch(self, planned: Planned) -> Batch:
        """The arrays of a planned batch."""
        chosen = [self.examples[i] for i in planned.members]
        tokens, rows, labels = collate_texts(chosen)
        mel = None if chosen[0].samples is None else partial(self._mel, planned)
        return Batch(mel=mel, draw=planned.draw, tokens=tokens, rows=rows, labels=labels)

    def _mel(self, planned: Planned) -> Array:
        """Features of a batch in one window, shape = (B, T, mels)."""
        rng = generator(self.seed, "sound", planned.draw)
        audio = [self._sound(i, planned, rng) for i in planned.members]
        heard = [max(math.ceil(len(samples) / HOP), 1) for samples in audio]
        silence = int(rng.integers(round(self.options.silence * FRAMES_PER_SECOND) + 1))
        window = (
            WINDOW_FRAMES if planned.padded else min(2 * math.ceil((max(heard) + silence) / 2), WINDOW_FRAMES)
        )
        features = [log_mel(samples, mels=self.mels, frames=window) for samples in audio]
        if self.augmentation:
            features = [
                mask(mel, n, options=self.augmentation, rng=rng)
                for mel, n in zip(features, heard, strict=True)
            ]
        return np.stack(features)

    def _sound(self, i: int, planned: Planned, rng: np.random.Generator) -> Samples:
        """What is heard of an example; others than the planned ones may talk in the background."""
        samples = np.asarray(self.examples[i].samples)
        if not self.augmentation:
            return samples
        return augment(
            samples,
            voices=_Others(self.examples, planned.members),
            noises=self.noises,
            limit=WINDOW_FRAMES * HOP,
            options=self.augmentation,
            rng=rng,
        )


class _Others:
    """Recordings of which some are in a batch: all the others, in their order, none looked at before it is asked for."""

    def __init__(self, examples: Sequence[Example], members: Sequence[int]) -> None:
        self._examples, self._members = examples, sorted(set(members))

    def __len__(self) -> int:
        return len(self._examples) - len(self._members)

    def __getitem__(self, i: int) -> Samples:
        for member in self._members:
            i += member <= i
        return np.asarray(self._examples[i].samples)


def collate_texts(chosen: Sequence[Example]) -> tuple[Integers, Integers, Integers]:
    """Decoder input (B, n), the rows that are to foretell an answer (P,), and what they are to foretell (P,)."""
    longest = max(each.length.tokens for each in chosen)
    tokens = np.zeros((len(chosen), longest), np.int64)  # nobody looks at what pads
    rows: list[int] = []
    for i, each in enumerate(chosen):
        given = (*each.prompt, *each.answer[:-1])
        tokens[i, : len(given)] = given
        first = i * longest + len(each.prompt) - 1
        rows += range(first, first + len(each.answer))
    labels = np.array([token for each in chosen for token in each.answer], np.int64)
    return tokens, np.array(rows, np.int64), labels
