"""The job behind a transcription: its files are fetched, heard, and answered with a result each and a report over all.

A file that cannot be fetched or heard is told in the report and fails alone; a transcription of which no file succeeds has failed.
Addresses may hold secrets: they leave the row once they were used, and what is shown of them is never more than host and path.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID, uuid5

from lect.core.entities import FileKind, Transcription
from lect.core.errors import InvalidAddress, InvalidAudio, InvalidInput, JobError, LectError
from lect.core.files import json_bytes, write_bytes
from lect.core.jobs import Job, Json
from lect.core.queries import everything
from lect.datasets import uploads
from lect.datasets.importing import Check, Fetch
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.models import customs
from lect.serving.results import options_of, report_of, result_of
from lect.serving.surviving import TRANSCRIBE as TASK
from lect.serving.surviving import transcribe_each
from lect.settings import Limits
from lect.store import files
from lect.store.blobs import Blob
from lect.store.repositories import DATASETS, MODELS, TRANSCRIPTIONS
from lect.store.storage import Storage
from lect.web.addresses import read_url

if TYPE_CHECKING:
    from sqlalchemy import Connection

TRANSCRIBE = "transcribe"  # name of the job's kind
REPORT = "report.json"
CHANNELS = (0, 1)  # that are heard if nobody says which


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What a transcription asks of other servers; each ends at once when `Check` raises."""

    fetch: Fetch
    list_container: Callable[
        [str, Check], Sequence[tuple[str, str]]
    ]  # address -> names and addresses of its files
    put: Callable[[str, str, BinaryIO, int, Check], None]  # (address of a container, name, file, bytes)


def transcribe_kind(
    storage: Storage,
    *,
    doors: Doors,
    limits: Limits,
    emit: Emit = tell_nobody,
    threads: int = 1,
    at_once: int = 1,
) -> JobKind:
    """How transcriptions run."""
    transcribing = _Transcribing(storage, doors, limits)
    follow_job = follow(TRANSCRIPTIONS, emit=emit)

    def on_change(connection: Connection, job: Job) -> None:
        follow_job(connection, job)
        if job.state.is_final:
            transcribing.end(connection, str(job.resource))

    return JobKind(
        name=TRANSCRIBE,
        steps=(
            Step(name="fetch", run=transcribing.fetch, apply=transcribing.keep_content),
            Step(name="transcribe", run=transcribing.transcribe, apply=transcribing.keep_results, weight=20),
            Step(name="deliver", run=transcribing.deliver),
            Step(name="judge", run=transcribing.judge),
        ),
        functions=frozenset({TASK}),
        on_change=on_change,
        at_once=at_once,
        environment={"LECT_THREADS": str(threads)},
    )


