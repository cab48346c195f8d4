"""Schemas of 2024-11-15: no projects, no text to train on, durations in milliseconds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lect.api.schemas import shared
from lect.api.schemas.shared import (
    MAX_SPEAKERS,
    BaseModelDeprecationDates,
    BaseModelLinks,
    CustomModelDeprecationDates,
    CustomModelLinks,
    DatasetKind,
    DatasetLinks,
    EntityError,
    EntityReference,
    Evaluation,
    FilesLink,
    LanguageIdentificationProperties,
    LocaleTag,
    OutputFormatType,
    PhraseListProperties,
    ProfanityFilterMode,
    PunctuationMode,
    Schema,
    TaskEntity,
    TextNormalizationKind,
    TrainingOptions,
    Uri,
    read_only,
)
from lect.api.schemas.shared import EndpointUpdate as EndpointUpdate  # noqa: PLC0414 - a part of this version
from lect.api.schemas.shared import EvaluationProperties as EvaluationProperties  # noqa: PLC0414 - same

__all__ = ["Evaluation"]


class DatasetUpdate(shared.Update):
    """What may change of a dataset."""


class ModelUpdate(shared.Update):
    """What may change of a model."""


class EvaluationUpdate(shared.Update):
    """What may change of an evaluation."""


class TranscriptionUpdate(shared.Update):
    """What may change of a transcription."""


class FileProperties(Schema):
    """How large a file is."""

    size: int | None = read_only()  # bytes
    duration_milliseconds: int | None = read_only()


class File(shared.FileEntity):
    """A file of a resource."""

    properties: FileProperties | None = None


class DatasetProperties(Schema):
    """What the import of a dataset found."""

    accepted_line_count: int | None = read_only()
    rejected_line_count: int | None = read_only()
    duration_milliseconds: int | None = read_only()
    text_normalization_kind: TextNormalizationKind | None = None
    error: EntityError | None = None


class Dataset(TaskEntity):
    """An upload."""

    kind: DatasetKind
    locale: LocaleTag
    content_url: Uri | None = None
    links: DatasetLinks | None = None
    properties: DatasetProperties | None = None


class SharedModelFeatures(Schema):
    """What a model can do."""

    supports_transcriptions_submit: bool | None = read_only()
    supports_transcriptions_transcribe: bool | None = read_only()
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
    error: EntityError | None = None


class CustomModel(TaskEntity):
    """A model trained on datasets."""

    locale: LocaleTag
    base_model: EntityReference | None = None
    datasets: list[EntityReference] | None = None
    links: CustomModelLinks | None = None
    properties: CustomModelProperties | None = None


class EndpointLinks(Schema):
    """Where an endpoint recognises."""

    web_socket: Uri | None = read_only()


class EndpointProperties(Schema):
    """How an endpoint works."""

    logging_enabled: bool | None = None
    error: EntityError | None = None


class Endpoint(TaskEntity):
    """An address at which a model answers."""

    locale: LocaleTag
    model: EntityReference | None = None
    links: EndpointLinks | None = None
    properties: EndpointProperties | None = None


class DiarizationProperties(Schema):
    """How speakers are told apart."""

    enabled: bool | None = None
    max_speakers: Annotated[int, Field(ge=2, le=MAX_SPEAKERS)] | None = None


class TranscriptionProperties(Schema):
    """How files are transcribed."""

    time_to_live_hours: int
    word_level_timestamps_enabled: bool | None = None
    display_form_word_level_timestamps_enabled: bool | None = None
    duration_milliseconds: int | None = read_only()
    channels: list[int] | None = None
    destination_container_url: Uri | None = None
    punctuation_mode: PunctuationMode | None = None
    profanity_filter_mode: ProfanityFilterMode | None = None
    error: EntityError | None = None
    diarization: DiarizationProperties | None = None
    language_identification: LanguageIdentificationProperties | None = None
    phrase_list: PhraseListProperties | None = None


class Transcription(TaskEntity):
    """The batch job that makes texts from files."""

    locale: LocaleTag
    properties: TranscriptionProperties
    model: EntityReference | None = None
    dataset: EntityReference | None = None
    content_urls: list[Uri] | None = None
    content_container_url: Uri | None = None
    links: FilesLink | None = None


class DatasetLocales(Schema):
    """Locales by kind of dataset."""

    language: list[str] = Field(alias="Language")
    acoustic: list[str] = Field(alias="Acoustic")
    pronunciation: list[str] = Field(alias="Pronunciation")
    audio_files: list[str] = Field(alias="AudioFiles")
    language_markdown: list[str] = Field(alias="LanguageMarkdown")
    output_formatting: list[str] = Field(alias="OutputFormatting")


class TranscriptionLocales(Schema):
    """Locales of transcriptions in batch and of those that are answered at once."""

    transcribe: list[str] = Field(alias="Transcribe")
    submit: list[str] = Field(alias="Submit")
