"""Why a file cannot be heard: whatever went wrong as an error that may be told, and as one process tells it to another."""

from __future__ import annotations

import errno
from typing import Any

from lect.core.errors import LectError, RecognitionFailed, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FACTS = (
    "detailed_code",
    "target",
    "retry_after",
)  # of the details of an error: what doors tell besides its text


def explained(error: Exception) -> LectError:
    """Any error as one of ours; of those that nobody foresaw only the kind, for their texts may hold what is nobody's business."""
    if isinstance(error, LectError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return StoreError(
            "the disk of the server is full", hint="Whoever runs it has to make room; then try again."
        )
    if isinstance(error, MemoryError):
        return RecognitionFailed(
            "the memory of the server ran out",
            hint="Try again when less is recognised at once, or set LECT_THREADS to a smaller number.",
        )
    return RecognitionFailed(
        f"the recognition ended with something that nobody foresaw: {type(error).__name__}",
        hint="The server's log says more. If it happens again, please report it.",
    )


def told(error: LectError) -> dict[str, Any]:
    """An error with the facts of it that doors tell; `lect.jobs.children.error_from_json` reads it."""
    facts = {name: error.details[name] for name in _FACTS if name in error.details}
    return {**error.to_json(), **({"details": facts} if facts else {})}
