"""Fixtures that any test may ask for. What a machine lacks is skipped with the reason."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import hypothesis
import pytest

from lect import sample as built_in_sample
from programs import tool
from receivers import Receiver
from servers import CACHE
from services import ObjectStorage, Postgres, running_object_storage, running_postgres

# Workers have all processors busy: more threads would only spin while they wait for each other, a quarter of all time.
if "PYTEST_XDIST_WORKER" in os.environ:
    for threads in ("LECT_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, "1")

ROOT = Path(__file__).parents[1]
SHORT = ROOT / "tests" / "unit"

# No deadline: machines are busy. The same examples each time where a red run must be repeatable.
hypothesis.settings.register_profile("lect", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("lect")


@pytest.hookimpl(trylast=True)  # once it is settled which tests run
def pytest_collection_modifyitems(items):
    """Deals the long tests to the workers, module by module, each hand followed by short ones.

    pytest-xdist gives each worker an equal stretch of the list, and who is through takes from the end of another's. With short tests
    at the ends, the workers end together, and what a module's tests share is made by one of them.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    short = [item for item in items if SHORT in item.path.parents]
    long = [item for item in items if SHORT not in item.path.parents]
    hands = [[] for _ in range(workers)]
    for number, (_, together) in enumerate(groupby(long, key=_what_stays_together)):
        hands[number % workers] += together
    left = len(items)
    for number, hand in enumerate(hands):
        room = max(left // (workers - number), len(hand))
        count = room - len(hand)
        hand += short[:count]
        short = short[count:]
        left -= room
    items[:] = [item for hand in hands for item in hand]


def _what_stays_together(item):
    """A module, but for the pages of the documentation: they take minutes and share nothing."""
    return item.nodeid if item.path.name == "test_docs.py" else item.path


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
    """Settings with the cache that all tests share."""
    from lect.settings import Settings

    return Settings(cache=CACHE, offline=True)


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
