"""Recordings of datasets, decoded once and kept on disk: what is trained on is heard again and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from lect.core.errors import InvalidAudio, LimitExceeded, StoreError
from lect.core.progress import Progress, silent
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.scoring.intervals import Recorded

_T = TypeVar("_T")
_NOTHING: Samples = np.zeros(0, np.float32)


class Named(Recorded, Protocol):
    """What is known of a recording with its transcript, but for the sound."""

    @property
    def transcript(self) -> str: ...


class Utterance(Named, Protocol):
    """A recording with its transcript, of a dataset or decoded."""

    def source(self) -> Path | bytes | Samples:
        """The recording, as recognition takes it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A decoded recording with its transcript."""

    file: str
    transcript: str
    speaker: str | None = None
    times: float = 1.0  # how often it is trained on in an epoch, on average
    samples: Samples = field(repr=False, compare=False)  # mono 16 kHz, in a memory map

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE

    def source(self) -> Samples:
        """The recording, as recognition takes it."""
        return self.samples


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An utterance that is not trained on."""

    file: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """All that can be used, and what cannot."""

    spoken: tuple[Spoken, ...]
    left_out: tuple[LeftOut, ...]


def decode(
    datasets: Iterable[Iterable[Utterance]],
    file: Path,
    *,
    decoder: AudioDecoder,
    times: Sequence[float] | None = None,
    longest: float | None = None,
    what: str = "Decoding the audio",
    progress: Progress = silent,
) -> Recordings:
    """Decode the recordings of datasets into a file.

    Args:
        file: is written; it must stay as long as the recordings are used
        times: how often utterances of each dataset are trained on in an epoch, on average; None: once
        longest: seconds that an utterance may last to be trained on; what is longer or cannot be decoded is left
            out then. None for recordings that are only to be heard.
        what: to say in the progress

    Raises:
        InvalidAudio, LimitExceeded: a recording that is only to be heard cannot be decoded.
        StoreError: a recording cannot be read, or the file cannot be written.
    """
    often = itertools.repeat(1.0) if times is None else times
    utterances = [(each, n) for dataset, n in zip(datasets, often, strict=False) for each in dataset]
    left_out, kept_times = list[LeftOut](), list[float]()

    def decoded() -> Iterator[tuple[Named, Samples]]:
        for done, (utterance, n) in enumerate(utterances, start=1):
            samples, reason = _decode(utterance, decoder, longest)
            if reason:
                left_out.append(LeftOut(file=utterance.file, reason=reason))
            if len(samples):
                kept_times.append(n)
            yield utterance, samples
            progress(what, done / len(utterances))

    kept = keep(decoded(), file)
    return Recordings(
        spoken=tuple(replace(each, times=n) for each, n in zip(kept, kept_times, strict=True)),
        left_out=tuple(left_out),
    )


def keep(decoded: Iterable[tuple[Named, Samples]], file: Path) -> tuple[Spoken, ...]:
    """Write what was decoded into a file, which must stay as long as it is used. What holds no samples is not kept.

    Raises:
        StoreError: the file cannot be written.
    """
    kept, lengths = list[Named](), list[int]()
    with _storing(file), file.open("wb") as store:
        for named, samples in decoded:
            store.write(samples.data)
            kept.append(named)
            lengths.append(len(samples))
    return tuple(_mapped(kept, lengths, file))


@contextmanager
def _storing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{file}: cannot be written: {error.strerror or error}",
            hint="Free some space, or write the bundle to another disk: decoded audio is kept beside it meanwhile.",
        ) from error


def _decode(utterance: Utterance, decoder: AudioDecoder, longest: float | None) -> tuple[Samples, str]:
    """The samples of one recording; none if it cannot be used, with the reason."""
    blocks, length = list[Samples](), 0
    source = opened(utterance.source, utterance.file)
    try:
        for block in decoder.stream(source, name=utterance.file):
            blocks.append(block)
            length += len(block)
            if longest is not None and length > longest * SAMPLE_RATE:
                return _NOTHING, f"longer than {longest:g} s, which is all that the model hears at once"
    except (InvalidAudio, LimitExceeded) as error:
        if longest is None:
            raise
        return _NOTHING, error.message.removeprefix(f"{utterance.file}: ")
    return np.concatenate([_NOTHING, *blocks]), ""


def opened(source: Callable[[], Path | bytes | Samples], name: str) -> Path | bytes:
    """A recording as the decoder takes it.

    Raises:
        StoreError: the disk does not give it.
    """
    try:
        audio = source()
    except OSError as error:
        raise StoreError(
            f"{name}: cannot be read: {error.strerror or error}",
            hint="Make sure that the disk or the network drive that holds the data is there and whole.",
        ) from error
    assert not isinstance(audio, np.ndarray)
    return audio


def spread(spoken: Sequence[_T], n: int) -> Sequence[_T]:
    """So many of them at the most, from everywhere."""
    count = min(n, len(spoken))
    return [spoken[at * len(spoken) // count] for at in range(count)]


def _mapped(utterances: Iterable[Named], lengths: Sequence[int], file: Path) -> Iterable[Spoken]:
    with suppress(ValueError):  # an empty file cannot be mapped, and nothing is in it
        everything = np.memmap(file, np.float32, "r")
        end = 0
        for utterance, length in zip(utterances, lengths, strict=True):
            start, end = end, end + length
            if length:
                yield Spoken(
                    file=utterance.file,
                    transcript=utterance.transcript,
                    speaker=utterance.speaker,
                    samples=everything[start:end],
                )
