"""Signs of life of long work where no terminal shows a bar: a line now and then, in a file or the log of a build."""

from __future__ import annotations

from collections.abc import Callable

_EVERY = 30.0  # seconds


class SignsOfLife:
    """Says what is being done, and how far it is, at most every 30 seconds; work that is over before then says nothing."""

    def __init__(self, write: Callable[[str], None], *, clock: Callable[[], float]) -> None:
        """Take what writes a line.

        Args:
            write: given a line without its end
            clock: in seconds
        """
        self._write, self._clock = write, clock
        self._began = self._last = clock()

    def tell(self, what: str, done: float | None) -> None:
        """Hear of work.

        Args:
            what: is being done
            done: how far it is, 0..1; None if nobody knows
        """
        now = self._clock()
        if now - self._last < _EVERY:
            return
        self._last = now
        far = "" if done is None else f": {done:.0%}"
        self._write(f"{what}{far}, after {_span(now - self._began)}")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
