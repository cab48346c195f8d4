"""What runs in a child process: one function, JSON in, JSON out.

    python -m lect.jobs.child       standard input: a line {parent, function, arguments}, then nothing until the parent is gone
                                    standard output: lines {progress: [what, done]}, and last {result} or {error}

Whatever else the function prints goes to standard error. The process and what it started end with its parent.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from lect.core.errors import LectError
from lect.jobs.liveness import end_with_parent

_OFTEN = 0.1  # seconds between two lines of progress at least
_OOM_SCORE = "500"  # when memory runs out, a child dies before the server does


def main() -> int:
    """Run the function that standard input names."""
    reporter = _Reporter(_own_output())
    request = json.loads(sys.stdin.buffer.readline())
    _end_with(request["parent"])
    try:
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        answer = {"result": function(request["arguments"], reporter.progress)}
    except LectError as error:
        answer = {"error": error.to_json()}
    reporter.end(answer)
    return 0


def _own_output() -> BinaryIO:
    """Standard output for ourselves; what others write to it goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _write(answers: BinaryIO, answer: object) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


class _Reporter:
    """Tells progress now and then; what came too soon is told when its time has come, unless something newer did."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._last = -_OFTEN
        self._waiting: tuple[str, float] | None = None
        self._lock = threading.Lock()  # of all that is written, and of `_waiting`

    def progress(self, what: str, done: float) -> None:
        with self._lock:
            left = self._last + _OFTEN - time.monotonic()
            if left <= 0:
                self._tell(what, done)
            elif self._waiting is None:
                self._waiting = (what, done)
                timer = threading.Timer(left, self._tell_waiting)
                timer.daemon = True
                timer.start()
            else:
                self._waiting = (what, done)

    def end(self, answer: object) -> None:
        """Answer; nothing is told after that."""
        with self._lock:
            self._waiting = None
            _write(self._answers, answer)

    def _tell_waiting(self) -> None:
        with self._lock:
            if self._waiting:
                self._tell(*self._waiting)

    def _tell(self, what: str, done: float) -> None:
        self._waiting = None
        self._last = time.monotonic()
        _write(self._answers, {"progress": [what, done]})


def _end_with(parent: int) -> None:
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, "ascii")
    end_with_parent(parent, signal_number=signal.SIGKILL)
    threading.Thread(target=_end_with_input, daemon=True).start()


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)  # with all that we started
    os._exit(1)


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # The function closed what it had opened; to take the interpreter down takes a tenth of a second more.
    os._exit(status)
