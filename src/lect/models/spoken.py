"""Recordings of datasets, decoded once and kept on disk: what is trained on is heard again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from lect.core.errors import InvalidAudio, LimitExceeded, StoreError
from lect.core.progress import Progress, silent
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.scoring.intervals import Recorded

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
    longest: float | None = None,
    what: str = "Decoding the audio",
    progress: Progress = silent,
) -> Recordings:
    """Decode the recordings of datasets into a file.

    Args:
        file: is written; it must stay as long as the recordings are used
        longest: seconds that an utterance may last to be trained on; what is longer or cannot be decoded is left
            out then. None for recordings that are only to be heard.
        what: to say in the progress

    Raises:
        InvalidAudio, LimitExceeded: a recording that is only to be heard cannot be decoded.
        StoreError: a recording cannot be read, or the file cannot be written.
    """
    utterances = [utterance for dataset in datasets for utterance in dataset]
    lengths, left_out = list[int](), list[LeftOut]()
    with _storing(file), file.open("wb") as store:
        for done, utterance in enumerate(utterances, start=1):
            samples, reason = _decode(utterance, decoder, longest)
            store.write(samples.data)
            lengths.append(len(samples))
            if reason:
                left_out.append(LeftOut(file=utterance.file, reason=reason))
            progress(what, done / len(utterances))
    return Recordings(spoken=tuple(_mapped(utterances, lengths, file)), left_out=tuple(left_out))


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
    source = _opened(utterance)
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


def _opened(utterance: Utterance) -> Path | bytes:
    """The recording as the decoder takes it.

    Raises:
        StoreError: the disk does not give it.
    """
    try:
        source = utterance.source()
    except OSError as error:
        raise StoreError(
            f"{utterance.file}: cannot be read: {error.strerror or error}",
            hint="Make sure that the disk or the network drive that holds the data is there and whole.",
        ) from error
    assert not isinstance(source, np.ndarray)
    return source


def _mapped(utterances: Iterable[Utterance], lengths: Sequence[int], file: Path) -> Iterable[Spoken]:
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
