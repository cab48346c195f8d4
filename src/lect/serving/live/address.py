"""Where clients of the Speech protocol connect to, and what they say by it. Imports next to nothing, so that doors can."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CONVERSATION = "/speech/recognition/conversation/cognitiveservices/v1"  # where programs connect to, if nothing else is wanted

_MODE = re.compile(r"/speech/recognition/(interactive|conversation|dictation)/cognitiveservices/v1/?$", re.I)
_UNIVERSAL = re.compile(r"/speech/universal/v2/?$", re.I)


class Mode(StrEnum):
    """What is to be heard in a turn."""

    INTERACTIVE = "interactive"  # one utterance
    CONVERSATION = "conversation"  # all until the client ends it
    DICTATION = "dictation"  # the same, and marks that are said


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a client connected to: the path, and the parameters of the query, one value each."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def mode(self) -> Mode | None:
        """The mode that the path names."""
        match = _MODE.search(self.path)
        return Mode(match[1].lower()) if match else None


def is_speech_path(path: str) -> bool:
    """Whether clients of the Speech protocol connect to this path, whatever stands before it."""
    return bool(_MODE.search(path) or _UNIVERSAL.search(path))
