"""The nouns of the service: what is stored of each, as frozen records that know no door and no database.

    Resource                      id, names, creation
    ├── Project
    └── Task                      status, time of its last move, error
        ├── Dataset
        ├── Model                 base and custom
        ├── Evaluation
        ├── Correction            drafts: one of each recording
        ├── ModelCopy
        ├── Erasure
        ├── WebHook
        └── MortalTask            time to live
            ├── Endpoint
            └── Transcription

References to other resources are their ids. Times are aware and in UTC, durations in seconds, rates ratios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lect.core.status import Status


class DatasetKind(StrEnum):
    """What an upload holds; the names of the command line."""

    ACOUSTIC = "acoustic"
    AUDIO = "audio"
    TEXT = "text"
    STRUCTURED = "structured"
    PRONUNCIATION = "pronunciation"
    DISPLAY = "display"


class FileKind(StrEnum):
    """What a file of a resource is, in the words of the REST API."""

    DATASET_REPORT = "DatasetReport"
    AUDIO = "Audio"
    LANGUAGE_DATA = "LanguageData"
    PRONUNCIATION_DATA = "PronunciationData"
    ACOUSTIC_DATA_ARCHIVE = "AcousticDataArchive"
    ACOUSTIC_DATA_TRANSCRIPTION = "AcousticDataTranscriptionV2"
    OUTPUT_FORMATTING_DATA = "OutputFormattingData"
    MODEL_REPORT = "ModelReport"
    EVALUATION_DETAILS = "EvaluationDetails"
    TRANSCRIPTION = "Transcription"
    TRANSCRIPTION_REPORT = "TranscriptionReport"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why something failed."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What has an identity of its own."""

    id: str  # a UUID in lower case
    display_name: str
    created: datetime
    description: str | None = None
    custom_properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Project(Resource):
    """A workspace of one locale."""

    locale: str


@dataclass(frozen=True, kw_only=True)
class Task(Resource):
    """A resource with work behind it."""

    last_action: datetime  # when it entered its status
    status: Status = Status.NOT_STARTED
    error: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class MortalTask(Task):
    """A task that may have a time to live: once its work is over for so long, nobody sees it any more, and soon it is removed."""

    time_to_live: float | None = None  # from its end, seconds

    @property
    def expires(self) -> datetime | None:
        """When its time is over; None: never, or its work is not done."""
        if self.time_to_live is None or not self.status.is_final:
            return None
        return self.last_action + timedelta(seconds=self.time_to_live)


@dataclass(frozen=True, kw_only=True)
class Dataset(Task):
    """An upload, immutable once it is imported."""

    locale: str
    kind: DatasetKind
    project: str | None = None
    content_url: str | None = None  # may hold a secret: never shown or logged
    awaits_blocks: bool = False  # until its blocks are committed nothing is imported
    is_normalised: bool = False  # its transcripts are to be taken as they are
    accepted_lines: int = 0
    rejected_lines: int = 0
    duration: float | None = None  # of its audio, seconds
    made_of: str | None = None  # the dataset whose repaired or corrected copy it is; it may be gone


HEARD = ("dev", "guard", "noise")  # what of a training names a dataset that is heard without being learned


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a model is trained, beside its data and the weight of its text."""

    deep_text: bool = False  # the decoder's weights learn the sentences, too
    synthetic_speech: bool = False  # so too, as voices of the server's machine say them
    audio_text: bool = True  # transcripts are learned as text, too
    leave_out_suspects: bool = False  # utterances whose transcripts are probably wrong
    times: Mapping[str, float] = field(default_factory=dict)  # how often an epoch holds a dataset; else once
    dev: str | None = None  # dataset on which is chosen what is kept
    guard: str | None = None  # dataset of other domains on which it may do no harm
    noise: str | None = None  # dataset of recordings that are heard behind the speech
    method: str = "auto"  # what of the weights is trained
    augment: str = "careful"  # how recordings are changed each time they are heard
    epochs: int | None = None  # None: as many as the amount of audio asks for
    alpha: float | None = None  # how much of what the weights learned is kept; None: chosen
    allow_harm: float | None = None  # points of WER on the guard; None: as is usual
    seed: int = 0

    @property
    def heard(self) -> tuple[str, ...]:
        """The datasets that are heard without being learned."""
        return tuple(id for name in HEARD if (id := getattr(self, name)))

    @property
    def options(self) -> Mapping[str, Any]:
        """What it says besides of datasets, by name."""
        of_datasets = {*HEARD, "times"}
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in of_datasets}


@dataclass(frozen=True, kw_only=True)
class Model(Task):
    """A base model in one locale, or a custom model."""

    locale: str
    is_base: bool = False
    name: str | None = None  # of a base: what `lect models list` calls it
    base: str | None = None  # the model a custom one was trained from
    datasets: tuple[str, ...] = ()
    project: str | None = None
    text: str | None = None  # to train on, given in the request itself
    weight: int | None = None  # of the text in the mixture, 1 to 100; None: chosen
    training: Training = field(default_factory=Training)
    bundle: str | None = None  # SHA-256 of its bundle, once it is trained
    bundle_size: int | None = None  # bytes
    tested: str | None = None  # the version of Lect in which it passed its self-test
    properties: Mapping[str, Any] = field(default_factory=dict)  # scores, sizes, capabilities


@dataclass(frozen=True, kw_only=True)
class Evaluation(Task):
    """Models run on a dataset and scored."""

    locale: str
    dataset: str
    models: tuple[str, ...]  # in the order of the request; the service it is compatible with knows two
    project: str | None = None
    scores: tuple[
        Mapping[str, Any], ...
    ] = ()  # one of each model once it is done, with comparisons with those before it


@dataclass(frozen=True, kw_only=True)
class Endpoint(MortalTask):
    """An address at which a model answers; its end is that of its last deployment."""

    locale: str
    model: str
    project: str | None = None
    logs_content: bool = False
    previous_models: tuple[str, ...] = ()  # what it served before, the newest last
    deployed: datetime | None = None  # when its model began to answer; None: none does yet


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A model that was, or is being, bound to an endpoint."""

    id: str  # also of the job that does it, if it takes one
    endpoint: str
    model: str  # which may be gone
    reason: str  # such as `rollback`
    key: str | None  # who asked; None: nobody had to show one
    created: datetime
    status: Status = Status.NOT_STARTED
    finished: datetime | None = None
    error: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class Transcription(MortalTask):
    """The batch job that makes texts from files."""

    locale: str
    model: str | None = None
    dataset: str | None = None
    project: str | None = None
    content_urls: tuple[str, ...] = ()  # may hold secrets: never shown or logged
    container_url: str | None = None  # same
    options: Mapping[str, Any] = field(default_factory=dict)
    duration: float | None = None  # of the audio, seconds


