"""Transcriptions as resources, on SQLite, with files and recognition made up."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from lect.core.entities import Dataset, DatasetKind, FileKind, Model, Transcription
from lect.core.errors import (
    Conflict,
    InvalidAddress,
    InvalidInput,
    JobError,
    LectError,
    NotFound,
    Unreachable,
)
from lect.core.files import json_bytes, write_bytes
from lect.core.jobs import Job, JobState
from lect.core.queries import everything
from lect.core.status import Status
from lect.jobs import queue
from lect.models.catalogue import DEFAULT
from lect.models.locales import id_of
from lect.serving import batches
from lect.serving.batch_work import Doors, shown, transcribe_kind
from lect.settings import Limits, Quotas
from lect.store import files
from lect.store.blobs import open_blobs
from lect.store.cleaning import in_use
from lect.store.repositories import DATASETS, MODELS, TRANSCRIPTIONS
from lect.store.storage import Storage
from storages import new_database

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BASE = id_of(DEFAULT, "en-US")
SECRET = "s3cr3t"


def create(storage, made, **more):
    """A resource as the API makes it: in a unit of work of its own."""
    with storage.database.begin() as connection:
        return batches.create(storage, connection, made, **more)


def url(name):
    return f"https://a.example/{name}?sig={SECRET}"


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def storage(tmp_path, clock):
    database = new_database(tmp_path / "lect.db")
    storage = Storage(
        database=database,
        blobs=open_blobs(str(tmp_path / "blobs"), cache=tmp_path / "copies", cache_bytes=1 << 20),
        clock=clock,
    )
    with database.begin() as connection:
        MODELS.add(
            connection,
            Model(
                id=BASE,
                display_name="base",
                created=NOON,
                last_action=NOON,
                status=Status.SUCCEEDED,
                locale="en-US",
                is_base=True,
                name=DEFAULT,
            ),
        )
    yield storage
    database.close()


@dataclass
class Web:
    """Other servers: what is at their addresses; an error is raised."""

    held: dict = field(default_factory=dict)
    container: tuple = ()
    put: dict = field(default_factory=dict)

    def __post_init__(self):
        self.doors = Doors(fetch=self._fetch, list_container=lambda *_: self.container, put=self._put)

    def _fetch(self, address, into, limit, check):
        check()
        found = self.held.get(address, InvalidAddress("https://a.example/x: it answers Not Found"))
        if isinstance(found, Exception):
            raise found
        into.write(found)

    def _put(self, container, name, file, size, check):
        check()
        self.put[container, name] = file.read()
        assert len(self.put[container, name]) == size


def hears(arguments):
    """A child: a file says what is in it, and `broken` cannot be heard."""
    for number, (name, path) in enumerate(arguments["files"]):
        text = Path(path).read_text()
        document = {"file": name, "locale": arguments["locale"], "duration": 2.0}
        if text == "broken":
            document["error"] = {"code": "invalid_audio", "message": f"{name}: no audio", "hint": ""}
        else:
            segment = {"offset": 0.0, "duration": 2.0, "confidence": 1.0, "words": []}
            forms = dict.fromkeys(("display", "lexical", "itn", "masked_itn"), text)
            document["channels"] = {"0": document | {"segments": [segment | forms]}}
        write_bytes(Path(arguments["output"]) / f"{number}.json", json_bytes(document))
    return {"files": len(arguments["files"])}


@dataclass
class Run:
    """A job from its start to its end, as a worker runs it."""

    job: Job
    folder: Path
    hears: object = hears
    asked: list = field(default_factory=list)

    @property
    def attempt(self):
        path = self.folder / "attempt"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def progress(self, message, done):
        assert SECRET not in message

    def check(self):
        """Nobody cancels it."""

    def child(self, function, arguments):
        self.asked.append((function, arguments))
        return self.hears(arguments)

    def through(self, storage, kind):
        self._become(storage, kind, JobState.RUNNING)
        try:
            for step in kind.steps:
                result = json.loads(json.dumps(step.run(self)))
                assert SECRET not in json.dumps(result)
                self.job = replace(self.job, results={**self.job.results, step.name: result})
                with storage.database.begin() as connection:
                    if step.apply:
                        step.apply(connection, self.job, result)
            self._become(storage, kind, JobState.SUCCEEDED)
        except LectError as error:
            assert SECRET not in json.dumps(error.to_json())
            self._become(storage, kind, JobState.FAILED, error=error.to_json())
        return self

    def _become(self, storage, kind, state, **changes):
        self.job = replace(self.job, state=state, **changes)
        with storage.database.begin() as connection:
            kind.on_change(connection, self.job)


@pytest.fixture
def run(storage, tmp_path):
    def start(transcription, web, *, quotas=Quotas(), **options):
        with storage.database.read() as connection:
            [job] = queue.of_resource(connection, transcription.id)
        kind = transcribe_kind(replace(storage, quotas=quotas), doors=web.doors, limits=Limits())
        return Run(job=job, folder=tmp_path / "job", **options).through(storage, kind)

    return start


def transcription(**fields):
    return Transcription(
        id=str(uuid4()), display_name="x", created=NOON, last_action=NOON, locale="en-US", **fields
    )


def stored(storage, id):
    with storage.database.read() as connection:
        return TRANSCRIPTIONS.get(connection, id)


def documents(storage, id):
    with storage.database.read() as connection:
        return {
            file.name: json.loads(b"".join(storage.blobs.read(file.blob)))
            for file in files.page(connection, id, everything())
        }


def test_files_that_cannot_be_fetched_or_heard_fail_alone(storage, run):
    web = Web(
        {
            url("a"): b"yes",
            url("b"): b"broken",
            url("c"): Unreachable("https://a.example/c: no"),
            url("d"): b"no",
        }
    )
    made = create(storage, transcription(content_urls=tuple(map(url, "abcd"))))

    run(made, web)

    done = stored(storage, made.id)
    assert done.status is Status.SUCCEEDED
    assert done.duration == 4.0
    found = documents(storage, made.id)
    assert set(found) == {"report.json", "contenturl_0.json", "contenturl_3.json"}
    assert found["contenturl_3.json"]["combinedRecognizedPhrases"][0]["display"] == "no"
    assert found["contenturl_3.json"]["source"] == "https://a.example/d"
    details = found["report.json"]["details"]
    assert [each["status"] for each in details] == ["Succeeded", "Failed", "Failed", "Succeeded"]
    assert [each.get("errorKind") for each in details[1:3]] == ["InvalidAudio", "Unreachable"]
    assert SECRET not in json.dumps(found)


def test_what_came_before_a_worker_died_is_not_fetched_again_and_what_did_not_come_is(storage, run):
    class Killed(BaseException):
        """Nobody catches it."""

    web = Web({url("a"): Unreachable("https://a.example/a: no"), url("b"): b"b", url("c"): b"c"})
    asked = []

    def fetch(address, into, limit, check):
        asked.append(address)
        if asked == list(map(url, "abc")):
            raise Killed
        web._fetch(address, into, limit, check)

    web.doors = Doors(fetch=fetch, list_container=lambda *_: (), put=web._put)
    made = create(storage, transcription(content_urls=tuple(map(url, "abc"))))

    with pytest.raises(Killed):
        run(made, web)
    web.held[url("a")] = b"a"
    again = run(made, web)

    assert asked == list(map(url, "abcac"))
    assert again.job.state is JobState.SUCCEEDED
    found = documents(storage, made.id)
    assert [found[f"contenturl_{n}.json"]["combinedRecognizedPhrases"][0]["display"] for n in range(3)] == [
        "a",
        "b",
        "c",
    ]
    assert not any(SECRET in str(path) for path in again.folder.rglob("*"))


def test_no_more_is_fetched_than_there_is_room_for(storage, run):
    web = Web({url("a"): b"one", url("b"): b"two"})
    web.held[url("c")] = AssertionError("it is not asked for")
    made = create(storage, transcription(content_urls=tuple(map(url, "abc"))))

    run(made, web, quotas=Quotas(stored_bytes=5))

    assert stored(storage, made.id).error.code == "QuotaExceeded"
    assert documents(storage, made.id) == {}


def test_addresses_and_fetched_audio_are_dropped_when_they_were_used(storage, run):
    made = create(storage, transcription(content_urls=(url("a"),), options={"destination": url("out")}))
    content, kept = [], []

    def listening(arguments):
        row = stored(storage, made.id)
        kept.append((row.content_urls, row.container_url))
        content.append(Path(arguments["files"][0][1]).resolve().name)
        with storage.database.read() as connection:
            assert in_use(connection, content) == set(content)
        return hears(arguments)

    run(made, Web({url("a"): b"yes"}), hears=listening)

    assert kept == [((), None)]
    assert "destination" not in stored(storage, made.id).options
    with storage.database.read() as connection:
        assert in_use(connection, content) == set()


def test_results_are_written_to_the_container_that_was_named(storage, run):
    made = create(storage, transcription(content_urls=(url("a"),), options={"destination": url("out")}))
    web = Web({url("a"): b"yes"})

    run(made, web)

    assert {name for _, name in web.put} == {f"{made.id}/report.json", f"{made.id}/contenturl_0.json"}


def test_all_files_of_a_container_are_heard_under_their_names(storage, run):
    web = Web({url("x/a.wav"): b"yes"}, container=(("x/a.wav", url("x/a.wav")),))
    made = create(storage, transcription(container_url=url("")))

    run(made, web)

    found = documents(storage, made.id)
    assert found["x/a.wav.json"]["source"] == "x/a.wav"
    assert stored(storage, made.id).container_url is None


def test_it_has_failed_when_no_file_succeeds_and_its_report_stays(storage, run):
    made = create(storage, transcription(content_urls=(url("a"),)))

    job = run(made, Web())

    done = stored(storage, made.id)
    assert done.status is Status.FAILED
    assert "no file could be transcribed" in done.error.message
    assert documents(storage, made.id)["report.json"]["failedTranscriptionsCount"] == 1
    assert job.asked == []


def test_addresses_that_differ_in_their_secrets_alone_are_told_apart(storage, run):
    same = [f"https://a.example/a?sig={n}" for n in "12"]
    made = create(storage, transcription(content_urls=tuple(same)))

    job = run(made, Web(dict.fromkeys(same, b"yes")))

    [(_, arguments)] = job.asked
    assert [name for name, _ in arguments["files"]] == ["https://a.example/a (1)", "https://a.example/a (2)"]
    assert arguments["channels"] == [0, 1] and arguments["word_times"] is False
    assert documents(storage, made.id)["report.json"]["successfulTranscriptionsCount"] == 2


def dies_of(*deadly):
    """A child that ends without an answer when it hears what one of these files says."""

    def child(arguments):
        for number, (name, path) in enumerate(arguments["files"]):
            place, only = Path(arguments["output"]) / f"{number}.json", arguments["only"]
            if error := arguments["failed"].get(str(number)):
                write_bytes(place, json_bytes({"file": name, "error": error}))
            elif only in (None, number) and not place.exists():
                if Path(path).read_text() in deadly:
                    raise JobError("the process was ended by SIGKILL", hint="Memory may have run out.")
                hears({**arguments, "files": [[name, path]], "output": str(place.parent / "one")})
                (place.parent / "one" / "0.json").rename(place)
        return {"files": len(arguments["files"])}

    return child


def test_a_file_that_ends_the_process_fails_alone_and_says_why(storage, run):
    web = Web({url(name): name.encode() for name in "abcde"})
    made = create(storage, transcription(content_urls=tuple(map(url, "abcde"))))

    ran = run(made, web, hears=dies_of("b", "d"))

    assert ran.job.state is JobState.SUCCEEDED
    report = documents(storage, made.id)["report.json"]
    assert [each["status"] for each in report["details"]] == [
        "Succeeded", "Failed", "Succeeded", "Failed", "Succeeded",
    ]  # fmt: skip
    failed = report["details"][1]
    assert failed["errorKind"] == "JobError"
    assert failed["errorMessage"] == "the process was ended by SIGKILL\nMemory may have run out."


def test_what_ends_the_process_whatever_the_file_is_the_fault_of_no_file(storage, run):
    names = [f"{number}" for number in range(50)]
    web = Web({url(name): b"x" for name in names})
    made = create(storage, transcription(content_urls=tuple(map(url, names))))

    ran = run(made, web, hears=dies_of("x"))

    assert ran.job.state is JobState.FAILED
    assert "ended by SIGKILL" in ran.job.error["message"]
    assert len(ran.asked) < 10


def test_a_process_that_never_begins_is_not_asked_for_ever(storage, run):
    def dies(arguments):
        raise JobError("the process ended with status 1")

    made = create(storage, transcription(content_urls=(url("a"),)))

    ran = run(made, Web({url("a"): b"x"}), hears=dies)

    assert (ran.job.state, len(ran.asked)) == (JobState.FAILED, 3)


def test_what_was_asked_for_is_asked_of_the_child(storage, run):
    options = {
        "channels": [1],
        "speakers": {"fewest": 2, "most": 4},
        "phrases": {"phrases": ["Zindle"], "strength": 1.0},
        "languages": {"is_continuous": True, "models": {"en-US": None, "de-DE": None}},
    }
    with storage.database.begin() as connection:
        german = replace(MODELS.get(connection, BASE), id=id_of(DEFAULT, "de-DE"), locale="de-DE")
        MODELS.add(connection, german)
    made = create(storage, transcription(content_urls=(url("a"),), options=options))

    [(_, arguments)] = run(made, Web({url("a"): b"yes"})).asked

    assert arguments["channels"] == [1]
    assert arguments["speakers"] == {"fewest": 2, "most": 4}
    assert arguments["phrases"] == {"phrases": ["Zindle"], "strength": 1.0}
    assert arguments["languages"] == {"is_continuous": True, "models": {"en-US": DEFAULT, "de-DE": DEFAULT}}


def test_those_who_speak_are_told_apart_together_unless_channels_are_named(storage, run):
    options = {"speakers": {"fewest": 1, "most": 2}}
    made = create(storage, transcription(content_urls=(url("a"),), options=options))

    [(_, arguments)] = run(made, Web({url("a"): b"yes"})).asked

    assert arguments["channels"] is None


@pytest.mark.parametrize(
    "locales", [("de-DE", "fr-FR"), ("en-US", "en-GB")], ids=["without its own", "two of one language"]
)
def test_languages_among_which_nothing_can_be_chosen_are_refused(storage, locales):
    languages = {"is_continuous": True, "models": dict.fromkeys(locales, BASE)}

    with pytest.raises(InvalidInput) as caught:
        create(storage, transcription(content_urls=(url("a"),), options={"languages": languages}))

    assert caught.value.details["detailed_code"] == "InvalidLocale"


def dataset(storage, kind, status=Status.SUCCEEDED):
    made = Dataset(
        id=str(uuid4()),
        display_name="x",
        created=NOON,
        last_action=NOON,
        locale="en-US",
        kind=kind,
        status=status,
    )
    with storage.database.begin() as connection:
        DATASETS.add(connection, made)
        blob = storage.blobs.put([b"zip"])
        files.put(connection, made.id, [storage.new_file(made.id, FileKind.AUDIO, "data.zip", blob)])
    return made


def test_the_files_of_a_dataset_are_heard(storage, run):
    made = create(storage, transcription(dataset=dataset(storage, DatasetKind.AUDIO).id))

    def listening(arguments):
        assert Path(arguments["archive"]).read_bytes() == b"zip"
        transcript = {"locale": "en-US", "duration": 1.0, "segments": []}
        document = {"file": "a.wav", "channels": {"0": transcript}}
        write_bytes(Path(arguments["output"]) / "0.json", json_bytes(document))
        return {"files": 1}

    run(made, Web(), hears=listening)

    assert documents(storage, made.id)["a.wav.json"]["source"] == "a.wav"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"content_urls": ("a",), "container_url": "b"}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"content_urls": ("a",) * 1001}, "ExceededNumberOfRecordingsUris"),
        ({"content_urls": ("a",), "time_to_live": 32 * 86_400.0}, "InvalidTimeToLive"),
    ],
)
def test_what_cannot_be_meant_is_refused(storage, fields, code):
    with pytest.raises(InvalidInput) as caught:
        create(storage, transcription(**fields))

    assert caught.value.details["detailed_code"] == code


@pytest.mark.parametrize(
    ("kind", "status"), [(DatasetKind.TEXT, Status.SUCCEEDED), (DatasetKind.AUDIO, Status.RUNNING)]
)
def test_a_dataset_without_audio_that_can_be_used_is_refused(storage, kind, status):
    with pytest.raises(InvalidInput) as caught:
        create(storage, transcription(dataset=dataset(storage, kind, status).id))

    assert caught.value.details["detailed_code"] == "InvalidDataset"


def test_a_model_of_another_language_is_refused(storage):
    with pytest.raises(InvalidInput) as caught:
        create(storage, replace(transcription(content_urls=("a",), model=BASE), locale="de-DE"))

    assert caught.value.details["detailed_code"] == "InvalidLocale"


def test_it_is_not_deleted_while_it_runs(storage, run):
    made = create(storage, transcription(content_urls=(url("a"),)))
    with storage.database.begin() as connection, pytest.raises(Conflict) as caught:
        batches.delete(connection, made)
    assert caught.value.details["detailed_code"] == "DeleteNotAllowed"

    run(made, Web({url("a"): b"yes"}))

    with storage.database.begin() as connection:
        batches.delete(connection, TRANSCRIPTIONS.get(connection, made.id))
    assert documents(storage, made.id) == {}


def test_what_has_outlived_its_time_goes_with_its_files_and_the_rest_stays(storage, run, clock):
    told = []
    chore = batches.expiring(storage, every=3600.0, emit=lambda _, *news: told.append(news))
    short, long, unlimited = (
        create(storage, transcription(content_urls=(url("a"),), time_to_live=seconds))
        for seconds in (3600.0, 7200.0, None)
    )
    for each in (short, long, unlimited):
        run(each, Web({url("a"): b"yes"}))
    with storage.database.begin() as connection:
        ends = [TRANSCRIPTIONS.get(connection, each.id).last_action for each in (short, long, unlimited)]
    clock.now = max(ends) + timedelta(seconds=3601)

    job = Job(id="expire-1", kind=batches.EXPIRE, arguments={}, created=NOON, due=NOON)
    Run(job=job, folder=Path()).through(storage, chore.kind)

    with pytest.raises(NotFound):
        stored(storage, short.id)
    assert documents(storage, short.id) == {}
    assert stored(storage, long.id) and stored(storage, unlimited.id)
    assert told == [("transcriptionDeletion", short.id)]


def test_an_address_is_shown_without_what_may_be_secret():
    assert shown("https://user:word@a.example/a.wav?sig=x#y") == "https://a.example/a.wav"
    assert shown("what s3cr3t?") == "an address that cannot be read"
