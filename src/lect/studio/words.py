"""How pages write values: durations, sizes, rates, times, kinds and states in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from lect.core import words
from lect.core.entities import DatasetKind
from lect.core.jobs import JobState
from lect.core.status import Status

KINDS = {  # what each kind is called, and what a file of it holds
    DatasetKind.ACOUSTIC: ("Recordings with transcripts", "A zip of audio files with trans.txt beside them"),
    DatasetKind.TEXT: ("Sentences", "A text file, one sentence a line"),
    DatasetKind.STRUCTURED: ("Sentence patterns", "A Markdown file with lists and sentences that name them"),
    DatasetKind.PRONUNCIATION: ("Pronunciations", "A text file: written form, tab, spoken form"),
    DatasetKind.AUDIO: ("Recordings alone", "A zip of audio files without transcripts"),
    DatasetKind.DISPLAY: ("Display forms", "A text file of rules for how results are written"),
}
EFFECTS = {  # what a training makes of each kind
    DatasetKind.TEXT: "Makes the words and phrases of these sentences likelier. Takes seconds.",
    DatasetKind.STRUCTURED: "Makes every sentence that the patterns allow likelier. Takes seconds.",
    DatasetKind.PRONUNCIATION: "Writes what is spoken one way in the form you want. Takes seconds.",
    DatasetKind.DISPLAY: "Writes results in the forms of your rules. Takes seconds.",
    DatasetKind.ACOUSTIC: "Learns how your speakers and rooms sound, and the words they say. Takes minutes to hours.",
    DatasetKind.AUDIO: "Learns from what the base hears in them; needs a test set to judge by. Takes minutes to hours.",
}
OUTCOMES: Mapping[str, str] = {  # what became of requests
    "success": "With words",
    "no_match": "Without words",
    "error": "Failed",
    "dropped": "Broken off",
    "refused": "Refused",
}
STATES: Mapping[str, str] = {
    Status.NOT_STARTED: "Waiting",
    Status.RUNNING: "At work",
    Status.SUCCEEDED: "Ready",
    Status.FAILED: "Failed",
    JobState.QUEUED: "Waiting",
    JobState.RUNNING: "At work",
    JobState.SUCCEEDED: "Done",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
}
JOBS = {  # what jobs do that somebody asked for, by their kinds
    "import": "Checks and takes in data",
    "gather": "Gathers logs into data",
    "train": "Trains a model",
    "evaluate": "Tests models",
    "deploy": "Deploys a model",
    "transcribe": "Transcribes files",
    "draft": "Writes first drafts of transcripts",
    "collect": "Makes data of corrected transcripts",
    "copy": "Copies a model to another server",
    "erase": "Erases a recording everywhere",
    "prepare": "Tests the first base model",
}


def span(seconds: float | None) -> str:
    """As `4.2 s`, `12 min` or `3 h 20 min`."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def bound(seconds: float | None) -> str:
    """As `0.75 s`; what has no bound is longer than all that are told apart."""
    if seconds is None:
        return "–"
    return f"{seconds:g} s" if isfinite(seconds) else "more"


def hour(time: datetime) -> str:
    """As `02 Jan 14:00`, in UTC."""
    return f"{time.astimezone(UTC):%d %b %H:%M}"


def size(number: int | None) -> str:
    """As `80.1 MB`; a dash where it is not known."""
    return "–" if number is None else words.size(number)


def percent(ratio: float | None) -> str:
    """As `4.10 %`; a dash where there is no rate."""
    return "–" if ratio is None else f"{100 * ratio:.2f} %"


def clock(seconds: float) -> str:
    """As `0:07` or `1:02:09`: a place in a recording."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def share(ratio: float | None) -> str:
    """As `87 %`; a dash where it is not known."""
    return "–" if ratio is None else f"{100 * ratio:.0f} %"


def moment(time: datetime) -> str:
    """As `2 Jan 2026, 14:05 UTC`."""
    return f"{time.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def ago(time: datetime, now: datetime) -> str:
    """As `just now`, `5 minutes ago`, `3 hours ago`; the date of what is longer ago."""
    seconds = (now - time).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{words.counted(int(seconds // 60), 'minute')} ago"
    if seconds < 86_400:
        return f"{words.counted(int(seconds // 3600), 'hour')} ago"
    return f"{time.astimezone(UTC):%-d %b %Y}"


FILTERS: dict[str, Callable[..., Any]] = {
    "span": span,
    "size": size,
    "percent": percent,
    "moment": moment,
    "ago": ago,
    "counted": words.counted,
    "bound": bound,
    "outcome": lambda outcome: OUTCOMES[outcome],
    "hour": hour,
    "clock": clock,
    "share": share,
    "kind": lambda kind: KINDS[DatasetKind(kind)][0],
    "state": lambda status: STATES[status],
    "number": lambda number: f"{number:,}",
}
