"""Schemas of what only Lect has. Rates are ratios, times are seconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lect.api.schemas.shared import (
    MAX_NAME,
    CustomProperties,
    Description,
    DisplayName,
    EntityError,
    EntityReference,
    FilesLink,
    LocaleTag,
    Schema,
    TaskEntity,
    Text,
    Uri,
    read_only,
)
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.evaluations.requests import MAX_MODELS
from lect.serving.corrections import MAX_SEGMENTS, MAX_SPEAKER, MAX_TEXT
from lect.store.keys import Role


class Part(Schema):
    """A part of the server, and how it is."""

    name: str
    type: str
    status: str
    message: str


class Readiness(Schema):
    """Whether the server can do its work."""

    ready: bool
    components: list[Part]


class Progress(Schema):
    """How far the work behind a resource is."""

    status: Status  # of the resource
    state: JobState  # of the newest job that works for it
    progress: Annotated[float, Field(ge=0, le=1)]
    message: str  # what is being done
    eta: float | None = read_only(description="Seconds that what is being done still takes, estimated.")
    error: EntityError | None = None  # of the last attempt that failed


class NewEvaluation(Schema):
    """Models to be compared on a dataset."""

    display_name: DisplayName
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    locale: LocaleTag
    dataset: EntityReference
    models: Annotated[list[EntityReference], Field(min_length=1, max_length=MAX_MODELS)]
    project: EntityReference | None = None


class TokenErrors(Schema):
    """Edits of one class, and their share of all."""

    edits: int
    share: float | None = None


class Tokens(Schema):
    """Counts of the display form."""

    tokens: int
    correct: int
    substitutions: int
    deletions: int
    insertions: int


class Silence(Schema):
    """Utterances in which nothing is said, and in how many of them the model heard something."""

    utterances: int
    hallucinations: int


class Score(Schema):
    """What one model scored on the whole dataset. A rate is not there if nothing was said."""

    wer: float | None = None
    wer_ci: list[float | None] | None = Field(
        default=None,
        description="95 % interval of the WER; not there if there are too few speakers or files.",
    )
    cer: float | None = None
    ser: float | None = None
    ter: float | None = None
    sentences: int
    words: int
    correct: int
    substitutions: int
    deletions: int
    insertions: int
    tokens: Tokens | None = None
    token_errors: dict[str, TokenErrors] = Field(default_factory=dict)
    silence: Silence | None = None
    cpu_seconds: float
    audio_seconds: float


class MatchedPairs(Schema):
    """The matched pairs sentence segment word error test."""

    segments: int
    z: float | None = None
    p: float | None = None


class Comparison(Schema):
    """What two models differ by; `werDelta` is the WER of B less that of A."""

    a: EntityReference
    b: EntityReference
    wer_delta: float | None = None
    ci: list[float | None] | None = Field(default=None, description="95 % interval of the difference.")
    p: float | None = None
    test: str = Field(description="What gave the interval and p.")
    detectable: float | None = Field(
        default=None, description="The least difference that this dataset shows."
    )
    mapsswe: MatchedPairs | None = None
    verdict: str = Field(description="The difference in a sentence.")


class EvaluatedModel(Schema):
    """A model of an evaluation, with its score once there is one."""

    model: EntityReference
    display_name: str
    score: Score | None = None


class Evaluation(TaskEntity):
    """Models run on a dataset, scored, and every two of them compared."""

    locale: LocaleTag
    dataset: EntityReference
    models: list[EvaluatedModel]
    comparisons: list[Comparison]
    project: EntityReference | None = None
    links: FilesLink
    error: EntityError | None = None


class ReportLine(Schema):
    """One thing that is wrong with a dataset, where, and what to do about it."""

    file: str
    line: int | None = Field(default=None, description="From 1; not there if it is about the whole file.")
    column: int | None = Field(default=None, description="Characters, from 1.")
    severity: str = Field(description="`error`: it costs the line or the file; `warning`: it does not.")
    code: str
    excerpt: str
    message: str
    suggestion: str


class Repair(Schema):
    """What repairing kept, and what it left out."""

    accepted: int
    dropped: int
    lines: list[ReportLine] = Field(description="Why they were left out: the first of each kind.")


class DatasetReport(Schema):
    """What is wrong with a dataset, line by line."""

    dataset: EntityReference
    kind: str
    locale: str
    other_locale: str | None = Field(default=None, description="What the text is plainly in instead.")
    ok: bool
    accepted: int
    rejected: int
    files: int = Field(description="Audio files that were decoded.")
    audio_seconds: float
    errors: int
    warnings: int
    counts: dict[str, int] = Field(description="Problems by code, all of them.")
    complete: bool = Field(description="Every problem is listed; else the first hundred of each code.")
    fix: Repair | None = Field(default=None, description="Of a repaired copy: how it was made.")
    values: list[ReportLine]
    next_link: Uri | None = Field(default=None, alias="@nextLink")


class NewRepair(Schema):
    """What a repaired copy is called."""

    display_name: DisplayName | None = None
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    project: EntityReference | None = None


class NewErasure(Schema):
    """What is to be erased."""

    file: Annotated[Text, Field(min_length=1, max_length=MAX_NAME)] = Field(
        description="The recording, as the dataset's report or an evaluation calls it."
    )


class Learner(Schema):
    """A model that has learned from a recording."""

    model: EntityReference
    display_name: str
    why: str = Field(
        description="`trained` on the dataset, `trained elsewhere` on the same data, "
        "`started from` a model that has learned from it, or the `same bundle` as one."
    )
    copies: list[str] = Field(description="Addresses of its copies on other servers.")


class Erasure(TaskEntity):
    """A recording that is removed wherever a dataset brought it."""

    dataset: EntityReference
    file: str
    files: list[str] = Field(description="What was removed: the recording and those with the same bytes.")
    lines: int = Field(description="Lines of transcripts and tables that were removed.")
    evaluations: list[EntityReference] = Field(description="Those whose results held it.")
    transcriptions: list[EntityReference] = Field(description="Those whose results held it.")
    corrections: list[EntityReference] = Field(description="Those whose drafts were of it.")
    datasets: list[EntityReference] = Field(
        description="Others that may hold it: repaired and corrected copies, and those with the same data."
    )
    models: list[Learner]
    error: EntityError | None = None


class NewCorrection(Schema):
    """A dataset whose transcripts are to be corrected."""

    display_name: DisplayName
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    dataset: EntityReference = Field(description="Recordings, with transcripts or without.")
    model: EntityReference | None = Field(
        default=None, description="What hears the recordings first; needed where they have no transcripts."
    )
    project: EntityReference | None = None


class CorrectionLinks(Schema):
    """Where the drafts of a correction are."""

    recordings: Uri


class Correction(TaskEntity):
    """People's work on the transcripts of a dataset's recordings."""

    locale: LocaleTag
    dataset: EntityReference
    model: EntityReference | None = None
    project: EntityReference | None = None
    recordings: int = Field(description="How many there are, once their first drafts are written.")
    done: int = Field(description="How many of them are done.")
    links: CorrectionLinks
    error: EntityError | None = None


class Segment(Schema):
    """A stretch of a recording, and what is said in it."""

    offset: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(description="Seconds.")
    duration: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(description="Seconds.")
    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    speaker: Annotated[Text, Field(max_length=MAX_SPEAKER)] | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Of the model that heard it; not there if somebody wrote it."
    )
    heard: Annotated[Text, Field(max_length=MAX_TEXT)] | None = Field(
        default=None, description="What the model heard where there was a transcript already."
    )


class DraftChange(Schema):
    """What a draft is to be."""

    revision: Annotated[int, Field(ge=1)] = Field(description="The revision that the change is made to.")
    segments: Annotated[list[Segment], Field(max_length=MAX_SEGMENTS)]
    is_done: bool = Field(description="Somebody says that it is right: it becomes data.")


class ListedDraft(Schema):
    """The transcript of a recording, as lists show it."""

    self: Uri
    number: int = Field(description="Of the recording in the dataset, from 1.")
    file: str
    duration: float = Field(description="Seconds.")
    text: str = Field(description="Of all segments.")
    confidence: float | None = None
    is_done: bool
    revision: int
    changed_date_time: AwareDatetime


class Draft(ListedDraft):
    """The transcript of a recording as it stands."""

    segments: list[Segment]
    key: str | None = Field(default=None, description="Id of the key that changed it last.")


class DraftConflict(Schema):
    """Somebody else changed the draft first."""

    code: str
    message: str
    current: Draft = Field(description="The draft as it is now.")


class Revision(Schema):
    """A draft as it was before a change."""

    revision: int
    segments: list[Segment]
    is_done: bool
    changed_date_time: AwareDatetime
    key: str | None = None


class NewCorrectedDataset(Schema):
    """A dataset that is to be made of what is done."""

    display_name: DisplayName
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    project: EntityReference | None = None


class NewLoggedDataset(Schema):
    """A dataset that is to be made of logs."""

    display_name: DisplayName
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    project: EntityReference | None = None
    kind: Literal["AudioFiles", "Acoustic"] = Field(
        default="AudioFiles",
        description="`AudioFiles`: the audio of whole turns. `Acoustic`: a file for each segment, with what was recognised as "
        "draft transcript.",
    )
    since: AwareDatetime | None = Field(default=None, description="Only turns that began then or later.")
    until: AwareDatetime | None = Field(default=None, description="Only turns that began before then.")


class Deployment(Schema):
    """A model that was, or is being, deployed to an endpoint."""

    id: str
    model: EntityReference
    reason: str = Field(description="`creation`, `change` of the model, or `rollback`.")
    key: str | None = Field(default=None, description="Id of the key that asked for it.")
    status: Status
    created_date_time: AwareDatetime
    finished_date_time: AwareDatetime | None = None
    error: EntityError | None = None


class Latencies(Schema):
    """How long something took, in an hour."""

    count: int = Field(description="How many were measured.")
    p50_seconds: float | None = Field(
        default=None,
        description="Half were within this; missing if none was, or it is longer than all bounds.",
    )
    p95_seconds: float | None = Field(default=None, description="95 % were within this; missing likewise.")


class MetricsHour(Schema):
    """What was counted at an endpoint in an hour."""

    hour: AwareDatetime = Field(description="Its beginning.")
    requests: int = Field(description="All requests that ended.")
    outcomes: dict[str, int] = Field(
        description="The same by what became of them: `success`, `no_match`, `error`, `dropped`, `refused`."
    )
    final: Latencies = Field(description="From the end of speech to its final result.")
    first_partial: Latencies = Field(description="From the beginning of speech to the first partial result.")


class EndpointMetrics(Schema):
    """Requests and latencies of an endpoint, hour by hour."""

    since: AwareDatetime | None = Field(
        default=None, description="The first hour that is still kept; missing if nothing was counted."
    )
    begin: AwareDatetime = Field(description="Of the hours that were asked for.")
    values: list[MetricsHour] = Field(
        description="The hours in which something was counted, the oldest first."
    )


class NewKey(Schema):
    """A key that is to be made."""

    name: Annotated[Text, Field(max_length=MAX_NAME)] = Field(default="", description="What it is for.")
    role: Role = Field(
        default=Role.CONTRIBUTOR,
        description="A reader sees, a contributor changes, an owner manages keys and web hooks, too.",
    )
    project: EntityReference | None = Field(
        default=None, description="The only one that it sees; not there: all."
    )


class Key(Schema):
    """Who may use the server, and as what."""

    self: Uri
    id: str
    name: str
    role: Role
    project: EntityReference | None = Field(
        default=None, description="The only one that it sees; not there: all."
    )
    created_date_time: AwareDatetime
    revoked_date_time: AwareDatetime | None = Field(
        default=None, description="Since when it is refused; not there: it is good."
    )


class MadeKey(Key):
    """A new key."""

    key: str = Field(description="What it is: it is told now and never again.")


class AuditEntry(Schema):
    """Something that somebody did."""

    number: int = Field(description="Grows.")
    created_date_time: AwareDatetime
    key: str | None = Field(
        default=None, description="Id of the key that asked; not there: nobody had to show one."
    )
    key_name: str | None = Field(default=None, description="What that key is for.")
    action: str = Field(description="Such as `create`, `update`, `delete`, `cancel` or `revoke`.")
    resource: str = Field(description="What it was done to, such as `models/ID`.")


class Delivery(Schema):
    """One thing that a web hook is told, and how far that is."""

    invocation_id: str
    event: str
    resource: str = Field(description="What it is about, such as `/datasets/ID`.")
    created_date_time: AwareDatetime
    attempts: int
    tried_date_time: AwareDatetime | None = Field(default=None, description="When the last attempt was made.")
    outcome: str | None = Field(default=None, description="Of it: the status, or what went wrong.")
    delivered_date_time: AwareDatetime | None = None
    due_date_time: AwareDatetime | None = Field(
        default=None, description="When the next attempt is made; not there: there is none."
    )


class PlannedData(Schema):
    """What was found in the data of one dataset or text."""

    kind: str
    accepted: int
    rejected: int


class TrainingPlan(Schema):
    """What a training would do, and what it would take on this machine."""

    base: str
    data: list[PlannedData]
    cpu_seconds: float = Field(description="CPU time of the training, estimated.")
    peak_memory_mb: float = Field(description="The most memory that it holds, MB, estimated.")
    method: str | None = Field(default=None, description="How the weights are changed.")
    why: str | None = Field(default=None, description="Why in this way.")
    utterances: int | None = None
    audio_seconds: float | None = None