@dataclass(frozen=True, kw_only=True)
class Correction(Task):
    """People's work on the transcripts of a dataset's recordings; its own work writes the first drafts."""

    locale: str
    dataset: str
    model: str | None = None  # what hears the recordings first; None: nobody does
    project: str | None = None


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of a recording, and what is said in it."""

    offset: float  # seconds
    duration: float  # seconds
    text: str
    speaker: str | None = None
    confidence: float | None = None  # of the model that heard it; None: somebody wrote it
    heard: str | None = None  # what the model heard where somebody's transcript was there already

    @property
    def end(self) -> float:
        """Where it ends, seconds."""
        return self.offset + self.duration


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The transcript of one recording of a correction, as it stands."""

    correction: str
    number: int  # of the recording in the dataset, from 1
    file: str  # the recording, as the dataset calls it
    duration: float  # of the recording, seconds
    segments: tuple[Segment, ...]
    confidence: float | None  # how sure the model is of it; None: no model heard it
    is_done: bool = False  # somebody says that it is right
    revision: int = 1  # grows by one with each change
    changed: datetime
    key: str | None = None  # who changed it last
    outline: tuple[int, int] = (0, 0)  # where its outline lies in that of the correction: first byte, bytes

    @property
    def text(self) -> str:
        """All that is said in it."""
        return " ".join(segment.text for segment in self.segments if segment.text)


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A draft as it was before a change."""

    revision: int
    segments: tuple[Segment, ...]
    is_done: bool
    changed: datetime
    key: str | None


@dataclass(frozen=True, kw_only=True)
class ModelCopy(Task):
    """A custom model on its way to another server."""

    model: str
    target: str  # address of the other server
    result: str | None = None  # address of the model there


@dataclass(frozen=True, kw_only=True)
class Erasure(Task):
    """A recording that is removed wherever a dataset brought it."""

    dataset: str  # which may be gone since
    file: str  # the recording, as the dataset calls it
    project: str | None = None
    found: Mapping[str, Any] = field(default_factory=dict)  # what was removed, and who had learned from it


@dataclass(frozen=True, kw_only=True)
class WebHook(Task):
    """Who wants to be told of what happens."""

    web_url: str
    events: frozenset[str] = frozenset()  # such as `datasetCreation`
    secret: str | None = None  # signs what is sent; never shown or logged
    api_version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One thing that a web hook is told, and how far that is."""

    id: str  # also the invocation's, the same for every attempt
    web_hook: str
    event: str  # such as `datasetCreation`
    resource: str  # path of what it is about, such as `/datasets/ID`
    created: datetime
    attempts: int = 0
    tried: datetime | None = None  # when the last attempt was made
    outcome: str | None = None  # of it: the status, or what went wrong
    due: datetime | None = None  # of the next attempt; None: there is none
    delivered: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a resource; its bytes are a blob."""

    id: str
    owner: str  # id of the resource
    kind: FileKind
    name: str
    blob: str  # SHA-256 of its bytes
    size: int  # bytes
    created: datetime
    duration: float | None = None  # of its audio, seconds
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """The audio or the transcription of a turn that was logged; its bytes are a blob."""

    id: str  # such as `2026-01-02_120000__UUID_wav`: in the order of their ids they are in that of time
    turn: str  # what the two files of one turn have in common
    endpoint: str | None  # None: a base model was asked, at no endpoint
    locale: str
    project: str | None  # of the endpoint, or of the key that asked at none
    model: str  # which may be gone
    kind: FileKind
    name: str
    blob: str  # SHA-256 of its bytes
    size: int  # bytes
    created: datetime
    duration: float  # of the audio, seconds


@dataclass(frozen=True, kw_only=True)
class LogOwner:
    """Whose logs: those of an endpoint, or of the base models of a locale as far as one project sees them."""

    endpoint: str | None = None
    locale: str | None = None
    project: str | None = None  # None: all
