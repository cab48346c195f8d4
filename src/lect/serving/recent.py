"""What was used lately, as much of it as a budget allows."""

from __future__ import annotations

import sys
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Name, Value]):
    """Values by name; those that were not used for longest are let go when they are too many or take too much.

    Safe to share between threads. Nothing is closed: whoever still has a value that was let go keeps it whole.
    """

    def __init__(
        self,
        *,
        most: int = sys.maxsize,
        size: Callable[[Value], int] | None = None,
        budget: int = sys.maxsize,
    ) -> None:
        """
        Args:
            most: how many values there may be
            size: what a value takes now, which may grow while it is used
            budget: what all may take together; the value that was used last stays, however large
        """
        self._most, self._size, self._budget = most, size, budget
        self._lock = Lock()
        self._values: OrderedDict[Name, Value] = OrderedDict()  # used last comes last
        self._sizes: dict[Name, int] = {}
        self._total = 0
        self.hits, self.misses, self.evictions = 0, 0, 0  # since the beginning

    def __len__(self) -> int:
        return len(self._values)

    @property
    def names(self) -> list[Name]:
        """The names of what is held; used last comes last."""
        with self._lock:
            return list(self._values)

    @property
    def total(self) -> int:
        """What all take together, as last weighed."""
        return self._total

    def get(self, name: Name) -> Value | None:
        """The value of a name, which is weighed again; None if there is none."""
        with self._lock:
            if name not in self._values:
                self.misses += 1
                return None
            self.hits += 1
            self._values.move_to_end(name)
            value = self._values[name]
            self._weigh(name)
            self._keep_within_budget()
            return value

    def put(self, name: Name, value: Value) -> None:
        """Hold a value, in place of another of that name. All are weighed again."""
        with self._lock:
            self._values[name] = value
            self._values.move_to_end(name)
            self._weigh(*self._values)
            self._keep_within_budget()

    def discard(self, name: Name) -> None:
        """Let the value of a name go, if there is one."""
        with self._lock:
            if name in self._values:
                self._let_go(name)

    @property
    def unused(self) -> list[Value]:
        """The values that nobody else has."""
        with self._lock:
            return [
                self._values[name] for name in list(self._values) if _holders(self._values, name) == _ALONE
            ]

    def let_go_unused(self, *, until: Callable[[], bool]) -> None:
        """Let values go that nobody else has, those first that were not used for longest, until that is enough."""
        with self._lock:
            for name in list(self._values):
                if until():
                    return
                value = weakref.ref(self._values.pop(name))
                if (used := value()) is not None:
                    self._values[name] = used
                else:
                    self._total -= self._sizes.pop(name, 0)
                    self.evictions += 1
                del used

    def _weigh(self, *names: Name) -> None:
        if self._size is None:
            return
        for name in names:
            size = self._size(self._values[name])
            self._total += size - self._sizes.get(name, 0)
            self._sizes[name] = size

    def _keep_within_budget(self) -> None:
        while len(self._values) > 1 and (self._total > self._budget or len(self._values) > self._most):
            self._let_go(next(iter(self._values)))
            self.evictions += 1

    def _let_go(self, name: Name) -> None:
        del self._values[name]
        self._total -= self._sizes.pop(name, 0)


def _holders(values: Mapping[Name, Value], name: Name) -> int:
    """How many hold a value, as the interpreter counts them: more than there are, by as many as `_ALONE` says."""
    return sys.getrefcount(values[name])


_ALONE = _holders({"": object()}, "")
