"""Things to do that wait in line, no more than there is room for, and the threads that do them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from lect.core.closing import Closing


class Line(Closing):
    """Does what is put into it in turn; with one thread, one after the other. Safe to share between threads."""

    def __init__(
        self, name: str, *, most: int, threads: int = 1, on_error: Callable[[Exception], None]
    ) -> None:
        """Start the threads.

        Args:
            name: of the threads
            most: of the sizes of all that waits, together
            on_error: told of what a thing raised; the next ones are done all the same
        """
        self._most, self._on_error = most, on_error
        self._waiting = deque[tuple[Callable[[], None], int]]()
        self._size = 0
        self._is_closed = False
        self._changed = Condition()
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def put(self, act: Callable[[], None], size: int) -> bool:
        """Let something be done when it is its turn, if there is room.

        Returns:
            whether there was
        """
        with self._changed:
            if self._is_closed or self._size + size > self._most:
                return False
            self._add(act, size)
            return True

    def insist(self, act: Callable[[], None]) -> None:
        """The same for what takes no room worth mentioning and must not be left out; once it is closed nothing is done."""
        with self._changed:
            if not self._is_closed:
                self._add(act, 0)

    def close(self, patience: float = 1.0) -> None:
        """Do what waits, and take no more.

        Args:
            patience: seconds after which the rest is left undone
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _add(self, act: Callable[[], None], size: int) -> None:
        self._waiting.append((act, size))
        self._size += size
        self._changed.notify()

    def _work(self) -> None:
        while taken := self._next():
            act, size = taken
            try:
                act()
            except Exception as error:  # of whatever kind: the thread must live
                self._on_error(error)
            with self._changed:
                self._size -= size

    def _next(self) -> tuple[Callable[[], None], int] | None:
        """What is to be done next, as soon as there is something; None: nothing will be any more."""
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None
