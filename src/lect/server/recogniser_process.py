"""The recogniser as the API sees it: a process that is started when it is first needed, and again when it died."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lect.core.closing import Closing
from lect.core.errors import Unreachable
from lect.telemetry import get_log

_PAUSE = 2.0  # seconds after a start before there is another one
_GOODBYE = 8.0  # seconds that it has to end
_BACKLOG = 1024  # connections that wait to be taken

_log = get_log(__name__, action="recognise")


class RecogniserProcess(Closing):
    """Starts the recogniser and tells where it listens.

    Its Unix socket is made here and passed on to it, so that whoever connects waits for its start without asking twice. The
    folder of the socket is this user's alone.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        command: Sequence[str] = (sys.executable, "-m", "lect.server.recogniser"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start nothing yet.

        Args:
            environment: by which it finds the same settings
            command: what to run; the number of the socket's descriptor is added
        """
        self._environment, self._command, self._clock = environment, command, clock
        self._folder: tempfile.TemporaryDirectory[str] | None = None  # one that is killed before leaves none
        self._process: subprocess.Popen[bytes] | None = None
        self._path: Path | None = None
        self._starts = 0
        self._started = -_PAUSE
        self._lock = asyncio.Lock()

    async def socket(self) -> Path:
        """The Unix socket of a recogniser that runs.

        Raises:
            Unreachable: it has only just died, or cannot be started.
        """
        async with self._lock:
            if self._path is None or self._process is None or self._process.poll() is not None:
                self._path = self._start()
            return self._path

    @property
    def listening(self) -> Path | None:
        """The Unix socket, if a recogniser runs; none is started."""
        is_running = self._process is not None and self._process.poll() is None
        return self._path if is_running else None

    @property
    def pid(self) -> int | None:
        """The number of the process; None: it was not needed yet."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End it, and remove its socket."""
        if self._process is not None:
            self._let_go()
            self._process.terminate()
            try:
                self._process.wait(_GOODBYE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            self._folder.cleanup()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _start(self) -> Path:
        """The socket of a new process."""
        if self._process is not None:
            self._let_go()
            _log.warning("The recogniser died; it is started again.", status=self._process.returncode)
        if self._clock() - self._started < _PAUSE:
            raise Unreachable("the recogniser has just ended", hint="Try again in a moment.")
        self._started = self._clock()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._starts += 1
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="lect-")  # mode 0700
        path = Path(self._folder.name, f"{self._starts}.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(path))
            listening.listen(_BACKLOG)
            number = listening.fileno()
            try:
                self._process = subprocess.Popen(
                    [*self._command, str(number)],
                    env=dict(self._environment),
                    pass_fds=[number],
                    stdin=subprocess.PIPE,  # which ends when this process does
                )
            except OSError as error:
                with suppress(OSError):
                    path.unlink()
                raise Unreachable("the recogniser cannot be started") from error
        return path
