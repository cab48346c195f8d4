"""How soon an endpoint answers with the model that it was given: from the request until a turn begins with it.

    python -m benchmarks.speed.deployments [--base NAME] [--rounds 10] [--json FILE]

A real server gets text models over one base, which was asked before, so that it is loaded. Models that never passed a self-test are
deployed to new endpoints and to one that has a model already; then that one is given models that passed, and is rolled back. After
each request turns are begun at the endpoint, one after the other, until one is begun with the new model. The client shares the
machine with the server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import command, servers, tables
from benchmarks.memory import many_endpoints
from benchmarks.servers import Server
from benchmarks.speed.live_clients import Door
from lect.client import Client
from lect.client.entities import Entity

ROUNDS = 10
AIM = 2.0  # seconds
_LOOK = 0.1  # seconds between two turns; each takes some processor time from what is measured
_FIRST, _UNTESTED = "a new endpoint, its model never tested", "another model, never tested"
_TESTED, _BACK = "another model, tested before", "back to the model before"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way to change what an endpoint answers with."""

    name: str
    seconds: tuple[float, ...]  # from each request until a turn began with the model


@dataclass(frozen=True, kw_only=True)
class Deployments:
    """What the benchmark found."""

    base: str = many_endpoints.BASE
    changes: tuple[Change, ...] = ()
    load: float = 0.0  # of the machine before: processes that want to run, mean of a minute
    niceness: int = 0  # of the benchmark, and so of the server


def main() -> None:
    """Measure; the table goes to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default=many_endpoints.BASE, help="the base model of all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each change is made")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    found = measure(options.base, options.rounds)
    print(table(found), file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure(base: str = many_endpoints.BASE, rounds: int = ROUNDS) -> Deployments:
    """Train the models, then make each change so often."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        bundles = many_endpoints.bundles(base, Path(folder), 2 * rounds)
        with servers.serving(Path(folder, "data")) as server, Client(server.address) as client:
            models = [
                client.models.wait(client.models.upload(bundle), timeout=many_endpoints.PATIENCE)
                for bundle in bundles
            ]
            many_endpoints.door(server).model()  # loads the base
            load = os.getloadavg()[0]
            changes = _changes(server, client, models[:rounds], models[rounds:])
    return Deployments(base=base, changes=changes, load=round(load, 2), niceness=os.nice(0))


def _changes(
    server: Server, client: Client, first: Sequence[Entity], others: Sequence[Entity]
) -> tuple[Change, ...]:
    made: list[Entity] = []

    def create(model: Entity) -> Entity:
        made.append(client.endpoints.create(display_name="e", locale=many_endpoints.LOCALE, model=model))
        return made[-1]

    def update(model: Entity) -> Entity:
        return client.endpoints.update(made[0], model=model)

    def go_back(_model: Entity) -> Entity:
        return client.endpoints.roll_back(made[0])

    def times(name: str, models: Sequence[Entity], change: Callable[[Entity], Entity]) -> Change:
        return Change(name=name, seconds=tuple(_seconds(server, model, change) for model in models))

    return (
        times(_FIRST, first, create),
        times(_UNTESTED, others, update),
        times(_TESTED, first, update),
        times(_BACK, [first[-2 + number % 2] for number in range(len(first))], go_back),
    )


def _seconds(server: Server, model: Entity, change: Callable[[Entity], Entity]) -> float:
    """From a request until a turn begins with the model."""
    began = time.perf_counter()
    door: Door = many_endpoints.door(server, change(model).id)
    while door.model() != model.id:
        if time.perf_counter() - began > many_endpoints.PATIENCE:
            raise RuntimeError("the model does not answer")
        time.sleep(_LOOK)
    return time.perf_counter() - began


def table(found: Deployments) -> str:
    """A row for each change."""
    rows = [
        [each.name, f"{len(each.seconds)}", f"{np.median(each.seconds):.2f}", f"{max(each.seconds):.2f}"]
        for each in found.changes
    ]
    return tables.markdown(["change", "times", "median, s", "longest, s"], rows)


def aim(found: Deployments) -> str:
    """Which changes take less than two seconds, as a sentence."""
    missed = [each.name for each in found.changes if max(each.seconds) >= AIM]
    if not missed:
        return f"The aim, less than {AIM:.0f} seconds, is reached each time."
    return f"The aim, less than {AIM:.0f} seconds each time, is **missed** by: {'; '.join(missed)}."


def loads(found: Deployments) -> str:
    """What else the machine did."""
    return servers.told({"before": found.load}, found.niceness)


if __name__ == "__main__":
    main()
