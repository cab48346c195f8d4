"""The server: a supervisor, and the two processes that it keeps alive, one that answers and one that works.

    lect serve
    ├── api      answers requests; does no heavy work
    └── worker   runs jobs, the heavy ones in children of its own

Either may be killed at any moment: what was acknowledged is in the database, and the supervisor starts it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import BinaryIO

from lect.api.links import Links
from lect.api.service import Service
from lect.api.signing import Signer
from lect.api.versions import V3_2, VERSIONS
from lect.core.entities import WebHook
from lect.core.errors import AccessError
from lect.datasets import uploads
from lect.evaluations import requests
from lect.jobs import upkeep
from lect.jobs.contract import JobKind
from lect.jobs.liveness import end_with_parent
from lect.jobs.recurring import Recurring
from lect.jobs.worker import Worker
from lect.models import catalogue, customs, resolver
from lect.serving import batch_work, batches, endpoints
from lect.settings import Settings
from lect.store import keys
from lect.store.migrations import migrate
from lect.store.opening import blobs_of, database_of
from lect.store.storage import Storage
from lect.telemetry import configure_logging, get_log
from lect.web import hooks
from lect.web.containers import list_container, put_blob
from lect.web.fetching import Fetcher
from lect.web.hooks import Courier
from lect.web.network import Check

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
DRAIN_SECONDS = 20.0  # that processes have to end when the server is stopped
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a process that died is started again
_STEADY = 30.0  # seconds after which a process counts as well again

_log = get_log(__name__, action="serve")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the server listens, and with which certificate."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls_cert: str | None = None
    tls_key: str | None = None

    @property
    def url(self) -> str:
        """As a client on this machine sees it."""
        return f"{'https' if self.tls_cert else 'http'}://{self.host}:{self.port}"


def open_storage(settings: Settings) -> Storage:
    """Rows and blobs, with all migrations applied.

    Raises:
        StoreError: they cannot be reached, or were made by a newer version.
    """
    database = database_of(settings)
    migrate(database)
    return Storage(database=database, blobs=blobs_of(settings))


def open_service(settings: Settings) -> Service:
    """What the API works with."""
    storage = open_storage(settings)
    with storage.database.begin() as connection:
        secret = keys.secret(connection, "signing", at=storage.clock())
        present = [base for base in catalogue.BASE_MODELS if resolver.is_present(base, settings=settings)]
        customs.list_bases(connection, present, at=datetime.now(UTC))
    return Service(storage=storage, signer=Signer(secret=secret), settings=settings, emit=hooks.emit)


def job_kinds(service: Service, *, address: str) -> list[JobKind]:
    """All that a worker can do.

    Args:
        address: of the API, for links in what web hooks are told
    """
    storage, settings, emit = service.storage, service.settings, service.emit
    fetcher = Fetcher(settings.fetch)
    doors = _doors(fetcher)
    return [
        uploads.import_kind(storage, fetch=doors.fetch, limits=settings.limits, emit=emit),
        customs.train_kind(storage, emit=emit, threads=settings.threads),
        requests.evaluate_kind(storage, emit=emit, threads=settings.threads),
        endpoints.deploy_kind(storage, emit=emit),
        batch_work.transcribe_kind(
            storage, doors=doors, limits=settings.limits, emit=emit, threads=settings.threads
        ),
        *(chore.kind for chore in chores(service)),
        Courier(storage.database, fetcher, link=_linker(settings.server.address or address)).kind,
    ]


def chores(service: Service) -> list[Recurring]:
    """What is done again and again, by one worker at a time."""
    storage, settings = service.storage, service.settings
    return [
        batches.expiring(storage, every=settings.upkeep.every_seconds, emit=service.emit),
        upkeep.forgetting(storage, settings.upkeep),
        upkeep.cleaning(storage, settings.upkeep, scratch=settings.scratch_folder),
    ]


def require_safe(settings: Settings, address: Address) -> None:
    """Refuse to listen where others can reach a server that asks for no key.

    Raises:
        AccessError: it would.
    """
    if address.host in LOOPBACK:
        return
    with open_storage(settings).database.read() as connection:
        if not keys.exist(connection):
            raise AccessError(
                f"{address.host} can be reached from other machines, and there is no key yet",
                hint="Make one first: `lect keys create --role owner`.",
            )


def run_api(settings: Settings, address: Address) -> None:
    """Answer requests until stopped."""
    import uvicorn

    from lect.api.app import create_app

    configure_logging(level=settings.log)
    uvicorn.run(
        create_app(open_service(settings), host=address.host),
        host=address.host,
        port=address.port,
        ssl_certfile=address.tls_cert,
        ssl_keyfile=address.tls_key,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,  # it would hold query strings, and some clients send keys there
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def run_worker(settings: Settings, *, address: str) -> None:
    """Run jobs until stopped.

    Args:
        address: of the API
    """
    configure_logging(level=settings.log)
    service = open_service(settings)
    with service.storage.database.begin() as connection:
        for chore in chores(service):
            chore.plan(connection)
    Worker(
        service.storage.database, job_kinds(service, address=address), folder=settings.data_folder / "jobs"
    ).run_until_terminated()


class Supervisor:
    """Keeps processes alive until it is stopped."""

    def __init__(self, commands: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> None:
        self._commands = commands
        self._environment = environment
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._failures = dict.fromkeys(commands, 0)
        self._due = dict.fromkeys(commands, 0.0)
        self._is_stopped = False

    def run(self) -> None:
        """Start all, start again what dies, and end all when a signal says so."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._is_stopped:
            for name in self._commands:
                self._look_after(name)
            time.sleep(0.2)
        self._end_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopped = True

    def _look_after(self, name: str) -> None:
        process, now = self._processes.get(name), time.monotonic()
        if process is not None and process.poll() is None:
            if now - self._started[name] > _STEADY:
                self._failures[name] = 0
            return
        if process is not None:
            del self._processes[name]
            pause = _PAUSES[min(self._failures[name], len(_PAUSES) - 1)]
            self._failures[name] += 1
            self._due[name] = now + pause
            _log.warning("A process died; it is started again.", process=name, status=process.returncode)
        if now >= self._due[name]:
            self._processes[name] = subprocess.Popen(
                self._commands[name], start_new_session=True, env=self._environment
            )
            self._started[name] = now

    def _end_all(self) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + DRAIN_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def supervise(settings: Settings, address: Address, *, workers: int = 1) -> None:
    """Run the whole server until it is stopped."""
    part = (sys.executable, "-m", "lect.server")
    options = [address.host, str(address.port), address.tls_cert or "", address.tls_key or ""]
    commands: dict[str, Sequence[str]] = {"api": (*part, "api", *options)}
    for number in range(1, workers + 1):
        commands[f"worker {number}"] = (*part, "worker", address.url)
    Supervisor(commands, settings.environment).run()


