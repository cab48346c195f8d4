"""How fast many files, and one long one, become text: Lect, faster-whisper and whisper.cpp on the same weights and cores.

    python -m benchmarks.speed.batch --data DIR [--base NAME ...] [--threads 2] [--files 12] [--json FILE]

Each system hears the first recordings of each English set, as files, and then the same joined to one file, each in a
process of its own, with 8-bit weights and beam 5, and is told the language. faster-whisper works as it is by default, and by
its `BatchedInferencePipeline`; whisper.cpp by pywhispercpp, where that is installed (`pip install pywhispercpp`); all recordings would take it hours. Loading the
model does not count; decoding the files does. The machine should have nothing else to do: wall-clock time is told as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks import tables
from benchmarks.command import BASES, write_json
from benchmarks.ggml import write_ggml
from benchmarks.measure import Run, score
from benchmarks.sets import BARISTA, GENERAL, EvaluationSet, Utterance, pool, read
from benchmarks.systems import BEAM, cpu_seconds
from lect.bootstrap import parts
from lect.settings import Settings
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

PAUSE = 1.0  # seconds between two recordings that are joined
THREADS = 2
FILES = 12  # of each set
_ALIKE = 0.05  # difference of CPU seconds, as a share, that is none
BATCH = 8  # chunks that faster-whisper's pipeline hears at once


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a system said, and what that took."""

    texts: tuple[str, ...]
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """One system on one set."""

    base: str
    set: str
    system: str
    threads: int
    files: int
    audio_seconds: float
    wall_seconds: float
    cpu_seconds: float
    wer: float  # ratio


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """What the benchmark found."""

    found: tuple[Found, ...] = ()
    loads: tuple[
        float, ...
    ] = ()  # of the machine before and after: processes that want to run, mean of a minute


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a system is told."""

    model: str  # what it loads
    files: tuple[Path, ...]
    threads: int


System = Callable[[Task], Heard]


def main() -> None:
    """Measure; the table goes to stderr, one JSON document to stdout or a file."""
    options = _options()
    write_json(
        asdict(measure(options.data, options.base, threads=options.threads, most=options.files)), options.json
    )


def measure(data: Path, bases: Sequence[str], *, threads: int = THREADS, most: int = FILES) -> Throughput:
    """Have every system hear the files.

    Args:
        data: the folder of evaluation sets
        threads: of each system
        most: files of each set
    """
    before, found = os.getloadavg()[0], list[Found]()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        for one in _sets(data, Path(folder), most):
            for base in bases:
                found += _measured(base, one, threads, Path(folder))
                print(table(found), file=sys.stderr)
    return Throughput(found=tuple(found), loads=(round(before, 2), round(os.getloadavg()[0], 2)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--base", nargs="+", default=list(BASES), help="base models")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--files", type=int, default=FILES, help="the most of each set")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    return parser.parse_args()


def _sets(data: Path, folder: Path, most: int) -> list[EvaluationSet]:
    read_sets = [read(origin, data=data, into=folder / origin.name) for origin in (BARISTA, *GENERAL)]
    parted = [
        EvaluationSet(name=each.name, locale=each.locale, utterances=each.utterances[:most])
        for each in read_sets
    ]
    many = pool("many files", parted)
    return [many, _joined(many, folder / "joined.flac")]


def _joined(many: EvaluationSet, path: Path) -> EvaluationSet:
    """All recordings as one file."""
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.float32)
    with AudioDecoder() as decoder:
        sounds = [decoder.decode(each.audio, name=each.audio.name) for each in many.utterances]
    soundfile.write(path, np.concatenate([part for sound in sounds for part in (sound, pause)]), SAMPLE_RATE)
    reference = " ".join(each.reference for each in many.utterances)
    whole = Utterance(audio=path, reference=reference, speaker="all")
    return EvaluationSet(name="one long file", locale=many.locale, utterances=(whole,))


def _measured(base: str, one: EvaluationSet, threads: int, folder: Path) -> list[Found]:
    files = tuple(each.audio for each in one.utterances)
    seconds = sum(soundfile.info(file).duration for file in files)
    found = []
    for name, system, model in _systems(base, folder):
        with multiprocessing.get_context("spawn").Pool(1) as process:
            heard = process.apply(system, (Task(model=model, files=files, threads=threads),))
        run = Run(texts=heard.texts, cpu_seconds=heard.cpu_seconds)
        scored = score(one, run, base=base, system=name)
        found.append(
            Found(
                base=base,
                set=one.name,
                system=name,
                threads=threads,
                files=len(files),
                audio_seconds=round(seconds, 1),
                wall_seconds=round(heard.wall_seconds, 2),
                cpu_seconds=round(heard.cpu_seconds, 2),
                wer=round(scored.rate, 4),
            )
        )
    return found


def _systems(base: str, folder: Path) -> list[tuple[str, System, str]]:
    with parts(Settings(threads=1)) as lect:
        loaded = lect.pool.base(base)
        place, pieces = loaded.folder.path, loaded.recogniser.pieces
        systems: list[tuple[str, System, str]] = [
            ("Lect", hear_with_lect, base),
            ("faster-whisper", hear_with_faster_whisper, str(place)),
            ("faster-whisper, batched", hear_with_batched, str(place)),
        ]
        if find_spec("pywhispercpp") is None:
            print("pywhispercpp is not installed: whisper.cpp is left out", file=sys.stderr)
        else:
            file = folder / f"{base}.ggml"
            if not file.exists():
                write_ggml(place, pieces, file)
            systems.append(("whisper.cpp", hear_with_whisper_cpp, str(file)))
    return systems


def hear_with_lect(task: Task) -> Heard:
    """As `lect transcribe FOLDER --format text` does."""
    with parts(Settings(threads=task.threads)) as lect:
        model = lect.pool.open(task.model)

        def hear() -> list[str]:
            said = [
                each.display for each in lect.transcribe(model, lect.recordings(task.files), word_times=False)
            ]
            lect.decoder.close()  # so that its CPU seconds count
            return said

        return _timed(hear)


def hear_with_faster_whisper(task: Task) -> Heard:
    """File by file, as it is by default."""
    loaded = _load_faster_whisper(task)
    return _timed(lambda: [_said(loaded.transcribe(str(file), **_ENGLISH)) for file in task.files])


def hear_with_batched(task: Task) -> Heard:
    """By its pipeline, which hears several chunks of a file at once."""
    import faster_whisper

    pipeline = faster_whisper.BatchedInferencePipeline(_load_faster_whisper(task))
    options = {**_ENGLISH, "batch_size": BATCH}
    return _timed(lambda: [_said(pipeline.transcribe(str(file), **options)) for file in task.files])


def hear_with_whisper_cpp(task: Task) -> Heard:
    """File by file; it takes samples, which Lect's decoder makes."""
    from pywhispercpp.model import Model

    model = Model(
        task.model,
        params_sampling_strategy=1,
        redirect_whispercpp_logs_to=None,
        n_threads=task.threads,
        beam_search={"beam_size": BEAM, "patience": -1.0},
        language="en",
        print_progress=False,
        print_timestamps=False,
    )

    def hear() -> list[str]:
        with AudioDecoder() as decoder:
            sounds = (decoder.decode(file, name=file.name) for file in task.files)
            return [" ".join(part.text for part in model.transcribe(sound)) for sound in sounds]

    return _timed(hear)


