"""A server whose API, worker or child is killed at random moments does all that it acknowledged, once, and whole."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import func, select

from crowd import Crowd, Promise, downloaded
from family import MARK, PATIENCE, Family, Killer, Process, until
from lect.client import Client
from lect.core.errors import NotFound
from lect.core.files import TEMPORARY
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.models.bundles import open_bundle
from lect.store.blobs import open_blobs
from lect.store.cleaning import clean_up, in_use
from lect.store.database import Database
from lect.store.tables import deliveries, job_steps, jobs
from servers import base_of, files_over_http, serving

WORK = ("import", "train", "evaluate")  # the kinds of jobs that are asked for
TRIES = 3  # attempts of a job: who kills a child in each of them has it fail, as is promised
LIVES = 5  # workers that may die in one step, likewise
NOUNS = {"datasets": "dataset", "models": "model", "evaluations": "evaluation"}

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="processes are found in /proc (Linux)"
)


class Play:
    """A server, the crowd that asks it, and the killer among them."""

    def __init__(self, folder: Path, url: str, sample: Path, *, seed: int, is_alone: bool = True) -> None:
        """`is_alone`: no other worker shares the database."""
        self.folder = folder
        self.database = Database(url)
        self.family = Family(str(folder))
        self.killer = Killer(self.family, seed)
        self.told: list[dict[str, str]] = []  # what the web hook was told
        self._sample, self._seed, self._is_alone = sample, seed, is_alone
        self._lives = {"api": 0, "worker": 0}  # what had come of them all when one was killed last
        self._second: subprocess.Popen[bytes] | None = None
        self._start = 0.0  # seconds that the server took to start: on a slow machine all lives are longer
        (folder / "tmp").mkdir()
        self._environment = {
            MARK: str(folder),
            "TMPDIR": str(folder / "tmp"),
            "LECT_DATA": str(folder / "data"),
            "LECT_DATABASE": url,
            "LECT_FETCH_PRIVATE_ADDRESSES": "127.0.0.1",
            "LECT_LOG": "ERROR",
            "LECT_THREADS": "1",
        }

    def run(self, kills: int) -> None:
        """All of it, and what is to be said of it."""
        files: dict[str, bytes] = {}
        with ExitStack() as stack:
            began = time.monotonic()
            place = stack.enter_context(files_over_http(files))
            address = stack.enter_context(serving(self.folder / "data", **self._environment))
            self._start = time.monotonic() - began
            client = stack.enter_context(Client(address))
            base_of(client)
            self._listen(client, stack.enter_context(_receiver(self.told)))
            crowd = Crowd(address, seed=self._seed, sample=self._sample, files=files, place=place)
            crowd.start()
            try:
                self._kill(kills, crowd, address)
            finally:
                crowd.stop()
            work = jobs.c.kind.in_(WORK)
            until(lambda: not self._open(work), lambda: f"the end of all work: {self._open(work)}")
            until(lambda: not self._open(jobs.c.kind == "web_hook"), "the end of all deliveries")
            judge_the_promises(client, crowd.promises)
            judge_what_is_listed(client, crowd.promises)
        judge_the_effects(self.database, crowd.promises, self.told)
        judge_what_is_left(self.database, self.folder, self.family)
        print(dict(self.killer.kills), dict(Counter(promise.kind for promise in crowd.promises)))  # noqa: T201
        self.database.close()

    def _listen(self, client: Client, url: str) -> None:
        events = {f"{noun}{phase}": True for noun in NOUNS.values() for phase in ("Creation", "Completion")}
        hook = client.web_hooks.create(display_name="hook", web_url=url, events=events)
        client.web_hooks.wait(hook, timeout=PATIENCE)

    def _kill(self, kills: int, crowd: Crowd, address: str) -> None:
        until(lambda: not crowd.is_alive() or _nouns(crowd) == set(NOUNS), "one of each noun")
        last = time.monotonic()
        try:
            while self.killer.kills.total() < kills:
                self._look_after_second(address)
                time.sleep(self._start * self.killer.chance.uniform(0.02, 0.3))
                assert crowd.is_alive(), crowd.failure
                last = time.monotonic() if self._kill_somebody(crowd) else last
                assert time.monotonic() - last < PATIENCE, self._whom_it_waits_for()
            if self._second:  # for ever, and amid its work: the other one has to take over
                until(self._second_works, "work for the second worker")
        finally:
            if self._second:
                self._second.kill()
                self._second.wait()

    def _kill_somebody(self, crowd: Crowd) -> str | None:
        """Nobody dies again before something came of the life before, and no job more often than it may."""
        with self.database.read() as connection:
            taken = connection.execute(select(func.sum(jobs.c.lease)).where(jobs.c.kind.in_(WORK))).scalar()
        signs = {"api": len(crowd.promises), "worker": taken or 0}
        running = {job.id: job for job in self._open(jobs.c.kind.in_(WORK))}

        def may_die(process: Process) -> bool:
            if process.role == "child":
                return process.job in running and running[process.job].attempt < TRIES
            is_due = signs[process.role] > self._lives[process.role]
            return is_due and (
                process.role == "api" or all(job.deaths < LIVES - 1 for job in running.values())
            )

        killed = self.killer.kill_somebody(may_die)
        if killed in signs:
            self._lives[killed] = signs[killed]
        if killed == "worker":
            until(lambda: not self.family.orphans(), "the end of the children of a dead worker")
        return killed

    def _whom_it_waits_for(self) -> str:
        there = [(each.role, each.job) for each in self.family.processes("api", "worker", "child")]
        return (
            f"after {self.killer.kills.total()} kills nobody came for {PATIENCE} s who may die: the child of a job, "
            f"or an API or a worker that did something since the last death; there are {there}, "
            f"and open are {self._open(jobs.c.kind.in_(WORK))}"
        )

    def _open(self, where):
        is_open = jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING])
        with self.database.read() as connection:
            return connection.execute(
                select(jobs.c.id, jobs.c.attempt, jobs.c.deaths).where(where, is_open)
            ).all()

    def _look_after_second(self, address: str) -> None:
        """A worker that the server knows nothing of, as on another machine."""
        if not self._is_alone and (self._second is None or self._second.poll() is not None):
            command = [sys.executable, "-m", "lect.server.worker", address]
            self._second = subprocess.Popen(command, env=os.environ | self._environment)

    def _second_works(self) -> bool:
        return any(child.parent == self._second.pid for child in self.family.processes("child"))


def _nouns(crowd):
    return {promise.noun for promise in crowd.promises}


@contextmanager
def _receiver(told):
    """A receiver of a web hook."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            document = self.rfile.read(int(self.headers["Content-Length"]))
            token = parse_qs(self.path.partition("?")[2]).get("validationToken", [""])[0]
            if not token:
                told.append(json.loads(document))
            self.send_response(200)
            self.send_header("Content-Length", str(len(token)))
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/told"
        server.shutdown()