class _Transcribing:
    """The steps of a transcription."""

    def __init__(self, storage: Storage, doors: Doors, limits: Limits) -> None:
        self._storage, self._doors, self._limits = storage, doors, limits

    def fetch(self, work: Work) -> Json:
        """Bring the files in; one that does not come is noted with its reason. What came is not fetched again by a later attempt."""
        transcription = self._get(work)
        if transcription.dataset is not None:
            return {"files": None}
        named = self._named(transcription, work.check)
        found = []
        for number, (source, name, url) in enumerate(named):
            work.progress(f"Fetching file {number + 1:,} of {len(named):,}", number / len(named))
            found.append({"source": source, "name": name, **self._fetched(url, work)})
            with self._storage.database.read() as connection:  # before the disk is full
                self._storage.require_bytes(connection, _size(found))
        return {"files": found}

    def _named(self, transcription: Transcription, check: Check) -> list[tuple[str, str, str]]:
        """Of each file where it comes from as may be shown, the name of its result, and its address."""
        if transcription.container_url is None:
            return [
                (shown(url), f"contenturl_{number}.json", url)
                for number, url in enumerate(transcription.content_urls)
            ]
        listed = self._doors.list_container(transcription.container_url, check)
        if not listed:
            raise InvalidInput("the container holds no files", detailed_code="InvalidRecordingsUri")
        return [(name, f"{name}.json", url) for name, url in listed]

    def _fetched(self, url: str, work: Work) -> Json:
        """The file at an address, of which a note is kept for later attempts: without the address, which may hold secrets."""
        note = work.folder / "fetched" / f"{sha256(url.encode()).hexdigest()}.json"
        if note.exists():
            noted: Json = json.loads(note.read_bytes())
            if self._storage.blobs.exists(noted["blob"]):
                return noted
        fetched = self._fetch(url, work.attempt / "fetched", work.check)
        if "blob" in fetched:
            write_bytes(note, json_bytes(fetched))
        return fetched

    def _fetch(self, url: str, path: Path, check: Check) -> Json:
        with path.open("w+b") as file:
            try:
                self._doors.fetch(url, file, self._limits.audio_bytes, check)
            except JobError:
                raise
            except LectError as error:
                return {"error": error.to_json()}
        blob = self._storage.put_path(path)
        return {"blob": blob.sha256, "size": blob.size}

    def keep_content(self, connection: Connection, job: Job, result: Json) -> None:
        """Hold what was fetched while it is worked on, and forget where it came from."""
        id = str(job.resource)
        TRANSCRIPTIONS.change(connection, id, content_urls=(), container_url=None)
        content = [each for each in result["files"] or () if "blob" in each]
        self._storage.require_bytes(connection, _size(content))
        owner = _content_owner(id)
        files.put(
            connection,
            owner,
            [
                self._storage.new_file(
                    owner, FileKind.AUDIO, each["source"], Blob(sha256=each["blob"], size=each["size"])
                )
                for each in content
            ],
        )

    def transcribe(self, work: Work) -> Json:
        """Transcribe what came, and store a result of each good file and the report."""
        transcription = self._get(work)
        options = options_of(transcription.options)
        heard = self._heard(work, transcription)
        timestamp = self._storage.clock().isoformat(timespec="seconds").replace("+00:00", "Z")
        results: list[Json] = []
        judged: list[tuple[str, Json | None]] = []
        for source, name, said in _matched(work.job.results["fetch"]["files"], heard):
            judged.append((source, said.get("error")))
            if "error" not in said:
                document = result_of(said["channels"], options, source=source, timestamp=timestamp)
                seconds = max(each["duration"] for each in said["channels"].values())
                results.append(self._stored(name, document, duration=seconds))
        report = self._stored(REPORT, report_of(judged))
        first = next((error for _, error in judged if error is not None), None)
        return {"results": results, "report": report, "first": first}

    def _heard(self, work: Work, transcription: Transcription) -> Iterator[Json]:
        """What was heard of each file that came, in order: its transcripts by channel, or an `error`."""
        output, options = work.folder / "treated", options_of(transcription.options)
        given = self._audio(work, transcription)
        if given.get("files") == []:
            return iter(())
        arguments = {
            **given,
            "locale": transcription.locale,
            "output": str(output),
            "profanity": str(options.profanity),
            "punctuation": str(options.punctuation),
            "word_times": options.words or options.display_words,
            "channels": _channels(transcription),
            "speakers": transcription.options.get("speakers"),
            "phrases": transcription.options.get("phrases"),
        }
        count = transcribe_each(work, arguments, output)
        return (json.loads((output / f"{number}.json").read_bytes()) for number in range(count))

    def _audio(self, work: Work, transcription: Transcription) -> Json:
        """The models and the files, put in place."""
        with self._storage.database.read() as connection:
            model = MODELS.get(connection, str(transcription.model))
            languages = transcription.options.get("languages")
            rows = {
                locale: MODELS.get(connection, id)
                for locale, id in (languages["models"] if languages else {}).items()
            }
            dataset = transcription.dataset and DATASETS.get(connection, transcription.dataset)
            archive = uploads.data_of(connection, dataset) if dataset else None
        placed: Json = {"model": customs.place(self._storage, model, work.attempt)}
        if languages:
            models = {locale: customs.place(self._storage, row, work.attempt) for locale, row in rows.items()}
            placed["languages"] = {**languages, "models": models}
        if archive:
            return placed | {"archive": str(self._storage.place(archive, work.attempt / "data.zip"))}
        came = [each for each in work.job.results["fetch"]["files"] if "blob" in each]
        return placed | {
            "files": [
                [name, str(self._storage.place(each["blob"], work.attempt / "content" / str(number)))]
                for number, (name, each) in enumerate(
                    zip(_told_apart([each["source"] for each in came]), came, strict=True)
                )
            ]
        }

    def keep_results(self, connection: Connection, job: Job, result: Json) -> None:
        id = str(job.resource)
        TRANSCRIPTIONS.change(connection, id, duration=sum(each["duration"] for each in result["results"]))
        report = self._storage.new_file(
            id, FileKind.TRANSCRIPTION_REPORT, REPORT, Blob.from_json(result["report"])
        )
        results = [
            self._storage.new_file(
                id, FileKind.TRANSCRIPTION, each["name"], Blob.from_json(each), duration=each["duration"]
            )
            for each in result["results"]
        ]
        files.put(connection, id, [report, *results])

    def deliver(self, work: Work) -> Json:
        """Write the files to the container that they are wanted in, too."""
        transcription = self._get(work)
        destination = transcription.options.get("destination")
        if destination is None:
            return {}
        with self._storage.database.read() as connection:
            made = files.page(connection, transcription.id, everything())
        for number, file in enumerate(made):
            work.progress("Writing results", number / len(made))
            with self._storage.blobs.local(file.blob).open("rb") as content:
                name = f"{transcription.id}/{file.name}"
                self._doors.put(destination, name, content, file.size, work.check)
        return {}

    def judge(self, work: Work) -> Json:
        """Say that it failed if all files did.

        Raises:
            InvalidAudio: they did.
        """
        found = work.job.results["transcribe"]
        if not found["results"]:
            first = found["first"] or {"message": "there is none"}
            raise InvalidAudio(
                f"no file could be transcribed: {first['message']}",
                hint=f"The file {REPORT} says of each file why.",
            )
        return {}

    def end(self, connection: Connection, id: str) -> None:
        """Forget what only the work needed, once it is over."""
        transcription = TRANSCRIPTIONS.get(connection, id)
        options = {name: value for name, value in transcription.options.items() if name != "destination"}
        TRANSCRIPTIONS.change(connection, id, content_urls=(), container_url=None, options=options)
        files.drop(connection, _content_owner(id))

    def _get(self, work: Work) -> Transcription:
        with self._storage.database.read() as connection:
            return TRANSCRIPTIONS.get(connection, str(work.job.resource))

    def _stored(self, name: str, document: Json, **more: float) -> Json:
        blob = self._storage.blobs.put([json_bytes(document)])
        return {"name": name, **blob.to_json(), **more}


