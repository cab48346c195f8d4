"""Jobs run by a worker of the tests' own, in this process and at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lect.jobs.running import Run
from lect.store import jobs as rows

PATIENCE = 60  # seconds


def run_job(service, kind, folder):
    """Run the oldest job of a kind that waits, as a worker does; the job as it is then."""
    with service.storage.database.begin() as connection:
        rows.add_worker(connection, worker := str(uuid4()), "test")
        later = datetime.now(UTC) + timedelta(seconds=1)
        job = rows.claim(connection, kind=kind.name, at_once=9, worker=worker, now=later)
    assert job is not None, f"no job of the kind {kind.name} waits"
    run = Run(job, kind, database=service.storage.database, folder=folder / "jobs", on_end=lambda: None)
    run.start()
    run.join(PATIENCE)
    assert not run.is_alive
    return run.job
