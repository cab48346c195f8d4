"""Whoever adds jobs, runs them or works for them is killed at random moments; nothing of it shows in what was done."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from family import until
from lect.core.jobs import JobState
from lect.store.database import Database
from lect.store.migrations import migrate
from lect.store.tables import jobs

CONTRACTS = Path(__file__).parents[1] / "contracts"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="children are found in /proc (Linux)"
)


class Cast:
    """The processes of the play: one that asks, those that work, and their children."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.url = url
        self.folder = folder
        self.chance = random.Random(seed)
        self.said: list[Path] = []
        self.asking = self._ask()
        self.working = [self._work(), self._work()]

    def _ask(self) -> subprocess.Popen[bytes]:
        said = self.folder / f"said-{len(self.said)}"
        self.said.append(said)
        with said.open("wb") as out:
            return self._start("ask", str(self.chance.randrange(10**9)), stdout=out)

    def _work(self) -> subprocess.Popen[bytes]:
        return self._start("work", str(self.folder / "jobs"), "--silence=3")

    def _start(self, role: str, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        script = str(CONTRACTS / "job_toys.py")
        environment = {**os.environ, "LECT_TEST_KILLS": str(self.folder), "LECT_LOG": "ERROR"}
        return subprocess.Popen(
            [sys.executable, script, role, self.url, *arguments], env=environment, **options
        )

    def kill_somebody(self) -> None:
        """One of them dies; who asks or works is followed by another, some time later."""
        whom = self.chance.choice(["who asks", "who works", "who works", "a child", "a child"])
        if whom == "a child" and (children := self.children()):
            _kill(self.chance.choice(children))
        elif whom == "who asks" and self.said[-1].stat().st_size:  # else nothing would ever be asked for
            self.stop(self.asking)
            self.asking = self._ask()
        else:
            place = self.chance.randrange(len(self.working))
            self.stop(self.working[place])
            time.sleep(self.chance.uniform(0.0, 0.5))
            self.working[place] = self._work()

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def children(self) -> list[int]:
        """The children of workers that are alive, whoever started them."""
        mark = f"LECT_TEST_KILLS={self.folder}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (
                    b"lect.jobs.child" in (process / "cmdline").read_bytes()
                    and mark in (process / "environ").read_bytes()
                ):
                    found.append(int(process.name))
            except OSError:
                continue
        return sorted(found)

    def acknowledged(self, verb: str) -> set[str]:
        """The ids of which was said that this had been stored; a line that was cut off by a death says nothing."""
        return {
            match[1]
            for said in self.said
            for match in re.finditer(rf"^{verb} (\S+)\n", said.read_text(), re.M)
        }

    def end(self) -> None:
        for process in [self.asking, *self.working]:
            self.stop(process)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _play(url: str, folder: Path, *, kills: int, seed: int) -> None:
    database = Database(url)
    migrate(database)
    import job_toys

    job_toys.metadata.create_all(database.engine)
    cast = Cast(url, folder, seed)
    try:
        until(lambda: cast.acknowledged("added"), "the first job")
        for _ in range(kills):
            time.sleep(cast.chance.uniform(0.2, 1.5))
            cast.kill_somebody()
        cast.stop(cast.asking)
        cast.stop(cast.working.pop())  # for ever: the other one has to take over
        until(
            lambda: not _unfinished(database),
            lambda: f"the end of all jobs: open are {_unfinished(database)}",
        )
        until(
            lambda: not list((folder / "jobs").glob("*")) and not cast.children(), "the end of all children"
        )
    finally:
        cast.end()
    _judge(database, cast, folder, job_toys)
    database.close()


def _unfinished(database: Database) -> list:
    query = select(jobs.c.id, jobs.c.kind, jobs.c.state, jobs.c.attempt, jobs.c.due)
    with database.read() as connection:
        return [row for row in connection.execute(query) if not JobState(row.state).is_final]


def _judge(database: Database, cast: Cast, folder: Path, toys) -> None:
    with database.read() as connection:
        ended = {row.id: (row.kind, row.state) for row in connection.execute(select(jobs))}
        orders = set(connection.execute(select(toys.orders.c.job)).scalars())
        effects = Counter((row.job, row.step) for row in connection.execute(select(toys.effects)))
    added, undone, cancelled = map(cast.acknowledged, ("added", "undone", "cancelled"))

    assert len(added) > 5
    assert added <= ended.keys(), "a job that was acknowledged is lost"
    assert orders == ended.keys(), "an order and its job are not stored together"
    assert not undone & ended.keys(), "what was taken back is there"
    assert {state for _, state in ended.values()} <= {"succeeded", "cancelled"}
    assert {ended[job][1] for job in cancelled} <= {"cancelled"}, "a cancelled job did not stay so"

    assert set(effects.values()) == {1}, "an effect shows twice"
    steps = {"count": {"a", "b", "c"}, "flaky": {"a"}, "publish": {"list"}}
    for job, (kind, state) in ended.items():
        seen = {step for of, step in effects if of == job}
        assert state in seen, "an end was not told"
        assert seen - {state} <= steps[kind]
        assert state == "cancelled" or seen == steps[kind] | {state}, "a step left no effect"

    made = {path.name: path for path in (folder / "artefacts").glob("*")}
    listed = {job for job, step in effects if step == "list"}
    assert listed <= made.keys(), "an artefact is listed and not there"
    for job, path in made.items():
        assert ended[job][0] == "publish"
        texts = [part.read_text() for part in sorted(path.iterdir())]
        assert texts == [job] * toys.FILES, "an artefact is not whole"


@pytest.fixture(autouse=True)
def toys_are_found(monkeypatch):
    monkeypatch.syspath_prepend(str(CONTRACTS))


def test_twenty_kills(tmp_path):
    _play(f"sqlite:///{tmp_path}/jobs.db", tmp_path, kills=20, seed=1)


def test_some_kills_on_postgres(postgres_url, tmp_path):
    _play(postgres_url, tmp_path, kills=8, seed=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_seventy_kills_three_times(tmp_path, seed):
    _play(f"sqlite:///{tmp_path}/jobs.db", tmp_path, kills=70, seed=seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", [21, 22])
def test_a_hundred_kills_twice_on_postgres(postgres_url, tmp_path, seed):
    _play(postgres_url, tmp_path, kills=100, seed=seed)
