"""How soon live recognition answers when so many speak at once.

    python -m benchmarks.speed.live --data DIR [--base NAME] [--streams 1 2 4 8 16] [--phrases 8] [--runs 3]
        [--door ws://HOST:PORT/PATH?language=en-US] [--whisper-live ws://HOST:PORT] [--json FILE]

Each stream plays recordings in real time, one after the other with a second of silence after each, in an order of its own. A
latency is the time from what was said until it was told: of the first partial since the speech of a recording began, of the last
final since it ended, by the speech detector that Lect uses. All streams share one engine thread; the clients are in the same
process. `--door` names a running server of Lect and `--whisper-live` one of WhisperLive that hear the same, one after the other:
the first with its default model, whatever the base.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks import command, sets, tables
from benchmarks.sets import BARISTA, SPEECHOCEAN
from benchmarks.speed.live_clients import Client, Door, InProcess, Told, WhisperLive
from lect.bootstrap import parts
from lect.serving.live.batching import Batcher, Limits
from lect.serving.live.events import LiveOptions
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.audio.vad import speech_spans

PAUSE = 1.0  # seconds of silence before and after each recording
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
    load_before: float = 0.0  # of the machine: processes that want to run, mean of a minute


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
                    with Batcher(Limits(streams=streams)) as batcher:
                        clients = [InProcess(model, batcher, LIVE), *_of_servers(options, base)]
                        found += [
                            _load(client, recordings, base=base, streams=streams, run=run)
                            for client in clients
                        ]
    return Loads(loads=tuple(found), load_before=round(before, 2))


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
    played = [_stream(recordings, number * _STRIDE) for number in range(streams)]
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


def _stream(recordings: Sequence[Samples], first: int) -> tuple[Samples, list[Phrase]]:
    """All recordings, beginning with one of them, and what is said where."""
    pause = np.zeros(round(PAUSE * SAMPLE_RATE), np.float32)
    sound, phrases, at = [pause], list[Phrase](), PAUSE
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