def judge_the_promises(client: Client, promises: list[Promise]) -> None:
    """What was acknowledged is there, has ended as it should, and its files are whole."""
    for promise in promises:
        collection = getattr(client, promise.noun)
        if promise.deletion is not None:
            if promise.deletion:
                with pytest.raises(NotFound):
                    collection.get(promise.id)
            continue
        entity = collection.get(promise.id)
        assert entity.status is promise.ends or promise.ends is None, (promise, entity.document)
        if promise.ends:
            files = {file.display_name: file for file in collection.files(entity)}
            assert len(files) == len(list(collection.files(entity))), "a file is there twice"
            _JUDGES[promise.noun](client, promise, entity, files)


def _judge_dataset(client, promise, _entity, files):
    assert files.keys() - {"data.txt", "data.zip"} == {"report.json"}
    [data] = [file for name, file in files.items() if name != "report.json"]
    assert _sha256(client, data) == promise.sha256


def _judge_model(client, _promise, entity, files):
    assert files.keys() == {"report.json"}
    assert _sha256(client, files["report.json"])
    with downloaded(client, f"/lect/v1/models/{entity.id}/bundle") as path:
        open_bundle(path)  # it compares every byte with its hashes


def _judge_evaluation(client, _promise, entity, files):
    assert len(files) == 3  # the whole document, and what each of two models made of one recording
    assert all(_sha256(client, file) for file in files.values())
    assert {"wordErrorRate1", "wordErrorRate2"} <= entity.properties.keys()


_JUDGES = {"datasets": _judge_dataset, "models": _judge_model, "evaluations": _judge_evaluation}


def _sha256(client, file):
    with downloaded(client, file.links["contentUrl"]) as path:
        return hashlib.sha256(path.read_bytes()).hexdigest()


def judge_what_is_listed(client: Client, promises: list[Promise]) -> None:
    """What nobody was told of has ended, too: its making was stored, and the answer was lost."""
    waiting = {promise.id for promise in promises if promise.ends is None}
    for noun in NOUNS:
        for entity in getattr(client, noun).all():
            is_waiting = entity.id in waiting or (noun == "datasets" and entity.status is Status.NOT_STARTED)
            assert entity.status.is_final or is_waiting, entity.document


def judge_the_effects(database: Database, promises: list[Promise], told: list[dict[str, str]]) -> None:
    """Every step has left its effects once, and each event was told, under one id however often it was tried."""
    with database.read() as connection:
        steps = Counter(connection.execute(select(job_steps.c.job)).scalars())
        rows = connection.execute(select(deliveries).where(deliveries.c.event != "challenge")).all()
    events = Counter((row.event, row.resource) for row in rows)
    assert {row.id for row in rows} == {document["invocationId"] for document in told}
    assert set(events.values()) == {1}, "an event happened twice"
    for promise in promises:
        noun, resource = NOUNS[promise.noun], f"/{promise.noun}/{promise.id}"
        assert (f"{noun}Creation", resource) in events
        if promise.ends:
            assert (f"{noun}Completion", resource) in events
            assert steps[promise.id] == _STEPS.get((promise.noun, promise.ends), 1)


_STEPS = {("datasets", Status.SUCCEEDED): 3, ("datasets", Status.FAILED): 2}


def judge_what_is_left(database: Database, folder: Path, family: Family) -> None:
    """Nobody lives on, nothing half written lies about, and what is to be cleaned away is what nothing refers to."""
    assert family.processes() == []
    blobs = open_blobs(str(folder / "data" / "blobs"), cache=folder / "copies", cache_bytes=0)
    clean_up(database, blobs, before=datetime.now(UTC) + timedelta(hours=1))
    with database.read() as connection:
        assert {stored.sha256 for stored in blobs.list()} == in_use(connection)
    assert list((folder / "data").rglob(f"{TEMPORARY}*")) == []
    assert list((folder / "data" / "jobs").glob("*")) == []
    assert list((folder / "tmp").iterdir()) == []


def test_five_kills_of_a_server(tmp_path, sample):
    Play(tmp_path, f"sqlite:///{tmp_path}/data/lect.db", sample, seed=1).run(5)


@pytest.mark.long
def test_two_hundred_kills_of_a_server(tmp_path, sample):
    Play(tmp_path, f"sqlite:///{tmp_path}/data/lect.db", sample, seed=11).run(200)


@pytest.mark.long
def test_a_hundred_kills_on_postgres_with_two_workers_one_of_them_for_ever(tmp_path, sample, postgres_url):
    Play(tmp_path, postgres_url, sample, seed=21, is_alone=False).run(100)
