"""What a client of OpenAI may ask of a file, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from lect.api.uploads import Form
from lect.core.errors import InvalidInput
from lect.core.locale import AUTO, canonicalise_known
from lect.serving.fast.asking import FileRequest
from lect.speech.text.display import ProfanityMode

_PARTS = re.compile(r"[\n\r\u3001\u3002\uff0c\uff1b]+|[,;](?=\s|$)|(?<=[.?!])\s+")
_STOPS = " \t.,;:!?"
_ABSENT = {  # what these clients may ask of others and nobody can have here
    "include": "there are no probabilities of tokens; verbose_json has one of each segment",
    "known_speaker_names": "speakers are not told apart here",
    "known_speaker_references": "speakers are not told apart here",
}


class Format(StrEnum):
    """How the answer is written."""

    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VERBOSE_JSON = "verbose_json"
    VTT = "vtt"


class Granularity(StrEnum):
    """What verbose JSON gives the times of."""

    WORD = "word"
    SEGMENT = "segment"


_TIMED = frozenset({Format.SRT, Format.VERBOSE_JSON, Format.VTT})
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked."""

    file: FileRequest
    form: Format
    granularities: frozenset[Granularity]
    temperature: float
    is_streamed: bool


def read(form: Form, path: Path) -> Asked:
    """What a form asks of the file at a path.

    Raises:
        InvalidInput: something in it is wrong, or cannot be had here; the error names the field.
    """
    for name, reason in _ABSENT.items():
        if form.texts(name):
            raise InvalidInput(f"{name}: {reason}", target=name)
    written = _one_of(Format, "response_format", form.text("response_format") or Format.JSON)
    is_streamed = _flag("stream", form.text("stream"))
    if is_streamed and written in _TIMED:
        raise InvalidInput(
            f"stream: {written} comes as a whole", hint="Stream json or text.", target="stream"
        )
    return Asked(
        file=FileRequest(
            path=str(path),
            model=_required("model", form.text("model")),
            locales=_locales(form),
            phrases=tuple(dict.fromkeys([*phrases(form.text("prompt")), *_stripped(form.texts("keywords"))])),
            profanity=ProfanityMode.RAW,
            words=written in _TIMED,
        ),
        form=written,
        granularities=_granularities(form.texts("timestamp_granularities"), written),
        temperature=_temperature(form.text("temperature")),
        is_streamed=is_streamed,
    )


def phrases(prompt: str) -> Iterator[str]:
    """The phrases of a prompt: what stands between commas, semicolons, ends of sentences and ends of lines.

    >>> list(phrases("Lena Overby, Zindle 2.0. The Fandoro!"))
    ['Lena Overby', 'Zindle 2.0', 'The Fandoro']
    """
    return _stripped(part.strip(_STOPS) for part in _PARTS.split(prompt))


def _stripped(texts: Iterable[str]) -> Iterator[str]:
    return (text.strip() for text in texts if text.strip())


def _required(name: str, value: str) -> str:
    if not value:
        raise InvalidInput(f"{name}: it is missing", target=name, detailed_code="missing_required_parameter")
    return value


def _locales(form: Form) -> tuple[str, ...]:
    named = [form.text("language"), *form.texts("languages")]
    try:
        return tuple(
            dict.fromkeys(canonicalise_known(each) for each in _stripped(named) if each.strip() != AUTO)
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, hint=error.hint, target="language") from None


def _granularities(given: list[str], written: Format) -> frozenset[Granularity]:
    name = "timestamp_granularities"
    found = frozenset(_one_of(Granularity, name, each.strip()) for each in given)
    if found and written is not Format.VERBOSE_JSON:
        raise InvalidInput(f"{name}: only verbose_json has them", target=name)
    return found or frozenset({Granularity.SEGMENT})


def _one_of(kind: type[Choice], name: str, value: str) -> Choice:
    try:
        return kind(value)
    except ValueError:
        raise InvalidInput(f"{name}: {value[:40]!r} is none of {', '.join(kind)}", target=name) from None


def _flag(name: str, value: str) -> bool:
    if value.lower() not in {"", "true", "false", "1", "0"}:
        raise InvalidInput(f"{name}: it is true or false", target=name)
    return value.lower() in {"true", "1"}


def _temperature(value: str) -> float:
    try:
        number = float(value or 0)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise InvalidInput("temperature: it is a number from 0 to 1", target="temperature")
    return number
