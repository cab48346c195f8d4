"""Corrections: first drafts of what is known or heard, changes that get lost by no one, and data of what is done."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from job_runs import run_job
from lect.core.entities import Correction, Dataset, DatasetKind, FileKind, Segment
from lect.core.errors import Conflict, InvalidInput, NotFound
from lect.core.files import json_bytes, write_bytes
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.datasets import uploads
from lect.jobs import queue
from lect.jobs.running import Run
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving import corrections, erasing
from lect.serving.correction_work import agreement, collect_kind, draft_kind, first_draft
from lect.settings import Settings
from lect.store import drafts, files
from lect.store.opening import open_storage
from lect.store.repositories import CORRECTIONS, DATASETS

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MODEL = id_of("whisper-tiny.en", "en-US")


@pytest.fixture
def storage(tmp_path):
    storage = open_storage(Settings(data=tmp_path / "data", offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get("whisper-tiny.en")], at=NOW)
    yield storage
    storage.database.close()


def add_dataset(storage, kind=DatasetKind.AUDIO, status=Status.SUCCEEDED, **more):
    common = {"display_name": "d", "created": NOW, "last_action": NOW, "locale": "en-US"}
    dataset = Dataset(id=str(uuid4()), kind=kind, status=status, **common, **more)
    with storage.database.begin() as connection:
        DATASETS.add(connection, dataset)
        data = uploads.data_file(storage, dataset, storage.blobs.put([b"recordings"]))
        files.put(connection, dataset.id, [data])
    return dataset


def create(storage, dataset, model=MODEL, **more):
    common = {"display_name": "c", "created": NOW, "last_action": NOW, "locale": ""}
    correction = Correction(id=str(uuid4()), dataset=dataset.id, model=model, **common, **more)
    with storage.database.begin() as connection:
        return corrections.create(storage, connection, correction)


def known(name, duration=2.0, transcript=None, speaker=None):
    return {"file": name, "duration": duration, "transcript": transcript, "speaker": speaker}


def heard(*segments, confidence=0.5):
    found = [
        dict(zip(("offset", "duration", "display", "confidence"), each, strict=True)) for each in segments
    ]
    document = {"locale": "en-US", "display": " ".join(each["display"] for each in found)}
    return {"channels": {"0": document | {"segments": found, "confidence": confidence}}}


RECORDINGS = [known("a.wav"), {"file": "b.wav", "error": {"message": "no audio"}}, known("c.wav", 1.0)]
HEARD = [
    heard((0.1, 0.9, "Ripe pairs.", 0.4), (1.2, 0.9, "And more.", 0.6)),
    {"error": {}},
    heard(confidence=0.0),
]


@pytest.fixture
def children(monkeypatch):
    """What child processes find; who is asked is written down."""
    children = SimpleNamespace(asked=[], recordings=RECORDINGS, heard=HEARD, dies=set())

    def child(run, function, arguments):
        name = function.removeprefix("lect.tasks:")
        children.asked.append(name)
        output = Path(arguments["output"])
        assert Path(arguments.get("path") or arguments["archive"]).read_bytes() == b"recordings"
        if name in children.dies:
            children.dies.remove(name)
            raise OSError("killed")
        if name == "outline":
            for place, each in enumerate(children.recordings):
                write_bytes(output / f"{place}.json", json_bytes(each))
                write_bytes(output / f"{place}.outline", bytes([place + 1] * 4))
            return {"recordings": len(children.recordings)}
        if name == "transcribe":
            assert arguments["model"] == "whisper-tiny.en"
            assert (arguments["profanity"], arguments["punctuation"]) == ("raw", "automatic")
            for place, each in enumerate(children.heard):
                write_bytes(output / f"{place}.json", json_bytes(each))
            return {"files": len(children.heard)}
        children.transcripts = json.loads(Path(arguments["transcripts"]).read_bytes())
        output.write_bytes(b"corrected")
        return {}

    monkeypatch.setattr(Run, "child", child)
    return children


def work(storage, folder, kind=draft_kind):
    return run_job(SimpleNamespace(storage=storage), kind(storage), folder)


@pytest.fixture
def drafted(storage, children, tmp_path):
    """A correction whose drafts are written."""
    correction = create(storage, add_dataset(storage))
    job = work(storage, tmp_path)
    assert job.state is JobState.SUCCEEDED
    return get(storage, correction)


def get(storage, correction):
    with storage.database.read() as connection:
        return CORRECTIONS.get(connection, correction.id)


def all_drafts(storage, correction):
    with storage.database.read() as connection:
        return drafts.all_of(connection, correction.id)


def save(storage, correction, number, *segments, since=1, is_done=False):
    with storage.database.begin() as connection:
        return corrections.save(
            storage, connection, correction, number, since=since, segments=segments, is_done=is_done
        )


def said(offset, duration, text):
    return Segment(offset=offset, duration=duration, text=text)


def test_a_model_writes_the_first_drafts(storage, drafted):
    first, second = all_drafts(storage, drafted)

    assert drafted.status is Status.SUCCEEDED
    assert (first.number, first.file, first.confidence, first.is_done) == (1, "a.wav", 0.5, False)
    assert first.segments == (
        replace(said(0.1, 0.9, "Ripe pairs."), confidence=0.4),
        replace(said(1.2, 0.8, "And more."), confidence=0.6),  # no longer than the recording
    )
    assert (second.number, second.file, second.confidence) == (2, "c.wav", 0.0)
    assert second.segments == (replace(said(0.0, 1.0, ""), confidence=0.0),)  # nothing was heard
    with storage.database.read() as connection:
        [file] = files.page(connection, drafted.id)
    outlines = b"".join(storage.blobs.read(file.blob))
    cut = [outlines[begin : begin + size] for begin, size in (first.outline, second.outline)]
    assert cut == [b"\1\1\1\1", b"\3\3\3\3"]


def test_transcripts_that_are_there_are_the_first_drafts(storage, children, tmp_path):
    children.recordings = [known("a.wav", transcript="Ripe pears.", speaker="Ann")]
    correction = create(storage, add_dataset(storage, DatasetKind.ACOUSTIC), model=None)
    work(storage, tmp_path)

    [draft] = all_drafts(storage, correction)

    assert children.asked == ["outline"]
    assert draft.segments == (replace(said(0.0, 2.0, "Ripe pears."), speaker="Ann"),)
    assert draft.confidence is None


def test_of_transcripts_that_are_there_the_model_says_how_far_it_agrees():
    draft = first_draft(
        known("a.wav", transcript="Four ripe pears!"), heard((0.0, 2.0, "for ripe pears", 0.9))
    )

    [segment] = draft["segments"]
    assert (segment["text"], segment["heard"]) == ("Four ripe pears!", "for ripe pears")
    assert draft["confidence"] == segment["confidence"] == pytest.approx(2 / 3, abs=1e-4)


def test_a_transcript_that_the_model_could_not_hear_is_looked_at_first():
    assert first_draft(known("a.wav", transcript="Ripe."), {"error": {}})["confidence"] == 0.0


def test_texts_without_blanks_agree_by_characters():
    assert agreement("\u6d77\u8fb9", "\u6d77\u6e7e", is_spaced=False) == 0.5
    assert agreement("It\u2019s, ripe", "it\u2019s RIPE.") == 1.0
    assert agreement("", "") == 1.0


def test_after_a_death_what_was_done_is_not_done_again(storage, children, tmp_path):
    children.dies = {"transcribe"}
    correction = create(storage, add_dataset(storage))
    assert work(storage, tmp_path).state is JobState.QUEUED
    with storage.database.begin() as connection:  # its pause is over
        connection.exec_driver_sql("UPDATE jobs SET due = created")

    assert work(storage, tmp_path).state is JobState.SUCCEEDED

    assert children.asked == ["outline", "transcribe", "transcribe"]
    assert len(all_drafts(storage, correction)) == 2


def test_without_a_recording_that_can_be_decoded_it_fails(storage, children, tmp_path):
    children.recordings, children.heard = RECORDINGS[1:2], HEARD[1:2]
    correction = create(storage, add_dataset(storage))

    assert work(storage, tmp_path).state is JobState.FAILED
    assert "no recording" in get(storage, correction).error.message
    with pytest.raises(Conflict, match="is Failed"):
        save(storage, get(storage, correction), 1)


@pytest.mark.parametrize(
    ("dataset", "model", "message"),
    [
        ({"kind": DatasetKind.TEXT}, MODEL, "holds text data"),
        ({"status": Status.FAILED}, MODEL, "is Failed"),
        ({}, None, "no model is to hear them"),
        ({"locale": "de-DE"}, MODEL, "is for en-US, the correction for de-DE"),
    ],
)
def test_what_cannot_be_corrected_is_refused(storage, dataset, model, message):
    made = add_dataset(storage, **{name: value for name, value in dataset.items() if name != "locale"})
    if "locale" in dataset:
        with storage.database.begin() as connection:
            DATASETS.change(connection, made.id, locale=dataset["locale"])

    with pytest.raises(InvalidInput, match=message):
        create(storage, made, model=model)


def test_a_change_is_stored_with_who_made_it(storage, drafted):
    mine = replace(storage, key="mine")

    after = save(mine, drafted, 1, said(0.1, 0.9, "Ripe pears."), said(1.0, 1.0, ""), is_done=True)

    assert (after.revision, after.is_done, after.key, after.text) == (2, True, "mine", "Ripe pears.")
    assert all_drafts(storage, drafted)[0] == after


def test_the_same_once_more_is_stored_already(storage, drafted):
    """An answer that got lost: who sends the change again meets neither a conflict nor a revision more."""
    first = save(storage, drafted, 1, said(0.1, 0.9, "Ripe pears."))

    assert save(storage, drafted, 1, said(0.1, 0.9, "Ripe pears."), since=1) == first
    with pytest.raises(Conflict) as refused:
        save(storage, drafted, 1, said(0.1, 0.9, "Ripe bears."), since=1)
    assert refused.value.details["draft"] == first


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([said(0.0, 2.5, "x")], "it ends at 2.50 s, and the recording at 2.00 s"),
        ([said(1.0, 0.5, "x"), said(1.2, 0.5, "y")], "segment 2: it begins before"),
        ([said(1.0, 0.0, "x")], "lasts no time"),
        ([said(1.0, 0.5, "x"), said(1.485, 0.012, "y")], "segment 2: it lasts no time"),
        ([said(-1.0, 1.5, "x")], "segment 1"),
        ([said(0.0, 1.0, "x" * 10_001)], "longer than 10,000 characters"),
    ],
)
def test_segments_that_do_not_fit_the_recording_are_refused(storage, drafted, segments, message):
    with pytest.raises(InvalidInput, match=message):
        save(storage, drafted, 1, *segments)
    assert all_drafts(storage, drafted)[0].revision == 1


def test_times_that_hardly_overlap_are_stored_without_overlap(storage, drafted):
    after = save(storage, drafted, 1, said(0.0, 0.505, "x"), said(0.49, 1.52, "y"))
    assert [(each.offset, each.duration) for each in after.segments] == [(0.0, 0.505), (0.505, 1.495)]


def test_a_recording_that_is_not_there_is_told(storage, drafted):
    with pytest.raises(NotFound):
        save(storage, drafted, 9, said(0.0, 1.0, "x"))


def export(storage, correction):
    common = {"display_name": "e", "created": NOW, "last_action": NOW, "locale": "en-US"}
    dataset = Dataset(id=str(uuid4()), kind=DatasetKind.ACOUSTIC, **common)
    with storage.database.begin() as connection:
        return corrections.export(storage, connection, correction, dataset)


def test_what_is_done_becomes_a_dataset_that_is_imported(storage, drafted, children, tmp_path):
    save(storage, drafted, 1, said(0.1, 0.9, "Ripe pears."), is_done=True)
    dataset = export(storage, drafted)

    assert work(storage, tmp_path, collect_kind).state is JobState.SUCCEEDED

    segment = {"offset": 0.1, "duration": 0.9, "text": "Ripe pears.", "speaker": None}
    [sent] = children.transcripts
    assert (sent["file"], sent["duration"]) == ("a.wav", 2.0)
    assert [{name: each[name] for name in segment} for each in sent["segments"]] == [segment]
    with storage.database.read() as connection:
        found = DATASETS.get(connection, dataset.id)
        blob = uploads.data_of(connection, found)
        [importing] = [job for job in queue.of_resource(connection, dataset.id) if job.kind == uploads.IMPORT]
    assert b"".join(storage.blobs.read(blob)) == b"corrected"
    assert (found.made_of, found.status) == (drafted.dataset, Status.RUNNING)
    assert importing.arguments["blob"]["sha256"] == blob


def test_where_nothing_is_done_there_is_no_dataset(storage, drafted):
    with pytest.raises(Conflict, match="of 2 recordings of this correction none is done"):
        export(storage, drafted)


def test_a_correction_is_deleted_with_its_drafts_once_they_are_written(storage, children, tmp_path):
    correction = create(storage, add_dataset(storage))
    with pytest.raises(Conflict), storage.database.begin() as connection:
        corrections.delete(connection, correction)
    work(storage, tmp_path)

    with storage.database.begin() as connection:
        corrections.delete(connection, CORRECTIONS.get(connection, correction.id))

    assert all_drafts(storage, correction) == []
    with storage.database.read() as connection:
        assert files.page(connection, correction.id) == []


def test_the_outline_of_a_recording_is_erased(storage, drafted):
    owned = erasing.strip_corrections(storage, drafted.dataset, ["c.wav", "x.wav"])

    [(id, [file])] = owned.items()
    assert (id, file.kind, file.name) == (drafted.id, FileKind.AUDIO, corrections.OUTLINES)
    assert b"".join(storage.blobs.read(file.blob)) == b"\1\1\1\1\0\0\0\0"
    assert erasing.strip_corrections(storage, drafted.dataset, ["b.wav"]) == {}
