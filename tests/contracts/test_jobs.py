"""Jobs, on SQLite and on Postgres: what is promised to those who add them and to those who run them."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import subprocess
import sys
import threading
import time
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, inspect, select, text

from lect.core.errors import Conflict, InvalidAudio, JobError, StoreError
from lect.core.jobs import JobState
from lect.jobs import queue, running
from lect.jobs.contract import JobKind, Step
from lect.jobs.liveness import this_process
from lect.jobs.running import LeaseLost, Run
from lect.jobs.watching import Watch
from lect.jobs.worker import Worker
from lect.store import jobs as rows
from lect.store.backup import back_up, restore
from lect.store.database import Database
from lect.store.folder_blobs import FolderBlobs

TOYS = Path(__file__).parent / "job_toys.py"
ours = MetaData()
effects = Table("effects", ours, Column("number", Integer, primary_key=True), Column("what", String(200)))


@pytest.fixture
def database(database):
    """With a table of ours."""
    ours.create_all(database.engine)
    return database


@pytest.fixture
def add(database):
    def add(kind, arguments=None, **options):
        with database.begin() as connection:
            return queue.add(connection, kind, arguments or {}, **options)

    return add


@pytest.fixture
def get(database):
    def get(job):
        with database.read() as connection:
            return queue.get(connection, job.id)

    return get


@pytest.fixture
def cancel(database):
    def cancel(job):
        with database.begin() as connection:
            return queue.cancel(connection, job.id)

    return cancel


@pytest.fixture
def working(database, tmp_path):
    """`with working(kind, ...) as worker`: it runs in a thread, and is stopped at the end."""

    @contextmanager
    def working(*kinds, **options):
        worker = Worker(database, kinds, folder=tmp_path / "jobs", **options)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield worker
        finally:
            worker.stop()
            worker.stop()
            thread.join()

    return working


@pytest.fixture
def is_over(get):
    """Wait for the end of a job, and give it."""

    def is_over(job):
        eventually(lambda: get(job).state.is_final)
        return get(job)

    return is_over


def eventually(holds):
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


def kind(*runs, name="toy", **options):
    """A kind with these functions for steps."""
    steps = [run if isinstance(run, Step) else Step(name=f"step{n}", run=run) for n, run in enumerate(runs)]
    return JobKind(name=name, steps=tuple(steps), **{"pause": 0.01, **options})


def nothing(work):
    return {}


def note(what):
    """Something that writes a row."""

    def write(connection, job, *_result):
        connection.execute(insert(effects).values(what=what))

    return write


def noted(database):
    with database.read() as connection:
        return connection.execute(select(effects.c.what).order_by(effects.c.number)).scalars().all()


# To add, find and remove.


def test_a_job_and_its_resource_are_stored_together_or_not_at_all(database):
    with database.begin() as connection:
        connection.execute(insert(effects).values(what="kept"))
        kept = queue.add(connection, "toy", {"n": 1}, resource="r")
    with pytest.raises(RuntimeError), database.begin() as connection:
        connection.execute(insert(effects).values(what="lost"))
        lost = queue.add(connection, "toy", {"n": 2}, resource="r")
        raise RuntimeError

    with database.read() as connection:
        assert queue.of_resource(connection, "r") == [kept]
        assert queue.get(connection, lost.id) is None
    assert noted(database) == ["kept"]


def test_a_job_is_stored_as_it_was_given(add, get):
    arguments = {"text": "é ☃", "numbers": [1, 2.5, None, True], "nested": {"a": {}}}
    due = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)
    job = add("toy", arguments, job_id="a-1", resource="r", due=due)

    assert get(job) == job
    assert (job.arguments, job.due, job.state) == (arguments, due, JobState.QUEUED)


def test_an_id_that_exists_is_the_same_job(add, database):
    first = add("toy", {"n": 1}, job_id="a")

    assert add("toy", {"n": 1}, job_id="a") == first
    with pytest.raises(Conflict, match="another job"):
        add("toy", {"n": 2}, job_id="a")
    with pytest.raises(Conflict, match="another job"):
        add("other", {"n": 1}, job_id="a")


def test_who_adds_one_id_at_once_adds_one_job(add, database):
    threads = [threading.Thread(target=add, args=("toy", {"n": 1}), kwargs={"job_id": "a"}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(rows.jobs)).scalar() == 1


@pytest.mark.parametrize("job_id", ["", "../x", "a/b", ".", "a" * 65])
def test_an_id_that_could_leave_its_folder_is_refused(add, job_id):
    with pytest.raises(ValueError, match="no id"):
        add("toy", job_id=job_id)


def test_old_jobs_are_forgotten_with_their_steps_and_others_are_kept(add, get, working, is_over, database):
    toy = kind(nothing)
    old = add(toy)
    with working(toy):
        is_over(old)
    waiting = add(toy)
    with database.begin() as connection:
        assert queue.forget(connection, before=datetime.now(UTC) - timedelta(days=1)) == 0
        assert queue.forget(connection, before=datetime.now(UTC)) == 1

    assert get(old) is None
    assert get(waiting) == waiting
    with database.read() as connection:
        assert connection.execute(select(rows.steps)).all() == []


# To run.


def test_steps_run_in_order_and_see_earlier_results(add, working, is_over):
    toy = kind(
        lambda work: {"n": work.job.arguments["n"] + 1},
        lambda work: {"n": work.job.results["step0"]["n"] * 2},
    )
    job = add(toy, {"n": 1})
    with working(toy):
        done = is_over(job)

    assert (done.state, done.results) == (JobState.SUCCEEDED, {"step0": {"n": 2}, "step1": {"n": 4}})
    assert (done.progress, done.eta, done.error, done.attempt) == (1.0, None, None, 1)
    assert done.created <= done.started <= done.finished


def test_a_step_that_is_done_is_not_run_again(add, working, is_over, database):
    runs = []

    def once_wrong(work):
        runs.append("second")
        if len(runs) < 3:
            raise OSError("the wire is loose")
        return {}

    toy = kind(
        Step(name="first", run=lambda work: runs.append("first") or {}, apply=note("first")), once_wrong
    )
    job = add(toy)
    with working(toy):
        done = is_over(job)

    assert runs == ["first", "second", "second"]
    assert noted(database) == ["first"]
    assert (done.state, done.attempt, done.error) == (JobState.SUCCEEDED, 2, None)


def test_what_stays_wrong_fails_at_once_and_says_why(add, working, is_over):
    def refuse(work):
        raise InvalidAudio("no sound", hint="Record some.")

    toy = kind(refuse)
    job = add(toy)
    with working(toy):
        done = is_over(job)

    assert (done.state, done.attempt) == (JobState.FAILED, 1)
    assert done.error == {"code": "invalid_audio", "message": "no sound", "hint": "Record some."}


def test_attempts_have_an_end(add, working, is_over):
    toy = kind(lambda work: 1 / 0, retries=2)
    job = add(toy)
    with working(toy):
        done = is_over(job)

    assert (done.state, done.attempt) == (JobState.FAILED, 3)
    assert done.error["message"] == "ZeroDivisionError: division by zero"


def test_each_state_is_told_in_the_unit_of_work_that_writes_it(add, working, is_over, database):
    def tell(connection, job):
        connection.execute(insert(effects).values(what=job.state))
        stored = connection.execute(select(rows.jobs.c.state).where(rows.jobs.c.id == job.id)).scalar()
        assert stored == job.state

    toy = kind(lambda work: 1 / 0, retries=1, on_change=tell)
    job = add(toy)
    with working(toy):
        is_over(job)

    assert noted(database) == ["running", "queued", "running", "failed"]


def test_what_a_step_writes_is_undone_if_its_record_fails(add, working, is_over, database):
    def write_and_stumble(connection, job, result):
        note("half")(connection, job)
        raise ValueError("stumbled")

    toy = kind(Step(name="only", run=nothing, apply=write_and_stumble), retries=0)
    job = add(toy)
    with working(toy):
        done = is_over(job)

    assert (done.state, done.results, noted(database)) == (JobState.FAILED, {}, [])


def test_a_job_ends_even_if_its_resource_cannot_take_the_state(add, working, is_over):
    def stumble(connection, job):
        raise KeyError("gone")

    toy = kind(nothing, retries=0, on_change=stumble)
    job = add(toy)
    with working(toy):
        assert is_over(job).state == JobState.FAILED


def test_no_more_of_a_kind_run_at_once_than_it_allows(add, working, is_over, database, tmp_path):
    """Two workers share the cap."""
    lock, running_now, most = threading.Lock(), [], []

    def step(work):
        with lock:
            running_now.append(work.job.id)
            most.append(len(running_now))
        time.sleep(0.05)
        with lock:
            running_now.remove(work.job.id)
        return {}

    toy = kind(step, at_once=2)
    jobs = [add(toy) for _ in range(12)]
    with working(toy), working(toy):
        for job in jobs:
            is_over(job)

    assert max(most) == 2


def test_kinds_do_not_wait_for_each_other_and_unknown_ones_wait(add, get, working, is_over):
    let_go = threading.Event()
    slow, quick = kind(lambda work: let_go.wait() and {}, name="slow"), kind(nothing, name="quick")
    first, foreign = add(slow), add("foreign")
    with working(slow, quick):
        eventually(lambda: get(first).state == JobState.RUNNING)
        is_over(add(quick))
        assert get(first).state == JobState.RUNNING
        assert get(foreign).state == JobState.QUEUED
        let_go.set()
        is_over(first)


def test_the_oldest_comes_first_and_none_before_it_is_due(add, get, working, is_over):
    order = []
    toy = kind(lambda work: order.append(work.job.arguments["n"]) or {})
    later = add(toy, {"n": "later"}, due=datetime.now(UTC) + timedelta(hours=1))
    jobs = [add(toy, {"n": n}) for n in range(5)]
    with working(toy):
        for job in jobs:
            is_over(job)

    assert order == [0, 1, 2, 3, 4]
    assert get(later).state == JobState.QUEUED


def test_a_clock_that_was_set_back_by_a_day_keeps_nobody_waiting(add, working, is_over):
    toy = kind(nothing)
    job = add(toy, due=datetime.now(UTC) + timedelta(days=1))
    with working(toy):
        assert is_over(job).state == JobState.SUCCEEDED


def test_progress_and_time_left_are_stored(add, get, working):
    let_go = threading.Event()

    def step(work):
        for done in range(1, 5):
            work.progress("counting", done / 8)
            time.sleep(0.6)
        let_go.wait()
        return {}

    toy = kind(Step(name="count", run=step, weight=3), nothing)
    job = add(toy)
    with working(toy):
        eventually(lambda: get(job).eta is not None)
        now = get(job)
        let_go.set()

    assert now.message == "counting"
    assert 0.0 < now.progress <= 0.375
    assert 0.0 < now.eta < 60.0


def test_files_of_an_attempt_are_its_own_and_checkpoints_are_kept(add, working, is_over, tmp_path):
    found = []

    def step(work):
        found.append((sorted(path.name for path in work.folder.glob("kept")), list(work.attempt.iterdir())))
        (work.folder / "kept").touch()
        (work.attempt / "half").touch()
        if len(found) == 1:
            raise OSError
        return {}

    toy = kind(step)
    job = add(toy)
    with working(toy):
        is_over(job)

    assert found == [([], []), (["kept"], [])]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_temporary_files_of_a_child_go_with_the_attempt(add, working, is_over, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TOYS.parent), prepend=":")
    attempts = []
    toy = kind(
        lambda work: attempts.append(str(work.attempt)) or work.child("job_toys:temporary", {}),
        functions=frozenset({"job_toys:temporary"}),
        niceness=0,
    )
    job = add(toy)
    with working(toy):
        made = Path(is_over(job).results["step0"]["path"])

    assert str(made.parent) == attempts[0]
    assert not made.exists()


def test_only_named_functions_run_in_children(add, working, is_over):
    toy = kind(lambda work: work.child("os:system", {}), retries=0)
    job = add(toy)
    with working(toy):
        assert "none of the functions" in is_over(job).error["message"]


# To end before the end.


def test_a_waiting_job_that_is_cancelled_never_runs(add, cancel, working, is_over, database):
    runs = []
    toy = kind(lambda work: runs.append(1) or {}, on_change=lambda c, job: note(job.state)(c, job))
    job = add(toy)
    assert cancel(job)
    with working(toy):
        assert is_over(job).state == JobState.CANCELLED

    assert (runs, noted(database)) == ([], ["cancelled"])
    assert not cancel(job)


def test_a_running_job_ends_when_it_is_cancelled_whatever_it_does(add, get, cancel, working, is_over):
    started, let_go = threading.Event(), threading.Event()

    def step(work):
        started.set()
        let_go.wait()
        return {}

    toy = kind(step, Step(name="after", run=nothing, apply=note("after")))
    job = add(toy)
    with working(toy):
        started.wait()
        cancel(job)
        assert is_over(job).state == JobState.CANCELLED
        let_go.set()

    assert get(job).results == {}


def test_a_job_does_not_succeed_once_it_is_to_be_cancelled(add, get, cancel, working, is_over, database):
    """It was at its very end when somebody asked."""
    toy = kind(lambda work: cancel(work.job) and {}, on_change=lambda c, job: note(job.state)(c, job))
    job = add(toy)
    with working(toy):
        assert is_over(job).state == JobState.CANCELLED

    assert noted(database) == ["running", "cancelled"]


def test_a_job_between_two_attempts_can_be_cancelled(add, get, cancel, working, is_over):
    toy = kind(lambda work: 1 / 0, pause=3600.0)
    job = add(toy)
    with working(toy):
        eventually(lambda: get(job).attempt == 2)
        cancel(job)
        assert is_over(job).state == JobState.CANCELLED


def test_a_step_that_takes_too_long_is_an_attempt_that_failed(add, working, is_over):
    let_go = threading.Event()
    toy = kind(lambda work: let_go.wait() and {}, timeout=0.3, retries=1)
    job = add(toy)
    with working(toy):
        done = is_over(job)
        let_go.set()

    assert (done.state, done.attempt) == (JobState.FAILED, 2)
    assert done.error["message"] == "the step took longer than 0.3 s"


def test_a_stopped_worker_gives_its_jobs_back(add, get, working, is_over, database):
    started, let_go = threading.Event(), threading.Event()

    def step(work):
        started.set()
        let_go.wait()
        return {}

    toy = kind(Step(name="only", run=step, apply=note("done")))
    job = add(toy)
    with working(toy, grace=0.0):
        started.wait()
    before = get(job)
    let_go.set()
    with working(toy):
        after = is_over(job)

    assert (before.state, before.attempt, before.deaths) == (JobState.QUEUED, 1, 0)
    assert (after.state, after.attempt) == (JobState.SUCCEEDED, 1)
    assert noted(database) == ["done"]  # the first run was over, too, and could not record it


def test_a_stopped_worker_lets_jobs_end_that_are_about_to(add, get, database, tmp_path):
    started, let_go = threading.Event(), threading.Event()

    def step(work):
        started.set()
        let_go.wait()
        return {}

    toy = kind(step)
    job, next_one = add(toy), add(toy)
    worker = Worker(database, [toy], folder=tmp_path, grace=math.inf)
    look = worker._look

    def look_and_be_stopped(
        **options,
    ):  # between two looks, as by a signal: in the middle of one it may claim the next
        look(**options)
        if started.is_set() and not let_go.is_set():
            worker.stop()
            let_go.set()

    worker._look = look_and_be_stopped
    worker.run()

    assert get(job).state == JobState.SUCCEEDED
    assert get(next_one).state == JobState.QUEUED


# Workers that die.


@pytest.fixture
def claimed(database, add, tmp_path):
    """A job that a worker, of whom nothing is heard any more, has taken: its `Run`."""

    def claimed(toy, job=None, worker="dead"):
        job = job or add(toy)
        with database.begin() as connection:
            rows.add_worker(connection, worker, "another-machine pid:[1] 1@1")
            taken = rows.claim(connection, kind=toy.name, at_once=1, worker=worker, now=datetime.now(UTC))
        assert taken.id == job.id
        return Run(taken, toy, database=database, folder=tmp_path / "dead", on_end=lambda: None)

    return claimed


def test_jobs_of_a_silent_worker_are_taken_over(claimed, working, is_over):
    toy = kind(nothing)
    run = claimed(toy)
    with working(toy, silence=0.5):
        done = is_over(run.job)

    assert (done.state, done.attempt, done.lease) == (JobState.SUCCEEDED, 1, 2)


def test_a_worker_that_was_taken_for_dead_can_write_nothing(claimed, working, is_over, get, database):
    toy = kind(Step(name="only", run=nothing, apply=note("done")))
    zombie = claimed(toy)
    zombie.progress("nearly there", 0.9)
    with working(toy, silence=0.5):
        done = is_over(zombie.job)

    with database.begin() as connection:
        assert not zombie.report(connection)
        assert not rows.beat(connection, "dead")
    zombie.start()
    zombie.join(60.0)
    with pytest.raises(LeaseLost):
        zombie.settle(JobError("too late"))
    assert get(zombie.job) == done
    assert noted(database) == ["done"]


def test_a_lease_that_is_over_does_not_come_back_with_the_next_one(claimed, database, get):
    """Another worker has the job and is at work: the former one still cannot write."""
    toy = kind(Step(name="only", run=nothing, apply=note("done")))
    zombie = claimed(toy)
    with database.begin() as connection:
        rows.remove_worker(connection, "dead")
    second = claimed(toy, job=zombie.job, worker="alive")
    zombie.start()
    zombie.join(60.0)

    assert noted(database) == []
    second.start()
    second.join(60.0)
    assert noted(database) == ["done"]
    assert get(second.job).state == JobState.SUCCEEDED


def test_a_worker_that_beats_again_is_not_buried(claimed, database, get):
    run = claimed(kind(nothing))
    with database.begin() as connection:
        [(_, _, seen)] = rows.others(connection, "me")
        rows.beat(connection, "dead")
        assert rows.remove_worker(connection, "dead", seen=seen) == 0

    assert get(run.job).state == JobState.RUNNING


def test_a_buried_worker_takes_no_job(add, database):
    add("toy")
    with database.begin() as connection:
        taken = rows.claim(connection, kind="toy", at_once=1, worker="buried", now=datetime.now(UTC))

    assert taken is None


def test_a_job_that_kills_its_workers_is_given_up(claimed, database, working, is_over):
    toy = kind(nothing, lives=2)
    job = claimed(toy, worker="first").job
    with database.begin() as connection:
        rows.remove_worker(connection, "first")
    claimed(toy, job=job, worker="second")
    with database.begin() as connection:
        rows.remove_worker(connection, "second")
    with working(toy):
        done = is_over(job)

    assert (done.state, done.error["code"]) == (JobState.FAILED, "job_lost")


def test_work_under_way_goes_on_where_a_backup_is_taken_back(claimed, database, tmp_path):
    """From its last finished step, and whoever had it when the backup was made cannot be asked any more."""
    runs = []
    toy = kind(lambda work: runs.append("first") or {"n": 1}, lambda work: runs.append("second") or {})
    run = claimed(toy)
    blobs = FolderBlobs(tmp_path / "blobs")
    made = blobs.put([b"made"]).sha256
    run._record(toy.steps[0], {"n": 1, "blob": made})
    back_up(database, blobs, tmp_path / "backup", now=datetime.now(UTC))
    elsewhere = Database(f"sqlite:///{tmp_path}/elsewhere.db")
    restore(tmp_path / "backup", elsewhere, FolderBlobs(tmp_path / "elsewhere"))
    assert FolderBlobs(tmp_path / "elsewhere").exists(made)  # which the second step may need

    worker = Worker(elsewhere, [toy], folder=tmp_path / "jobs", silence=0.5)
    thread = threading.Thread(target=worker.run)
    thread.start()

    def now():
        with elsewhere.read() as connection:
            return queue.get(connection, run.job.id)

    eventually(lambda: now().state.is_final)
    worker.stop()
    thread.join()
    assert (now().state, runs) == (JobState.SUCCEEDED, ["second"])
    elsewhere.close()


def test_files_of_jobs_that_were_over_are_removed_when_their_worker_is_found_dead(
    database, claimed, working, tmp_path
):
    """It died between the end of its job and its cleaning; nobody begins a life there any more, and others notice."""
    run = claimed(kind(nothing))
    run.start()
    run.join(60.0)
    with working(kind(nothing, name="other"), silence=0.5):
        eventually(lambda: rows_of_workers(database) == 1)
        left = tmp_path / "jobs" / run.job.id
        left.mkdir(parents=True)
        eventually(lambda: not left.exists())


def rows_of_workers(database):
    with database.read() as connection:
        return len([id for id, *_ in rows.others(connection, "") if id != "dead"])


@pytest.mark.skipif(not this_process(), reason="the system does not tell when a process began")
def test_a_worker_whose_process_is_gone_does_not_count_as_one(database):
    here, _, began = this_process().rpartition("@")
    with database.begin() as connection:
        rows.add_worker(connection, "gone", f"{here}@{int(began) - 1}")
        assert not queue.has_worker(connection)
        rows.add_worker(connection, "elsewhere", "another machine 17@123")
        assert queue.has_worker(connection)


def test_files_of_jobs_that_were_over_when_their_worker_died_are_removed(add, working, is_over, tmp_path):
    toy = kind(nothing)
    job = add(toy)
    with working(toy):
        is_over(job)
    left, foreign = tmp_path / "jobs" / job.id, tmp_path / "jobs" / "something-else"
    left.mkdir(parents=True)
    foreign.mkdir()
    with working(toy):
        eventually(lambda: not left.exists())

    assert foreign.exists()


def test_a_database_that_fails_for_a_while_costs_nothing(add, working, is_over, monkeypatch, database):
    """The step is recorded as soon as that is possible, and not run again."""
    runs, failures = [], iter([StoreError("full"), StoreError("full"), None])
    monkeypatch.setattr(running, "_PAUSE", 0.01)

    def fails_twice(connection, job, result):
        if error := next(failures):
            raise error

    toy = kind(Step(name="only", run=lambda work: runs.append(1) or {}, apply=fails_twice))
    job = add(toy)
    with working(toy):
        assert is_over(job).state == JobState.SUCCEEDED

    assert runs == [1]


# To watch.


def test_whoever_watches_sees_the_changes_and_the_end(add, working, database):
    let_go = threading.Event()
    toy = kind(lambda work: let_go.wait() and {})
    job = add(toy)

    async def watch():
        seen = []
        async for now in Watch(database, look=0.02).changes(job.id):
            seen.append(now.state)
            if now.state == JobState.RUNNING:
                let_go.set()
        return list(dict.fromkeys(seen))

    async def all_of_it():
        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.1)
        with working(toy):
            return await watching

    assert asyncio.run(all_of_it()) == ["queued", "running", "succeeded"]


def test_whoever_is_slow_misses_what_is_old_and_never_the_end(add, working, database):
    toy = kind(nothing)
    job = add(toy)

    async def watch():
        watch = Watch(database, look=0.02)
        async with aclosing(watch.changes(job.id)) as slow:
            seen = [(await anext(slow)).state]
            with working(toy):
                others = [
                    now.state async for now in watch.changes(job.id)
                ]  # each is told in one go with the slow one
            return [*seen, *[now.state async for now in slow]], others[-1]

    assert asyncio.run(watch()) == (["queued", "succeeded"], "succeeded")


def test_watching_a_job_that_is_over_or_is_none_ends(add, working, is_over, database):
    toy = kind(nothing)
    job = add(toy)
    with working(toy):
        done = is_over(job)

    async def watch(job_id):
        return [now async for now in Watch(database, look=0.02).changes(job_id)]

    assert asyncio.run(watch(job.id)) == [done]
    assert asyncio.run(watch("nobody")) == []


def test_many_who_watch_share_one_look_and_none_is_taken_without_them(add, database, monkeypatch):
    jobs, looks = [add("toy") for _ in range(20)], []
    many = rows.many
    monkeypatch.setattr(rows, "many", lambda connection, ids: looks.append(len(ids)) or many(connection, ids))

    async def first_of(changes):
        async with aclosing(changes):
            return await anext(changes)

    async def watch():
        watch = Watch(database, look=0.02)
        seen = await asyncio.gather(*(first_of(watch.changes(job.id)) for job in jobs))
        assert [now.id for now in seen] == [job.id for job in jobs]
        await watch._looking
        before = len(looks)
        await asyncio.sleep(0.1)
        return before

    assert asyncio.run(watch()) == len(looks)
    assert looks[0] == 20


# Worker processes.


@pytest.fixture
def database_url(database):
    """Of the same database, for another process."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def toys(database):
    """`toys("work", ...)`: a process of `job_toys.py`; what still runs at the end is killed."""
    started = []

    def start(*arguments):
        process = subprocess.Popen([sys.executable, str(TOYS), *map(str, arguments)], start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


def test_sigterm_gives_back_what_runs_and_ends_the_children(toys, database_url, add, get, is_over, tmp_path):
    job = add("wait", {"path": str(tmp_path / "pid")})
    worker = toys("work", database_url, tmp_path / "jobs", "--grace=0.5")
    eventually((tmp_path / "pid").exists)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    assert (get(job).state, get(job).attempt, get(job).deaths) == (JobState.QUEUED, 1, 0)
    eventually(lambda: not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists())


def test_a_worker_that_sleeps_and_wakes_goes_on_under_another_name(
    toys, database_url, add, get, database, tmp_path
):
    """Its machine was suspended: another one took its job, and both write the result, of which one counts."""
    job = add("wait", {"path": str(tmp_path / "pid"), "until": str(tmp_path / "go")})
    sleeper = toys("work", database_url, tmp_path / "jobs", "--silence=2")
    eventually((tmp_path / "pid").exists)
    sleeper.send_signal(signal.SIGSTOP)
    (tmp_path / "go").touch()
    other = toys("work", database_url, tmp_path / "jobs", "--silence=2")
    eventually(lambda: get(job).state.is_final)
    other.kill()
    sleeper.send_signal(signal.SIGCONT)
    after = add("count", {})
    eventually(lambda: get(after).state.is_final)

    assert get(job).state == JobState.SUCCEEDED
    assert get(job).lease == 2
    with database.read() as connection:
        done = connection.execute(text("SELECT job FROM toy_effects WHERE step = 'wait'")).scalars().all()
    assert done == [job.id]


def test_no_table_holds_pickles(add, get, working, is_over, database):
    """A pickle starts with its protocol, and is text only in base64, which JSON is not."""
    toy = kind(lambda work: {"n": 1}, lambda work: 1 / 0, retries=1)
    job = add(toy, {"text": "x"})
    with working(toy):
        is_over(job)
    with database.read() as connection:
        names = inspect(connection).get_table_names()
        cells = [
            cell
            for name in names
            for row in connection.execute(text(f"SELECT * FROM {name}"))
            for cell in row
        ]

    assert {"jobs", "job_steps", "workers"} <= set(names)
    assert not [cell for cell in cells if isinstance(cell, bytes | memoryview)]
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(("gAS", "\x80"))]
    for name in ("arguments", "error"):
        with database.read() as connection:
            stored = connection.execute(text(f"SELECT {name} FROM jobs")).scalar()
        assert isinstance(json.loads(stored) if isinstance(stored, str) else stored, dict)