def shown(url: str) -> str:
    """An address as anybody may see it: without user, password and query."""
    try:
        return str(read_url(url, credentials=True))
    except InvalidAddress:
        return "an address that cannot be read"


def _told_apart(sources: Sequence[str]) -> list[str]:
    """Names of files for messages; those that differ in what is not shown are told apart by their places."""
    counts = Counter(sources)
    return [
        source if counts[source] == 1 else f"{source} ({number})" for number, source in enumerate(sources, 1)
    ]


def _matched(fetched: Sequence[Json] | None, heard: Iterator[Json]) -> Iterator[tuple[str, str, Json]]:
    """(source, name of the result, what was heard or `{error}`) of each file: only those that came were heard.

    Args:
        fetched: None: all files are of a dataset, and came with it
    """
    if fetched is None:
        yield from ((said["file"], f"{said['file']}.json", said) for said in heard)
        return
    for each in fetched:
        yield each["source"], each["name"], each if "error" in each else next(heard)


def _channels(transcription: Transcription) -> list[int] | None:
    """The channels that are heard, each alone, of those that a file has; None: all together.

    Those who speak are told apart together, unless it is said otherwise.
    """
    given: list[int] | None = transcription.options.get("channels")
    return given if given or "speakers" in transcription.options else list(CHANNELS)


def _size(fetched: Sequence[Json]) -> int:
    """Bytes of all files that came."""
    return sum(each.get("size", 0) for each in fetched)


def _content_owner(id: str) -> str:
    """Whose the fetched files are: not the transcription's, whose files are its results."""
    return str(uuid5(UUID(id), "content"))
