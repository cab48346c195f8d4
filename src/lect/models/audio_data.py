"""The recordings of a training: what they are for, and all of them decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress
from operator import not_
from pathlib import Path

from lect.core.errors import InvalidDataset
from lect.core.progress import Progress
from lect.core.words import counted
from lect.datasets.reading import AcousticDataset
from lect.datasets.recordings import Recording, RecordingSet
from lect.models.gate import Guard, require_judges
from lect.models.held_out import ByFile, Split, hold_out
from lect.models.manifest import Dataset, Role
from lect.models.overlap import Part, require_apart, sound_of
from lect.models.self_training import cut
from lect.models.spoken import LeftOut, Spoken, decode
from lect.speech.audio import AudioDecoder, Samples
from lect.speech.scoring.intervals import FEWEST_BLOCKS


@dataclass(frozen=True, kw_only=True)
class AudioData:
    """Recordings with transcripts, and what they are for."""

    training: Sequence[AcousticDataset] = ()
    times: Mapping[Path, float] = field(
        default_factory=dict
    )  # that an epoch holds the data of a path; else once
    dev: AcousticDataset | None = None  # None: a part of the training data is held back
    guard: AcousticDataset | None = None  # speech of other domains
    synthetic_guard: bool = False
    audio_only: Sequence[RecordingSet] = ()  # without transcripts, for self-training
    noises: Sequence[RecordingSet] = ()  # to be heard behind the speech

    def times_of(self, dataset: AcousticDataset) -> float:
        """How often an epoch holds each utterance of a training dataset, on average."""
        return self.times.get(dataset.path, 1.0)

    def require_judges(self) -> None:
        """Make sure that dev data which is given can judge weights, as far as is known before it is decoded.

        Raises:
            InvalidDataset: it cannot.
        """
        if self.dev is not None:
            require_judges(self.dev.utterances, self.dev.name, hint=self.how_to_judge)

    @property
    def how_to_judge(self) -> str:
        """What to do where dev data that is given is too little."""
        more = f"Give at least {FEWEST_BLOCKS} recordings"
        is_spare = self.training and not self.audio_only  # self-training needs dev data of its own
        return f"{more}, or leave out --dev: then a part of --audio judges." if is_spare else f"{more}."

    @property
    def not_trained_on(self) -> list[Dataset]:
        """What a model is judged by and what is heard behind the speech, for the manifest."""
        judges = [(self.dev, Role.DEV), (self.guard, Role.GUARD)]
        found = [Dataset.of(dataset, role) for dataset, role in judges if dataset is not None]
        if self.synthetic_guard:
            found[-1] = replace(found[-1], file="built-in guard")
        return [*found, *(Dataset.of(noise, Role.NOISE) for noise in self.noises)]


@dataclass(frozen=True, kw_only=True)
class DecodedData:
    """The decoded data."""

    training: tuple[Spoken, ...]
    audio_only: tuple[Spoken, ...]  # pieces without transcripts
    dev: tuple[Spoken, ...]
    guard: Guard | None
    noises: tuple[Samples, ...]
    left_out: tuple[LeftOut, ...]
    by_speaker: bool | None
    by_file: ByFile | None = None  # why not by speaker

    @classmethod
    def of(
        cls, data: AudioData, folder: Path, *, window: float, decoder: AudioDecoder, progress: Progress
    ) -> DecodedData:
        """Decode everything once.

        Raises:
            InvalidDataset: nothing is left to train on, or too little to judge it by; or a recording is in two of the sets.
        """
        found = decode(
            data.training,
            folder / "training.f32",
            times=[data.times_of(dataset) for dataset in data.training],
            decoder=decoder,
            longest=window,
            progress=progress,
        )
        names = ", ".join([*(each.name for each in data.training), *(each.name for each in data.audio_only)])
        only = cut(data.audio_only, folder / "audio-only.f32", decoder=decoder, progress=progress)
        pieces, with_transcripts = _without_copies(
            only.spoken, found.spoken, reason="the same recording is there with a transcript"
        )
        if data.training and not found.spoken:
            raise InvalidDataset(f"{names}: no recording can be trained on", hint=reasons(found.left_out))
        to_hear = partial(decode, decoder=decoder, what="Decoding dev and guard data", progress=progress)
        parts, guard = [Part(role="training", name=names, spoken=(*found.spoken, *pieces))], None
        split = hold_out(found.spoken)
        training, copies = _without_copies(
            split.training, split.dev, reason="the same recording is held back as dev data"
        )
        if data.dev is not None:
            dev = to_hear([data.dev], folder / "dev.f32").spoken
            require_judges(dev, data.dev.name, hint=data.how_to_judge)
            split, training, copies = Split(training=(), dev=dev, by_speaker=None), found.spoken, ()
            parts.append(Part(role="dev", name=data.dev.name, spoken=dev))
        if data.guard is not None:
            utterances = to_hear([data.guard], folder / "guard.f32").spoken
            guard = Guard(utterances=utterances, synthetic=data.synthetic_guard)
            parts.append(Part(role="guard", name=data.guard.name, spoken=utterances))
        require_apart(parts)
        recordings = [_Noise(recording) for noise in data.noises for recording in noise.recordings]
        noises = tuple(each.samples for each in to_hear([recordings], folder / "noise.f32").spoken)
        if data.training and data.dev is None:
            _require_held_back(found.spoken, split, names)
        if found.spoken and not training:
            raise InvalidDataset(f"{names}: no recording can be trained on", hint=reasons(copies))
        return cls(
            training=training,
            audio_only=pieces,
            dev=split.dev,
            guard=guard,
            noises=noises,
            left_out=(*found.left_out, *copies, *only.left_out, *with_transcripts),
            by_speaker=split.by_speaker if data.training else None,
            by_file=split.by_file if data.training else None,
        )


def _require_held_back(spoken: Sequence[Spoken], split: Split, names: str) -> None:
    """Make sure that what is held back can judge what is learned from the rest.

    Raises:
        InvalidDataset: there are too few recordings for both.
    """
    others = f"name {FEWEST_BLOCKS} or more others to judge by with --dev."
    held_back = f"{len(split.dev)} of {counted(len(spoken), 'recording')} held back"
    require_judges(
        split.dev,
        f"{names} ({held_back})",
        hint=f"Add recordings: {2 * FEWEST_BLOCKS} are enough to begin with. Or {others}",
    )


def _without_copies(
    spoken: Sequence[Spoken], others: Sequence[Spoken], *, reason: str
) -> tuple[tuple[Spoken, ...], tuple[LeftOut, ...]]:
    """Recordings without those that others are copies of, which are left out for a reason."""
    sounds = {sound_of(each) for each in others}
    is_copy = [sound_of(each) in sounds for each in spoken]
    return (
        tuple(compress(spoken, map(not_, is_copy))),
        tuple(
            LeftOut(file=each.file, reason=reason, dataset=each.dataset) for each in compress(spoken, is_copy)
        ),
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
