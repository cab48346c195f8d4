"""How soon a server answers: while nothing else happens, and while two models are trained on recordings.

    python -m benchmarks.speed.server --data DIR [--requests 300] [--json FILE]

A real server on SQLite with 1,000 datasets, one of which has 100,000 files, and 100 custom models is asked on one connection, so
many times a second, for lists. What it answers first does not count. Then two trainings of tiny.en on the same recordings begin,
and it is asked once more while both go on. They are cancelled at the end. The client and the trainings share the machine with the
server.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
import numpy as np

from benchmarks import command, servers, tables
from benchmarks.servers import Server
from lect.client import Client
from lect.client.entities import Entity
from lect.core.entities import Dataset, DatasetKind, File, FileKind, Model
from lect.core.status import Status
from lect.settings import Settings
from lect.store import files
from lect.store.opening import open_storage
from lect.store.repositories import DATASETS, MODELS

LOCALE, BASE = "en-US", "whisper-tiny.en"
DATASET_ROWS, FILE_ROWS, MODEL_ROWS = 1_000, 100_000, 100
TRAININGS = 2
ROWS = f"{DATASET_ROWS:,} datasets, one of them of {FILE_ROWS:,} files, and {MODEL_ROWS} custom models"
REQUESTS = 300  # for models; for each other list a quarter
WARM_UP = 30  # for each list, before anything is measured: the first answers fill caches and open connections
PAUSE = 0.1  # seconds between two requests
PATIENCE = 900.0  # seconds until both trainings are on their way, on a machine with much else to do
RECORDINGS = Path("barista/training/audio-and-trans.zip")
MODELS_LIST = "models"

_FIRST = UUID(int=1 << 64)  # of the dataset with the files; the others follow
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_PREFIX = "/speechtotext/v3.2"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How long the server took to answer requests of one kind, milliseconds."""

    request: str
    trainings: int  # that ran meanwhile
    count: int
    p50: float
    p95: float
    p99: float
    longest: float


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What the benchmark found."""

    answers: tuple[Answers, ...] = ()
    loads: tuple[
        float, ...
    ] = ()  # of the machine before and with the trainings: processes that want to run, mean of a minute
    niceness: int = 0  # of the benchmark, and so of the server


def main() -> None:
    """Measure; the table goes to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="for the list of models")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    found = measure(options.data, options.requests)
    print(table(found), file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure(data: Path, requests: int = REQUESTS) -> Pace:
    """Ask a server at rest, then one that trains.

    Args:
        data: the folder of evaluation sets
        requests: for the list of models; a quarter for each other list
    """
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        fill(Settings(data=Path(folder)))
        with servers.serving(Path(folder), LECT_JOBS_TRAININGS=str(TRAININGS)) as server:
            _warm_up(server)
            loads = [os.getloadavg()[0]]
            answers = _ask_all(server, requests, trainings=0)
            with _training(server, data / RECORDINGS) as goes_on:
                answers += _ask_all(server, requests, trainings=TRAININGS)
                loads.append(os.getloadavg()[0])
                if not goes_on():
                    raise RuntimeError("a training was over too soon: take fewer requests")
    return Pace(answers=tuple(answers), loads=tuple(round(load, 2) for load in loads), niceness=os.nice(0))


def paths() -> dict[str, str]:
    """What is asked for: a name, and the path."""
    of_one = f"{_PREFIX}/datasets/{_FIRST}/files"
    last, name = f"skip={FILE_ROWS - 100}", quote(f"name eq '{_file_name(FILE_ROWS // 2)}'")
    newest = quote("status eq 'Succeeded' and createdDateTime gt 2026-01-01T00:15:00Z")
    return {
        MODELS_LIST: f"{_PREFIX}/models",
        "base models": f"{_PREFIX}/models/base",
        "datasets": f"{_PREFIX}/datasets",
        "datasets, last page": f"{_PREFIX}/datasets?skip={DATASET_ROWS - 100}",
        "datasets, filtered": f"{_PREFIX}/datasets?filter={newest}",
        "files": of_one,
        "files, last page": f"{of_one}?{last}",
        "files, by name": f"{of_one}?filter={name}",
    }


# What the server has.


def fill(settings: Settings) -> None:
    """Rows as uploads and trainings would leave them; no bytes are behind them."""
    storage = open_storage(settings)
    with storage.database.begin() as connection:
        for number in range(DATASET_ROWS):
            DATASETS.add(connection, _dataset(number))
        files.put(connection, str(_FIRST), map(_file, range(FILE_ROWS)))
        MODELS.add(connection, _base())
        for number in range(MODEL_ROWS):
            MODELS.add(connection, _model(number))
    storage.database.close()


def _dataset(number: int) -> Dataset:
    return Dataset(
        id=_id(number),
        display_name=f"dataset {number}",
        created=_CREATED + timedelta(seconds=number),
        last_action=_CREATED + timedelta(seconds=number),
        status=Status.SUCCEEDED,
        locale=LOCALE,
        kind=DatasetKind.AUDIO,
        accepted_lines=FILE_ROWS,
    )


def _base() -> Model:
    return Model(
        id=_id(-1),
        display_name="a base",
        created=_CREATED,
        last_action=_CREATED,
        status=Status.SUCCEEDED,
        locale=LOCALE,
        is_base=True,
        name="a base",
    )


def _model(number: int) -> Model:
    return Model(
        id=_id(DATASET_ROWS + number),
        display_name=f"model {number}",
        created=_CREATED + timedelta(seconds=number),
        last_action=_CREATED + timedelta(seconds=number),
        status=Status.SUCCEEDED,
        locale=LOCALE,
        base=_id(-1),
        datasets=(_id(number), _id(number + 1)),
        bundle="0" * 64,
    )


def _file(number: int) -> File:
    return File(
        id=str(UUID(int=number)),
        owner=str(_FIRST),
        kind=FileKind.LANGUAGE_DATA,
        name=_file_name(number),
        blob=f"{number:064x}",
        size=32_000,
        created=_CREATED + timedelta(milliseconds=number),
        media_type="audio/wav",
        duration=1.0,
    )


def _file_name(number: int) -> str:
    return f"recording-{number:06}.wav"


def _id(number: int) -> str:
    return str(UUID(int=_FIRST.int + number))


# What it does meanwhile.


@contextmanager
def _training(server: Server, recordings: Path) -> Iterator[Callable[[], bool]]:
    """Trainings on recordings, from when all are on their way; whether all still are."""
    with Client(server.address) as client:
        dataset = client.datasets.upload(recordings, kind="Acoustic", locale=LOCALE)
        dataset = client.datasets.wait(dataset, timeout=PATIENCE)
        base = next(client.models.base(filter=f"displayName eq '{BASE} ({LOCALE})'"))
        models = [
            client.models.create(
                display_name=f"training {number}", locale=LOCALE, base_model=base, datasets=[dataset]
            )
            for number in range(TRAININGS)
        ]

        def go_on() -> bool:
            return all(_is_on_its_way(server, model) for model in models)

        until = time.monotonic() + PATIENCE
        while not go_on():
            if time.monotonic() > until:
                raise RuntimeError("the trainings did not begin")
            time.sleep(0.5)
        try:
            yield go_on
        finally:
            for model in models:
                with suppress(httpx.HTTPError):
                    httpx.post(f"{server.address}/lect/v1/models/{model.id}:cancel", timeout=30)


def _is_on_its_way(server: Server, model: Entity) -> bool:
    """It runs and has said how far it is."""
    work = httpx.get(f"{server.address}/lect/v1/models/{model.id}/progress", timeout=30).json()
    return bool(work["state"] == "running" and work["progress"] > 0)


# Asking.


def _ask_all(server: Server, requests: int, *, trainings: int) -> list[Answers]:
    """Every list in turn, models four times as often."""
    asked = paths()
    others = [name for name in asked if name != MODELS_LIST]
    turns = [name for number in range(requests) for name in (MODELS_LIST, *others[number % 4 :: 4])]
    times: dict[str, list[float]] = {name: [] for name in asked}
    for name, seconds in zip(turns, _ask(server, [asked[name] for name in turns]), strict=True):
        times[name].append(seconds)
    return [_answers(name, trainings, times[name]) for name in asked]


def _warm_up(server: Server) -> None:
    """Ask for every list so often that what is measured first is not the beginning of a server's life."""
    for _ in _ask(server, [*paths().values()] * WARM_UP):
        pass


def _ask(server: Server, targets: list[str]) -> Iterator[float]:
    """Seconds that each answer took. One that is late lets the next wait, which counts: it was to be asked by then."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)
    free = time.perf_counter()
    for due, target in _paced(targets):
        began = due if free > due else time.perf_counter()
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        if response.status != httpx.codes.OK:
            raise RuntimeError(f"{target}: {response.status} {body[:200]!r}")
        free = time.perf_counter()
        yield free - began
    connection.close()


def _paced(targets: list[str]) -> Iterator[tuple[float, str]]:
    began = time.perf_counter()
    for number, target in enumerate(targets):
        due = began + number * PAUSE
        time.sleep(max(due - time.perf_counter(), 0.0))
        yield due, target


def _answers(request: str, trainings: int, seconds: list[float]) -> Answers:
    milliseconds = np.array(seconds) * 1e3
    p50, p95, p99 = (float(each) for each in np.percentile(milliseconds, [50, 95, 99]))
    return Answers(
        request=request,
        trainings=trainings,
        count=len(seconds),
        p50=p50,
        p95=p95,
        p99=p99,
        longest=float(milliseconds.max()),
    )


def table(found: Pace) -> str:
    """A row for each list: at rest, with trainings, and how many times longer."""
    busy = {each.request: each for each in found.answers if each.trainings}
    rows = [
        [
            rest.request,
            *_row(rest),
            *_row(busy[rest.request]),
            f"{busy[rest.request].p50 / rest.p50:.1f}",
            f"{busy[rest.request].p99 / rest.p99:.1f}",
        ]
        for rest in found.answers
        if not rest.trainings
    ]
    header = ["list", "at rest: p50, ms", "p95", "p99", "two trainings: p50, ms", "p95", "p99"]
    return tables.markdown([*header, "ratio of p50", "of p99"], rows)


def loads(found: Pace) -> str:
    """What else the machine did."""
    when = ("at rest", "with the trainings")
    return servers.told(dict(zip(when, found.loads, strict=False)), found.niceness)


def _row(answers: Answers) -> list[str]:
    return [f"{each:.1f}" for each in (answers.p50, answers.p95, answers.p99)]


if __name__ == "__main__":
    main()
