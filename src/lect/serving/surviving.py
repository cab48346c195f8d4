"""Recordings heard by a child process that one of them may end, as by want of memory: it fails alone, and the others are heard.

Whichever was next when the process ended is heard alone; if the process ends again, that is why that recording failed.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

from lect.core.errors import JobError
from lect.core.jobs import Json
from lect.jobs.contract import Work

TRANSCRIBE = "lect.tasks:transcribe"
MOST_AT_FIRST = 3  # recordings that end the process, from the first on, until the fault is none of theirs
MOST_IN_A_ROW = 20  # the same anywhere else: each costs two processes that open a model


def transcribe_each(work: Work, arguments: Json, output: Path) -> int:
    """Have all recordings heard, in as many processes as it takes.

    Args:
        arguments: of the task, without `only` and `failed`
        output: where the task writes a document for each

    Returns:
        How many recordings there are.

    Raises:
        LectError: the work cannot be done, whatever the recording: many one after the other failed in this way.
    """
    failed: Json = {}
    only: int | None = None
    ended: JobError | None = None
    while True:
        try:
            recordings: int = work.child(TRANSCRIBE, {**arguments, "only": only, "failed": failed})["files"]
        except JobError as error:
            if type(error) is not JobError:  # it was told to end
                raise
            suspect = next(number for number in count() if not (output / f"{number}.json").exists())
            if str(suspect) in failed:
                raise
            if suspect != only:
                only, ended = suspect, error
                continue
            failed[str(suspect)] = error.to_json()
            in_a_row = next(length for length in count(1) if str(suspect - length) not in failed)
            if in_a_row >= (MOST_AT_FIRST if in_a_row == suspect + 1 else MOST_IN_A_ROW):
                raise
        else:
            if only is None:
                return recordings
            if ended and not (output / f"{only}.json").exists():
                raise ended  # all are heard, and it ends for another reason
        only = None
