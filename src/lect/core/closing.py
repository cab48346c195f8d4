"""Things that hold something open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Something to `close`; as a context manager it closes itself."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is held open; calling it again does no harm."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
