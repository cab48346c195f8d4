"""Status: how far the work behind a resource is, one machine for all of them."""

from __future__ import annotations

from enum import StrEnum

from lect.core.errors import Conflict


class Status(StrEnum):
    """`NOT_STARTED -> RUNNING -> SUCCEEDED | FAILED`; what is final never moves."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {Status.SUCCEEDED, Status.FAILED}

    def moved(self, to: Status) -> Status:
        """The next status; to stay is no move, and work may fail before it runs.

        Raises:
            Conflict: the machine has no such move.
        """
        if to != self and to not in _NEXT[self]:
            raise Conflict(f"what is {self} cannot become {to}")
        return to


_NEXT = {
    Status.NOT_STARTED: {Status.RUNNING, Status.SUCCEEDED, Status.FAILED},
    Status.RUNNING: {Status.SUCCEEDED, Status.FAILED},
    Status.SUCCEEDED: set[Status](),
    Status.FAILED: set[Status](),
}
