"""Heavy work in a process of its own, which can be ended at any time and takes nothing with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import IO, Any

from lect.core import errors
from lect.core.errors import JobCancelled, JobError, LectError
from lect.core.jobs import Json
from lect.settings import environment_with
from lect.telemetry import get_log

_TAIL = 8192  # bytes of what a child wrote to standard error that are kept
_GOODBYE = 5.0  # seconds that a child may take to end after its answer
_log = get_log(__name__, action="run_child")


class Child:
    """A function that runs in a child process; see `child` for what they say to each other."""

    def __init__(
        self,
        function: str,
        arguments: Json,
        *,
        environment: Mapping[str, str] | None = None,
        niceness: int = 0,
    ) -> None:
        """Start it.

        Args:
            function: `module:name` of a `(arguments: Json, progress: Progress) -> Json`; never from outside
            environment: variables it has beside ours, such as numbers of threads
            niceness: how far other processes come first, 0..19
        """
        self._function = function
        self._killed = False
        self._lock = threading.Lock()
        command = ["nice", "-n", str(niceness)] if niceness else []
        self._process = subprocess.Popen(
            [*command, sys.executable, "-m", "lect.jobs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment_with(environment or {}),
            process_group=0,
        )
        self._tail = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        request = {"parent": os.getpid(), "function": function, "arguments": arguments}
        with suppress(BrokenPipeError):  # it is dead already, which its end will tell
            _pipe(self._process.stdin).write(json.dumps(request).encode() + b"\n")
            _pipe(self._process.stdin).flush()  # and stays open: its end tells the child that we are gone

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def wait(self, on_progress: Callable[[str, float], None]) -> Json:
        """What the function returned.

        Raises:
            LectError: what the function raised.
            JobCancelled: it was killed.
            JobError: the process ended without an answer.
        """
        try:
            answer = _read(_pipe(self._process.stdout), on_progress)
            self._let_end()
        finally:
            was_killed = self._killed
            self.kill()
            status = self._end()
        if was_killed:
            raise JobCancelled
        if "error" in answer:
            raise error_from_json(answer["error"])
        if "result" not in answer:
            raise self._failed(status)
        result: Json = answer["result"]
        return result

    def _let_end(self) -> None:
        """It has said all it will: it may clean up, and its status tells why it ended."""
        until = time.monotonic() + _GOODBYE
        while time.monotonic() < until and not self._has_ended():
            time.sleep(0.01)

    def _has_ended(self) -> bool:
        """It stays to be waited for, so that its number, and its group's, is nobody else's."""
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._process.poll() is not None  # macOS before Python 3.13

    def kill(self) -> None:
        """End it and all that it started, at once; from any thread."""
        with self._lock:
            self._killed = True
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _end(self) -> int:
        with self._lock:  # nobody kills a number that may be another's by now
            status = self._process.wait()
        self._listener.join(timeout=1.0)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                _pipe(pipe).close()
        return status

    def _failed(self, status: int) -> JobError:
        tail = self._tail.decode("utf-8", "replace").strip()
        _log.warning("A child ended without an answer.", function=self._function, status=status, tail=tail)
        how = f"was ended by {_signal(-status)}" if status < 0 else f"ended with status {status}"
        last = tail.splitlines()[-1] if tail and status > 0 else ""
        hint = "Memory may have run out." if status == -signal.SIGKILL else ""
        return JobError(f"the process {how}" + (f": {last}" if last else ""), hint=hint, stderr=tail)

    def _listen(self) -> None:
        stream = _pipe(self._process.stderr)
        with suppress(OSError, ValueError):  # closed while we read
            while chunk := stream.read1(4096) if hasattr(stream, "read1") else stream.read(4096):
                sys.stderr.write(chunk.decode("utf-8", "replace"))
                self._tail = (self._tail + chunk)[-_TAIL:]


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the process has no pipes")
    return pipe


def _read(lines: Iterable[bytes], on_progress: Callable[[str, float], None]) -> dict[str, Any]:
    for line in lines:
        answer: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}  # it died while it wrote
        if "progress" not in answer:
            return answer
        on_progress(*answer["progress"])
    return {}


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def error_from_json(error: Mapping[str, Any]) -> LectError:
    """The error that `LectError.to_json` showed, with its `details` if they stand beside."""
    kind = next((kind for kind in _kinds(LectError) if kind.code == error["code"]), JobError)
    return kind(error["message"], hint=error.get("hint", ""), **error.get("details", {}))


def _kinds(kind: type[LectError]) -> Iterable[type[LectError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _kinds(child)
