"""Decoding files that nobody trusts: codecs run in a limited child process, samples come back over a socket.

    with AudioDecoder() as decoder:
        for block in decoder.stream(path, name="meeting.mp3"):
            ...

The child is started once and serves file after file, since starting it costs more than decoding a short file.
It is started afresh after it hits a limit, crashes, or is left in the middle of a file. `decoder_child.py` is the other side.
"""

from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np

from lect.core.closing import Closing
from lect.core.errors import EngineError, InvalidAudio, LectError, LimitExceeded
from lect.speech.audio.waveform import Samples
from lect.telemetry import get_log

_CHILD = Path(__file__).with_name("decoder_child.py")
_LONGEST_REPLY = 1 << 24  # bytes; a block is far smaller
_CONVERT = "Listen to it in a player; if it plays, convert it: ffmpeg -i IN -ac 1 -ar 16000 OUT.wav"


@dataclass(frozen=True, kw_only=True)
class DecodeLimits:
    """What one file may cost."""

    input_bytes: int = 2 << 30
    audio_seconds: float = 24 * 3600.0
    cpu_seconds: int = 600
    memory_bytes: int = 1 << 30  # address space of the child, its libraries (some 250 MB) included
    stall_seconds: float = 300.0  # longest wait for the next block, on a busy machine


@dataclass(frozen=True, kw_only=True)
class AudioInfo:
    """What the header of a file says."""

    container: str
    """Short name such as `wav`, `flac`, `mp3`, `ogg`, `mov`, `matroska`."""
    codec: str
    """Name as in FFmpeg: `pcm_s16le`, `opus`, `aac`."""
    rate: int
    """Samples per second."""
    channels: int
    bits: int | None
    """Bits of a stored PCM sample (8 for A-law and mu-law); None for other codecs."""
    is_pcm: bool
    """Linear PCM, integer or float; A-law and mu-law are not."""
    duration: float | None
    """Seconds; None where only decoding tells."""


class AudioDecoder(Closing):
    """Decodes audio files to mono 16 kHz samples in a child process.

    A context manager. Safe to share between threads: streams that run at the same time get a child each.
    """

    def __init__(self, limits: DecodeLimits = DecodeLimits()) -> None:
        self._limits = limits
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()

    def probe(self, source: Path | bytes, *, name: str) -> AudioInfo:
        """Read the header alone.

        Args:
            source: A file, or the bytes of one.
            name: How the file is called in error messages.

        Raises:
            InvalidAudio: No audio that Lect can read.
            LimitExceeded: The file is too large.
        """
        with self._exchange({"action": "probe"}, source, name) as replies:
            (info,) = replies
        return AudioInfo(**info)

    def stream(self, source: Path | bytes, *, name: str, channel: int | None = None) -> Iterator[Samples]:
        """Decode block by block (about a second each); a slow reader slows the decoding down.

        A file that ends before the length that its header states is refused, where the format states one
        reliably (FLAC, AIFF, AU, MP4, Matroska, WavPack, WMA). WAV, MP3 and Ogg files that were cut give what
        is there: their writers often cannot know the length.

        Args:
            source: A file, or the bytes of one.
            name: How the file is called in error messages.
            channel: Which one alone, from 0; None: the mean of all.

        Raises:
            InvalidAudio: No audio that Lect can read, damaged audio, or no such channel; perhaps after some blocks.
            LimitExceeded: The file costs more than the limits allow; perhaps after some blocks.
        """
        with self._exchange({"action": "stream", "channel": channel}, source, name) as replies:
            for block in replies:
                if isinstance(block, np.ndarray):
                    yield block

    def decode(self, source: Path | bytes, *, name: str, channel: int | None = None) -> Samples:
        """Decode the whole file, shape = (n_samples,). Arguments and errors are those of `stream`."""
        blocks = list(self.stream(source, name=name, channel=channel))
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def close(self) -> None:
        """End every child process. The decoder may be used again: it starts another."""
        self._idle.clear()
        while self._children:
            self._children.pop().kill()

    @contextmanager
    def _exchange(self, request: dict[str, Any], source: Path | bytes, name: str) -> Iterator[Iterator[Any]]:
        """Ask a child; keep it for the next file unless it died or was left half-way."""
        _check_size(source, name, self._limits.input_bytes)
        child = self._take_child()
        try:
            yield child.ask(request, source, name)
        finally:
            if child.is_ready and child in self._children:
                self._idle.append(child)
            else:
                self._replace(child)

    def _take_child(self) -> _Child:
        with suppress(IndexError):
            while True:  # not "while there are": another thread may be quicker
                child = self._idle.pop()
                if child.is_ready:
                    return child
                self._replace(child)
        child = _Child(self._limits)
        self._children.add(child)
        return child

    def _replace(self, child: _Child) -> None:
        """End a child that is dead or busy; the next file gets another."""
        self._children.discard(child)
        get_log(__name__, action="decode").info("Audio decoder ended.", exit_code=child.exit_code)
        child.kill()


