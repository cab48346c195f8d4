"""Schemas of v3.1 and v3.2: projects, text to train on, durations as ISO 8601."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lect.api.schemas import shared
from lect.api.schemas.shared import (
    BaseModelDeprecationDates,
    BaseModelLinks,
    CustomModelDeprecationDates,
    CustomModelLinks,
    DatasetKind,
    DatasetLinks,
    EntityError,
    EntityReference,
    FilesLink,
    LanguageIdentificationProperties,
    LocaleTag,
    OutputFormatType,
    PhraseListProperties,
    ProfanityFilterMode,
    PunctuationMode,
    Schema,
    TaskEntity,
    Text,
    TextNormalizationKind,
    TrainingOptions,
    Uri,
    read_only,
)

Email = Annotated[Text, Field(max_length=512)]
Duration = Annotated[str, Field(max_length=64)]  # ISO 8601, such as PT42S


class ProjectLinks(Schema):
    """Where the parts of a project are."""

    evaluations: Uri | None = read_only()
    datasets: Uri | None = read_only()
    models: Uri | None = read_only()
    endpoints: Uri | None = read_only()
    transcriptions: Uri | None = read_only()


class ProjectProperties(Schema):
    """How much a project holds."""

    dataset_count: int | None = read_only()
    evaluation_count: int | None = read_only()
    model_count: int | None = read_only()
    transcription_count: int | None = read_only()
    endpoint_count: int | None = read_only()


class Project(shared.Entity):
    """A workspace of one locale."""

    locale: LocaleTag
    links: ProjectLinks | None = None
    properties: ProjectProperties | None = None


class ProjectUpdate(shared.Update):
    """What may change of a project."""


class Update(shared.Update):
    """What may change of what belongs to a project."""

    project: EntityReference | None = None


class DatasetUpdate(Update):
    """What may change of a dataset."""


class ModelUpdate(Update):
    """What may change of a model."""


class EvaluationUpdate(Update):
    """What may change of an evaluation."""


class TranscriptionUpdate(Update):
    """What may change of a transcription."""


class EndpointUpdate(shared.EndpointUpdate):
    """What may change of an endpoint."""

    project: EntityReference | None = None


class FileProperties(Schema):
    """How large a file is."""

    size: int | None = read_only()  # bytes
    duration: Duration | None = read_only()


class File(shared.FileEntity):
    """A file of a resource."""

    properties: FileProperties | None = None


class DatasetProperties(Schema):
    """What the import of a dataset found."""

    text_normalization_kind: TextNormalizationKind | None = None
    accepted_line_count: int | None = read_only()
    rejected_line_count: int | None = read_only()
    duration: Duration | None = read_only()
    email: Email | None = None
    error: EntityError | None = None


class Dataset(TaskEntity):
    """An upload."""

    kind: DatasetKind
    locale: LocaleTag
    content_url: Uri | None = None
    project: EntityReference | None = None
    links: DatasetLinks | None = None
    properties: DatasetProperties | None = None


class SharedModelFeatures(Schema):
    """What a model can do."""

    supports_transcriptions: bool | None = read_only()
    supports_endpoints: bool | None = read_only()
    supports_transcriptions_on_speech_containers: bool | None = read_only()
    supported_output_formats: list[OutputFormatType] | None = read_only()


class BaseModelFeatures(SharedModelFeatures):
    """What a base model can do."""

    supports_adaptations_with: list[DatasetKind] | None = read_only()


class CustomModelFeatures(SharedModelFeatures):
    """What a custom model can do."""


class BaseModelProperties(Schema):
    """What a base model can do."""

    deprecation_dates: BaseModelDeprecationDates | None = None
    features: BaseModelFeatures | None = None
    charge_for_adaptation: bool | None = read_only()


class BaseModel(TaskEntity):
    """A base model in one locale."""

    locale: LocaleTag
    links: BaseModelLinks | None = None
    properties: BaseModelProperties | None = None


class CustomModelProperties(Schema):
    """How a custom model is trained, and what it can do."""

    custom_model_weight_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    training: TrainingOptions | None = None
    deprecation_dates: CustomModelDeprecationDates | None = None
    features: CustomModelFeatures | None = None
    email: Email | None = None
    error: EntityError | None = None


class CustomModel(TaskEntity):
    """A model trained on datasets."""

    locale: LocaleTag
    base_model: EntityReference | None = None
    datasets: list[EntityReference] | None = None
    text: Text | None = None
    project: EntityReference | None = None
    links: CustomModelLinks | None = None
    properties: CustomModelProperties | None = None


class ModelCopy(Schema):
    """How v3.1 copies a model: with the key of the other server."""

    target_subscription_key: Annotated[Text, Field(min_length=1)]


class EvaluationProperties(shared.EvaluationProperties):
    """How the two models of an evaluation did: ratios and counts; -1 until it is done."""

    email: Email | None = None


class Evaluation(shared.Evaluation):
    """Two models run on a dataset and scored."""

    project: EntityReference | None = None
    properties: EvaluationProperties | None = None


class EndpointLinks(Schema):
    """Where an endpoint recognises, and where its logs are."""

    rest_interactive: Uri | None = read_only()
    rest_conversation: Uri | None = read_only()
    rest_dictation: Uri | None = read_only()
    web_socket_interactive: Uri | None = read_only()
    web_socket_conversation: Uri | None = read_only()
    web_socket_dictation: Uri | None = read_only()
    logs: Uri | None = read_only()


class EndpointProperties(Schema):
    """How an endpoint works."""

    logging_enabled: bool | None = None
    time_to_live: Duration | None = None
    email: Email | None = None
    error: EntityError | None = None


class Endpoint(TaskEntity):
    """An address at which a model answers."""

    locale: LocaleTag
    model: EntityReference | None = None
    text: Text | None = None
    project: EntityReference | None = None
    links: EndpointLinks | None = None
    properties: EndpointProperties | None = None


class DiarizationSpeakersProperties(Schema):
    """How many speakers are expected."""

    min_count: Annotated[int, Field(ge=1)] | None = None
    max_count: Annotated[int, Field(ge=1)] | None = None


class DiarizationProperties(Schema):
    """How speakers are told apart."""

    speakers: DiarizationSpeakersProperties


class TranscriptionProperties(Schema):
    """How files are transcribed."""

    word_level_timestamps_enabled: bool | None = None
    display_form_word_level_timestamps_enabled: bool | None = None
    duration: Duration | None = read_only()
    channels: list[int] | None = None
    destination_container_url: Uri | None = None
    punctuation_mode: PunctuationMode | None = None
    profanity_filter_mode: ProfanityFilterMode | None = None
    time_to_live: Duration | None = None
    email: Email | None = None
    error: EntityError | None = None
    diarization_enabled: bool | None = None
    diarization: DiarizationProperties | None = None
    language_identification: LanguageIdentificationProperties | None = None
    phrase_list: PhraseListProperties | None = None


class Transcription(TaskEntity):
    """The batch job that makes texts from files."""

    locale: LocaleTag
    model: EntityReference | None = None
    dataset: EntityReference | None = None
    content_urls: list[Uri] | None = None
    content_container_url: Uri | None = None
    project: EntityReference | None = None
    links: FilesLink | None = None
    properties: TranscriptionProperties | None = None


class HealthStatus(StrEnum):
    """How well the service does."""

    HEALTHY = "Healthy"
    UNHEALTHY = "Unhealthy"
    DEGRADED = "Degraded"


class Component(Schema):
    """A part of the service and how it is."""

    name: str | None = read_only()
    type: str | None = read_only()
    status: HealthStatus | None = None
    message: str | None = read_only()


class ServiceHealth(Schema):
    """How the service is."""

    status: HealthStatus
    message: str | None = read_only()
    components: list[Component] | None = read_only()
