"""Toys for the tests of jobs: `work` is a worker, `ask` adds and cancels jobs and says so only when that is stored.

python job_toys.py work URL FOLDER [--grace=S] [--silence=S]
python job_toys.py ask URL SEED
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, insert

from lect.core.progress import silent
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step
from lect.jobs.worker import Worker
from lect.store.database import Database

FILES = 5  # of an artefact
EVER = 1_000_000
LOOSE = (
    6  # attempts that may fail by themselves: pauses double, so that one unlucky job could wait for an hour
)

metadata = MetaData()
orders = Table("toy_orders", metadata, Column("job", String(64), primary_key=True))
effects = Table(  # no key but a number: what happened twice stands there twice
    "toy_effects",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("job", String(64)),
    Column("step", String(64)),
)


def kinds(folder: Path) -> list[JobKind]:
    """`folder`: where artefacts are kept."""

    def publish(work):
        made = Path(work.child("job_toys:make", {"folder": str(work.attempt), "text": work.job.id})["folder"])
        target = folder / work.job.id
        target.parent.mkdir(exist_ok=True)
        if not target.exists():  # a worker that died had got so far
            made.rename(target)
        return {"artefact": target.name}

    def flaky(work):
        if work.job.attempt <= LOOSE and random.random() < 0.5:
            raise OSError("the wire is loose")
        return {}

    common = {"retries": EVER, "pause": 0.05, "lives": EVER, "at_once": 2, "on_change": _ended, "niceness": 0}
    return [
        JobKind(
            name="count",
            steps=tuple(
                Step(name=name, run=lambda work: time.sleep(0.02) or {}, apply=_note(name)) for name in "abc"
            ),
            **common,
        ),
        JobKind(name="flaky", steps=(Step(name="a", run=flaky, apply=_note("a")),), **common),
        JobKind(
            name="publish",
            steps=(
                Step(name="make", run=publish),
                Step(name="list", run=lambda work: {}, apply=_note("list")),
            ),
            functions=frozenset({"job_toys:make"}),
            **common,
        ),
        JobKind(
            name="wait",
            steps=(
                Step(
                    name="wait",
                    run=lambda work: work.child("job_toys:wait", dict(work.job.arguments)),
                    apply=_note("wait"),
                ),
            ),
            functions=frozenset({"job_toys:wait"}),
            lives=EVER,
        ),
    ]


def _note(step):
    def note(connection, job, result):
        connection.execute(insert(effects).values(job=job.id, step=step))

    return note


def _ended(connection, job):
    if job.state.is_final:
        connection.execute(insert(effects).values(job=job.id, step=job.state))


def make(arguments, progress=silent):
    """An artefact of several files, written slowly."""
    folder = Path(arguments["folder"]) / "artefact"
    folder.mkdir()
    for number in range(FILES):
        (folder / str(number)).write_text(arguments["text"])
        progress("writing", number / FILES)
        time.sleep(0.03)
    return {"folder": str(folder)}


def wait(arguments, progress=silent):
    """Says who it is in the file `path`, and waits until there is a file `until`."""
    Path(arguments["path"]).write_text(str(os.getpid()))
    while not ("until" in arguments and Path(arguments["until"]).exists()):
        time.sleep(0.05)
    return {}


def temporary(arguments, progress=silent):
    """A temporary file that it leaves."""
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    return {"path": path}


def ask(url: str, seed: int) -> None:
    """Orders and their jobs, some taken back, some cancelled; a line on standard output once each is stored."""
    database, chance, added = Database(url), random.Random(seed), []
    for number in range(EVER):
        job_id = f"{seed}-{number}"
        try:
            with database.begin() as connection:
                connection.execute(insert(orders).values(job=job_id))
                queue.add(connection, chance.choice(["count", "flaky", "publish"]), {}, job_id=job_id)
                if chance.random() < 0.2:
                    raise InterruptedError
        except InterruptedError:
            print("undone", job_id, flush=True)  # noqa: T201
            continue
        print("added", job_id, flush=True)  # noqa: T201
        added.append(job_id)
        if chance.random() < 0.15:
            chosen = chance.choice(added)
            with database.begin() as connection:
                asked = queue.cancel(connection, chosen)
            if asked:
                print("cancelled", chosen, flush=True)  # noqa: T201
        time.sleep(chance.uniform(0.0, 0.3))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["work", "ask"])
    parser.add_argument("url")
    parser.add_argument("rest")
    parser.add_argument("--grace", type=float, default=10.0)
    parser.add_argument("--silence", type=float, default=10.0)
    asked = parser.parse_args()
    if asked.role == "ask":
        ask(asked.url, int(asked.rest))
        return
    folder = Path(asked.rest)
    database = Database(asked.url)
    metadata.create_all(database.engine)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    worker = Worker(
        database,
        kinds(folder.with_name("artefacts")),
        folder=folder,
        grace=asked.grace,
        silence=asked.silence,
    )
    worker.run_until_terminated()


if __name__ == "__main__":
    sys.exit(main())
