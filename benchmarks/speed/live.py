"""How soon live recognition answers when so many speak at once.

    python -m benchmarks.speed.live --data DIR [--base NAME] [--streams 1 2 4 8 16] [--phrases 8] [--runs 3]
        [--door ws://HOST:PORT/PATH?language=en-US] [--whisper-live ws://HOST:PORT]
        [--json benchmarks/figures/live/BASE.json]

Each stream plays recordings in real time, one after the other with a second of silence after each, in an order of its own. A
latency is the time from what was said until it was told: of the first partial since the speech of a recording began, of the last
final since it ended, by the speech detector that Lect uses. All streams share the engine threads, as many as LECT_THREADS says; the clients are in the same
process. `--door` names a running server of Lect and `--whisper-live` one of WhisperLive that hear the same, one after the other:
the first with its default model, whatever the base. The page of results tells of what lies in `benchmarks/figures/live`, a file for
each base: it is never measured with the other benchmarks, since a server of WhisperLive is started by hand, such as

    python -c "from whisper_live.server import TranscriptionServer as Server; Server().run('127.0.0.1',
        backend='faster_whisper', faster_whisper_custom_model_path='FOLDER OF THE BASE', single_model=True, max_clients=16)"
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from benchmarks import command, sets, tables
from benchmarks.sets import BARISTA, SPEECHOCEAN
from benchmarks.speed.live_clients import Client, Door, InProcess, Told, WhisperLive
from lect.bootstrap import parts
from lect.serving.live.batching import Batcher, Limits
from lect.serving.live.events import LiveOptions
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.audio.vad import speech_spans

FOLDER = Path("benchmarks/figures/live")
PAUSE = 1.0  # seconds of silence before and after each recording
APART = (
    0.37  # seconds by which streams begin one after the other: people do not fall silent at the same moment
)
STREAMS = (1, 2, 4, 8, 16)
LIVE = LiveOptions()
FIRST_PARTIAL = "first partial after speech begins"
FINAL = "final after speech ends"
AFTER_SILENCE = "final after the silence that ends a phrase"
PERCENTILES = (50, 95, 99)
_STRIDE = 3  # recordings by which the streams are apart


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """One recording in a stream, in seconds of the stream."""

    begin: float  # of its speech
    end: float
    until: float  # where the next recording begins


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds at the percentiles 50, 95 and 99; of how many of how many phrases."""

    what: str
    seconds: tuple[float, ...]
    count: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """What so many streams met in one run."""

    system: str
    base: str
    streams: int
    run: int
    latencies: tuple[Latency, ...]
    memory_mb: float  # of the process at the end, clients included; of a server its clients alone


@dataclass(frozen=True, kw_only=True)
class Loads:
    """What the benchmark found."""

    loads: tuple[Load, ...] = ()
    threads: int = 0  # of the engine
    apart: float = 0.0  # seconds between the beginnings of two streams
    load_before: float = 0.0  # of the machine: processes that want to run, mean of a minute


def read_all(folder: Path) -> tuple[Loads, ...]:
    """What was kept, a file for each base; none where nothing was."""
    kept = TypeAdapter(Loads)
    return tuple(
        kept.validate_json(file.read_bytes()) for file in sorted(folder.glob("*.json"), reverse=True)
    )


