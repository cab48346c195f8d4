"""What goes over the wire at the door for clients of OpenAI, as our document of the API tells it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class OpenAIProblem(BaseModel):
    """What is wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(BaseModel):
    """How an error is told under `/v1/`."""

    error: OpenAIProblem


class OpenAIModel(BaseModel):
    """A model that a request may name."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    name: str
    kind: Literal["base", "custom", "endpoint"]


class OpenAIModelList(BaseModel):
    """All of them."""

    object: Literal["list"]
    data: list[OpenAIModel]


class OpenAIUsage(BaseModel):
    """What was heard."""

    type: Literal["duration"]
    seconds: int


class OpenAITranscription(BaseModel):
    """The text of a file."""

    text: str
    usage: OpenAIUsage


class OpenAIWord(BaseModel):
    """A word and when it was said, seconds."""

    word: str
    start: float
    end: float


class OpenAISegment(BaseModel):
    """A sentence and when it was said, seconds."""

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class OpenAIVerboseTranscription(BaseModel):
    """The text of a file, and all that is known of it."""

    task: Literal["transcribe"]
    language: str
    duration: float
    text: str
    segments: list[OpenAISegment] | None = None
    words: list[OpenAIWord] | None = None
    usage: OpenAIUsage


class OpenAITranscriptionForm(BaseModel):
    """What is asked of a file."""

    file: Annotated[str, Field(json_schema_extra={"format": "binary"})]
    model: Annotated[str, Field(description="One that GET /v1/models lists, by its id or name.")]
    language: str | None = None
    languages: list[str] | None = None
    prompt: Annotated[str | None, Field(description="Phrases to expect.")] = None
    keywords: list[str] | None = None
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    temperature: Annotated[float, Field(ge=0, le=1, description="Changes nothing.")] = 0
    stream: bool = False
    timestamp_granularities: Annotated[
        list[Literal["word", "segment"]] | None, Field(alias="timestamp_granularities[]")
    ] = None
