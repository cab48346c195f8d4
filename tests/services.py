"""Servers that tests talk to, each private, in a folder of its own, and stopped when the tests end."""

from __future__ import annotations

import logging
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest

ADMIN = "lect"


class Postgres:
    """A running cluster that listens on a Unix socket alone."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    @contextmanager
    def database(self, *, like: str = "template1") -> Iterator[str]:
        """A new database; its SQLAlchemy URL. It is dropped at the end, whoever is still connected.

        Args:
            like: name of the database that it begins as, to which nobody is connected
        """
        name = f"test_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield f"postgresql+psycopg://{ADMIN}@/{name}?host={self.socket}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.socket), user=ADMIN, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


class ObjectStorage:
    """A running server that speaks S3. It is moto, a mock: what real stores do under load or failure it does not show."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }

    def bucket(self) -> str:
        """The `s3://` URL of a new bucket, with a prefix."""
        name = f"test-{secrets.token_hex(6)}"
        urlopen(Request(f"{self.url}/{name}", method="PUT"), timeout=10).close()
        return f"s3://{name}/some/where"


@contextmanager
def running_object_storage() -> Iterator[ObjectStorage]:
    """An object store of these tests' own, in this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield ObjectStorage(f"http://{host}:{port}")
    finally:
        server.stop()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A cluster made for these tests. Where there is no PostgreSQL they are skipped."""
    initdb, pg_ctl = (_program(name) for name in ("initdb", "pg_ctl"))
    with tempfile.TemporaryDirectory(prefix="lect-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = _unprivileged(folder)
        data = folder / "data"
        _call(
            initdb,
            "--auth=trust",
            f"--username={ADMIN}",
            "--encoding=UTF8",
            "--no-sync",
            "-D",
            data,
            user=user,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        log = folder / "log"
        try:
            _call(pg_ctl, "start", "--wait", "-D", data, "-l", log, "-o", options, user=user)
        except subprocess.CalledProcessError:
            pytest.fail(f"PostgreSQL did not start:\n{log.read_text() if log.exists() else ''}")
        try:
            yield Postgres(folder)
        finally:
            _call(pg_ctl, "stop", "--wait", "--mode=immediate", "-D", data, user=user)


def _unprivileged(folder: Path) -> str | None:
    """Who runs the cluster, as PostgreSQL refuses root: the owner of `folder` from now on. None: we ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    folder.chmod(0o755)
    return user


def _call(*command: object, user: str | None) -> None:
    # Output goes nowhere: a server that kept our pipe open would keep us waiting for its end.
    subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/",
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _program(name: str) -> str:
    """A program of the newest PostgreSQL; Debian keeps them off the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(installed[-1]) if installed else shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install postgresql)")
    return path
