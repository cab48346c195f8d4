"""A job: a unit of work behind a resource, as it is stored and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class JobState(StrEnum):
    """`QUEUED <-> RUNNING -> SUCCEEDED | FAILED | CANCELLED`; what is final never moves."""

    QUEUED = "queued"  # also between two attempts, and after its worker died
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is known of a job at one moment."""

    id: str
    kind: str  # name of its `JobKind`
    arguments: Mapping[str, Any]  # a JSON document
    created: datetime
    due: datetime  # not to be begun before
    resource: str | None = None  # id of the resource it works for
    project: str | None = None  # of that resource
    key: str | None = None  # id of the key that asked for it; None: nobody had to show one
    state: JobState = JobState.QUEUED
    is_cancelling: bool = False  # somebody asked for it; a worker will see to it
    attempt: int = 0  # the number of the attempt, from 1; 0: none began. Workers that die do not count
    deaths: int = 0  # workers that died in the step it is at
    lease: int = 0  # grows each time a worker takes it: who holds an older one writes nothing (fencing token)
    progress: float = 0.0  # 0..1
    message: str = ""  # what is being done
    eta: float | None = None  # seconds left, estimated; None: not known yet
    error: Mapping[str, str] | None = None  # `LectError.to_json()` of the last attempt that failed
    results: Mapping[str, Json] = field(default_factory=dict)  # of the steps that are done, by their names
    started: datetime | None = None  # of the first attempt
    finished: datetime | None = None
