"""Training a custom model: data in, a bundle out.

Text makes a language model that acts inside the search (`lect.adaptation`) and leaves the base's weights as they are.
Recordings with transcripts change the weights (`lect.models.audio_training`); the transcripts are text, too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import lect
from lect.adaptation import ngram
from lect.adaptation.corpus import casing_of
from lect.adaptation.lm import NGram
from lect.adaptation.mixture import MixtureOptions
from lect.adaptation.structured import tag_lists
from lect.adaptation.text import without_tags, words_of
from lect.core.errors import StoreError
from lect.core.locale import canonicalise, language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.models import bundles
from lect.models.acoustic import WEIGHTS
from lect.models.audio_training import AudioTraining, TunedModel
from lect.models.bases import Base
from lect.models.knowledge import Learned
from lect.models.manifest import Dataset, Manifest, NormaliserVersion
from lect.models.plan import Plan, TrainOptions, plan
from lect.models.tuning import Choice
from lect.models.workplace import peak_memory, workplace
from lect.settings import Limits
from lect.speech.text import normaliser
from lect.speech.text.sayings import Sayings

DEFAULT_WEIGHT = 40  # percent

Choose = Callable[[Learned, NGram, int | None, TunedModel | None], Choice]
"""Picks the mixture for what was learned and the general language model, of the given weight if there is one, on dev data
heard with the tuned weights if there are any."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished training."""

    bundle: bundles.Bundle
    plan: Plan
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    choice: Choice | None  # how the weight was chosen, if there was dev data
    tuned: TunedModel | None = None  # what was learned from recordings
    stages: Mapping[str, float] = field(default_factory=dict)  # CPU seconds

    def to_json(self) -> dict[str, Any]:
        """The document of `lect train --json`."""
        manifest = self.bundle.manifest
        return {
            "bundle": str(self.bundle.path),
            "base": manifest.base.name,
            "kinds": manifest.recipe["kinds"],
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_memory_mb": self.peak_memory_mb,
            "lines": {"accepted": self.plan.accepted, "rejected": self.plan.rejected},
            "audio_seconds": round(self.tuned.seconds, 1) if self.tuned else 0.0,
            "left_out": [asdict(each) for each in self.tuned.left_out] if self.tuned else [],
            "suspects": [asdict(each) for each in self.tuned.suspects] if self.tuned else [],
            "dev": self.dev,
            "guard": self.guard,
            "mixture": manifest.recipe.get("mixture"),
            "acoustic": manifest.recipe.get("acoustic"),
            "stages": dict(self.stages),
        }

    @property
    def dev(self) -> dict[str, float] | None:
        """WER on dev data before and after, if there was some."""
        before = self.tuned.judgement.dev_before.wer if self.tuned else None
        after = self.tuned.judgement.taken.dev.wer if self.tuned else None
        if self.choice:
            before = self.choice.before.rate if before is None else before
            after = self.choice.after.rate
        return None if before is None or after is None else {"before": before, "after": after}

    @property
    def guard(self) -> dict[str, float] | None:
        """WER on the guard before and after training on recordings."""
        judgement = self.tuned.judgement if self.tuned else None
        if judgement is None or judgement.guard_before is None or judgement.taken.guard is None:
            return None
        return {"before": judgement.guard_before.wer, "after": judgement.taken.guard.wer}


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
    audio: AudioTraining | None = None,
    choose: Choose | None = None,
    limits: Limits = Limits(),
    progress: Progress = silent,
) -> Trained:
    """Train a model and write its bundle. The same data, options and base give the same bytes.

    Args:
        output: the bundle to write, NAME.lect
        audio: trains the weights first
        choose: picks the mixture on dev data; None for the default
        limits: how large the data may be
        progress: told what is being done

    Raises:
        InvalidDataset: no line of the data can be used.
        TrainingRefused: what was learned from recordings helps too little, or does harm.
        UnsupportedLocale: the base does not know the language.
        StoreError: the bundle cannot be written; nothing is left behind.
    """
    require_place(output)
    began, began_cpu, stages = time.monotonic(), time.process_time(), Stages()
    planned = plan(options, audio=audio.data.training if audio else (), limits=limits)
    with workplace(output) if audio else nullcontext(output.parent) as folder:
        tuned = learned = choice = None
        if audio:
            tuned = audio.run(
                folder, locale=options.locale, seed=options.seed, stages=stages, progress=progress
            )
        if options.learns_text:
            language = language_of(options.locale)
            general = base.general(language, progress=progress)
            progress("Learning the text", 0.0)
            learned = _learn(planned, _transcripts(options, planned, tuned), general, language=language)
            stages.end("text")
            choice = choose(learned, general, options.weight, tuned) if choose else None
            stages.end("weight")
        progress("Writing the bundle", 0.0)
        seconds = round(time.monotonic() - began, 2)
        cpu_seconds = round(time.process_time() - began_cpu, 2)
        provenance = {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": seconds,
            "cpu_seconds": cpu_seconds,
        }
        content = _Content(
            planned=planned,
            options=options,
            learned=learned,
            choice=choice,
            tuned=tuned,
            lineage=audio.start.lineage if audio else (),
        )
        bundle = _write(output, options, base, content, provenance=provenance)
    return Trained(
        bundle=bundle,
        plan=planned,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_memory_mb=round(peak_memory(), 1),
        choice=choice,
        tuned=tuned,
        stages=stages.seconds,
    )


