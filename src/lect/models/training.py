"""Training a custom model: data in, a bundle out.

Text makes a language model that acts inside the search (`lect.adaptation`); the base's weights stay as they are.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import lect
from lect.adaptation import ngram
from lect.adaptation.lm import NGram
from lect.adaptation.mixture import MixtureOptions
from lect.adaptation.vocabulary import Vocabulary
from lect.core.errors import InvalidDataset, InvalidInput, StoreError
from lect.core.files import json_bytes
from lect.core.locale import canonicalise, canonicalise_known, language_of
from lect.core.progress import Progress, silent
from lect.datasets.limits import Limits
from lect.datasets.pronunciation import PronunciationFiles, read_pronunciations
from lect.datasets.text import TextLines, read_text
from lect.datasets.textfile import ReadFile
from lect.models import bundles
from lect.models.bases import Base
from lect.models.manifest import Dataset, Manifest, NormaliserVersion
from lect.models.tuning import Choice
from lect.speech.text import normaliser
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.sayings import Sayings
from lect.speech.text.written import WrittenForms

LANGUAGE_MODEL = bundles.LANGUAGE_MODEL
CASING = "casing.json"
PRONUNCIATIONS = "pronunciations.json"

DEFAULT_WEIGHT = 40  # percent

Choose = Callable[[NGram, NGram, WrittenForms, int | None], Choice]
"""Picks the mixture for a domain and a general language model and the terms, of the given weight if there is one."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What to make of which data."""

    locale: str = "en-US"
    text: tuple[Path, ...] = ()
    pronunciation: tuple[Path, ...] = ()
    weight: int | None = None  # percent, 1-100; None: the default, or chosen on dev data
    seed: int = 0

    def __post_init__(self) -> None:
        if self.weight is not None and not 1 <= self.weight <= 100:
            raise InvalidInput(f"the weight is {self.weight}", hint="Give a number from 1 to 100.")
        if not self.text and not self.pronunciation:
            raise InvalidInput(
                "there is nothing to train on",
                hint="Name a file of plain text with --text, or of terms with --pronunciation.",
            )
        canonicalise_known(self.locale)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The data of a training, read and counted."""

    text: tuple[TextLines, ...]
    pronunciations: PronunciationFiles
    base: str = ""  # empty: not looked for
    dev_utterances: int | None = None  # None: no dev data

    @property
    def files(self) -> tuple[TextLines | ReadFile, ...]:
        """All files, kind by kind."""
        return (*self.text, *self.pronunciations.files)

    @property
    def kinds(self) -> list[str]:
        """The kinds of data, each once."""
        return list(dict.fromkeys(file.report.kind for file in self.files))

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


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished training."""

    bundle: bundles.Bundle
    plan: Plan
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    choice: Choice | None  # how the weight was chosen, if dev data was given

    def to_json(self) -> dict[str, Any]:
        """The document of `lect train --json`."""
        dev = {"before": self.choice.before.rate, "after": self.choice.after.rate} if self.choice else None
        return {
            "bundle": str(self.bundle.path),
            "base": self.bundle.manifest.base.name,
            "kinds": self.bundle.manifest.recipe["kinds"],
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_memory_mb": self.peak_memory_mb,
            "lines": {"accepted": self.plan.accepted, "rejected": self.plan.rejected},
            "audio_seconds": 0.0,
            "dev": dev,
            "guard": None,
            "mixture": self.bundle.manifest.recipe["mixture"],
        }


def plan(options: TrainOptions, *, limits: Limits = Limits()) -> Plan:
    """Read the data of a training.

    Raises:
        InvalidDataset: not one line can be used.
    """
    planned = Plan(
        text=tuple(read_text(path, locale=options.locale, limits=limits) for path in options.text),
        pronunciations=read_pronunciations(options.pronunciation, locale=options.locale, limits=limits),
    )
    if not planned.accepted:
        raise InvalidDataset(
            f"{', '.join(file.name for file in planned.files)}: no line can be used",
            hint="Run `lect check` on it: it names what is wrong, line by line.",
        )
    return planned


