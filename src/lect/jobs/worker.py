"""A worker: takes jobs, runs them, and takes over those of workers that died.

One thread looks at the database four times a second; each job has a thread of its own, and heavy work a process. A worker that
was taken for dead (its machine slept) finds its row gone, drops what it was doing and begins anew; what it would still write is
refused, because its leases are over.
"""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from lect.core.errors import JobCancelled, JobError, JobLost, StoreError
from lect.core.jobs import Job
from lect.jobs.contract import JobKind
from lect.jobs.liveness import Watchers, this_process
from lect.jobs.running import LeaseLost, Run
from lect.store import jobs as rows
from lect.store.database import Database
from lect.telemetry import get_log

_LOOK = 0.25  # seconds between two looks at the database
_BEAT = 1.0  # seconds between two signs of life, and two reports of progress
_DEADLY = "It may be what ended them, for lack of memory perhaps: the logs of the workers tell."
_LAST = 3.0  # seconds that interrupted jobs have to end


class Worker:
    """Runs jobs of some kinds until it is stopped. Any number of workers share a database."""

    def __init__(
        self,
        database: Database,
        kinds: Iterable[JobKind],
        *,
        folder: Path,
        grace: float = 10.0,
        silence: float = 10.0,
    ) -> None:
        """Nothing happens before `run`.

        Args:
            folder: where jobs keep files while they run; shared with other workers if they are to use checkpoints
            grace: seconds that running jobs have to end by themselves when the worker is stopped
            silence: seconds without a sign of life after which another worker is dead
        """
        self.id = ""
        self._database = database
        self._kinds = {kind.name: kind for kind in kinds}
        self._folder = folder
        self._grace = grace
        self._watchers = Watchers(silence=silence)
        self._runs: dict[str, Run] = {}
        self._ending: dict[str, tuple[Run, JobError]] = {}  # interrupted, and why; not written down yet
        self._stops = 0
        self._last_beat = 0.0
        self._woken = threading.Event()
        self._log = get_log(__name__, action="work")

    def stop(self) -> None:
        """Take no more jobs and end; called again, interrupt those that run. Safe in a signal handler."""
        self._stops += 1  # no lock, which the interrupted thread might hold

    def run(self) -> None:
        """Work until stopped; jobs that are not done by then go back and wait for another worker."""
        while not self._stops:
            self._once(take=True)
        until = time.monotonic() + self._grace
        while self._runs and self._stops == 1 and time.monotonic() < until:
            self._once(take=False)
        self._leave()

    def run_until_terminated(self) -> None:
        """`run`, stopped by SIGTERM or SIGINT; for the main thread of a process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        self.run()

    def _once(self, *, take: bool) -> None:
        try:
            self._look(take=take)
        except StoreError as error:
            self._log.warning("The database failed; trying again.", error=error.message)
            time.sleep(_BEAT)
        self._woken.wait(_LOOK)
        self._woken.clear()

    def _look(self, *, take: bool) -> None:
        now = time.monotonic()
        if now - self._last_beat >= _BEAT:
            self._beat(now)
            self._last_beat = now
        ended = [job_id for job_id, run in self._runs.items() if not run.is_alive]
        self._interrupt_cancelled()  # those that ended, too: a job that is to be cancelled does not succeed
        self._interrupt_overdue(now)
        for job_id in ended:
            del self._runs[job_id]
        if take:
            self._take_jobs()
        self._settle()

    # Life and death.

    def _beat(self, now: float) -> None:
        with self._database.begin() as connection:
            lives = bool(self.id) and rows.beat(connection, self.id)
            lost = [run for run in self._runs.values() if not (lives and run.report(connection))]
            others = rows.others(connection, self.id)
        for run in lost:
            run.interrupt()
        if not lives:
            self._begin_life()
        for other, seen in self._watchers.dead(others, now):
            with self._database.begin() as connection:
                jobs = rows.remove_worker(connection, other, seen=seen)
            self._log.warning("A worker died; its jobs wait for another.", worker=other, jobs=jobs)
            self._sweep()

    def _begin_life(self) -> None:
        if self.id:
            self._log.warning("This worker was taken for dead; it begins anew.", worker=self.id)
        worker = str(uuid4())
        with self._database.begin() as connection:
            rows.add_worker(connection, worker, this_process())
        self.id = worker
        self._sweep()

    def _sweep(self) -> None:
        """Remove files of jobs that are over, and whose worker died before it could."""
        folders = {path.name: path for path in self._folder.glob("*")}
        with self._database.read() as connection:
            over = [job.id for job in rows.many(connection, folders) if job.state.is_final]
        for job_id in over:
            shutil.rmtree(folders[job_id], ignore_errors=True)

    def _leave(self) -> None:
        for run in self._runs.values():
            run.interrupt()
        with (
            suppress(StoreError),
            self._database.begin() as connection,
        ):  # else others find out that we are gone
            rows.remove_worker(connection, self.id, died=False)
        until = time.monotonic() + _LAST
        for run in self._runs.values():
            run.join(max(until - time.monotonic(), 0.0))

    # Jobs.

    def _take_jobs(self) -> None:
        now = datetime.now(UTC)
        with self._database.read() as connection:
            waiting = rows.waiting(connection, self._kinds, now)
        for name, cancelled in waiting:
            while not self._stops and (job := self._claim(self._kinds[name], now, cancelled=cancelled)):
                self._take(job)

    def _claim(self, kind: JobKind, now: datetime, *, cancelled: bool) -> Job | None:
        with self._database.begin() as connection:
            return rows.claim(
                connection,
                kind=kind.name,
                at_once=kind.at_once,
                worker=self.id,
                now=now,
                cancelled=cancelled,
            )

    def _take(self, job: Job) -> None:
        kind = self._kinds[job.kind]
        run = Run(job, kind, database=self._database, folder=self._folder, on_end=self._woken.set)
        if job.is_cancelling:
            self._end(run, JobCancelled())
        elif job.deaths >= kind.lives:
            self._end(run, JobLost(f"{job.deaths} workers died while they ran it", hint=_DEADLY))
        else:
            self._runs[job.id] = run
            run.start()

    def _interrupt_cancelled(self) -> None:
        if self._runs:
            with self._database.read() as connection:
                asked = rows.cancelling(connection, self.id)
            for job_id in (asked & self._runs.keys()) - self._ending.keys():
                self._end(self._runs[job_id], JobCancelled())

    def _interrupt_overdue(self, now: float) -> None:
        for run in self._runs.values():
            if not run.interrupted and run.is_overdue(now):
                self._end(run, JobError(f"the step took longer than {run.kind.timeout:g} s"))

    def _end(self, run: Run, error: JobError) -> None:
        run.interrupt()
        self._ending[run.job.id] = (run, error)

    def _settle(self) -> None:
        """Write down what became of interrupted jobs; what the database refuses now is tried again at the next look."""
        for job_id, (run, error) in list(self._ending.items()):
            with suppress(LeaseLost):  # it ended in the meantime
                run.settle(error)
            run.clean()
            del self._ending[job_id]
