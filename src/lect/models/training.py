"""Training a custom model: data in, a bundle out.

Text makes a language model that acts inside the search (`lect.adaptation`) and leaves the base's weights as they are.
Recordings with transcripts change the weights (`lect.models.audio_training`), and so does text that is to be learned deeply;
the transcripts are text, too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lect
from lect.adaptation.lm import NGram
from lect.adaptation.options import MixtureOptions
from lect.core.errors import StoreError
from lect.core.locale import canonicalise, language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.models import bundles, writing
from lect.models.acoustic import WEIGHTS
from lect.models.audio_training import AudioTraining, OnReady, Ready
from lect.models.bases import Base
from lect.models.domain_text import DomainText, learn
from lect.models.manifest import Dataset, Manifest, NormaliserVersion
from lect.models.plan import Plan, TrainOptions, plan
from lect.models.resuming import command_of, keep_command, require_same
from lect.models.scores import Scores
from lect.models.tuned import TunedModel
from lect.models.tuning import Choice, Round
from lect.models.workplace import forget, is_begun, peak_memory, workplace
from lect.settings import Limits
from lect.speech.text import normaliser

DEFAULT_WEIGHT = 40  # percent

OnPlan = Callable[[Plan], None]

Choose = Callable[[DomainText, NGram, TunedModel | None], Choice]
"""Picks the mixture for what was learned and the general language model on dev data, heard with the tuned weights if there
are any."""


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
            "left_out": [each.to_json() for each in self.tuned.left_out] if self.tuned else [],
            "suspects": [asdict(each) for each in self.tuned.suspects] if self.tuned else [],
            "dev_suspects": [asdict(each) for each in self.tuned.dev_suspects] if self.tuned else [],
            "dev": self.scores.dev.rates if self.scores.dev else None,
            "guard": self.scores.guard.rates if self.scores.guard else None,
            "mixture": manifest.recipe.get("mixture"),
            "text": manifest.scores.get("text"),
            "acoustic": manifest.recipe.get("acoustic"),
            "losses": self.tuned.curves if self.tuned else {},
            "stages": dict(self.stages),
        }

    @property
    def scores(self) -> Scores:
        """How the model was judged."""
        return _scores(self.tuned, self.choice)


def _scores(tuned: TunedModel | None, choice: Choice | None) -> Scores:
    return Scores(judgement=tuned.judgement if tuned else None, choice=choice)


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
    not_trained_on: Sequence[Dataset] = (),
    limits: Limits = Limits(),
    on_plan: OnPlan = lambda planned: None,
    on_ready: OnReady = lambda ready: None,
    progress: Progress = silent,
) -> Trained:
    """Train a model and write its bundle. The same data, options and base give the same bytes.

    Args:
        output: the bundle to write, NAME.lect
        audio: trains the weights first, on recordings or on text
        choose: picks the mixture on dev data; None for the default
        not_trained_on: what else was used and is noted in the manifest
        limits: how large the data may be
        on_plan: told what was read of the data, before anything is learned
        on_ready: told what the weights learn from, before they do
        progress: told what is being done

    Raises:
        InvalidDataset: no line of the data can be used.
        TrainingRefused: what was learned from recordings helps too little, or does harm.
        UnsupportedLocale: the base does not know the language.
        StoreError: the bundle cannot be written; nothing is left behind.
    """
    require_place(output)
    began, began_cpu, stages = time.monotonic(), time.process_time(), Stages()
    planned = plan(
        options,
        audio=audio.data.training if audio else (),
        audio_only=audio.data.audio_only if audio else (),
        limits=limits,
    )
    on_plan(planned)
    with workplace(output) if audio else nullcontext(output.parent) as folder:
        tuned = text = choice = None
        if audio:
            command = command_of(audio, planned, options)
            if audio.options.resume and not audio.or_anew and is_begun(output):
                require_same(folder, command)

            def is_ready(ready: Ready) -> None:
                on_ready(ready)
                if not (audio.options.resume and is_begun(output)):  # else the checkpoints have their note
                    forget(folder)
                    keep_command(folder, command)

            tuned = audio.reading(planned, options, progress=progress).run(
                folder,
                locale=options.locale,
                seed=options.seed,
                stages=stages,
                on_ready=is_ready,
                progress=progress,
            )
        if options.learns_text:
            general = base.general(language_of(options.locale), progress=progress)
            progress("Learning the text", 0.0)
            said_on_dev = [each.transcript for each in tuned.dev] if tuned else []
            transcripts = _transcripts(options, planned, tuned)
            text = learn(planned, transcripts, said_on_dev, general, locale=options.locale)
            stages.end("text")
            tuned, choice = _choose_both(choose, text, general, tuned) if choose else (tuned, None)
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
            text=text,
            choice=choice,
            tuned=tuned,
            not_trained_on=not_trained_on,
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


def _choose_both(
    choose: Choose, text: DomainText, general: NGram, tuned: TunedModel | None
) -> tuple[TunedModel | None, Choice]:
    """The text's mixture with the weights that were taken. Where both together do harm, weights that change less leave room for
    the text: these are taken if they err less on dev data with it than the others do without (decision 21).
    """
    first = choose(text, general, tuned)
    if tuned is None or not first.is_harmful:
        return tuned, first
    nearer, others = tuned.nearer, list[Round]()
    while nearer:
        choice = choose(text, general, nearer)
        if choice.taken and choice.taken.dev.errors < first.before.errors:
            given_up = Round(weights=tuned.judgement.taken, trials=first.trials)
            return nearer, replace(choice, others=(given_up, *others))
        others.append(Round(weights=nearer.judgement.taken, trials=choice.trials))
        nearer = nearer.nearer if choice.is_harmful else None
    return tuned, replace(first, others=tuple(others))


def _transcripts(options: TrainOptions, planned: Plan, tuned: TunedModel | None) -> list[str]:
    """What is said in the recordings that were trained on: those held back would judge what they were learned from."""
    if not options.audio_text:
        return []
    held_back = set(tuned.held_back) if tuned else set()
    left_out = {(each.dataset, each.file) for each in tuned.left_out} if tuned else set()
    return [
        utterance.transcript
        for number, dataset in enumerate(planned.audio)
        for utterance in dataset
        if (number, utterance.file) not in left_out
        and (number, utterance.file, utterance.transcript) not in held_back
    ]


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
        scores=_scores(content.tuned, content.choice).to_json(),
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
    text: DomainText | None
    choice: Choice | None
    tuned: TunedModel | None
    not_trained_on: Sequence[Dataset]
    lineage: Sequence[str]

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return (*map(Dataset.of, self.planned.data), *self.not_trained_on)

    @property
    def recipe(self) -> dict[str, Any]:
        recipe: dict[str, Any] = {"kinds": [*self.planned.kinds]}
        if self.text:
            recipe["mixture"] = dict(self.mixture.to_json()) if self.mixture else None
        if self.tuned:
            recipe["acoustic"] = self.tuned.to_json()
        if self.lineage:
            recipe["lineage"] = [*self.lineage]
        return recipe

    @property
    def mixture(self) -> MixtureOptions | None:
        """How far the text steers; None: it was left out."""
        if self.choice:
            return self.choice.taken.mixture if self.choice.taken else None
        return MixtureOptions(weight=(self.options.weight or DEFAULT_WEIGHT) / 100)

    def write(self, folder: Path) -> dict[str, bytes | Path]:
        """The members; the large ones are written into the folder."""
        members = self.text.served.write(folder) if self.text and self.mixture else {}
        members |= writing.members(self.planned.display.rules)
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