def _linker(base: str) -> Callable[[WebHook, str], str]:
    """Addresses of paths in the version of the API that a web hook was made in."""
    versions = {version.name: version for version in VERSIONS}

    def link(hook: WebHook, path: str) -> str:
        return Links(base=base.rstrip("/"), version=versions.get(str(hook.api_version), V3_2)).to(path)

    return link


def _doors(fetcher: Fetcher) -> batch_work.Doors:
    def fetch(url: str, into: BinaryIO, limit: int, check: Check) -> None:
        fetcher.fetch(url, into, limit=limit, check=check)

    def listed(url: str, check: Check) -> list[tuple[str, str]]:
        return [(blob.name, blob.url) for blob in list_container(fetcher, url, check=check)]

    def put(url: str, name: str, file: BinaryIO, size: int, check: Check) -> None:
        put_blob(fetcher, url, name, file, size=size, media_type="application/json", check=check)

    return batch_work.Doors(fetch=fetch, list_container=listed, put=put)


def main(arguments: Sequence[str]) -> None:
    """What the supervisor starts: `api HOST PORT CERT KEY`, or `worker ADDRESS`."""
    end_with_parent(os.getppid())
    settings = Settings()
    if arguments[0] == "api":
        host, port, cert, key = arguments[1:]
        run_api(settings, Address(host=host, port=int(port), tls_cert=cert or None, tls_key=key or None))
    else:
        run_worker(settings, address=arguments[1])


if __name__ == "__main__":
    main(sys.argv[1:])
