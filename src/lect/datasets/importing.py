"""The job that imports a dataset.

An import fetches the data, or repairs those of another dataset; checks all of it and keeps the report, whatever it says. A dataset
of which nothing can be used has failed; one of which a part can be used has not, and its report names each line that cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from lect.core.entities import Dataset, FileKind
from lect.core.errors import InvalidDataset
from lect.core.files import json_bytes
from lect.core.jobs import Job, Json
from lect.datasets import uploads
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.settings import Limits
from lect.store import blocks, files
from lect.store.blobs import Blob
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

Check = Callable[[], None]  # raises if what is waited for is no longer wanted
Fetch = Callable[
    [str, BinaryIO, int, Check], object
]  # what is at an address is written to a file, up to so many bytes


def import_kind(
    storage: Storage, *, fetch: Fetch, limits: Limits, emit: Emit = tell_nobody, at_once: int = 2
) -> JobKind:
    """How imports run."""
    importing = _Importing(storage, fetch, limits)
    return JobKind(
        name=uploads.IMPORT,
        steps=(
            Step(name="fetch", run=importing.fetch, apply=importing.keep_data),
            Step(name="check", run=importing.check, apply=importing.keep_report, weight=10),
            Step(name="judge", run=importing.judge),
        ),
        functions=frozenset({"lect.tasks:check", "lect.tasks:fix"}),
        on_change=follow(DATASETS, emit=emit),
        at_once=at_once,
        environment={"LECT_THREADS": "1"},
    )


class _Importing:
    """The steps of an import."""

    def __init__(self, storage: Storage, fetch: Fetch, limits: Limits) -> None:
        self._storage, self._fetch, self._limits = storage, fetch, limits

    def fetch(self, work: Work) -> Json:
        """Bring the data in as one blob."""
        with self._storage.database.read() as connection:
            dataset = DATASETS.get(connection, str(work.job.resource))
            parts = [block.blob for block in blocks.of(connection, dataset.id) if block.place is not None]
        if (given := work.job.arguments.get("blob")) is not None:
            return cast("Json", given)
        if dataset.made_of is not None:
            return self._repair(work, dataset)
        limit = self._limits.archive_bytes
        if dataset.content_url is not None:
            path = work.attempt / "fetched"
            with path.open("wb") as file:
                self._fetch(dataset.content_url, file, limit, work.check)
            blob = self._storage.put_path(path)
        else:
            with self._storage.blobs.writing(limit=limit) as writer:
                for number, part in enumerate(parts):
                    work.progress("Joining blocks", number / len(parts))
                    for data in self._storage.blobs.read(part):
                        writer.write(data)
            blob = writer.blob
        return blob.to_json()

    def _repair(self, work: Work, dataset: Dataset) -> Json:
        """Make the data of what is wrong with another dataset's."""
        with self._storage.database.read() as connection:
            source = uploads.data_of(connection, DATASETS.get(connection, str(dataset.made_of)))
        name = uploads.NAMES[dataset.kind]
        output = work.attempt / f"fixed-{name}"
        arguments = {
            "path": str(self._storage.place(source, work.attempt / name)),
            "kind": str(dataset.kind),
            "locale": dataset.locale,
            "output": str(output),
        }
        fix = work.child("lect.tasks:fix", arguments)
        listing = fix["listing"] and self._storage.put_path(Path(fix["listing"])).to_json()
        told = fix | {"listing": uploads.CHANGES if listing else None}
        return {**self._storage.put_path(output).to_json(), "fix": told, "changes": listing}

    def keep_data(self, connection: Connection, job: Job, result: Json) -> None:
        found = DATASETS.get(connection, str(job.resource))
        if found.content_url is not None or "repair" in job.arguments:  # not counted yet
            self._storage.require_bytes(connection, result["size"])
        dataset = DATASETS.change(connection, str(job.resource), content_url=None)  # it may hold a secret
        there = uploads.data_file_of(connection, dataset)  # of an upload it is, and links to it lead there
        data = there or uploads.data_file(self._storage, dataset, Blob.from_json(result))
        kept = [data]
        if listing := result.get("changes"):
            blob = Blob.from_json(listing)
            kept.append(self._storage.new_file(dataset.id, FileKind.DATASET_REPORT, uploads.CHANGES, blob))
        files.put(connection, dataset.id, kept)
        blocks.drop(connection, dataset.id)

    def check(self, work: Work) -> Json:
        """Find everything that is wrong with it."""
        with self._storage.database.read() as connection:
            dataset = DATASETS.get(connection, str(work.job.resource))
        path = self._storage.place(
            work.job.results["fetch"]["sha256"], work.attempt / uploads.NAMES[dataset.kind]
        )
        arguments = {"path": str(path), "kind": str(dataset.kind), "locale": dataset.locale}
        report = work.child("lect.tasks:check", arguments) | {"fix": work.job.results["fetch"].get("fix")}
        blob = self._storage.blobs.put([json_bytes(report)])
        counts = {name: report[name] for name in ("accepted", "rejected", "audio_seconds")}
        first = next((line["message"] for line in report["lines"] if line["severity"] == "error"), "")
        return {"report": blob.to_json(), "first": first, **counts}

    def keep_report(self, connection: Connection, job: Job, result: Json) -> None:
        dataset = DATASETS.change(
            connection,
            str(job.resource),
            accepted_lines=result["accepted"],
            rejected_lines=result["rejected"],
            duration=result["audio_seconds"],
        )
        report = self._storage.new_file(
            dataset.id, FileKind.DATASET_REPORT, uploads.REPORT, Blob.from_json(result["report"])
        )
        data = uploads.data_file_of(connection, dataset)
        changes = uploads.changes_file_of(connection, dataset)
        kept = [replace(data, duration=dataset.duration)] if data else []  # links to it go on to lead there
        files.put(connection, dataset.id, [report, *kept, *([changes] if changes else [])])

    def judge(self, work: Work) -> Json:
        """Say that it failed if nothing of it can be used.

        Raises:
            InvalidDataset: nothing can.
        """
        found = work.job.results["check"]
        if not found["accepted"]:
            raise InvalidDataset(
                f"nothing of it can be used: {found['first'] or 'it is empty'}",
                hint="The report names each line and what to do about it.",
            )
        return {}
