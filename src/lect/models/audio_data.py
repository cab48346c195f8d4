"""The recordings of a training: what they are for, and all of them decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lect.core.errors import InvalidDataset
from lect.core.progress import Progress
from lect.datasets.reading import AcousticDataset
from lect.datasets.recordings import Recording
from lect.models.gate import Guard
from lect.models.held_out import Split, hold_out
from lect.models.spoken import LeftOut, Spoken, decode
from lect.speech.audio import AudioDecoder, Samples


@dataclass(frozen=True, kw_only=True)
class AudioData:
    """Recordings with transcripts, and what they are for."""

    training: Sequence[AcousticDataset] = ()
    dev: AcousticDataset | None = None  # None: a part of the training data is held back
    guard: AcousticDataset | None = None  # speech of other domains
    synthetic_guard: bool = False
    noises: Sequence[Recording] = ()  # to be heard behind the speech


@dataclass(frozen=True, kw_only=True)
class DecodedData:
    """The decoded data."""

    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    guard: Guard | None
    noises: tuple[Samples, ...]
    left_out: tuple[LeftOut, ...]
    by_speaker: bool | None

    @classmethod
    def of(
        cls, data: AudioData, folder: Path, *, window: float, decoder: AudioDecoder, progress: Progress
    ) -> DecodedData:
        """Decode everything once.

        Raises:
            InvalidDataset: nothing is left to train on, or nothing to judge it by.
        """
        found = decode(
            data.training, folder / "training.f32", decoder=decoder, longest=window, progress=progress
        )
        names = ", ".join(dataset.name for dataset in data.training)
        if not found.spoken:
            raise InvalidDataset(f"{names}: no recording can be trained on", hint=reasons(found.left_out))
        to_hear = partial(decode, decoder=decoder, what="Decoding dev and guard data", progress=progress)
        guard = None
        if data.guard is not None:
            utterances = to_hear([data.guard], folder / "guard.f32").spoken
            guard = Guard(utterances=utterances, synthetic=data.synthetic_guard)
        noises = tuple(
            each.samples for each in to_hear([map(_Noise, data.noises)], folder / "noise.f32").spoken
        )
        split = hold_out(found.spoken)
        if data.dev is not None:
            dev = to_hear([data.dev], folder / "dev.f32").spoken
            split = Split(training=found.spoken, dev=dev, by_speaker=None)
        if not split.dev:
            raise InvalidDataset(
                f"{names}: one recording alone cannot be trained on and judged",
                hint="Add recordings, or name others to judge it by with --dev.",
            )
        return cls(
            training=split.training,
            dev=split.dev,
            guard=guard,
            noises=noises,
            left_out=found.left_out,
            by_speaker=split.by_speaker,
        )


@dataclass(frozen=True)
class _Noise:
    """A recording in which nothing is said, as utterances are decoded."""

    recording: Recording
    transcript: str = ""
    speaker: None = None

    @property
    def file(self) -> str:
        return self.recording.name

    def source(self) -> Path | bytes:
        return self.recording.open()


def reasons(left_out: Sequence[LeftOut], most: int = 5) -> str:
    """Why utterances cannot be used, the first of them."""
    lines = [f"{each.file}: {each.reason}" for each in left_out[:most]]
    return "\n  ".join([*lines, *(["..."] if len(left_out) > most else [])]) or "Run `lect check` on it."
