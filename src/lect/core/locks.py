"""Work that is done once for each name, while that of other names goes on."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Name = TypeVar("Name", bound=Hashable)


class Locks(Generic[Name]):
    """A lock for each name, there as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: WeakValueDictionary[Name, Lock] = WeakValueDictionary()

    def __getitem__(self, name: Name) -> Lock:
        """The lock of a name: `with locks[name]: ...`"""
        with self._lock:
            return self._locks.setdefault(name, Lock())
