"""Training a custom model: data in, a bundle out.

Text makes a language model that acts inside the search (`lect.adaptation`); the base's weights stay as they are.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
from lect.adaptation.structured import tag_lists
from lect.adaptation.text import without_tags
from lect.core.errors import StoreError
from lect.core.locale import canonicalise, language_of
from lect.core.progress import Progress, silent
from lect.models import bundles
from lect.models.bases import Base
from lect.models.knowledge import Learned
from lect.models.manifest import Dataset, Manifest, NormaliserVersion
from lect.models.plan import Plan, TrainOptions, plan
from lect.models.tuning import Choice
from lect.settings import Limits
from lect.speech.text import normaliser
from lect.speech.text.sayings import Sayings

DEFAULT_WEIGHT = 40  # percent

Choose = Callable[[Learned, NGram, int | None], Choice]
"""Picks the mixture for what was learned and the general language model, of the given weight if there is one."""


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


def require_place(output: Path) -> None:
    """Make sure that a bundle can be written, before the work for it is done.

    Raises:
        StoreError: a folder, a pipe or a device is in its place, or it would stand where nothing may be written.
    """
    if output.is_dir():
        raise StoreError(f"{output}: there is a folder of this name", hint="Choose another name.")
    if output.exists() and not output.is_file():
        raise StoreError(f"{output}: a bundle cannot be a pipe or a device", hint="Choose another name.")
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
    planned = plan(options, limits=limits)
    general = base.general(language_of(options.locale), progress=progress)
    progress("Learning the text", 0.0)
    learned = _learn(planned, general, language=language_of(options.locale))
    choice = choose(learned, general, options.weight) if choose else None
    progress("Writing the bundle", 0.0)
    seconds = round(time.monotonic() - began, 2)
    cpu_seconds = round(time.process_time() - began_cpu, 2)
    provenance = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }
    bundle = _write(output, options, base, planned, learned, choice, provenance=provenance)
    return Trained(
        bundle=bundle,
        plan=planned,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory_mb=round(_peak_memory(), 1),
        choice=choice,
    )


def _learn(planned: Plan, general: NGram, *, language: str) -> Learned:
    """What the data says of the domain."""
    sayings = Sayings(planned.terms, language=language, ordinary=general.vocabulary)
    tagged = tag_lists(planned.structured, terms=planned.terms, language=language)
    plain = chain(sayings.lines(planned.lines), sayings.alone())
    lines = chain(map(without_tags, plain), sayings.lines(tagged.lines))
    trained = ngram.train(lines, language=language)
    casing = {**tagged.casing, **trained.casing}
    return Learned(
        model=trained.model,
        classes=tagged.weights,
        casing={word: casing[word] for word in sorted(casing) if word not in general.vocabulary},
        terms=planned.terms,
        codes=tagged.codes,
    )


def _write(
    output: Path,
    options: TrainOptions,
    base: Base,
    planned: Plan,
    learned: Learned,
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
        with _storing(output):
            members = learned.write(Path(folder))
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


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _peak_memory() -> float:
    """The most memory that this process has held, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
