"""Schemas that are the same in every version of the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lect.core.entities import FileKind
from lect.core.status import Status
from lect.speech.text.phrases import LONGEST_PHRASE, MOST_PHRASES, STRONGEST

MAX_PROPERTIES = 10  # custom properties of a resource
MAX_KEY = 64  # characters
MAX_VALUE = 256  # characters
MAX_NAME = 1_024  # characters of a display name; the API names no limit
MAX_DESCRIPTION = 16_384  # same
MAX_SPEAKERS = 35  # that are told apart

Item = TypeVar("Item")


class Schema(BaseModel):
    """One object of the wire: names in camel case; what a request holds besides is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


def read_only(**options: Any) -> Any:
    """A field that only answers hold."""
    return Field(default=None, json_schema_extra={"readOnly": True}, **options)


def _require_few_properties(properties: dict[str, Any]) -> dict[str, Any]:
    if len(properties) > MAX_PROPERTIES:
        raise ValueError(f"{len(properties)} custom properties, at most {MAX_PROPERTIES} are allowed")
    for key, value in properties.items():
        if not 1 <= len(key) <= MAX_KEY:
            raise ValueError(f"a custom property's key has 1 to {MAX_KEY} characters")
        if value is not None and len(value) > MAX_VALUE:
            raise ValueError(f"custom property {key!r} is longer than {MAX_VALUE} characters")
    return properties


def _require_storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a zero character cannot be stored")
    text.encode()  # a lone surrogate neither: UnicodeEncodeError is a ValueError
    return text


Text = Annotated[str, AfterValidator(_require_storable)]
DisplayName = Annotated[Text, Field(min_length=1, max_length=MAX_NAME)]
Description = Annotated[Text, Field(max_length=MAX_DESCRIPTION)]
CustomProperties = Annotated[dict[Text, Text], AfterValidator(_require_few_properties)]
CustomPropertiesPatch = Annotated[dict[Text, Text | None], AfterValidator(_require_few_properties)]
LocaleTag = Annotated[Text, Field(min_length=1, max_length=MAX_KEY)]
Uri = Annotated[Text, Field(max_length=8_192, json_schema_extra={"format": "uri"})]


class DatasetKind(StrEnum):
    """What an upload holds, as the API calls it."""

    LANGUAGE = "Language"
    ACOUSTIC = "Acoustic"
    PRONUNCIATION = "Pronunciation"
    AUDIO_FILES = "AudioFiles"
    LANGUAGE_MARKDOWN = "LanguageMarkdown"
    OUTPUT_FORMATTING = "OutputFormatting"


class TextNormalizationKind(StrEnum):
    """Whether transcripts are still to be normalised."""

    DEFAULT = "Default"
    NONE = "None"


class BlockKind(StrEnum):
    """Where a block to commit is looked for."""

    COMMITTED = "Committed"
    UNCOMMITTED = "Uncommitted"
    LATEST = "Latest"


class OutputFormatType(StrEnum):
    """Forms of text that a model gives."""

    LEXICAL = "Lexical"
    DISPLAY = "Display"


class PunctuationMode(StrEnum):
    """How text is punctuated."""

    NONE = "None"
    DICTATED = "Dictated"
    AUTOMATIC = "Automatic"
    DICTATED_AND_AUTOMATIC = "DictatedAndAutomatic"


class ProfanityFilterMode(StrEnum):
    """What becomes of profanity."""

    NONE = "None"
    REMOVED = "Removed"
    TAGS = "Tags"
    MASKED = "Masked"


class LanguageIdentificationMode(StrEnum):
    """How often the language is told."""

    CONTINUOUS = "Continuous"
    SINGLE = "Single"


class EntityReference(Schema):
    """A resource by its address."""

    self: Uri


class EntityError(Schema):
    """Why the work behind a resource failed."""

    code: str | None = read_only()
    message: str | None = read_only()


