"""A recording is erased wherever it is stored, and those that have learned from it are named."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from api_services import BASE
from job_runs import run_job
from lect.core.entities import (
    Correction,
    Dataset,
    DatasetKind,
    Draft,
    Evaluation,
    FileKind,
    Model,
    ModelCopy,
    Project,
    Segment,
    Training,
    Transcription,
)
from lect.core.files import json_bytes
from lect.core.jobs import JobState
from lect.core.queries import everything
from lect.core.status import Status
from lect.datasets import erasures, uploads
from lect.datasets.erasing import copy_without
from lect.evaluations import erasing as evaluation_erasing
from lect.jobs import queue
from lect.models import erasing as model_erasing
from lect.models.learners import learners
from lect.models.locales import id_of
from lect.serving import erasing as serving_erasing
from lect.store import drafts, files, keys
from lect.store.keys import Role
from lect.store.repositories import (
    CORRECTIONS,
    DATASETS,
    EVALUATIONS,
    MODEL_COPIES,
    MODELS,
    PROJECTS,
    TRANSCRIPTIONS,
)
from lect.store.tables import audit, jobs

V3 = "/speechtotext/v3.2"
LECT = "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
BASE_ID = id_of(BASE, "en-US")
SECRET = b"my secret words"
KEY = "Ocp-Apim-Subscription-Key"


class Child:
    """A child of a worker in this process; every file left counts as good."""

    def __init__(self, function, arguments, **_):
        assert function == "lect.tasks:erase"
        self._arguments = arguments

    def kill(self):
        """Nothing runs."""

    def wait(self, progress):
        output = Path(self._arguments["output"])
        erased = copy_without(Path(self._arguments["path"]), output, self._arguments["file"])
        with zipfile.ZipFile(output) as archive:
            left = [name for name in archive.namelist() if name.endswith(".wav")]
        report = {"accepted": len(left), "rejected": 0, "audio_seconds": 2.0 * len(left), "lines": []}
        return {
            "files": list(erased.files),
            "lines": erased.lines,
            "hashes": list(erased.hashes),
            "report": report,
        }


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    monkeypatch.setattr("lect.jobs.running.Child", Child)


def common(**more):
    return {
        "id": str(uuid4()),
        "display_name": "x",
        "created": NOW,
        "last_action": NOW,
        "locale": "en-US",
        "status": Status.SUCCEEDED,
        **more,
    }


def archive(**texts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, text in texts.items():
            file.writestr(f"{name}.wav", f"sound of {text}")
        file.writestr("trans.txt", "".join(f"{name}.wav\t{text}\n" for name, text in texts.items()))
    return data.getvalue()


class Story:
    """A dataset and what was made of it."""

    def __init__(self, service, kind=DatasetKind.ACOUSTIC):
        self.service, self.storage = service, service.storage
        self.dataset = self.add_dataset(kind=kind)
        self.said = {"a": "one two", "b": SECRET.decode()}

    def add_dataset(self, kind=DatasetKind.ACOUSTIC, data=None, **more):
        dataset = Dataset(**common(kind=kind, accepted_lines=2, **more))
        data = data or archive(a="one two", b=SECRET.decode())
        with self.storage.database.begin() as connection:
            DATASETS.add(connection, dataset)
            self.put(
                connection,
                dataset.id,
                (uploads.data_file(self.storage, dataset, self.storage.blobs.put([data]))),
                self.file(dataset.id, FileKind.DATASET_REPORT, "report.json", {"lines": [SECRET.decode()]}),
            )
        return dataset

    def file(self, owner, kind, name, document):
        return self.storage.new_file(owner, kind, name, self.storage.blobs.put([json_bytes(document)]))

    def put(self, connection, owner, *made):
        files.put(connection, owner, made)

    def add_model(self, *, datasets=(), base=BASE_ID, bundle=None, **more):
        model = Model(**common(datasets=datasets, base=base, bundle=bundle, **more))
        with self.storage.database.begin() as connection:
            MODELS.add(connection, model)
        return model.id

    def add_evaluation(self, **more):
        evaluation = Evaluation(**common(dataset=self.dataset.id, models=(BASE_ID,), **more))
        utterances = [{"file": f"{name}.wav", "reference": text} for name, text in self.said.items()]
        document = {"utterances": utterances, "failures": [{"file": "b.wav", "model": "x", "error": {}}]}
        with self.storage.database.begin() as connection:
            EVALUATIONS.add(connection, evaluation)
            self.put(
                connection,
                evaluation.id,
                self.file(evaluation.id, FileKind.EVALUATION_DETAILS, "evaluation.json", document),
                *(
                    self.file(evaluation.id, FileKind.EVALUATION_DETAILS, f"{n}.wav.model1_score.json", text)
                    for n, text in self.said.items()
                ),
            )
        return evaluation.id

    def add_transcription(self):
        transcription = Transcription(**common(dataset=self.dataset.id, model=BASE_ID))
        report = {
            "successfulTranscriptionsCount": 2,
            "failedTranscriptionsCount": 0,
            "details": [{"source": f"{name}.wav", "status": "Succeeded"} for name in self.said],
        }
        id = transcription.id
        with self.storage.database.begin() as connection:
            TRANSCRIPTIONS.add(connection, transcription)
            self.put(
                connection,
                id,
                self.file(id, FileKind.TRANSCRIPTION_REPORT, "report.json", report),
                *(
                    self.file(id, FileKind.TRANSCRIPTION, f"{name}.wav.json", text)
                    for name, text in self.said.items()
                ),
            )
        return id

    def add_correction(self):
        correction = Correction(**common(dataset=self.dataset.id))
        with self.storage.database.begin() as connection:
            CORRECTIONS.add(connection, correction)
            made = [
                Draft(
                    correction=correction.id,
                    number=number,
                    file=f"{name}.wav",
                    duration=2.0,
                    segments=(Segment(offset=0.0, duration=2.0, text=text),),
                    confidence=None,
                    changed=NOW,
                    outline=(3 * number - 3, 3),
                )
                for number, (name, text) in enumerate(self.said.items(), start=1)
            ]
            drafts.put(connection, correction.id, made)
            outlines = self.storage.blobs.put([b"\1\2\3loud"])
            file = self.storage.new_file(correction.id, FileKind.AUDIO, "outlines", outlines)
            self.put(connection, correction.id, file)
            drafts.change(connection, replace(made[1], segments=()), since=1)
        return correction.id

    def kind(self, **strips):
        strips = {
            "evaluations": evaluation_erasing.strip,
            "transcriptions": serving_erasing.strip,
            "corrections": serving_erasing.strip_corrections,
            "reports": model_erasing.strip,
            **strips,
        }
        return replace(erasures.erase_kind(self.storage, strips=strips, learners=learners), retries=0)

    def files(self, owner):
        with self.storage.database.read() as connection:
            found = files.page(connection, owner, everything())
        return {file.name: b"".join(self.storage.blobs.read(file.blob)) for file in found}

    def everything_stored(self):
        """All bytes of all blobs; zips unpacked."""
        for stored in self.storage.blobs.list():
            data = b"".join(self.storage.blobs.read(stored.sha256))
            yield data
            if data.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(data)) as file:
                    yield from (file.read(name) for name in file.namelist())


@pytest.fixture
def story(service):
    return Story(service)


def erase(client, story, file="b.wav", folder=None):
    begun = client.post(f"{LECT}/datasets/{story.dataset.id}:erase", json={"file": file})
    assert begun.status_code == 202, begun.text
    assert begun.headers["Location"] == begun.json()["self"]
    run_job(story.service, story.kind(), folder)
    return client.get(begun.json()["self"]).json()


def test_no_byte_of_it_is_left(client, story, tmp_path):
    evaluation, transcription = story.add_evaluation(), story.add_transcription()
    assert any(SECRET in data for data in story.everything_stored())

    done = erase(client, story, folder=tmp_path)

    assert done["status"] == "Succeeded", done
    assert (done["file"], done["files"], done["lines"]) == ("b.wav", ["b.wav"], 1)
    assert not any(SECRET in data for data in story.everything_stored())
    assert [each["self"].rpartition("/")[2] for each in done["evaluations"]] == [evaluation]
    assert [each["self"].rpartition("/")[2] for each in done["transcriptions"]] == [transcription]


def test_what_else_was_there_stays(client, story, tmp_path):
    evaluation, transcription = story.add_evaluation(), story.add_transcription()

    erase(client, story, folder=tmp_path)

    shown = client.get(f"{V3}/datasets/{story.dataset.id}").json()
    assert shown["properties"]["acceptedLineCount"] == 1
    assert shown["properties"]["duration"] == "PT2S"
    with zipfile.ZipFile(io.BytesIO(story.files(story.dataset.id)["data.zip"])) as data:
        assert data.read("trans.txt") == b"a.wav\tone two\n"
        assert data.read("a.wav") == b"sound of one two"
    left = story.files(evaluation)
    assert set(left) == {"evaluation.json", "a.wav.model1_score.json"}
    document = json.loads(left["evaluation.json"])
    assert [each["file"] for each in document["utterances"]] == ["a.wav"]
    assert (document["erased"], document["failures"]) == (1, [])
    results = story.files(transcription)
    assert set(results) == {"report.json", "a.wav.json"}
    assert json.loads(results["report.json"]) == {
        "successfulTranscriptionsCount": 1,
        "failedTranscriptionsCount": 0,
        "details": [{"source": "a.wav", "status": "Succeeded"}],
    }


def test_what_is_written_of_it_in_corrections_goes_with_its_outline(client, story, tmp_path):
    correction = story.add_correction()

    done = erase(client, story, folder=tmp_path)

    assert [each["self"].rpartition("/")[2] for each in done["corrections"]] == [correction]
    with story.storage.database.read() as connection:
        [left] = drafts.all_of(connection, correction)
        assert drafts.history(connection, correction, 2) == []
    assert left.file == "a.wav"
    assert story.files(correction) == {"outlines": b"\1\2\3\0\0\0d"}
    assert not any(b"lou" in data for data in story.everything_stored())


def test_all_models_that_have_learned_from_it_are_named(client, story, tmp_path):
    trained = story.add_model(datasets=(story.dataset.id,), bundle="a" * 64)
    started = story.add_model(base=trained, bundle="b" * 64)
    twin = story.add_model(bundle="b" * 64)
    story.add_model(bundle="c" * 64)
    story.add_model(datasets=(story.dataset.id,), status=Status.FAILED)
    copy = ModelCopy(
        **{name: value for name, value in common().items() if name != "locale"},
        model=started,
        target="https://other.example",
        result="https://other.example/models/1",
    )
    with story.storage.database.begin() as connection:
        MODEL_COPIES.add(connection, copy)

    done = erase(client, story, folder=tmp_path)

    assert [
        (each["model"]["self"].rpartition("/")[2], each["why"], each["copies"]) for each in done["models"]
    ] == [
        (trained, "trained", []),
        (started, "started from", ["https://other.example/models/1"]),
        (twin, "same bundle", []),
    ]


def test_reports_of_models_no_longer_tell_what_was_heard(client, story, tmp_path):
    trained = story.add_model(datasets=(story.dataset.id,))
    judged = story.add_model(training=Training(dev=story.dataset.id))
    suspects = [
        {"name": name, "code": "mismatch", "reason": said}
        for name, said in (
            ("a.wav", "one two"),
            ("b.wav2", "of another recording, whose name begins alike"),
            ("b.wav", SECRET.decode()),
            ("b.wav at 14.8 s", SECRET.decode()),  # a piece of it
        )
    ]
    report = {"kinds": ["audio"], "suspects": suspects, "left_out": [{"file": "b.wav", "reason": "long"}]}
    for model in (trained, judged):
        with story.storage.database.begin() as connection:
            story.put(connection, model, story.file(model, FileKind.MODEL_REPORT, "report.json", report))

    done = erase(client, story, folder=tmp_path)

    for model in (trained, judged):
        left = json.loads(story.files(model)["report.json"])
        assert left == {"kinds": ["audio"], "suspects": suspects[:2], "left_out": []}
    assert not any(SECRET in data for data in story.everything_stored())
    assert [each["model"]["self"].rpartition("/")[2] for each in done["models"]] == [trained]


def test_models_from_elsewhere_are_known_by_the_data_in_their_manifests(client, story, tmp_path):
    path = tmp_path / "data.zip"
    path.write_bytes(story.files(story.dataset.id)["data.zip"])
    hashes = copy_without(path, tmp_path / "out.zip", "b.wav").hashes
    elsewhere = [story.add_model(bundle=digit * 64) for digit in "ab"]
    for model, hash in zip(elsewhere, hashes, strict=True):
        manifest = {"datasets": [{"sha256": hash, "role": "training"}]}
        with story.storage.database.begin() as connection:
            story.put(connection, model, story.file(model, FileKind.MODEL_REPORT, "manifest.json", manifest))

    judged = story.add_model(bundle="c" * 64)
    dev = {"datasets": [{"sha256": hashes[0], "role": "dev"}]}
    with story.storage.database.begin() as connection:
        story.put(connection, judged, story.file(judged, FileKind.MODEL_REPORT, "manifest.json", dev))

    first = erase(client, story, folder=tmp_path)
    second = erase(client, story, file="a.wav", folder=tmp_path)

    assert sorted(each["model"]["self"].rpartition("/")[2] for each in first["models"]) == sorted(elsewhere)
    assert {each["why"] for each in first["models"]} == {"trained elsewhere"}
    assert second["models"] == first["models"]  # they learned from it when it was whole


def test_other_datasets_that_may_hold_it_are_named(client, story, tmp_path):
    fixed = story.add_dataset(made_of=story.dataset.id, data=archive(a="x"))
    fixed_again = story.add_dataset(made_of=fixed.id, data=archive(a="y"))
    same = story.add_dataset()
    story.add_dataset(data=archive(a="z"))

    done = erase(client, story, folder=tmp_path)

    named = {each["self"].rpartition("/")[2] for each in done["datasets"]}
    assert named == {fixed.id, fixed_again.id, same.id}
    assert SECRET in b"".join(story.everything_stored())  # the other one has the same bytes


def test_nothing_that_works_with_it_brings_it_back(client, story, tmp_path):
    evaluation = story.add_evaluation(status=Status.RUNNING)
    path = f"{LECT}/datasets/{story.dataset.id}:erase"

    refused = client.post(path, json={"file": "b.wav"})
    assert refused.status_code == 409
    assert evaluation in refused.json()["message"]

    with story.storage.database.begin() as connection:
        EVALUATIONS.move(connection, evaluation, Status.SUCCEEDED)
    begun = client.post(path, json={"file": "b.wav"})
    assert begun.status_code == 202
    model = story.add_model(datasets=(story.dataset.id,), status=Status.NOT_STARTED)  # meanwhile
    assert run_job(story.service, story.kind(), tmp_path).state is JobState.FAILED
    failed = client.get(begun.json()["self"]).json()
    assert model in failed["error"]["message"]
    assert SECRET in b"".join(story.everything_stored())


def test_what_was_deleted_meanwhile_gets_no_files(client, story, tmp_path):
    """Nobody would ever remove them, and they would count in the quota for ever."""
    evaluation = story.add_evaluation()

    def strip(*arguments):
        owned = evaluation_erasing.strip(*arguments)
        assert client.delete(f"{V3}/evaluations/{evaluation}").status_code == 204
        return owned

    begun = client.post(f"{LECT}/datasets/{story.dataset.id}:erase", json={"file": "b.wav"}).json()
    run_job(story.service, story.kind(evaluations=strip), tmp_path)

    assert client.get(begun["self"]).json()["status"] == "Succeeded"
    assert story.files(evaluation) == {}


def test_nothing_is_made_of_a_dataset_while_a_recording_is_erased(client, story, tmp_path):
    """It would hold the recording, and the erasure has looked for what does already."""

    def reference(noun, id):
        return {"self": f"http://testserver{V3}/{noun}/{id}"}

    dataset, base = reference("datasets", story.dataset.id), reference("models/base", BASE_ID)
    ways = [
        (f"{V3}/models", {"datasets": [dataset], "baseModel": base}),
        (f"{V3}/evaluations", {"dataset": dataset, "model1": base, "model2": base}),
        (f"{V3}/transcriptions", {"dataset": dataset, "model": base}),
        (f"{LECT}/datasets/{story.dataset.id}:fix", {}),
    ]

    def ask():
        names = {"displayName": "x", "locale": "en-US"}
        return [client.post(path, json=body | (names if body else {})).status_code for path, body in ways]

    client.post(f"{LECT}/datasets/{story.dataset.id}:erase", json={"file": "b.wav"})
    refused = ask()
    run_job(story.service, story.kind(), tmp_path)

    assert (refused, ask()) == ([409] * 4, [201] * 4)


def test_a_recording_that_is_not_there_is_told(client, story, tmp_path):
    done = erase(client, story, file="c.wav", folder=tmp_path)

    assert (done["status"], done["error"]["code"]) == ("Failed", "NotFound")


def test_only_recordings_are_erased(client, service):
    story = Story(service, kind=DatasetKind.TEXT)

    answer = client.post(f"{LECT}/datasets/{story.dataset.id}:erase", json={"file": "b.wav"})

    assert answer.status_code == 400
    assert client.post(f"{LECT}/datasets/{uuid4()}:erase", json={"file": "b"}).status_code == 404
    assert client.post(f"{LECT}/datasets/{story.dataset.id}:erase", json={"file": ""}).status_code == 400


def test_what_jobs_remember_of_it_goes(client, story, tmp_path):
    with story.storage.database.begin() as connection:
        job = queue.add(connection, "import", {"blob": "b.wav"}, resource=story.dataset.id)
        waits = queue.add(connection, "other", {}, resource=story.dataset.id)
        connection.execute(jobs.update().where(jobs.c.id == job.id).values(state="succeeded"))

    erase(client, story, folder=tmp_path)

    with story.storage.database.read() as connection:
        assert [each.id for each in queue.of_resource(connection, story.dataset.id)] == [waits.id]


def test_it_is_written_down_who_erased(client, story, tmp_path):
    done = erase(client, story, folder=tmp_path)

    with story.storage.database.read() as connection:
        noted = connection.execute(select(audit.c.action, audit.c.resource)).all()
    assert noted == [("erase", f"datasets/{story.dataset.id}/erasures/{done['self'].rpartition('/')[2]}")]


def test_erasures_outlive_their_dataset_and_are_seen_by_who_sees_its_project(client, service, tmp_path):
    project = Project(id=str(uuid4()), display_name="p", created=NOW, locale="en-US")
    with service.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
    story = Story(service)
    mine = story.add_dataset(project=project.id)
    erase(client, story, folder=tmp_path)
    story.dataset = mine
    done = erase(client, story, folder=tmp_path)
    client.delete(f"{V3}/datasets/{mine.id}")

    assert len(client.get(f"{LECT}/erasures").json()["values"]) == 2
    first = client.get(f"{LECT}/erasures", params={"top": 1}).json()
    assert first["@nextLink"].startswith(f"http://testserver{LECT}/erasures?skip=1")
    assert len(client.get(first["@nextLink"]).json()["values"]) == 1
    with service.storage.database.begin() as connection:
        _, text = keys.create(connection, name="k", role=Role.READER, project=project.id, at=NOW)
    client.headers[KEY] = text
    assert [each["self"] for each in client.get(f"{LECT}/erasures").json()["values"]] == [done["self"]]
    assert client.post(f"{LECT}/datasets/{mine.id}:erase", json={"file": "a.wav"}).status_code == 403
