"""Datasets made of logs."""

import io
import wave
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from job_runs import run_job
from lect.core.entities import Dataset, DatasetKind, LogOwner
from lect.core.errors import InvalidInput
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.datasets import uploads
from lect.jobs import queue
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving import logged_data
from lect.serving.content_logs import ContentLog, LoggedTurn
from lect.settings import Limits, Logs, Settings
from lect.store import logs
from lect.store.repositories import DATASETS, MODELS
from storages import new_storage

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
OWNER = LogOwner(locale="en-US")
SECOND = b"\1\0" * 16_000


def heard(display, offset, duration):
    return {"offset": offset, "duration": duration, "nbest": [{"display": display}]}


@pytest.fixture
def storage(tmp_path):
    """Two turns, a day apart: the first of two seconds and two segments, the second of one and none."""
    storage = new_storage(Settings(data=tmp_path / "data", offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get("whisper-tiny.en")], at=NOW)
        model = MODELS.get(connection, id_of("whisper-tiny.en", "en-US"))
    turn = LoggedTurn(endpoint=None, model=model, locale="en-US")
    for day, results in enumerate([[heard("One\ttwo.", 0.1, 0.5), heard("Three.", 1.5, 0.4)], []]):
        now = NOW + timedelta(days=day)
        log = ContentLog(replace(storage, clock=lambda now=now: now), Logs(), scratch=tmp_path).open(turn)
        log.write(SECOND * (2 - day))
        for result in results:
            log.result(result)
        log.close()
    yield storage
    storage.database.close()


def make(storage, folder, kind, *, limits=Limits(), told=None, **when):
    dataset = Dataset(
        id=str(uuid4()), display_name="d", created=NOW, last_action=NOW, locale="en-US", kind=kind
    )
    emit = (lambda _, *news: told.append(news)) if told is not None else (lambda *_: None)
    with storage.database.begin() as connection:
        logged_data.create(storage, connection, OWNER, dataset, **when)
    gather = logged_data.gather_kind(storage, limits=limits, emit=emit)
    job = run_job(SimpleNamespace(storage=storage), gather, folder)
    with storage.database.read() as connection:
        return DATASETS.get(connection, dataset.id), job


def packed(storage, dataset):
    with storage.database.read() as connection:
        blob = uploads.data_of(connection, dataset)
        [importing] = [job for job in queue.of_resource(connection, dataset.id) if job.kind == uploads.IMPORT]
    assert importing.arguments["blob"]["sha256"] == blob
    with zipfile.ZipFile(io.BytesIO(b"".join(storage.blobs.read(blob)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def seconds(data):
    with wave.open(io.BytesIO(data)) as wav:
        return wav.getnframes() / wav.getframerate()


def test_whole_turns_are_recordings(storage, tmp_path):
    dataset, job = make(storage, tmp_path, DatasetKind.AUDIO)

    assert job.state is JobState.SUCCEEDED
    assert dataset.status is Status.RUNNING  # the import goes on with it
    found = packed(storage, dataset)
    assert sorted(map(seconds, found.values())) == [1.0, 2.0]
    assert all(name.endswith(".wav") for name in found)


def test_segments_are_utterances_with_draft_transcripts(storage, tmp_path):
    dataset, _ = make(storage, tmp_path, DatasetKind.ACOUSTIC)

    found = packed(storage, dataset)
    lines = found.pop("trans.txt").decode("utf-8-sig").splitlines()
    assert [line.split("\t")[1] for line in lines] == ["One two.", "Three."]
    assert [line.split("\t")[0] for line in lines] == list(found)
    # With 0.2 s of sound around each, as far as there is.
    assert list(map(seconds, found.values())) == pytest.approx([0.8, 0.7])


def test_what_somebody_heard_takes_the_place_of_what_was_heard_and_other_turns_are_left_out(
    storage, tmp_path
):
    with storage.database.read() as connection:
        turn = logs.page(connection, OWNER)[0].turn

    dataset, _ = make(storage, tmp_path, DatasetKind.ACOUSTIC, texts={turn: ["", "Three\tpears."]})

    found = packed(storage, dataset)
    assert found.pop("trans.txt").decode("utf-8-sig").splitlines()[0].split("\t")[1] == "Three pears."
    assert list(map(seconds, found.values())) == pytest.approx([0.7])


def test_turns_that_are_not_there_make_no_dataset(storage, tmp_path):
    dataset, _ = make(storage, tmp_path, DatasetKind.ACOUSTIC, texts={"another": ["words"]})

    assert dataset.status is Status.FAILED


def test_turns_are_counted_by_day_and_listed_newest_first(storage):
    with storage.database.read() as connection:
        days = logs.per_day(connection, OWNER, top=30)
        [last] = logs.per_day(connection, OWNER, top=1)
        [newest], total = logs.newest(connection, OWNER, top=1)

    assert [(each.day, each.turns, each.seconds) for each in days] == [
        ("2026-01-02", 1, 2.0),
        ("2026-01-03", 1, 1.0),
    ]
    assert last == days[-1]
    assert (newest.created, total) == (NOW + timedelta(days=1), 2)


def test_days_can_be_chosen(storage, tmp_path):
    day = NOW + timedelta(days=1)
    for when, lengths in (({"since": day}, [1.0]), ({"until": day}, [2.0])):
        dataset, _ = make(storage, tmp_path, DatasetKind.AUDIO, **when)
        assert list(map(seconds, packed(storage, dataset).values())) == lengths


@pytest.mark.parametrize("when", [{"since": NOW + timedelta(days=2)}, {"until": NOW}])
def test_where_there_are_no_logs_no_dataset_is_begun(storage, tmp_path, when):
    with pytest.raises(InvalidInput, match="no logs of that time") as refused:
        make(storage, tmp_path, DatasetKind.AUDIO, **when)

    assert "--logging" in refused.value.hint


def test_logs_of_silence_make_no_dataset(storage, tmp_path):
    told = []

    dataset, _ = make(storage, tmp_path, DatasetKind.ACOUSTIC, since=NOW + timedelta(days=1), told=told)

    assert (dataset.status, dataset.error.message) == (
        Status.FAILED,
        "there are no logs to make a dataset of",
    )
    assert told[-1] == ("datasetCompletion", dataset.id)


@pytest.mark.parametrize("limits", [Limits(archive_files=1), Limits(archive_bytes=90_000)])
def test_more_than_a_dataset_holds_is_an_error(storage, tmp_path, limits):
    dataset, _ = make(storage, tmp_path, DatasetKind.AUDIO, limits=limits)

    assert dataset.status is Status.FAILED
    assert "fewer days" in dataset.error.message


def test_a_turn_whose_transcription_was_deleted_is_left_out(storage, tmp_path):
    with storage.database.begin() as connection:
        text = next(log for log in logs.page(connection, OWNER) if log.name.endswith("json"))
        logs.drop(connection, OWNER, id=text.id)

    dataset, _ = make(storage, tmp_path, DatasetKind.ACOUSTIC)

    assert dataset.status is Status.FAILED
