"""What a training is to do, and the data that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from lect.core.errors import InvalidDataset, InvalidInput
from lect.core.locale import canonicalise_known
from lect.datasets.pronunciation import PronunciationFiles, read_pronunciations
from lect.datasets.structured import StructuredFiles, read_structured
from lect.datasets.text import TextLines, read_text
from lect.datasets.textfile import ReadFile
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What to make of which data."""

    locale: str = "en-US"
    text: tuple[Path, ...] = ()
    structured: tuple[Path, ...] = ()
    pronunciation: tuple[Path, ...] = ()
    weight: int | None = None  # percent, 1-100; None: the default, or chosen on dev data
    seed: int = 0

    def __post_init__(self) -> None:
        if self.weight is not None and not 1 <= self.weight <= 100:
            raise InvalidInput(f"the weight is {self.weight}", hint="Give a number from 1 to 100.")
        if not (self.text or self.structured or self.pronunciation):
            raise InvalidInput(
                "there is nothing to train on",
                hint="Name a file with --text, --structured or --pronunciation.",
            )
        canonicalise_known(self.locale)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The data of a training, read and counted."""

    text: tuple[TextLines, ...]
    structured: StructuredFiles
    pronunciations: PronunciationFiles
    base: str = ""  # empty: not looked for
    dev_utterances: int | None = None  # None: no dev data

    @property
    def files(self) -> tuple[TextLines | ReadFile, ...]:
        """All files, kind by kind."""
        return (*self.text, *self.structured.files, *self.pronunciations.files)

    @property
    def kinds(self) -> list[str]:
        """The kinds of data, each once."""
        return list(dict.fromkeys(file.report.kind for file in self.files))

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
        """Lines to learn from."""
        return sum(file.accepted for file in self.files)

    @property
    def rejected(self) -> int:
        """Lines that break a rule and are left out."""
        return sum(file.rejected for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """The document of `lect train --dry-run --json`."""
        return {
            "base": self.base,
            "dev_utterances": self.dev_utterances,
            "files": [
                {
                    "file": file.name,
                    "kind": file.report.kind,
                    "accepted": file.accepted,
                    "rejected": file.rejected,
                }
                for file in self.files
            ],
            "lines": {"accepted": self.accepted, "rejected": self.rejected},
        }


def plan(options: TrainOptions, *, limits: Limits = Limits()) -> Plan:
    """Read the data of a training.

    Raises:
        InvalidDataset: not one line can be used.
    """
    planned = Plan(
        text=tuple(read_text(path, locale=options.locale, limits=limits) for path in options.text),
        structured=read_structured(options.structured, locale=options.locale, limits=limits),
        pronunciations=read_pronunciations(options.pronunciation, locale=options.locale, limits=limits),
    )
    if not planned.accepted:
        commands = ", ".join(f"`{file.report.command(file.path)}`" for file in planned.files)
        raise InvalidDataset(
            f"{', '.join(file.name for file in planned.files)}: no line can be used",
            hint=f"What is wrong, line by line: {commands}",
        )
    return planned