def _transcripts(options: TrainOptions, planned: Plan, tuned: TunedModel | None) -> list[str]:
    """What is said in the recordings that were trained on: those held back would judge what they were learned from."""
    if not options.audio_text:
        return []
    held_back = set(tuned.held_back) if tuned else set()
    left_out = {each.file for each in tuned.left_out} if tuned else set()
    utterances = (utterance for dataset in planned.audio for utterance in dataset)
    return [
        each.transcript
        for each in utterances
        if each.file not in left_out and (each.file, each.transcript) not in held_back
    ]


def _learn(planned: Plan, transcripts: Sequence[str], general: NGram, *, language: str) -> Learned:
    """What the data says of the domain."""
    sayings = Sayings(planned.terms, language=language, ordinary=general.vocabulary)
    tagged = tag_lists(planned.structured, terms=planned.terms, language=language)
    plain = sayings.lines(chain(planned.lines, transcripts))
    lines = chain(map(without_tags, plain), sayings.lines(tagged.lines))
    first = next(lines, None)
    trained = None if first is None else ngram.train(chain([first], lines), language=language)
    ways = filter(None, (" ".join(words_of(way)) for way in sayings.alone()))
    casing = {**casing_of(term.display for term in planned.terms), **tagged.casing}
    if trained:
        casing |= trained.casing
    return Learned(
        language=language,
        model=trained.model if trained else None,
        classes=tagged.weights,
        casing={word: casing[word] for word in sorted(casing) if word not in general.vocabulary},
        terms=planned.terms,
        sayings=dict.fromkeys(ways, 1.0),
        codes=tagged.codes,
    )


def _write(
    output: Path,
    options: TrainOptions,
    base: Base,
    content: _Content,
    *,
    provenance: dict[str, Any],
) -> bundles.Bundle:
    rules = normaliser(options.locale)
    manifest = Manifest(
        base=bundles.Base(name=base.name, weights_sha256=base.folder.weights_sha256),
        locale=canonicalise(options.locale),
        normaliser=NormaliserVersion(name=rules.name, version=rules.version),
        code=lect.__version__,
        seed=options.seed,
        licence=base.folder.licence,
        datasets=content.datasets,
        recipe=content.recipe,
        scores=content.scores,
    )
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=_existing(output.parent)) as folder:
        with _storing(output):
            members = content.write(Path(folder))
        return bundles.write(output, manifest=manifest, members=members, provenance=provenance)


@dataclass(frozen=True, kw_only=True)
class _Content:
    """What goes into a bundle."""

    planned: Plan
    options: TrainOptions
    learned: Learned | None
    choice: Choice | None
    tuned: TunedModel | None
    lineage: Sequence[str]

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(
            Dataset(
                file=file.name,
                kind=file.report.kind,
                sha256=file.sha256,
                accepted=file.accepted,
                rejected=file.rejected,
            )
            for file in self.planned.files
        )

    @property
    def recipe(self) -> dict[str, Any]:
        recipe: dict[str, Any] = {"kinds": [*self.planned.kinds]}
        if self.learned:
            default = MixtureOptions(weight=(self.options.weight or DEFAULT_WEIGHT) / 100)
            recipe["mixture"] = dict((self.choice.mixture if self.choice else default).to_json())
        if self.tuned:
            recipe["acoustic"] = self.tuned.to_json()
        if self.lineage:
            recipe["lineage"] = [*self.lineage]
        return recipe

    @property
    def scores(self) -> dict[str, Any]:
        scores = self.tuned.judgement.to_json() if self.tuned else {}
        chosen = self.choice.to_json() if self.choice else {}
        return {**scores, "text": chosen} if scores and chosen else scores or chosen

    def write(self, folder: Path) -> dict[str, bytes | Path]:
        """The members; the large ones are written into the folder."""
        members = self.learned.write(folder) if self.learned else {}
        return {**members, WEIGHTS: self.tuned.delta} if self.tuned else members


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
