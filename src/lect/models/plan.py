"""What a training is to do, and the data that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from lect.core.entities import DatasetKind
from lect.core.errors import InvalidDataset, InvalidInput
from lect.core.locale import canonicalise_known
from lect.core.stages import Stages
from lect.datasets.display import DisplayFiles, read_display
from lect.datasets.pronunciation import PronunciationFiles, read_pronunciations
from lect.datasets.reading import AcousticDataset
from lect.datasets.recordings import RecordingSet
from lect.datasets.structured import StructuredFiles, read_structured
from lect.datasets.text import TextLines, read_text
from lect.datasets.textfile import ReadFile
from lect.models.manifest import Counted
from lect.models.methods import AudioOptions
from lect.models.needs import NEEDS, Material
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation

MOST_TIMES = 100  # that an utterance may be in an epoch


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What to make of which data."""

    locale: str = "en-US"
    text: tuple[Path, ...] = ()
    structured: tuple[Path, ...] = ()
    pronunciation: tuple[Path, ...] = ()
    display: tuple[Path, ...] = ()  # how the model writes what it recognises
    audio: tuple[Path, ...] = ()
    times: Mapping[Path, float] = field(default_factory=dict)  # that an epoch holds such `audio`; else once
    audio_only: tuple[Path, ...] = ()  # recordings without transcripts, for self-training
    noise: tuple[Path, ...] = ()  # recordings to be heard behind the speech
    audio_text: bool = True  # learn the transcripts as text, too
    deep_text: bool = False  # the decoder learns the sentences, too
    synthetic_speech: bool = False  # so too, as voices of this machine say them
    tuning: AudioOptions = field(default_factory=AudioOptions)
    or_anew: bool = False  # resuming begins anew where a checkpoint does not fit, which else is an error
    weight: int | None = None  # percent, 1-100; None: the default, or chosen on dev data
    seed: int = 0

    def __post_init__(self) -> None:
        if self.weight is not None and not 1 <= self.weight <= 100:
            raise InvalidInput(f"the weight is {self.weight}", hint="Give a number from 1 to 100.")
        if not (self.material.kinds or self.material.changes_weights):
            raise InvalidInput(
                "there is nothing to train on",
                hint="Name a file with --text, --structured, --pronunciation or --display, or recordings with --audio or --audio-only.",
            )
        for name, what in (("deep_text", "learn deeply"), ("synthetic_speech", "speak")):
            if getattr(self, name) and not NEEDS[name].is_met(self.material):
                raise InvalidInput(
                    f"there is no text to {what}", hint="Name a file with --text or --structured."
                )
        for path, often in self.times.items():
            if not 0 < often <= MOST_TIMES:  # NaN is no such number
                raise InvalidInput(
                    f"{path}: {often:g} times an epoch",
                    hint=f"Give a number above 0, up to {MOST_TIMES}.",
                )
        canonicalise_known(self.locale)

    @property
    def material(self) -> Material:
        """What there is to learn, by which options are of use or not."""
        data = {
            DatasetKind.TEXT: self.text,
            DatasetKind.STRUCTURED: self.structured,
            DatasetKind.PRONUNCIATION: self.pronunciation,
            DatasetKind.DISPLAY: self.display,
            DatasetKind.ACOUSTIC: self.audio,
            DatasetKind.AUDIO: self.audio_only,
        }
        return Material(
            kinds=[kind for kind, files in data.items() if files],
            deep_text=self.deep_text,
            synthetic_speech=self.synthetic_speech,
            audio_text=self.audio_text,
        )

    @property
    def trains_weights(self) -> bool:
        """Whether the weights of the base are changed."""
        return self.material.changes_weights

    @property
    def learns_text(self) -> bool:
        """Whether anything is learned as text."""
        return self.material.is_read


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The data of a training, read and counted."""

    text: tuple[TextLines, ...]
    structured: StructuredFiles
    pronunciations: PronunciationFiles
    display: DisplayFiles = field(default_factory=DisplayFiles)
    audio: tuple[AcousticDataset, ...] = ()
    times: Mapping[Path, float] = field(default_factory=dict)  # of such audio, in an epoch
    audio_only: tuple[RecordingSet, ...] = ()
    base: str = ""  # empty: not looked for
    dev_utterances: int | None = None  # None: no dev data
    cpu_seconds: float | None = None  # that the training takes, estimated; None: nobody asked
    peak_memory_mb: float | None = None  # same
    estimate: dict[str, Any] | None = None  # of what changes the weights, in detail

    @property
    def files(self) -> tuple[TextLines | ReadFile | AcousticDataset, ...]:
        """All files and datasets that were judged, kind by kind."""
        return (
            *self.text,
            *self.structured.files,
            *self.pronunciations.files,
            *self.display.files,
            *self.audio,
        )

    @property
    def data(self) -> tuple[Counted, ...]:
        """All there is to learn from, recordings without transcripts too."""
        return (*self.files, *self.audio_only)

    @property
    def kinds(self) -> list[str]:
        """The kinds of data, each once."""
        return list(dict.fromkeys(data.kind for data in self.data))

    @property
    def lines(self) -> Iterator[str]:
        """The lines of plain text."""
        return chain.from_iterable(self.text)

    @cached_property
    def terms(self) -> tuple[Pronunciation, ...]:
        """The pronunciations, those of structured text too: each once, in an order that does not depend on the files."""
        entries = {*self.pronunciations, *self.structured.lexicon}
        return tuple(sorted(entries, key=lambda entry: (entry.display, entry.spoken)))

    @property
    def accepted(self) -> int:
        """Lines and utterances to learn from."""
        return sum(file.accepted for file in self.files)

    @property
    def rejected(self) -> int:
        """Lines and utterances that break a rule and are left out."""
        return sum(file.rejected for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """The document of `lect train --dry-run --json`."""
        return {
            "base": self.base,
            "dev_utterances": self.dev_utterances,
            "files": [
                {
                    "file": data.name,
                    "kind": data.kind,
                    "accepted": data.accepted,
                    "rejected": data.rejected,
                }
                | ({"times": self.times.get(data.path, 1.0)} if isinstance(data, AcousticDataset) else {})
                for data in self.data
            ],
            "lines": {"accepted": self.accepted, "rejected": self.rejected},
            "cpu_seconds": self.cpu_seconds,
            "peak_memory_mb": self.peak_memory_mb,
            "audio": self.estimate,
        }


def plan(
    options: TrainOptions,
    *,
    audio: Sequence[AcousticDataset] = (),
    audio_only: Sequence[RecordingSet] = (),
    limits: Limits = Limits(),
    stages: Stages | None = None,
) -> Plan:
    """Read the data of a training.

    Args:
        audio: the datasets of `options.audio`, which stay open as long as they are used
        audio_only: the recordings of `options.audio_only`
        stages: told what each kind costs to read

    Raises:
        InvalidDataset: not one line can be used.
    """
    stages, locale = stages or Stages(), options.locale
    text = tuple(read_text(path, locale=locale, limits=limits) for path in options.text)
    stages.end("text")
    structured = read_structured(options.structured, locale=locale, limits=limits)
    stages.end("structured")
    pronunciations = read_pronunciations(options.pronunciation, locale=locale, limits=limits)
    stages.end("pronunciation")
    display = read_display(options.display, locale=locale, limits=limits)
    stages.end("display")
    planned = Plan(
        text=text,
        structured=structured,
        pronunciations=pronunciations,
        display=display,
        audio=tuple(audio),
        times=options.times,
        audio_only=tuple(audio_only),
    )
    if not (planned.accepted or planned.audio_only):
        commands = ", ".join(f"`{file.report.command(file.path)}`" for file in planned.files)
        raise InvalidDataset(
            f"{', '.join(file.name for file in planned.files)}: no line can be used",
            hint=f"What is wrong, line by line: {commands}",
        )
    return planned