class Entity(Schema):
    """What every resource has."""

    self: Uri | None = read_only()
    display_name: DisplayName
    description: Description | None = None
    custom_properties: CustomProperties | None = None
    created_date_time: AwareDatetime | None = read_only()


class TaskEntity(Entity):
    """What a resource has that has work behind it."""

    last_action_date_time: AwareDatetime | None = read_only()
    status: Status | None = read_only()


class Update(Schema):
    """What may change of every resource; a field that is not there stays."""

    display_name: DisplayName | None = None
    description: Description | None = None
    custom_properties: CustomPropertiesPatch | None = Field(
        default=None, description="Those named are set, or removed by null; others stay. Null removes all."
    )


class Page(Schema, Generic[Item]):
    """A part of a list, and where the next one is."""

    values: list[Item] = Field(json_schema_extra={"readOnly": True})
    next_link: Uri | None = Field(default=None, alias="@nextLink", json_schema_extra={"readOnly": True})


class FilesLink(Schema):
    """Where the files of a resource are."""

    files: Uri | None = read_only()


class FileLinks(Schema):
    """Where the bytes of a file are."""

    content_url: Uri | None = read_only()


class DatasetLinks(FilesLink):
    """Where the parts of a dataset are."""

    commit_blocks: Uri | None = read_only()
    list_blocks: Uri | None = read_only()
    upload_blocks: Uri | None = read_only()


class ResponseBlock(Schema):
    """A block of an upload."""

    name: str
    size: int  # bytes


class UploadedBlocks(Schema):
    """The blocks of an upload."""

    committed_blocks: list[ResponseBlock]
    uncommitted_blocks: list[ResponseBlock]


class CommitBlocksEntry(Schema):
    """A block that is a part of the dataset."""

    kind: BlockKind = BlockKind.LATEST
    id: Annotated[Text, Field(min_length=1, max_length=128)]


class DatasetTimes(Schema):
    """How often a dataset is heard."""

    dataset: EntityReference
    times: Annotated[float, Field(gt=0, le=100)] = Field(description="In each epoch; 0.5 is half of it.")


class TuningMethod(StrEnum):
    """What of the weights is trained; only Lect knows this."""

    AUTO = "auto"
    LORA = "lora"
    FULL = "full"
    DECODER = "decoder"


class Augmentation(StrEnum):
    """How recordings are changed each time they are heard; only Lect knows this."""

    CAREFUL = "careful"
    FULL = "full"


class TrainingOptions(Schema):
    """How a model is trained, beside its data and the weight of its text. Only Lect knows this, so that a misspelt name is an error."""

    model_config = ConfigDict(extra="forbid")

    deep_text: bool | None = Field(
        default=None, description="The decoder's weights learn the sentences, too. Needs `dev` or `guard`."
    )
    audio_text: bool | None = Field(
        default=None, description="Transcripts are learned as text, too; true if not given."
    )
    dev: EntityReference | None = Field(
        default=None,
        description="Audio with transcripts on which weight and alpha are chosen. Audio without transcripts needs it.",
    )
    guard: EntityReference | None = Field(
        default=None,
        description="Audio with transcripts of other domains, on which the model may do no harm.",
    )
    noise: EntityReference | None = Field(
        default=None,
        description="Audio without transcripts to be heard behind the speech, besides made-up noise.",
    )
    synthetic_speech: bool | None = Field(
        default=None,
        description="Voices of the server's machine speak sentences of the text, which the decoder's weights learn. "
        "Needs `dev` or audio with transcripts.",
    )
    leave_out_suspects: bool | None = Field(
        default=None, description="Utterances whose transcripts are probably wrong are not trained on."
    )
    method: TuningMethod | None = Field(default=None, description="What of the weights is trained.")
    augment: Augmentation | None = Field(
        default=None,
        description="How recordings are changed each time they are heard; careful if not given.",
    )
    epochs: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        default=None, description="How often the audio is heard; as its amount asks for if not given."
    )
    alpha: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="How much of what the weights learned is kept; chosen on dev and guard if not given.",
    )
    allow_harm: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="How much worse the WER on the guard may become, points; 0.5 if not given."
    )
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    times: Annotated[list[DatasetTimes], Field(max_length=1_000)] | None = Field(
        default=None,
        description="How often datasets of audio with transcripts are heard, if not once an epoch.",
    )


