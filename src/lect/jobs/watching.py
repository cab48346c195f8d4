"""Changes of jobs as they come: one look at the database serves all who watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection

from lect.core.errors import StoreError
from lect.core.jobs import Job
from lect.store import jobs as rows
from lect.store.database import Database

_LOOK = 0.5  # seconds between two looks at the database, while anybody watches


class _Watcher:
    """Holds the newest news alone: who reads slowly misses what is old by then."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.seen: Job | None = None
        self.is_over = False
        self.news = asyncio.Event()

    def tell(self, job: Job | None) -> None:
        if job != self.seen or job is None:
            self.seen, self.is_over = job, job is None or job.state.is_final
            self.news.set()


class Watch:
    """Belongs to one event loop, and asks nothing of the database while nobody watches."""

    def __init__(self, database: Database, *, look: float = _LOOK) -> None:
        """`look`: seconds between two looks at the database."""
        self._database = database
        self._look = look
        self._watchers: set[_Watcher] = set()
        self._looking: asyncio.Task[None] | None = None

    async def changes(self, job_id: str) -> AsyncIterator[Job]:
        """The job as it is, and again each time it has changed, until it is over; nothing if there is none."""
        watcher = _Watcher(job_id)
        self._watchers.add(watcher)
        try:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._watch())
            is_over = False
            while not is_over:
                await watcher.news.wait()
                watcher.news.clear()
                job, is_over = watcher.seen, watcher.is_over  # the end may come while this one is taken
                if job is not None:
                    yield job
        finally:
            self._watchers.discard(watcher)

    async def _watch(self) -> None:
        while self._watchers:
            try:
                jobs = await asyncio.to_thread(self._read, {watcher.job_id for watcher in self._watchers})
            except StoreError:  # it is asked again; who watches waits
                jobs = None
            for watcher in self._watchers if jobs is not None else ():
                watcher.tell(jobs.get(watcher.job_id) if jobs else None)
            await asyncio.sleep(self._look)

    def _read(self, ids: Collection[str]) -> dict[str, Job]:
        with self._database.read() as connection:
            return {job.id: job for job in rows.many(connection, ids)}
