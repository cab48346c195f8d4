"""Fixtures that any test may ask for. What a machine lacks is skipped with the reason."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from lect import sample as built_in_sample
from programs import tool
from receivers import Receiver
from services import ObjectStorage, Postgres, running_object_storage, running_postgres

ROOT = Path(__file__).parents[1]

# No deadline: machines are busy. The same examples each time where a red run must be repeatable.
hypothesis.settings.register_profile("lect", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("lect")


@pytest.fixture(autouse=True)
def logging_as_before():
    """Commands set logging up for their process; a test's end undoes it."""
    log = logging.getLogger("lect")
    handlers, propagate, level = log.handlers, log.propagate, log.level
    yield
    log.handlers, log.propagate = handlers, propagate
    log.setLevel(level)


@pytest.fixture
def serve():
    """serve(answer) -> an HTTP server on loopback that answers so, closed when the test ends."""
    receivers = []

    def start(answer, **options):
        receivers.append(Receiver(answer, **options))
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.close()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings with transcripts, kept outside the repository."""
    folder = Path(os.environ.get("LECT_TEST_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings: {folder} is missing (LECT_TEST_SHARED_DATA names another folder)")
    return folder


@pytest.fixture(scope="session")
def official(shared_data):
    """The published documents of the API, by version."""
    folder = shared_data.parent / "azure-rest"
    if not folder.is_dir():
        pytest.skip(f"the published documents of the API are not here: {folder} is missing")
    return {
        version: json.loads((folder / version / "speechtotext.json").read_text("utf-8"))
        for version in ("v3.1", "v3.2", "2024-11-15")
    }


@pytest.fixture(scope="session")
def sample() -> Path:
    """The built-in sample: training/, dev/ and testing/ in the upload format."""
    return built_in_sample.folder()


@pytest.fixture(scope="session")
def settings():
    """Settings whose cache outlives the test run, so that graphs are built once a machine."""
    from lect.settings import Settings

    return Settings(cache=ROOT / "build" / "cache", offline=True)


@pytest.fixture(scope="session")
def tiny_en(settings):
    """The folder of `whisper-tiny.en`: small and quick, what most tests recognise with."""
    return base_model("whisper-tiny.en", settings)


@pytest.fixture(scope="session")
def whisper_base(settings):
    """The folder of `whisper-base`, the default base model."""
    return base_model("whisper-base", settings)


def base_model(name, settings):
    from lect.core.errors import MissingExtra
    from lect.models import resolver

    try:
        return resolver.resolve(name, settings=settings)
    except MissingExtra as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the tests' own; `with postgres.database() as url: ...`"""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def object_storage() -> Iterator[ObjectStorage]:
    """A mock of S3; `bucket_url` is what tests want."""
    with running_object_storage() as server:
        yield server


@pytest.fixture
def bucket_url(object_storage, monkeypatch) -> str:
    """A new, empty bucket, with the environment that leads to it."""
    for name, value in object_storage.environment.items():
        monkeypatch.setenv(name, value)
    return object_storage.bucket()


@pytest.fixture(scope="session")
def sctk() -> str:
    """NIST's scoring toolkit."""
    return tool("sctk", package="sctk")


@pytest.fixture(scope="session")
def espeak() -> str:
    """A synthetic voice."""
    return tool("espeak-ng", package="espeak-ng")


@pytest.fixture(scope="session")
def flite() -> str:
    """Another synthetic voice, of a real speaker."""
    return tool("flite", package="flite")


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """Writes audio in many formats."""
    return tool("ffmpeg", package="ffmpeg")