class _Child:
    """One decoder process and our end of the socket to it."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._limits = limits
        self._between_files = True
        self._link, theirs = Pipe()
        with theirs:
            # The script stands alone and imports nothing of Lect; -P keeps its folder off the import path.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_CHILD), json.dumps(asdict(limits))],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @property
    def is_ready(self) -> bool:
        """Whether it lives and waits for a file."""
        return self._between_files and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What the process ended with; None while it lives."""
        return self._process.poll()

    def ask(self, request: dict[str, Any], source: Path | bytes, name: str) -> Iterator[Any]:
        """Send one file; yield the header's facts (a dict) or blocks (arrays) until the child is done with it."""
        self._between_files = False
        try:
            self._send(request, source)
            while (reply := self._receive(name)) is not None:
                yield reply
        except (EOFError, OSError):
            raise self._obituary(name) from None

    def kill(self) -> None:
        """End the process and reap it."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _send(self, request: dict[str, Any], source: Path | bytes) -> None:
        path = None if isinstance(source, bytes) else str(source.absolute())
        self._link.send_bytes(json.dumps({**request, "path": path}).encode())
        if isinstance(source, bytes):
            self._link.send_bytes(source)

    def _receive(self, name: str) -> Any:
        """The next reply; None at the end of the file."""
        if not self._link.poll(self._limits.stall_seconds):
            raise LimitExceeded(
                f"{name}: decoding made no progress for {self._limits.stall_seconds:g} s", hint=_CONVERT
            )
        head = json.loads(self._link.recv_bytes(_LONGEST_REPLY))
        if "samples" in head:
            return np.frombuffer(self._link.recv_bytes(_LONGEST_REPLY), np.float32)
        if "info" in head:
            return head["info"]
        self._between_files = True
        if "error" in head:
            kind = LimitExceeded if head["limit"] else InvalidAudio
            raise kind(f"{name}: {head['error']}", hint=head["hint"] or _CONVERT)
        return None

    def _obituary(self, name: str) -> LectError:
        """What to say about a child that died in the middle of a file."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            seconds = self._limits.cpu_seconds
            return LimitExceeded(f"{name}: decoding takes more than {seconds} CPU seconds", hint=_CONVERT)
        if code in (-signal.SIGKILL, errno.ENOMEM):
            return LimitExceeded(
                f"{name}: decoding takes more memory than there is or is allowed", hint=_CONVERT
            )
        if code < 0:
            return InvalidAudio(
                f"{name}: damaged; it crashed the decoder ({signal.Signals(-code).name})", hint=_CONVERT
            )
        return EngineError(
            f"{name}: the audio decoder stopped with exit code {code}",
            hint="Try: python -c 'import av, numpy, soxr'. If that fails, install Lect again.",
        )


def _check_size(source: Path | bytes, name: str, limit: int) -> None:
    """Refuse what cannot be audio, or is too much of it, before a child sees it."""
    if isinstance(source, bytes):
        size = len(source)
    elif not source.exists():
        raise InvalidAudio(f"{name}: there is no such file", hint="Check the path.")
    elif not source.is_file():
        raise InvalidAudio(f"{name}: not a file", hint="Give an audio file, not a folder or device.")
    else:
        size = source.stat().st_size
    if size == 0:
        raise InvalidAudio(f"{name}: the file is empty", hint="Record or copy it again.")
    if size > limit:
        raise LimitExceeded(
            f"{name}: {size:,} bytes are more than the {limit:,} allowed",
            hint="Split the file, or raise the limit.",
        )
