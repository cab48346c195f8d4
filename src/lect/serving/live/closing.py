"""Why a session is closed, in the codes that clients of the Speech protocol show their users."""

from __future__ import annotations

from dataclasses import dataclass

from lect.core.errors import (
    AccessError,
    Conflict,
    InvalidInput,
    LectError,
    LimitExceeded,
    NotFound,
    QuotaExceeded,
    TooManyRequests,
)

LONGEST_REASON = 123  # bytes that a close frame has for it

BAD_REQUEST = 1007  # both SDKs show it at once, with its reason
TOO_LONG = 1009
FAILED = 4000  # so with this one, as a failure that is not the user's
BUSY = 4429

# The first that fits; what is not here is a failure of the server.
CODES: tuple[tuple[type[LectError], int], ...] = (
    (TooManyRequests, BUSY),
    (QuotaExceeded, BAD_REQUEST),
    (LimitExceeded, TOO_LONG),
    (InvalidInput, BAD_REQUEST),
    (NotFound, BAD_REQUEST),
    (Conflict, BAD_REQUEST),
    (AccessError, BAD_REQUEST),
    (LectError, FAILED),
)


class Gone(Exception):
    """The client has gone, so nobody wants to know any more."""


@dataclass(frozen=True, kw_only=True)
class Close:
    """How a session ends: a code, and a reason of at most 123 bytes."""

    code: int
    reason: str
    error: str = ""  # the code of the error, for the log: a reason may hold what the client sent


def close_for(error: LectError, *, language: str = "") -> Close:
    """How a session ends after an error. Where the client may come back, the reason says when: nothing else tells it.

    Args:
        language: of the SDK that the client uses, lower case. That for JavaScript takes most codes for a connection that was
            lost in passing, comes back, sends nothing and never tells its user
    """
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if language == "javascript" and code != BAD_REQUEST:
        code = FAILED
    seconds = error.details.get("retry_after")
    retry = f" (try again in {seconds} s)" if seconds else ""
    reason = _short(error.message.partition("\n")[0], longest=LONGEST_REASON - len(retry)) + retry
    return Close(code=code, reason=reason, error=error.code)


def _short(text: str, *, longest: int) -> str:
    """As much of the text as so many bytes hold, cut between characters."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= longest:
        return encoded.decode()
    return encoded[: longest - 3].decode(errors="ignore").rstrip() + "..."