class BaseModelDeprecationDates(Schema):
    """When a base model stops; models never expire here, so there is no date."""

    adaptation_date_time: AwareDatetime | None = read_only()
    transcription_date_time: AwareDatetime | None = read_only()


class CustomModelDeprecationDates(Schema):
    """When a custom model stops; models never expire here, so there is no date."""

    transcription_date_time: AwareDatetime | None = read_only()


class BaseModelLinks(Schema):
    """Where the parts of a base model are."""

    manifest: Uri | None = read_only()


class CustomModelLinks(FilesLink):
    """Where the parts of a custom model are."""

    copy_: Uri | None = Field(default=None, alias="copy", json_schema_extra={"readOnly": True})
    copy_to: Uri | None = read_only()  # v3.1 calls it so
    manifest: Uri | None = read_only()


class ModelFile(Schema):
    """A file that a model is made of."""

    name: str | None = read_only()
    content_url: Uri | None = read_only()


class ModelManifest(Schema):
    """What a model is made of, to run it elsewhere."""

    model: EntityReference
    model_files: list[ModelFile]
    properties: dict[str, Any]


class ModelCopyAuthorizationDefinition(Schema):
    """Who asks to copy a model to this server."""

    source_resource_id: Annotated[Text, Field(min_length=1)]


class ModelCopyAuthorization(Schema):
    """A permission to copy a model to a server."""

    target_resource_region: Annotated[Text, Field(min_length=1)]
    target_resource_id: Annotated[Text, Field(min_length=1)]
    target_resource_endpoint: Annotated[Text, Field(min_length=1)]
    source_resource_id: Annotated[Text, Field(min_length=1)]
    expiration_date_time: AwareDatetime
    id: Annotated[Text, Field(min_length=1)]


class OperationResult(Schema):
    """What an operation made."""

    link: Uri | None = read_only()


class Operation(Schema):
    """Work that is not behind a resource."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    result: OperationResult | None = None
    error: EntityError | None = None
    self: Uri | None = read_only()
    last_action_date_time: AwareDatetime | None = read_only()
    status: Status | None = read_only()
    created_date_time: AwareDatetime | None = read_only()


class EditsSummary(Schema):
    """Errors of one class."""

    number_of_edits: int | None = read_only()
    percentage_of_all_edits: float | None = read_only()


class TokenErrorDetails(Schema):
    """Errors in the display form, by class."""

    punctuation: EditsSummary | None = None
    capitalization: EditsSummary | None = None
    inverse_text_normalization: EditsSummary | None = None
    lexical: EditsSummary | None = None
    others: EditsSummary | None = None


class EvaluationProperties(Schema):
    """How the two models of an evaluation did: ratios and counts; -1 until it is done."""

    word_error_rate1: float | None = read_only()
    sentence_error_rate1: float | None = read_only()
    token_error_rate1: float | None = read_only()
    sentence_count1: int | None = read_only()
    word_count1: int | None = read_only()
    correct_word_count1: int | None = read_only()
    word_substitution_count1: int | None = read_only()
    word_deletion_count1: int | None = read_only()
    word_insertion_count1: int | None = read_only()
    token_count1: int | None = read_only()
    correct_token_count1: int | None = read_only()
    token_substitution_count1: int | None = read_only()
    token_deletion_count1: int | None = read_only()
    token_insertion_count1: int | None = read_only()
    token_errors1: TokenErrorDetails | None = None
    word_error_rate2: float | None = read_only()
    sentence_error_rate2: float | None = read_only()
    token_error_rate2: float | None = read_only()
    sentence_count2: int | None = read_only()
    word_count2: int | None = read_only()
    correct_word_count2: int | None = read_only()
    word_substitution_count2: int | None = read_only()
    word_deletion_count2: int | None = read_only()
    word_insertion_count2: int | None = read_only()
    token_count2: int | None = read_only()
    correct_token_count2: int | None = read_only()
    token_substitution_count2: int | None = read_only()
    token_deletion_count2: int | None = read_only()
    token_insertion_count2: int | None = read_only()
    token_errors2: TokenErrorDetails | None = None
    error: EntityError | None = None


class Evaluation(TaskEntity):
    """Two models run on a dataset and scored."""

    locale: LocaleTag
    dataset: EntityReference
    model1: EntityReference
    model2: EntityReference
    transcription1: EntityReference | None = None
    transcription2: EntityReference | None = None
    links: FilesLink | None = None
    properties: EvaluationProperties | None = None


class EndpointPropertiesUpdate(Schema):
    """What may change of an endpoint's properties."""

    content_logging_enabled: bool | None = None