def main() -> None:
    """Measure; the table goes to stderr, one JSON document to stdout or a file."""
    options = command.parse(__doc__ or "", _more)
    found = measure(options)
    print(table(found), file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure(options: argparse.Namespace) -> Loads:
    """Every base under every load, so many times."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        recordings = _recordings(options.data, Path(folder), options.phrases)
        found = []
        for base in options.base:
            model = shared.pool.open(base)
            for run in range(options.runs):
                for streams in options.streams:
                    with Batcher(Limits(streams=streams), threads=shared.settings.threads) as batcher:
                        clients = [InProcess(model, batcher, LIVE), *_of_servers(options, base)]
                        found += [
                            _load(client, recordings, base=base, streams=streams, run=run)
                            for client in clients
                        ]
        threads = shared.settings.threads
    return Loads(loads=tuple(found), threads=threads, apart=APART, load_before=round(before, 2))


def _of_servers(options: argparse.Namespace, base: str) -> Iterator[Client]:
    if options.door:
        yield Door(options.door)
    if options.whisper_live:
        yield WhisperLive(options.whisper_live, model=base.removeprefix("whisper-"))


def latencies(phrases: Sequence[Phrase], told: Sequence[Told]) -> Iterator[tuple[str, float]]:
    """What was told of each phrase, and how many seconds after it was said."""
    for phrase in phrases:
        of_it = [
            each
            for each in told
            if phrase.begin - PAUSE / 2 <= each.begin < phrase.until and each.text.strip()
        ]
        if first := next((each for each in of_it if not each.is_final), None):
            yield FIRST_PARTIAL, first.at - phrase.begin
        finals: dict[float, Told] = {}  # by their begin: some servers tell a final over and over
        for each in of_it:
            if each.is_final:
                finals.setdefault(each.begin, each)
        if finals:
            last = max(finals.values(), key=lambda each: each.begin)
            yield FINAL, last.at - phrase.end
            yield AFTER_SILENCE, last.at - phrase.end - LIVE.end_silence


def _load(client: Client, recordings: Sequence[Samples], *, base: str, streams: int, run: int) -> Load:
    """So many clients side by side."""
    played = [_stream(recordings, number * _STRIDE, lead=PAUSE + number * APART) for number in range(streams)]
    with ThreadPoolExecutor(streams) as pool:
        told = list(pool.map(client.play, [samples for samples, _ in played]))
    found = [
        each for (_, phrases), heard in zip(played, told, strict=True) for each in latencies(phrases, heard)
    ]
    count = sum(len(phrases) for _, phrases in played)
    return Load(
        system=client.name,
        base=base,
        streams=streams,
        run=run,
        latencies=tuple(_latency(what, found, of=count) for what in (FIRST_PARTIAL, FINAL, AFTER_SILENCE)),
        memory_mb=round(_resident_mb(), 1),
    )


def _latency(what: str, found: Sequence[tuple[str, float]], *, of: int) -> Latency:
    seconds = [value for name, value in found if name == what]
    values = np.percentile(seconds, PERCENTILES).round(3).tolist() if seconds else ()
    return Latency(what=what, seconds=tuple(values), count=len(seconds), of=of)


def _stream(recordings: Sequence[Samples], first: int, *, lead: float) -> tuple[Samples, list[Phrase]]:
    """All recordings, beginning with one of them after so many seconds of silence, and what is said where."""
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.float32)
    sound, phrases, at = [np.zeros(round(lead * SAMPLE_RATE), np.float32)], list[Phrase](), lead
    for samples in islice(cycle(recordings), first, first + len(recordings)):
        spans = speech_spans(samples)
        until = at + len(samples) / SAMPLE_RATE + PAUSE
        if spans:
            phrases.append(Phrase(begin=at + spans[0].start, end=at + spans[-1].end, until=until))
        sound += [samples, pause]
        at = until
    return np.concatenate(sound), phrases


def _recordings(data: Path, folder: Path, count: int) -> list[Samples]:
    """So many of the sets' dev parts, from all over them, in turn."""
    parts_of = [
        sets.read(sets.part(origin, "dev"), data=data, into=folder / origin.name)
        for origin in (SPEECHOCEAN, BARISTA)
    ]
    half = -(-count // len(parts_of))
    chosen = [
        one.utterances[number * len(one.utterances) // half] for number in range(half) for one in parts_of
    ]
    with AudioDecoder() as decoder:
        return [decoder.decode(each.audio, name=each.audio.name) for each in chosen[:count]]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def table(found: Loads) -> str:
    """A row for each load and run."""
    header = ["system, base", "streams", "run", "what", "p50, s", "p95, s", "p99, s", "told", "memory, MB"]
    rows = [
        [
            f"{load.system}, {load.base}",
            str(load.streams),
            str(load.run + 1),
            each.what,
            *([f"{value:.2f}" for value in each.seconds] or ["", "", ""]),
            f"{each.count} of {each.of}",
            f"{load.memory_mb:.0f}",
        ]
        for load in found.loads
        for each in load.latencies
    ]
    return tables.markdown(header, rows)


def section(found: Iterable[Loads]) -> str:
    """A row for each base, number of streams and system: percentiles of a run, the middle one of all runs."""
    header = [
        "base", "streams", "system", "first partial p50, s", "p95", "final p50, s", "p95", "p99",
        "after the silence p50, s", "p95", "p99", "phrases told", "memory, MB",
    ]  # fmt: skip
    runs: dict[tuple[str, int, str], list[Load]] = {}
    for load in (load for one in found for load in one.loads):
        runs.setdefault((load.base.removeprefix("whisper-"), load.streams, load.system), []).append(load)
    rows = []
    for (base, streams, system), loads in runs.items():
        told, after_silence = ([_of(load, what) for load in loads] for what in (FINAL, AFTER_SILENCE))
        rows.append(
            [
                base,
                str(streams),
                system,
                *(_middle([_of(load, FIRST_PARTIAL) for load in loads], at) for at in (0, 1)),
                *(_middle(each, at) for each in (told, after_silence) for at in range(len(PERCENTILES))),
                f"{sum(each.count for each in told)} of {sum(each.of for each in told)}",
                f"{max(load.memory_mb for load in loads):.0f}" if system == InProcess.name else "",
            ]
        )
    return tables.markdown(header, rows)


def aim(found: Iterable[Loads], *, streams: int, seconds: float) -> str:
    """Whether finals come as soon as they should once a phrase is over, a line for each base that met so many streams."""
    lines = []
    for one in found:
        loads = [load for load in one.loads if load.streams == streams and load.system == InProcess.name]
        late = [each.seconds[1] for load in loads if (each := _of(load, AFTER_SILENCE)).seconds]
        if late:
            is_reached = max(late) <= seconds
            lines.append(
                f"* {streams} streams, {loads[0].base.removeprefix('whisper-')}: the aim, finals within {seconds:.1f} s at the "
                f"95th percentile, counted from the end of the silence of {LIVE.end_silence} s that ends a phrase, is "
                f"{'reached' if is_reached else '**missed**'}: {min(late):.2f} to {max(late):.2f} s in {len(late)} runs."
            )
    return "\n".join(lines)


def loads_before(found: Iterable[Loads]) -> str:
    """How busy the machine was before each base was measured."""
    return " and ".join(f"{one.load_before:.1f}" for one in found)


def _of(load: Load, what: str) -> Latency:
    return next(each for each in load.latencies if each.what == what)


def _middle(found: Sequence[Latency], at: int) -> str:
    """The middle one of the runs' percentiles."""
    values = [each.seconds[at] for each in found if each.seconds]
    return f"{np.median(values):.2f}" if values else ""


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--streams", type=int, nargs="+", default=list(STREAMS), help="streams at once")
    parser.add_argument("--phrases", type=int, default=8, help="recordings in each stream")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--door", help="address of live recognition of a running server of Lect")
    parser.add_argument(
        "--whisper-live", help="address of a server of WhisperLive, such as ws://127.0.0.1:9090"
    )


if __name__ == "__main__":
    main()