def require_place(output: Path) -> None:
    """Make sure that a bundle can be written, before the work for it is done.

    Raises:
        StoreError: a folder is in its place, or it would stand where nothing may be written.
    """
    if output.is_dir():
        raise StoreError(f"{output}: there is a folder of this name", hint="Choose another name.")
    nearest = next(folder for folder in output.absolute().parents if folder.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise StoreError(
            f"{output}: nothing can be written in {nearest}", hint="Choose a folder that you may write to."
        )


def train(
    output: Path,
    options: TrainOptions,
    base: Base,
    *,
    choose: Choose | None = None,
    limits: Limits = Limits(),
    progress: Progress = silent,
) -> Trained:
    """Train a model and write its bundle. The same data, options and base give the same bytes.

    Args:
        output: the bundle to write, NAME.lect
        choose: picks the mixture on dev data; None for the default
        limits: how large the data may be
        progress: told what is being done

    Raises:
        InvalidDataset: no line of the data can be used.
        UnsupportedLocale: the base does not know the language.
        StoreError: the bundle cannot be written; nothing is left behind.
    """
    require_place(output)
    began, began_cpu = time.monotonic(), time.process_time()
    language = language_of(options.locale)
    planned = plan(options, limits=limits)
    general = base.general(language, progress=progress)
    terms = _in_order(planned.pronunciations)
    progress("Learning the text", 0.0)
    sayings = Sayings(terms, language=language, ordinary=general.vocabulary)
    lines = chain(sayings.lines(chain.from_iterable(planned.text)), sayings.alone())
    trained = ngram.train(lines, language=language)
    forms = WrittenForms(terms, language=language, ordinary=general.vocabulary)
    choice = choose(trained.model, general, forms, options.weight) if choose else None
    progress("Writing the bundle", 0.0)
    seconds = round(time.monotonic() - began, 2)
    cpu_seconds = round(time.process_time() - began_cpu, 2)
    provenance = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }
    bundle = _write(output, options, base, planned, trained, general, choice, provenance=provenance)
    return Trained(
        bundle=bundle,
        plan=planned,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory_mb=round(_peak_memory(), 1),
        choice=choice,
    )


def _write(
    output: Path,
    options: TrainOptions,
    base: Base,
    planned: Plan,
    trained: ngram.TrainedLM,
    general: NGram,
    choice: Choice | None,
    *,
    provenance: dict[str, Any],
) -> bundles.Bundle:
    mixture = choice.mixture if choice else MixtureOptions(weight=(options.weight or DEFAULT_WEIGHT) / 100)
    rules = normaliser(options.locale)
    manifest = Manifest(
        base=bundles.Base(name=base.name, weights_sha256=base.folder.weights_sha256),
        locale=canonicalise(options.locale),
        normaliser=NormaliserVersion(name=rules.name, version=rules.version),
        code=lect.__version__,
        seed=options.seed,
        licence=base.folder.licence,
        datasets=tuple(
            Dataset(
                file=file.name,
                kind=file.report.kind,
                sha256=file.sha256,
                accepted=file.accepted,
                rejected=file.rejected,
            )
            for file in planned.files
        ),
        recipe={"kinds": [*planned.kinds], "mixture": dict(mixture.to_json())},
        scores=choice.to_json() if choice else {},
    )
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=_existing(output.parent)) as folder:
        language_model = Path(folder) / LANGUAGE_MODEL
        with _storing(output):
            trained.write(language_model)
        members: dict[str, bytes | Path] = {LANGUAGE_MODEL: language_model}
        if casing := _own_casing(trained.casing, general.vocabulary):
            members[CASING] = json_bytes(casing)
        if terms := _in_order(planned.pronunciations):
            members[PRONUNCIATIONS] = json_bytes([[term.display, term.spoken] for term in terms])
        return bundles.write(output, manifest=manifest, members=members, provenance=provenance)


@contextmanager
def _storing(output: Path) -> Iterator[None]:
    """What cannot be written on the way is the bundle, whatever the file at hand is called."""
    try:
        yield
    except (OSError, StoreError) as error:
        reason = error.__cause__ if isinstance(error, StoreError) else error
        raise StoreError(
            f"{output}: cannot be written: {getattr(reason, 'strerror', None) or reason}",
            hint="Free some space or choose another disk; nothing was left behind.",
        ) from error


def _in_order(entries: Iterable[Pronunciation]) -> list[Pronunciation]:
    """Each entry once, in an order that does not depend on their files."""
    return sorted(set(entries), key=lambda entry: (entry.display, entry.spoken))


def _own_casing(casing: dict[str, str], general: Vocabulary) -> dict[str, str]:
    """How the text writes the words that the base does not know; of the others the base knows better."""
    return {word: form for word, form in sorted(casing.items()) if general.span(word).word < 0}


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _peak_memory() -> float:
    """The most memory that this process has held, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