class EndpointUpdate(Update):
    """What may change of an endpoint."""

    model: EntityReference | None = None
    properties: EndpointPropertiesUpdate | None = None


class LanguageIdentificationProperties(Schema):
    """Among which languages is told."""

    mode: LanguageIdentificationMode | None = None
    candidate_locales: list[LocaleTag]
    speech_model_mapping: dict[str, EntityReference] | None = None


class PhraseListProperties(Schema):
    """Words to expect beside what the model knows. Only Lect takes them in batch."""

    phrases: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST_PHRASE)]], Field(max_length=MOST_PHRASES)
    ]
    strength: Annotated[float, Field(ge=0, le=STRONGEST)] | None = Field(
        default=None, description="Of all of them against what is heard; 1 if not given."
    )


class WebHookLinks(Schema):
    """What can be done with a web hook."""

    ping: Uri | None = read_only()
    test: Uri | None = read_only()


class WebHookProperties(Schema):
    """How a web hook is called; the secret is never shown."""

    error: EntityError | None = None
    api_version: str | None = read_only()
    secret: Annotated[Text, Field(max_length=MAX_NAME)] | None = None


class WebHookPropertiesUpdate(Schema):
    """What may change of a web hook's properties."""

    secret: Annotated[Text, Field(max_length=MAX_NAME)] | None = None


class WebHookEvents(Schema):
    """What a web hook is told of."""

    dataset_creation: bool | None = None
    dataset_processing: bool | None = None
    dataset_completion: bool | None = None
    dataset_deletion: bool | None = None
    model_creation: bool | None = None
    model_processing: bool | None = None
    model_completion: bool | None = None
    model_deletion: bool | None = None
    evaluation_creation: bool | None = None
    evaluation_processing: bool | None = None
    evaluation_completion: bool | None = None
    evaluation_deletion: bool | None = None
    transcription_creation: bool | None = None
    transcription_processing: bool | None = None
    transcription_completion: bool | None = None
    transcription_deletion: bool | None = None
    endpoint_creation: bool | None = None
    endpoint_processing: bool | None = None
    endpoint_completion: bool | None = None
    endpoint_deletion: bool | None = None
    ping: bool | None = None
    challenge: bool | None = None


class WebHook(TaskEntity):
    """Who is told of what happens."""

    web_url: Uri
    events: WebHookEvents
    links: WebHookLinks | None = None
    properties: WebHookProperties | None = None


class WebHookUpdate(Update):
    """What may change of a web hook."""

    web_url: Uri | None = None
    events: WebHookEvents | None = None
    properties: WebHookPropertiesUpdate | None = None


class FileEntity(Schema):
    """A file of a resource."""

    self: Uri | None = read_only()
    name: str | None = read_only()
    kind: FileKind | None = None
    links: FileLinks | None = None
    created_date_time: datetime | None = read_only()
