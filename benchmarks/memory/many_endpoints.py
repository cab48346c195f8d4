"""Many endpoints in one server, each with a text model of its own: memory, and how soon one answers that was never asked.

    python -m benchmarks.memory.many_endpoints [--base NAME] [--endpoints 100] [--json FILE]

A server is given the models and the endpoints, and is then started again, so that no model is loaded. After a turn without an
endpoint, which loads the base model, each endpoint hears one recording of the built-in sample, sent at once over a connection of
its own, and then all of them once more. Memory is the proportional set size of the recogniser (needs Linux).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import command, servers, tables
from benchmarks.memory import many_models, serve_idle
from benchmarks.memory.many_models import Spread
from benchmarks.servers import Server
from benchmarks.speed.live_clients import Door
from lect import sample
from lect.bootstrap import parts
from lect.client import Client
from lect.client.entities import Entity
from lect.speech.audio import AudioDecoder, Samples

BASE, LOCALE = "whisper-tiny.en", "en-US"
ENDPOINTS = 100
STEPS = (1, 10, 25, 50, 100)  # endpoints after which memory is measured
PATIENCE = 300.0  # seconds until a model or an endpoint is ready
RECOGNISER = "recogniser"
_PATH = "/speech/recognition/conversation/cognitiveservices/v1"


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the recogniser takes after some endpoints were asked, MB."""

    endpoints: int  # 0: the base model alone
    pss: float


@dataclass(frozen=True, kw_only=True)
class Turns:
    """How long turns took, from connecting on, milliseconds."""

    name: str
    started: Spread  # until the turn started, and so the model was there
    answered: Spread  # until all was told


@dataclass(frozen=True, kw_only=True)
class ManyEndpoints:
    """What the benchmark found."""

    base: str = BASE
    memory: tuple[Memory, ...] = ()
    turns: tuple[Turns, ...] = ()


def main() -> None:
    """Measure; the tables go to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default=BASE, help="the base model of all")
    parser.add_argument("--endpoints", type=int, default=ENDPOINTS, help="how many")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    found = measure(options.base, options.endpoints)
    print(f"{memory_table(found)}\n\n{turn_table(found)}", file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure(base: str = BASE, endpoints: int = ENDPOINTS) -> ManyEndpoints:
    """Train and deploy the models, then ask each endpoint twice."""
    samples = _recording()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        data = Path(folder, "data")
        with servers.serving(data) as server:
            ids = _deploy(server, bundles(base, Path(folder), endpoints))
        with servers.serving(data) as server:
            door(server).turn(samples)
            memory = [Memory(endpoints=0, pss=_memory(server))]
            cold = []
            for number, id in enumerate(ids, start=1):
                cold.append(door(server, id).turn(samples))
                if number in {*STEPS, len(ids)}:
                    memory.append(Memory(endpoints=number, pss=_memory(server)))
            warm = [door(server, id).turn(samples) for id in ids]
    return ManyEndpoints(
        base=base, memory=tuple(memory), turns=(_turns("the first", cold), _turns("the second", warm))
    )


def _recording() -> Samples:
    path = min((sample.folder() / "testing/audio-and-trans").glob("*.flac"))
    with AudioDecoder() as decoder:
        return decoder.decode(path, name=path.name)


def bundles(base: str, folder: Path, count: int) -> list[Path]:
    """Of so many text models, made in a folder."""
    with parts() as shared:
        return [many_models.train(shared, base, folder, number) for number in range(count)]


def _deploy(server: Server, paths: Sequence[Path]) -> list[str]:
    """The ids of the endpoints, each with the model of one bundle."""
    with Client(server.address) as client:
        endpoints: list[Entity] = []
        for path in paths:
            model = client.models.wait(client.models.upload(path), timeout=PATIENCE)
            made = client.endpoints.create(display_name=path.stem, locale=LOCALE, model=model)
            endpoints.append(client.endpoints.wait(made, timeout=PATIENCE))
        return [endpoint.id for endpoint in endpoints]


def door(server: Server, endpoint: str | None = None) -> Door:
    """A client of an endpoint, or of the base model."""
    chosen = f"&cid={endpoint}" if endpoint else ""
    return Door(f"{server.address.replace('http', 'ws')}{_PATH}?language={LOCALE}{chosen}")


def _memory(server: Server) -> float:
    [pid] = [pid for pid, name in server.processes.items() if name == RECOGNISER]
    time.sleep(serve_idle.REST)
    return serve_idle.process(pid, RECOGNISER).pss


def _turns(name: str, turns: Sequence[tuple[float, float]]) -> Turns:
    started, answered = (many_models.spread(seconds) for seconds in zip(*turns, strict=True))
    return Turns(name=name, started=started, answered=answered)


def memory_table(found: ManyEndpoints) -> str:
    """A row for each number of endpoints, with the ratio to one."""
    one = next((each.pss for each in found.memory if each.endpoints == 1), None)
    rows = [
        [
            f"{each.endpoints}" if each.endpoints else "none, the base model",
            f"{each.pss:.0f}",
            f"{each.pss / one:.2f}" if one and each.endpoints else "",
        ]
        for each in found.memory
    ]
    return tables.markdown(["endpoints asked", "recogniser, MB", "times that of one"], rows)


def turn_table(found: ManyEndpoints) -> str:
    """A row for each round."""
    rows = [
        [
            each.name,
            *(
                f"{getattr(spread, which):.0f}"
                for spread in (each.started, each.answered)
                for which in ("p50", "p99")
            ),
        ]
        for each in found.turns
    ]
    header = ["turn of an endpoint", "started, p50 ms", "p99 ms", "answered, p50 ms", "p99 ms"]
    return tables.markdown(header, rows)


if __name__ == "__main__":
    main()
