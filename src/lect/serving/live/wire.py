"""Messages of the Speech protocol: header lines and a body, as text or in a binary frame."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lect.core.errors import InvalidInput, LimitExceeded

TICKS_PER_MILLISECOND = 10_000
LONGEST_MESSAGE = 4 << 20  # bytes; phrase lists are long, pieces of sound are not
_END = "\r\n\r\n"  # of the headers of a text message
_LONGEST_HEADERS = 0xFFFF  # characters: what the two bytes before the headers of a binary message can say
_REQUEST_ID = re.compile(r"[!-~]{1,64}", re.ASCII)  # it goes back into a header as it came
_TOKEN = re.compile(r"[!#-'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class RecognitionStatus(StrEnum):
    """How a phrase turned out."""

    SUCCESS = "Success"
    NO_MATCH = "NoMatch"  # speech, but no words
    INITIAL_SILENCE = "InitialSilenceTimeout"
    END_OF_DICTATION = "EndOfDictation"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a client sent."""

    path: str  # lower case: "speech.context"
    request_id: str  # letter by letter as the client wrote it; empty if it named none
    body: str | bytes  # bytes if the message was binary


def new_id() -> str:
    """32 hexadecimal digits, never the same twice."""
    return uuid.uuid4().hex


def read(message: str | bytes, *, longest: int) -> Message:
    """Parse a message.

    Args:
        longest: bytes (of text: characters) that a message may have

    Raises:
        InvalidInput: it is not headers and a body.
        LimitExceeded: it is too long.
    """
    if len(message) > longest:
        raise LimitExceeded(f"A message has {len(message):,} bytes; {longest:,} may be sent at once")
    headers, body = _text_parts(message) if isinstance(message, str) else _binary_parts(message)
    named = _fields(headers)
    if not (path := named.get("path", "")):
        raise InvalidInput("A message has no Path header")
    request_id = named.get("x-requestid", "")
    if request_id and not _REQUEST_ID.fullmatch(request_id):
        raise InvalidInput("X-RequestId is not 1 to 64 visible ASCII characters")
    return Message(path=path.lower(), request_id=request_id, body=body)


def pieces(message: str | bytes, *, longest: int) -> Iterator[str | bytes]:
    """The same as several messages: sound may be cut anywhere. A text stays whole.

    Args:
        longest: bytes of sound in each
    """
    begin = 2 + int.from_bytes(message[:2], "big") if isinstance(message, bytes) else 0
    if isinstance(message, str) or len(message) - begin <= longest:
        yield message
        return
    for at in range(begin, len(message), longest):
        yield message[:begin] + message[at : at + longest]


def write(path: str, request_id: str, body: Mapping[str, Any]) -> str:
    """A text message for a client. Its JSON is one line, since clients look for an empty one."""
    document = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    kind = "application/json; charset=utf-8"
    return f"X-RequestId:{request_id}\r\nContent-Type:{kind}\r\nPath:{path}{_END}{document}"


def _text_parts(message: str) -> tuple[str, str]:
    end = message.find(_END, 0, _LONGEST_HEADERS)
    if end < 0:
        raise InvalidInput("The headers of a text message do not end: CRLF and an empty line are missing")
    return message[:end], message[end + len(_END) :]


def _binary_parts(message: bytes) -> tuple[str, bytes]:
    begin = 2
    end = begin + int.from_bytes(message[:begin], "big")
    if len(message) < max(begin, end):
        raise InvalidInput("A binary message is shorter than the length of its headers says")
    try:
        return message[begin:end].decode(), message[end:]
    except UnicodeDecodeError:
        raise InvalidInput("The headers of a binary message are not UTF-8") from None


def _fields(headers: str) -> dict[str, str]:
    """The values by the names of their headers, lower case. Of two with one name the first counts."""
    found: dict[str, str] = {}
    for line in headers.split("\r\n"):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name.strip()):
            raise InvalidInput("A header line is not 'Name:Value'")
        found.setdefault(name.strip().lower(), value.strip())
    return found