_ENGLISH = {"language": "en", "beam_size": BEAM}


def _load_faster_whisper(task: Task) -> Any:
    import faster_whisper

    return faster_whisper.WhisperModel(
        task.model, device="cpu", compute_type="int8", cpu_threads=task.threads
    )


def _said(answer: tuple[Any, Any]) -> str:
    segments, _ = answer
    return "".join(segment.text for segment in segments)


def _timed(hear: Callable[[], list[str]]) -> Heard:
    wall, cpu = time.perf_counter(), cpu_seconds()
    texts = hear()
    return Heard(texts=tuple(texts), wall_seconds=time.perf_counter() - wall, cpu_seconds=cpu_seconds() - cpu)


def table(found: Sequence[Found]) -> str:
    """A row per base, set and system; how many times as much as Lect it took."""
    ours = {(each.base, each.set): each for each in found if each.system == "Lect"}
    rows = []
    for each in found:
        lect = ours[each.base, each.set]
        speed = each.audio_seconds / each.wall_seconds
        rows.append(
            [
                f"{each.set} ({each.files})",
                each.base.removeprefix("whisper-"),
                each.system,
                f"{100 * each.wer:.1f}",
                f"{each.cpu_seconds:.1f}",
                f"{each.cpu_seconds / lect.cpu_seconds:.1f}",
                f"{each.wall_seconds:.1f}",
                f"{each.wall_seconds / lect.wall_seconds:.1f}",
                f"{speed:.0f}",
            ]
        )
    header = [
        "set",
        "base",
        "system",
        "WER %",
        "CPU s",
        "of Lect's",
        "wall s",
        "of Lect's",
        "times real time",
    ]
    return tables.markdown(header, rows)


def remarks(found: Sequence[Found]) -> str:
    """For each base and set, what Lect took beside the cheapest of the others."""
    return "\n".join(
        _remark(ours, [each for each in found if (each.base, each.set) == (ours.base, ours.set)])
        for ours in found
        if ours.system == "Lect"
    )


def _remark(ours: Found, among: Sequence[Found]) -> str:
    best = min((each for each in among if each is not ours), key=lambda each: each.cpu_seconds)
    times = best.cpu_seconds / ours.cpu_seconds
    told = (
        f"{times:.1f} times fewer CPU seconds than"
        if times >= 1
        else f"{1 / times:.1f} times as many CPU seconds as"
    )
    if abs(times - 1) < _ALIKE:
        told = "about as many CPU seconds as"
    name = ours.base.removeprefix("whisper-")
    return (
        f"* {name}, {ours.set}: Lect takes {told} {best.system}, "
        f"the cheapest of the others, with {100 * (ours.wer - best.wer):+.1f} points of WER."
    )


if __name__ == "__main__":
    main()
