"""One job that a worker has taken: its steps, one after the other, in a thread."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.errors import JobCancelled, JobError, LectError, StoreError
from lect.core.jobs import Job, JobState, Json
from lect.jobs.children import Child
from lect.jobs.contract import JobKind, Step, is_temporary
from lect.jobs.progress import Remaining, overall
from lect.store import jobs as rows
from lect.store.database import Database
from lect.telemetry import Log, get_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TRIES = 10  # to record a step while the database fails
_PAUSE = 1.0  # between them, seconds


class LeaseLost(Exception):
    """The job is another worker's by now, or over: nothing may be written."""


class Run:
    """A job and the thread it runs in; the `Work` of its steps."""

    def __init__(
        self, job: Job, kind: JobKind, *, database: Database, folder: Path, on_end: Callable[[], None]
    ) -> None:
        """`folder`: of all jobs; `on_end` is called from the thread when it ends."""
        self.job = job
        self.kind = kind
        self.interrupted = False
        self._database = database
        self._folder = folder / job.id
        self._on_end = on_end
        self._step = kind.steps[0]
        self._step_began = time.monotonic()
        self._child: Child | None = None
        self._lock = threading.Lock()  # of `interrupted` and `_child`
        self._told = ("", overall(kind.steps, job.results))  # message and progress of the job
        self._reported: tuple[str, float] | None = None
        self._eta: float | None = None  # seconds, as reported
        self._remaining = Remaining()
        self._thread = threading.Thread(target=self._run, name=f"job {job.id}", daemon=True)
        self._log: Log = get_log(__name__, action="run_job", job=job.id, kind=kind.name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether its thread has not ended."""
        return self._thread.is_alive()

    def join(self, timeout: float) -> None:
        """Wait for its end, so many seconds at most."""
        self._thread.join(timeout)

    # What its worker asks of it.

    def interrupt(self) -> None:
        """Make it end at once and write nothing more; whoever calls it settles what becomes of the job."""
        with self._lock:
            self.interrupted = True
            if self._child:
                self._child.kill()

    def is_overdue(self, now: float) -> bool:
        """Whether the step takes longer than its kind allows."""
        return self.kind.timeout is not None and now - self._step_began > self.kind.timeout

    def report(self, connection: Connection) -> bool:
        """Write how far it is, if that changed; False if the lease is lost."""
        now, told = time.monotonic(), self._told
        if told != self._reported:
            self._remaining.add(now, told[1])
        eta = self._remaining.seconds(now)
        eta = None if eta is None else float(round(eta))
        if (told, eta) == (self._reported, self._eta):
            return True
        self._reported, self._eta = told, eta
        message, progress = told
        return rows.report(connection, self.job, progress=progress, message=message, eta=eta)

    def settle(self, error: Exception) -> None:
        """Write what becomes of the job after an error: another attempt, or its end.

        Raises:
            LeaseLost: it is no longer ours.
            StoreError: the database failed.
        """
        known = error if isinstance(error, LectError) else JobError(f"{type(error).__name__}: {error}")
        after = after_error(self.job, self.kind, known, again=is_temporary(error), now=datetime.now(UTC))
        self._log.info(
            "A job did not succeed.", state=after.state, attempt=self.job.attempt, error=known.code
        )
        try:
            self._move(after)
        except (LeaseLost, StoreError):
            raise
        except Exception as broken:  # a job that cannot end would come back for ever
            self._log.warning("The resource of a job did not take its state.", error=repr(broken))
            self._move(after, tell=False)

    def clean(self) -> None:
        """Remove all files of a job that is over; else those of attempts up to this one, for who came later works on."""
        if self.job.state.is_final:
            shutil.rmtree(self._folder, ignore_errors=True)
        for folder in self._folder.glob("attempt-*"):
            if int(folder.name.split("-")[1]) <= self.job.lease:
                shutil.rmtree(folder, ignore_errors=True)

    # What its steps ask of it.

    @property
    def folder(self) -> Path:
        """Kept between attempts until the job is over."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    @property
    def attempt(self) -> Path:
        """Of this step of this attempt alone."""
        folder = self.folder / f"attempt-{self.job.lease}-{self._step.name}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def progress(self, message: str, done: float) -> None:
        """Tell how far the step is (0..1)."""
        self.check()
        self._told = (message, overall(self.kind.steps, self.job.results, done))

    def check(self) -> None:
        """Ask whether the step is still wanted."""
        if self.interrupted:
            raise JobCancelled

    def child(self, function: str, arguments: Json) -> Json:
        """Run a function in a process of its own."""
        if function not in self.kind.functions:
            raise JobError(f"{self.kind.name}: {function} is none of the functions of this kind")
        with self._lock:
            self.check()
            environment = {**self.kind.environment, "TMPDIR": str(self.attempt)}  # it may be killed
            self._child = Child(function, arguments, environment=environment, niceness=self.kind.niceness)
        try:
            return self._child.wait(self.progress)
        finally:
            with self._lock:
                self._child = None

    # The thread.

    def _run(self) -> None:
        try:
            self._attempt()
        except LeaseLost:
            self._log.warning("A job went on elsewhere.")
        finally:
            self.clean()
            self._on_end()

    def _attempt(self) -> None:
        try:
            self._in_steps()
        except LeaseLost:
            raise
        except Exception as error:
            if not self.interrupted:
                self._log.warning("An attempt of a job failed.", error=repr(error))
                self._patiently(partial(self.settle, error))

    def _in_steps(self) -> None:
        self.clean()  # what a worker that died left behind
        self._move(self.job)  # tells that it runs
        for step in self.kind.steps:
            if step.name not in self.job.results:
                self._step, self._step_began = step, time.monotonic()
                result = step.run(self)
                if self.interrupted:
                    return
                self._patiently(partial(self._record, step, result), tries=_TRIES)
                self.clean()

    def _record(self, step: Step, result: Json) -> None:
        after = after_step(self.job, self.kind, step, result, now=datetime.now(UTC))
        with self._moving(after) as connection:
            rows.add_step(connection, after, step.name, result)
            if step.apply:
                step.apply(connection, after, result)
            if after.state.is_final:
                self._tell(connection, after)
        self._told = ("", after.progress)

    def _move(self, after: Job, *, tell: bool = True) -> None:
        with self._moving(after) as connection:
            if tell:
                self._tell(connection, after)

    @contextmanager
    def _moving(self, after: Job) -> Iterator[Connection]:
        """A unit of work that makes the job this one, and no other worker can have it meanwhile."""
        with self._database.begin() as connection:
            if not rows.move(connection, after):
                raise LeaseLost
            yield connection
        self.job = after

    def _tell(self, connection: Connection, job: Job) -> None:
        if self.kind.on_change:
            self.kind.on_change(connection, job)

    def _patiently(self, write: Callable[[], None], *, tries: int | None = None) -> None:
        """Write again and again while the database fails: hours of work may depend on it."""
        for number in itertools.count(1):
            try:
                write()
                break
            except StoreError as error:
                if self.interrupted:
                    break
                if number == tries:
                    raise
                self._log.warning("The database failed; trying again.", error=error.message)
                time.sleep(_PAUSE)


def after_step(job: Job, kind: JobKind, step: Step, result: Json, *, now: datetime) -> Job:
    """The job with a step done; with the last of them it has succeeded."""
    results = {**job.results, step.name: result}
    moved = replace(
        job, results=results, deaths=0, progress=overall(kind.steps, results), message="", eta=None
    )
    if any(other.name not in results for other in kind.steps):
        return moved
    return replace(moved, state=JobState.SUCCEEDED, error=None, finished=now)


def after_error(job: Job, kind: JobKind, error: LectError, *, again: bool, now: datetime) -> Job:
    """The job after a failed attempt: it waits for another one if there is to be one, or is over."""
    moved = replace(
        job, error=error.to_json(), progress=overall(kind.steps, job.results), message="", eta=None
    )
    if again and job.attempt <= kind.retries:
        due = now + timedelta(seconds=kind.pause_after(job.attempt))
        return replace(moved, state=JobState.QUEUED, attempt=job.attempt + 1, deaths=0, due=due)
    state = JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED
    return replace(moved, state=state, finished=now)
