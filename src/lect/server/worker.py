"""The process that works: it runs jobs, the heavy ones in children of its own.

python -m lect.server.worker ADDRESS
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

from lect.api.links import Links
from lect.api.versions import V3_2, VERSIONS
from lect.core.entities import WebHook
from lect.datasets import erasures, expiring, importing
from lect.evaluations import erasing as evaluation_erasing
from lect.evaluations import requests
from lect.jobs import upkeep
from lect.jobs.contract import JobKind
from lect.jobs.liveness import end_with_parent
from lect.jobs.recurring import Recurring
from lect.jobs.worker import Worker
from lect.models import copying, training_jobs
from lect.models import erasing as model_erasing
from lect.models.learners import learners
from lect.server.opening import open_with_bases
from lect.serving import (
    batch_work,
    batches,
    content_logs,
    correction_work,
    endpoints,
    logged_data,
    readiness,
)
from lect.serving import erasing as serving_erasing
from lect.settings import Settings
from lect.store.storage import Storage
from lect.telemetry import configure_logging
from lect.web import hooks
from lect.web.addresses import PORTS, Guard, read_url
from lect.web.containers import list_container, put_blob
from lect.web.fetching import Fetcher
from lect.web.hooks import Courier
from lect.web.network import Check


def job_kinds(storage: Storage, settings: Settings, *, address: str) -> list[JobKind]:
    """All that a worker can do.

    Args:
        address: of the API, for links in what web hooks are told
    """
    emit, threads, limits, at_once = hooks.emit, settings.threads, settings.limits, settings.jobs
    fetcher = Fetcher(settings.fetch, guard=guard_of(settings, address))
    doors = doors_of(fetcher)
    return [
        importing.import_kind(storage, fetch=doors.fetch, limits=limits, emit=emit, at_once=at_once.imports),
        erasures.erase_kind(
            storage,
            strips={
                "evaluations": evaluation_erasing.strip,
                "transcriptions": serving_erasing.strip,
                "corrections": serving_erasing.strip_corrections,
                "reports": model_erasing.strip,
            },
            learners=learners,
        ),
        copying.copy_kind(storage, fetcher=fetcher),
        training_jobs.train_kind(storage, emit=emit, threads=threads, at_once=at_once.trainings),
        requests.evaluate_kind(storage, emit=emit, threads=threads, at_once=at_once.evaluations),
        endpoints.deploy_kind(storage, emit=emit, at_once=at_once.deployments),
        readiness.prepare_kind(storage),
        logged_data.gather_kind(storage, limits=limits, emit=emit),
        batch_work.transcribe_kind(
            storage, doors=doors, limits=limits, emit=emit, threads=threads, at_once=at_once.transcriptions
        ),
        correction_work.draft_kind(storage, threads=threads, at_once=at_once.transcriptions),
        correction_work.collect_kind(storage, emit=emit),
        *(chore.kind for chore in chores(storage, settings)),
        Courier(storage.database, fetcher, link=_linker(settings.server.address or address)).kind,
    ]


def chores(storage: Storage, settings: Settings) -> list[Recurring]:
    """What is done again and again, by one worker at a time."""
    return [
        batches.expiring(storage, every=settings.upkeep.every_seconds, emit=hooks.emit),
        content_logs.expiring_logs(storage, settings.logs, every=settings.upkeep.every_seconds),
        expiring.clearing(storage, settings.upkeep, emit=hooks.emit),
        upkeep.forgetting(storage, settings.upkeep),
        upkeep.cleaning(storage, settings.upkeep, scratch=settings.scratch_folder),
    ]


def guard_of(settings: Settings, address: str) -> Guard:
    """What this server may ask: never itself, whether by its port on this machine or by one of its names.

    A name may lead to it through a proxy, which listens where proxies do unless the server's address says otherwise.

    Args:
        address: of the API

    Raises:
        InvalidInput: an address or a host in the settings is none.
    """
    listening, names = read_url(address).port, {name.lower() for name in settings.server.hosts}
    ports = {listening, *PORTS.values()}
    if settings.server.address:
        shown = read_url(settings.server.address)
        names.add(shown.host)
        ports.add(shown.port)
    return Guard.allowing(
        settings.fetch.private_addresses,
        own_ports={listening},
        own_names={(name, port) for name in names for port in ports},
    )


def run_worker(settings: Settings, *, address: str) -> None:
    """Run jobs until stopped.

    Args:
        address: of the API
    """
    storage = open_with_bases(settings)
    with storage.database.begin() as connection:
        for chore in chores(storage, settings):
            chore.plan(connection)
        readiness.plan(connection)
    kinds = job_kinds(storage, settings, address=address)
    Worker(storage.database, kinds, folder=settings.data_folder / "jobs").run_until_terminated()


def _linker(base: str) -> Callable[[WebHook, str], str]:
    """Addresses of paths in the version of the API that a web hook was made in."""
    versions = {version.name: version for version in VERSIONS}

    def link(hook: WebHook, path: str) -> str:
        return Links(base=base.rstrip("/"), version=versions.get(str(hook.api_version), V3_2)).to(path)

    return link


def doors_of(fetcher: Fetcher) -> batch_work.Doors:
    """What jobs ask of other servers, by a fetcher."""

    def fetch(url: str, into: BinaryIO, limit: int, check: Check) -> None:
        fetcher.fetch(url, into, limit=limit, check=check)

    def listed(url: str, check: Check) -> list[tuple[str, str]]:
        return [(blob.name, blob.url) for blob in list_container(fetcher, url, check=check)]

    def put(url: str, name: str, file: BinaryIO, size: int, check: Check) -> None:
        put_blob(fetcher, url, name, file, size=size, media_type="application/json", check=check)

    return batch_work.Doors(fetch=fetch, list_container=listed, put=put)


def main(arguments: Sequence[str]) -> None:
    """What the supervisor starts."""
    end_with_parent(os.getppid())
    settings = Settings()
    configure_logging(level=settings.log, format=settings.log_format)
    run_worker(settings, address=arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
