"""A server is ready when a base model passed its self-test, which a worker sees to."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from job_runs import run_job
from lect import __version__
from lect.core.errors import InvalidInput, RecognitionFailed
from lect.core.jobs import JobState
from lect.jobs import queue
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving import readiness
from lect.settings import Settings
from lect.store.repositories import MODELS
from storages import new_storage

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def storage(tmp_path):
    storage = new_storage(Settings(data=tmp_path, offline=True))
    yield storage
    storage.database.close()


@pytest.fixture
def tested(monkeypatch):
    """What was tested, in place of doing it; a broken one fails."""
    seen = []

    class Child:
        def __init__(self, function, arguments, **_):
            seen.append((function, arguments))

        def kill(self):
            """Nothing runs."""

        def wait(self, progress):
            if seen[-1][1]["model"] == "whisper-base.en":
                raise RecognitionFailed("it hears nothing")
            return {}

    monkeypatch.setattr("lect.jobs.running.Child", Child)
    return seen


def install(storage, *names):
    with storage.database.begin() as connection:
        customs.list_bases(connection, map(catalogue.get, names), at=NOW)
        readiness.plan(connection)


def problem(storage):
    with storage.database.read() as connection:
        return readiness.problem(connection)


def run(storage, folder):
    return run_job(SimpleNamespace(storage=storage), readiness.prepare_kind(storage), folder)


def waiting(storage):
    with storage.database.read() as connection:
        return queue.counts(connection).get((readiness.PREPARE, str(JobState.QUEUED)), 0)


def test_without_a_base_nothing_is_planned(storage):
    install(storage)

    assert problem(storage) == "no base model is installed"
    assert waiting(storage) == 0


@pytest.mark.parametrize(
    ("there", "first"),
    [(["whisper-tiny.en", "whisper-base"], "whisper-base"), (["whisper-tiny.en"], "whisper-tiny.en")],
)
def test_the_default_base_is_tested_or_another_one(storage, tested, tmp_path, there, first):
    install(storage, *there)
    assert "self-test" in problem(storage)

    run(storage, tmp_path)

    assert tested == [("lect.tasks:self_test", {"model": first, "locale": "en-US"})]
    assert problem(storage) == ""
    with storage.database.read() as connection:
        assert MODELS.get(connection, id_of(first, "en-US")).tested == __version__


def test_no_other_base_is_taken_for_the_default_one_that_is_not_installed(storage):
    install(storage, "whisper-tiny.en")

    with (
        storage.database.read() as connection,
        pytest.raises(InvalidInput, match="whisper-base, the base") as caught,
    ):
        customs.default_base(connection, "en-US")
    assert "Install it, or name a model" in caught.value.hint


def test_it_is_done_once(storage, tested, tmp_path):
    install(storage, "whisper-base")
    install(storage)  # a second worker that began at the same time

    run(storage, tmp_path)
    run(storage, tmp_path)
    install(storage)

    assert len(tested) == 1
    assert waiting(storage) == 0


def test_a_base_that_fails_makes_nobody_ready(storage, tested, tmp_path):
    install(storage, "whisper-base.en")

    job = run(storage, tmp_path)

    assert job.state is JobState.FAILED
    assert "self-test" in problem(storage)
