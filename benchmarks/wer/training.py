"""Training on recordings: word errors in the domain, in noise and on other speech, and what the training costs.

    python -m benchmarks.wer.training --data DIR [--base NAME ...] [--part NAME ...] [--seeds 3] [--folder DIR]

Each training is the command `lect train` in a process of its own, on one thread, and is kept in a file of its own with what
was measured of its model: what is there is not done again. The cheapest come first; all of it takes hours. `--sentences` is
for a quick look and keeps nothing. Needs torch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import command, measure, noise, recordings, sets, slots, subsets, trainings
from benchmarks.bench import Bench
from benchmarks.measure import Run
from benchmarks.sets import BARISTA, EvaluationSet, Origin, Utterance
from benchmarks.trainings import Errors, Outcome, Row, Training
from benchmarks.wer.adaptation import LABELS
from benchmarks.wer.train_command import train
from benchmarks.wer.training_plan import PARTS, plan, sets_for
from lect.bootstrap import parts
from lect.speech.audio import SAMPLE_RATE

FOLDER = Path("benchmarks/figures/training")
MODELS = Path("build/benchmarks/models")
SEEDS = 3
SNR = 10.0  # decibels


def main() -> None:
    """Train and measure what is missing; the tables go to stderr."""
    options = command.parse(__doc__ or "", _more_options)
    quick = options.sentences is not None
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        kept = Path(folder) / "kept" if quick else options.folder
        models = Path(folder) / "models" if quick else MODELS
        for bench in command.benches(options, Path(folder), shared):
            workshop = Workshop(bench=bench, kept=kept, models=models, quick=quick)
            for training in plan(bench.base, options.part, seeds=options.seeds):
                workshop.complete(training)
        rows = trainings.read_all(kept)
    print(recordings.section(rows), file=sys.stderr)


def _more_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="which trainings")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how often to train on the same amount")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where figures are kept")
    parser.add_argument(
        "--sentences", type=int, help="the most of each set, one epoch, and nothing is kept: a quick look"
    )


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Where trainings of one base are made and their models measured."""

    bench: Bench
    kept: Path  # folder of figures
    models: Path  # folder of bundles
    quick: bool = False
    _sets: dict[str, EvaluationSet] = field(default_factory=dict)
    _lengths: dict[Path, float] = field(default_factory=dict)  # of recordings, seconds

    def complete(self, training: Training) -> None:
        """Do what was not done yet of a training."""
        row = trainings.read(self.kept, training)
        missing = [name for name in sets_for(training) if row is None or row.on(name) is None]
        if row is None or (missing and row.outcome.exit_code == 0 and not self._bundle(training).exists()):
            row = Row(training=training, outcome=self._train(training))
            missing = sets_for(training)
            trainings.keep(self.kept, row)
        for name in missing:
            row = self._measured(row, name)
            trainings.keep(self.kept, row)

    def _bundle(self, training: Training) -> Path:
        return self.models / f"{training.name}.lect"

    def _train(self, training: Training) -> Outcome:
        print(f"{training.name} ...", file=sys.stderr)
        given = self.given(training)
        with tempfile.TemporaryDirectory(dir=self.bench.folder) as folder:
            return train(
                self._bundle(training),
                training.base,
                self.options(training, Path(folder)),
                audio_seconds=sum(self._lengths[each.audio] for each in given),
                speakers=len({each.speaker for each in given}),
            )

    def options(self, training: Training, folder: Path) -> list[str]:
        """Those of `lect train`.

        Args:
            folder: for the data that they name
        """
        part = PARTS[training.part]
        data = {"--audio": self.given(training), "--dev": self._read(part.domain, "dev")}
        if part.guard:
            data["--guard"] = self.bench.read(part.guard).utterances
        options = [*part.options, "--seed", str(training.seed), *(("--epochs", "1") if self.quick else ())]
        for option, utterances in data.items():
            if utterances:
                options += [option, str(subsets.write(folder / option[2:], utterances))]
        if part.text:
            options += ["--text", str(self.bench.data / part.domain.text)]
        return options

    def given(self, training: Training) -> Sequence[Utterance]:
        """The recordings to learn from."""
        part = PARTS[training.part]
        if not part.recordings:
            return []
        given = self._read(part.domain, "training")
        for each in given:
            if each.audio not in self._lengths:
                samples = self.bench.parts.decoder.decode(each.audio, name=each.audio.name)
                self._lengths[each.audio] = len(samples) / SAMPLE_RATE
        if training.minutes is not None:
            given = subsets.draw(given, self._lengths, seconds=60 * training.minutes, seed=training.seed)
        return subsets.exchange(given, seed=training.seed) if part.exchanged else given

    def _read(self, domain: Origin, name: str) -> Sequence[Utterance]:
        return self.bench.read(sets.part(domain, name)).utterances

    def _measured(self, row: Row, name: str) -> Row:
        """The same with the errors of its model in a set; what was refused leaves the base as it is."""
        one = self._set(name)
        model = self.bench.lect
        if row.outcome.exit_code == 0:
            model = self.bench.adapted(self._bundle(row.training), name=row.training.name)
        after = self.bench.run(model, [one])
        errors = count_errors(one, self.bench.run(self.bench.lect, [one]), after)
        found = replace(row, errors=(*row.errors, errors))
        if name != BARISTA.name or self.quick:
            return found
        labels = self.bench.data / LABELS
        return replace(found, slots=slots.score(labels, one, after, base=self.bench.base, system=model.name))

    def _set(self, name: str) -> EvaluationSet:
        """A set to measure on."""
        if name not in self._sets:
            origins = {each.name: each for each in sets.ENGLISH}
            clean = self.bench.read(origins.get(name, BARISTA))
            self._sets[name] = clean if name in origins else self._with_noise(clean, name)
        return self._sets[name]

    def _with_noise(self, clean: EvaluationSet, name: str) -> EvaluationSet:
        folder, decoder = self.bench.folder / "noisy", self.bench.parts.decoder
        return noise.noisy(clean, name=name, snr=SNR, folder=folder, decoder=decoder)


def count_errors(one: EvaluationSet, before: Run, after: Run) -> Errors:
    """The errors of two runs, utterance by utterance."""
    counts = measure.count(one, before)
    return Errors(
        set=one.name,
        blocks=tuple(utterance.speaker for utterance in one.utterances),
        words=tuple(each.words for each in counts),
        before=tuple(each.errors for each in counts),
        after=tuple(each.errors for each in measure.count(one, after)),
        cpu_before=before.cpu_seconds,
        cpu_after=after.cpu_seconds,
    )


if __name__ == "__main__":
    main()
