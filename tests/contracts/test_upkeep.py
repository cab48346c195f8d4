"""What the server removes by itself: once in each span of time, by one worker of all."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from lect.core.entities import Delivery, WebHook
from lect.core.jobs import Job, JobState
from lect.core.status import Status
from lect.jobs import upkeep
from lect.jobs.contract import Step
from lect.jobs.recurring import LONGEST, Recurring
from lect.jobs.worker import Worker
from lect.settings import Upkeep
from lect.store import deliveries
from lect.store import jobs as rows
from lect.store.folder_blobs import FolderBlobs
from lect.store.repositories import WEB_HOOKS
from lect.store.storage import Storage

NOON = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(NOON + timedelta(minutes=20))


@pytest.fixture
def storage(database, tmp_path, clock):
    return Storage(database=database, blobs=FolderBlobs(tmp_path / "blobs"), clock=clock)


def chore(run=lambda _work: {}, *, every=3600.0, clock, jitter=0.5):
    return Recurring(step=Step(name="chore", run=run), every=every, clock=clock, jitter=lambda: jitter)


def planned(database):
    """Of all jobs that wait, when they are due."""
    with database.read() as connection:
        return {job.id: job.due for job in _jobs(connection) if job.state is JobState.QUEUED}


def _jobs(connection):
    return rows.many(connection, [id for (id,) in connection.execute(rows.select(rows.jobs.c.id))])


def finish(database, kind, *workers):
    """Let workers run until no job of a kind is due that was when they began."""
    with database.read() as connection:
        waiting = [job.id for job in _jobs(connection) if job.kind == kind.name]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    pause = threading.Event()
    for _ in range(1200):
        with database.read() as connection:
            if all(job.state.is_final for job in rows.many(connection, waiting)):
                break
        pause.wait(0.05)
    for worker in workers:
        worker.stop()
    for thread in threads:
        thread.join()


def test_it_is_planned_once_in_each_span_at_a_moment_of_it(database, clock):
    for jitter in (0.25, 0.75):  # whoever comes second finds it planned
        with database.begin() as connection:
            chore(clock=clock, jitter=jitter).plan(connection)
    assert planned(database) == {"chore-20310506T120000": NOON + timedelta(minutes=15)}

    clock.now += timedelta(hours=1)
    with database.begin() as connection:
        chore(clock=clock).plan(connection)
    assert planned(database)["chore-20310506T130000"] == NOON + timedelta(minutes=90)


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_its_end_plans_the_next_one_a_span_later_whatever_came_of_it(database, clock, state):
    due = NOON + timedelta(minutes=7)
    job = Job(id="chore-1", kind="chore", arguments={}, created=NOON, due=due, state=state)
    with database.begin() as connection:
        chore(clock=clock).kind.on_change(connection, job)
    assert planned(database) == {"chore-20310506T130000": due + timedelta(hours=1)}


def test_its_beginning_plans_nothing(database, clock):
    job = Job(id="chore-1", kind="chore", arguments={}, created=NOON, due=NOON, state=JobState.RUNNING)
    with database.begin() as connection:
        chore(clock=clock).kind.on_change(connection, job)
    assert planned(database) == {}


@pytest.mark.parametrize("every", [0.5, LONGEST + 1])
def test_a_span_is_neither_too_short_nor_longer_than_a_job_may_wait(clock, every):
    with pytest.raises(ValueError, match="chore"):
        chore(clock=clock, every=every)


def test_of_two_workers_one_does_it(database, tmp_path):
    done = []
    ours = chore(lambda work: done.append(work.job.id) or {}, clock=lambda: datetime.now(UTC), jitter=0.0)
    workers = [Worker(database, [ours.kind], folder=tmp_path / "jobs") for _ in range(2)]
    for _ in workers:
        with database.begin() as connection:
            ours.plan(connection)

    finish(database, ours.kind, *workers)

    assert len(done) == 1
    assert len(planned(database)) == 1  # the next one


def test_old_records_of_jobs_and_deliveries_are_forgotten(database, storage, clock):
    def job(id, **facts):
        return Job(id=id, kind="k", arguments={}, created=NOON, due=NOON, **facts)

    def delivery(id, *, created, due=None):
        return Delivery(id=id, web_hook="h", event="ping", resource="/x", created=created, due=due)

    hook = WebHook(
        id="h", display_name="h", created=NOON, last_action=NOON, status=Status.SUCCEEDED,
        web_url="https://a.example", events=frozenset(),
    )  # fmt: skip
    old, new = clock() - timedelta(seconds=11), clock() - timedelta(seconds=9)
    with database.begin() as connection:
        rows.add(connection, job("old", state=JobState.SUCCEEDED, finished=old))
        rows.add(connection, job("new", state=JobState.FAILED, finished=new))
        rows.add(connection, job("waits"))
        WEB_HOOKS.add(connection, hook)
        deliveries.add(connection, delivery("old", created=old))
        deliveries.add(connection, delivery("new", created=new))
        deliveries.add(connection, delivery("waits", created=old, due=NOON))
    forgetting = upkeep.forgetting(storage, Upkeep(job_seconds=10, delivery_seconds=10))

    with database.begin() as connection:
        forgetting.step.apply(connection, job("forget-1"), {})

    with database.read() as connection:
        assert {each.id for each in _jobs(connection)} == {"new", "waits"}
        assert {each.id for each in deliveries.page(connection, "h")} == {"new", "waits"}


def test_orphans_go_when_they_are_old_enough_and_with_them_what_requests_left(storage, tmp_path):
    class Work:
        def check(self):
            pass

    old, new = (storage.blobs.put([data]).sha256 for data in (b"old", b"new"))
    scratch = tmp_path / "scratch"
    for name in ("old", "new"):
        (scratch / name / "deep").mkdir(parents=True)
    long_ago = storage.clock().timestamp() - 7201
    os.utime(storage.blobs.path(old), (long_ago, long_ago))
    os.utime(scratch / "old", (long_ago, long_ago))
    for path in (storage.blobs.path(new), scratch / "new"):
        os.utime(path, (storage.clock().timestamp(),) * 2)
    cleaning = upkeep.cleaning(storage, Upkeep(orphan_seconds=7200), scratch=scratch)

    assert cleaning.step.run(Work()) == {"blobs": 1, "bytes": 3}

    assert [stored.sha256 for stored in storage.blobs.list()] == [new]
    assert [path.name for path in scratch.iterdir()] == ["new"]


def test_what_a_server_does_again_and_again_is_planned_when_a_worker_begins(database, storage, tmp_path):
    from lect.server import worker
    from lect.settings import Settings

    chores = worker.chores(storage, Settings(data=tmp_path))
    assert {each.kind.name for each in chores} == {
        "expire",
        "expire-logs",
        "expire-uploads",
        "forget",
        "clean",
    }
    assert {each.every for each in chores} == {3600.0}
    with database.begin() as connection:
        for each in chores:
            each.plan(connection)
    assert {id.partition("-")[0] for id in planned(database)} == {"expire", "forget", "clean"}
