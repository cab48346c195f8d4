"""What it does to a model how its recordings were changed each time they were heard: careful against full.

    python -m benchmarks.wer.augmentation --data DIR [--base NAME ...] [--seeds 2] [--alpha 0.5 1] [--json FILE]

Twenty minutes of coffee orders are learned, and half of what was learned and the whole of it are heard: on orders of other
speakers as they are and in rooms, and on speech of other domains. All of it is development data: dev parts, and the training
part of the telephone prompts, which have no other; no model learns from them. A training is the command `lect train` in a
process of its own, on one thread; its bundle is kept, and what is there is not trained again. Needs torch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import command, sets, tables
from benchmarks.bench import Bench
from benchmarks.sets import ASTERISK, BARISTA, SPEECHOCEAN, EvaluationSet
from benchmarks.trainings import Errors, Training, compare_models, pool
from benchmarks.wer.train_command import train
from benchmarks.wer.training import MODELS, Workshop, count_errors
from lect.bootstrap import parts
from lect.engines.whisper import delta as deltas
from lect.engines.whisper.tuning.augment import draw_room, reverberate
from lect.engines.whisper.weights import read_weights
from lect.models import bundles
from lect.models.acoustic import WEIGHTS
from lect.models.ways import AUGMENTATIONS, CAREFUL, FULL
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

MINUTES = 20
SEEDS = 2
ALPHAS = (0.5, 1.0)
_ROOM = {"rt60": 0.5, "direct": 0.0}  # echoes as loud as the voice, 60 dB softer after half a second
_KEEP_ALL = ("--alpha", "1", "--allow-harm", "100")


@dataclass(frozen=True, kw_only=True)
class Found:
    """The errors of a model in a set."""

    base: str
    augment: str
    seed: int
    alpha: float  # how much of what it learned was kept
    errors: Errors


def main() -> None:
    """Train, measure and print."""
    options = command.parse(__doc__ or "", _more_options)
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        benches = command.benches(options, Path(folder), shared)
        found = [each for bench in benches for each in measure(bench, options.seeds, options.alpha)]
    print(table(found), file=sys.stderr)
    command.write_json([asdict(each) for each in found], options.json)


def _more_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how often to train in each way")
    parser.add_argument(
        "--alpha", type=float, nargs="+", default=ALPHAS, help="how much of what was learned is kept"
    )


def measure(bench: Bench, seeds: int, alphas: Sequence[float]) -> Iterator[Found]:
    """Train in each way with each seed, and hear all sets with what was learned."""
    heard = list(_sets(bench))
    for seed in range(seeds):
        for augment in AUGMENTATIONS:
            whole = _train(bench, augment, seed)
            for alpha in alphas:
                model = bench.adapted(_scaled(bench, whole, alpha), name=f"{whole.stem}, alpha {alpha:g}")
                for one in heard:
                    errors = count_errors(one, bench.run(bench.lect, [one]), bench.run(model, [one]))
                    print(f"{model.name}: {one.name} {errors.rates[1]:.1%}", file=sys.stderr)
                    yield Found(base=bench.base, augment=augment, seed=seed, alpha=alpha, errors=errors)


def _train(bench: Bench, augment: str, seed: int) -> Path:
    """A bundle with the whole of what was learned, made if it is not there."""
    workshop = Workshop(bench=bench, kept=bench.folder, models=MODELS)
    training = Training(base=bench.base, part="weights", minutes=MINUTES, seed=seed)
    bundle = MODELS / f"{training.name}-{augment}.lect"
    if bundle.exists():
        return bundle
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        options = [*workshop.options(training, Path(folder)), "--augment", augment, *_KEEP_ALL]
        speakers = len({each.speaker for each in workshop.given(training)})
        outcome = train(bundle, bench.base, options, audio_seconds=60.0 * MINUTES, speakers=speakers)
    print(f"{bundle.stem}: {outcome.cpu_seconds:.0f} CPU s", file=sys.stderr)
    return bundle


def _scaled(bench: Bench, whole: Path, alpha: float) -> Path:
    """A bundle with so much of what another one learned."""
    bundle = bundles.open_bundle(whole)
    weights = read_weights(bench.parts.pool.base(bench.base).folder.path)
    learned = deltas.parse(bundle.read(WEIGHTS), weights, where=str(whole)).scaled(alpha)
    path = bench.folder / f"{whole.stem}-{alpha:g}.lect"
    bundles.write(path, manifest=bundle.manifest, members={WEIGHTS: learned.to_bytes()})
    return path


def _sets(bench: Bench) -> Iterator[EvaluationSet]:
    clean, decoder = bench.read(sets.part(BARISTA, "dev")), bench.parts.decoder
    yield clean
    yield in_rooms(clean, name=f"{clean.name}, in rooms", folder=bench.folder / "rooms", decoder=decoder)
    yield bench.read(sets.part(SPEECHOCEAN, "dev"))
    yield bench.read(sets.part(ASTERISK, "training"))


def in_rooms(clean: EvaluationSet, *, name: str, folder: Path, decoder: AudioDecoder) -> EvaluationSet:
    """The set, each recording in another generated room.

    Args:
        folder: for the new recordings
    """
    folder.mkdir(parents=True, exist_ok=True)
    utterances = []
    for at, utterance in enumerate(clean.utterances):
        heard = decoder.decode(utterance.audio, name=utterance.audio.name)
        room = draw_room(**_ROOM, rng=np.random.default_rng(at))
        file = folder / f"{at:04}.wav"
        soundfile.write(file, reverberate(heard, room), SAMPLE_RATE, subtype="FLOAT")
        utterances.append(replace(utterance, audio=file))
    return replace(clean, name=name, utterances=tuple(utterances))


def table(found: Sequence[Found]) -> str:
    """A row for each set and part of what was learned; the seeds count as one model."""
    header = ["base", "kept", "set", "base's WER", *AUGMENTATIONS, "full against careful, points"]
    keys = dict.fromkeys((each.base, each.alpha, each.errors.set) for each in found)
    return tables.markdown(header, [_row(found, *key) for key in keys])


def _row(found: Sequence[Found], base: str, alpha: float, name: str) -> list[str]:
    of = {
        augment: pool(
            [
                each.errors
                for each in found
                if (each.base, each.alpha, each.errors.set, each.augment) == (base, alpha, name, augment)
            ]
        )
        for augment in AUGMENTATIONS
    }
    careful, full = of[CAREFUL], of[FULL]
    if careful is None or full is None:
        raise ValueError(f"{name} was not heard by all models")
    compared = compare_models(careful, full, base=base, names=(CAREFUL, FULL))
    return [
        base.removeprefix("whisper-"),
        f"{alpha:g}",
        name,
        f"{careful.rates[0]:.1%}",
        f"{careful.rates[1]:.1%}",
        f"{full.rates[1]:.1%}",
        tables.points(compared),
    ]


if __name__ == "__main__":
    main()
