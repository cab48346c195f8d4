"""Every error that Lect raises on purpose.

    LectError
    ├── InvalidInput
    │   ├── InvalidAudio
    │   ├── InvalidTranscript
    │   ├── InvalidDataset
    │   ├── InvalidAddress
    │   └── UnsupportedLocale
    ├── NotFound
    ├── Conflict
    │   └── InUse
    ├── AccessError
    │   └── Unauthenticated
    ├── LimitExceeded
    │   ├── QuotaExceeded
    │   └── TooManyRequests
    ├── EngineError
    │   ├── ModelLoadFailed
    │   ├── RecognitionFailed
    │   └── TrainingDiverged
    ├── TrainingRefused
    ├── JobError
    │   ├── JobCancelled
    │   └── JobLost
    ├── StoreError
    │   └── Unreachable
    └── MissingExtra (also an ImportError)

Errors carry facts; each door has one table that turns them into an exit code or a status.
A message names the file and says what is wrong; the hint says what to do about it.
"""

from __future__ import annotations


class LectError(Exception):
    """Something went wrong that Lect can explain."""

    code = "error"

    def __init__(self, message: str = "", *, hint: str = "", **details: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.hint = hint
        self.details = details
        super().__init__(self.message)

    def to_json(self) -> dict[str, str]:
        """The error as every document shows it."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InvalidInput(LectError):
    """The input cannot be used."""

    code = "invalid_input"


class InvalidAudio(InvalidInput):
    """The file holds no audio that can be decoded."""

    code = "invalid_audio"


class InvalidTranscript(InvalidInput):
    """The transcript cannot be read."""

    code = "invalid_transcript"


class InvalidDataset(InvalidInput):
    """The dataset has errors."""

    code = "invalid_dataset"


class InvalidAddress(InvalidInput):
    """The address may not be asked, or what it answers cannot be used."""

    code = "invalid_address"


class UnsupportedLocale(InvalidInput):
    """The locale is not supported."""

    code = "unsupported_locale"


class NotFound(LectError):
    """There is no such thing."""

    code = "not_found"


class Conflict(LectError):
    """The thing is in another state than this needs."""

    code = "conflict"


class InUse(Conflict):
    """Something else refers to it."""

    code = "in_use"


class AccessError(LectError):
    """The key does not allow this."""

    code = "access_error"


class Unauthenticated(AccessError):
    """A key is needed."""

    code = "unauthenticated"


class LimitExceeded(LectError):
    """The input is larger than the limit."""

    code = "limit_exceeded"


class QuotaExceeded(LimitExceeded):
    """As much is kept as may be."""

    code = "quota_exceeded"


class TooManyRequests(LimitExceeded):
    """More is asked for at once than may be; later it may be asked for again."""

    code = "too_many_requests"


class EngineError(LectError):
    """The engine failed."""

    code = "engine_error"


class ModelLoadFailed(EngineError):
    """The model cannot be loaded."""

    code = "model_load_failed"


class RecognitionFailed(EngineError):
    """The recognition failed."""

    code = "recognition_failed"


class TrainingDiverged(EngineError):
    """The training ran away: its numbers are no longer finite."""

    code = "training_diverged"


class TrainingRefused(LectError):
    """What was trained helps too little, or does harm."""

    code = "training_refused"


class JobError(LectError):
    """The job failed."""

    code = "job_error"


class JobCancelled(JobError):
    """The job was cancelled."""

    code = "job_cancelled"


class JobLost(JobError):
    """The job's worker died too often."""

    code = "job_lost"


class StoreError(LectError):
    """Storage failed."""

    code = "store_error"


class Unreachable(StoreError):
    """The address does not answer as it should; it may do so later."""

    code = "unreachable"


class MissingExtra(LectError, ImportError):
    """An optional part is not installed."""

    code = "missing_extra"
