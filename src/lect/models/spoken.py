"""Recordings of datasets, decoded once and kept on disk: what is trained on is heard again and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from lect.core.errors import InvalidAudio, LimitExceeded, StoreError
from lect.core.progress import Progress, silent
from lect.datasets.sound import SILENT_PEAK
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.scoring.intervals import Recorded

_T = TypeVar("_T")
_NOTHING: Samples = np.zeros(0, np.float32)


class Utterance(Recorded, Protocol):
    """A recording with its transcript, of a dataset or decoded."""

    @property
    def transcript(self) -> str: ...

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
    dataset: int | None = None  # which of those that were decoded together, from 0; names repeat in others
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
    dataset: int | None = None  # of the training data which, from 0; None: it has no transcript

    def to_json(self) -> dict[str, str]:
        """For documents."""
        return {"file": self.file, "reason": self.reason}


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
        longest: seconds that an utterance may last to be trained on; what is longer, silent or cannot be decoded is left
            out then. None for recordings that are only to be heard.
        what: to say in the progress

    Raises:
        InvalidAudio, LimitExceeded: a recording that is only to be heard cannot be decoded.
        StoreError: a recording cannot be read, or the file cannot be written.
    """
    often = itertools.repeat(1.0) if times is None else times
    utterances = [
        (utterance, number, n)
        for number, (dataset, n) in enumerate(zip(datasets, often, strict=False))
        for utterance in dataset
    ]
    left_out = list[LeftOut]()

    def decoded() -> Iterator[Iterable[Samples]]:
        for done, (utterance, number, _) in enumerate(utterances, start=1):
            if longest is None:
                yield _stream(utterance, decoder)
            else:
                blocks, reason = _short(utterance, decoder, longest)
                if reason:
                    left_out.append(LeftOut(file=utterance.file, reason=reason, dataset=number))
                yield blocks
            progress(what, done / len(utterances))

    kept = keep(decoded(), file)
    return Recordings(
        spoken=tuple(
            Spoken(
                file=utterance.file,
                transcript=utterance.transcript,
                speaker=utterance.speaker,
                times=n,
                dataset=number,
                samples=samples,
            )
            for (utterance, number, n), samples in zip(utterances, kept, strict=True)
            if len(samples)
        ),
        left_out=tuple(left_out),
    )


def keep(decoded: Iterable[Iterable[Samples]], file: Path) -> list[Samples]:
    """Write recordings into a file, block by block: one of them may be larger than the memory.

    Args:
        decoded: the blocks of each recording
        file: is written; it must stay as long as the recordings are used

    Returns:
        Each recording, in a memory map.

    Raises:
        StoreError: the file cannot be written.
    """
    lengths = list[int]()
    with _storing(file), file.open("wb") as store:
        for blocks in decoded:
            lengths.append(0)
            for block in blocks:
                store.write(block.data)
                lengths[-1] += len(block)
    if not any(lengths):  # an empty file cannot be mapped
        return [_NOTHING] * len(lengths)
    everything = np.memmap(file, np.float32, "r")
    ends = itertools.accumulate(lengths)
    return [everything[end - length : end] for end, length in zip(ends, lengths, strict=True)]


@contextmanager
def _storing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{file}: cannot be written: {error.strerror or error}",
            hint="Free some space, or write the bundle to another disk: decoded audio is kept beside it meanwhile.",
        ) from error


def _stream(utterance: Utterance, decoder: AudioDecoder) -> Iterator[Samples]:
    return decoder.stream(opened(utterance.source, utterance.file), name=utterance.file)


def _short(utterance: Utterance, decoder: AudioDecoder, longest: float) -> tuple[Sequence[Samples], str]:
    """The samples of one recording; none if it cannot be used, with the reason."""
    blocks, length, peak = list[Samples](), 0, 0.0
    try:
        for block in _stream(utterance, decoder):
            blocks.append(block)
            length += len(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
            if length > longest * SAMPLE_RATE:
                return (), f"longer than {longest:g} s, which is all that the model hears at once"
    except (InvalidAudio, LimitExceeded) as error:
        return (), error.message.removeprefix(f"{utterance.file}: ")
    return ((), "nothing can be heard, but there is a transcript") if peak < SILENT_PEAK else (blocks, "")


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
