"""Sound as it arrives, in pieces of any length: WAV of many kinds or raw PCM, to mono samples at 16 kHz."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lect.core.errors import InvalidAudio
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

if TYPE_CHECKING:
    import soxr

LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000  # Hz
MOST_CHANNELS = 16
_LONGEST_HEADER = 1 << 20  # bytes before the sound, pictures and notes included
_LONGEST_FORMAT = 1 << 10
_BLOCK = 1 << 16  # frames that are converted at once, so that a long message takes little memory

_EXTENSIBLE = 0xFFFE  # the encoding is further on
_WAVES = (b"RIFF", b"RF64")
_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
SIGNS = 32  # bytes that tell what a recording is: sound is not of so many letters in a row
_OTHERS = {
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"ID3": "MP3",
    b"RIFX": "big-endian WAV",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b"\x1aE\xdf\xa3": "WebM or Matroska",
}


class Encoding(IntEnum):
    """Format tags of WAV."""

    PCM = 1
    FLOAT = 3
    ALAW = 6
    MULAW = 7


_BITS = {
    Encoding.PCM: range(8, 33),
    Encoding.FLOAT: (32, 64),
    Encoding.ALAW: (8,),
    Encoding.MULAW: (8,),
}


@dataclass(frozen=True, kw_only=True)
class AudioFormat:
    """How the bytes of uncompressed sound are to be read."""

    encoding: Encoding = Encoding.PCM
    rate: int = SAMPLE_RATE  # Hz
    channels: int = 1
    bits: int = 16  # 8 are unsigned, more are signed, little-endian

    def __post_init__(self) -> None:
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise InvalidAudio(f"Audio of {self.rate} Hz; {LOWEST_RATE} to {HIGHEST_RATE} Hz can be used")
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise InvalidAudio(f"Audio of {self.channels} channels; 1 to {MOST_CHANNELS} can be used")
        if self.bits not in _BITS[self.encoding]:
            raise InvalidAudio(f"{self.encoding.name} audio of {self.bits} bits cannot be used")

    @property
    def width(self) -> int:
        """Bytes of one sample."""
        return -(-self.bits // 8)

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return self.width * self.channels


class AudioInput:
    """Turns the sound of one turn into samples, however it is cut into pieces.

    What begins like WAV is read as its header says, to the end, whatever length it states: streams state 0. All else is
    sound without a header.
    """

    def __init__(self, raw: AudioFormat | None = AudioFormat()) -> None:
        """Begin a turn.

        Args:
            raw: how sound without a header is read; None: it is said to be WAV, so it has one
        """
        self._raw = raw
        self._format: AudioFormat | None = None  # None: the header is not over
        self._described: AudioFormat | None = None  # what the header has said so far
        self._waiting = b""  # header or frame that is not complete
        self._skip = 0  # bytes of the header that say nothing to us
        self._header = 0  # bytes that the header took so far
        self._is_wave = False
        self._sound = 0  # bytes
        self._resampler: soxr.ResampleStream | None = None

    @property
    def milliseconds(self) -> int:
        """The length of the sound so far, rounded up."""
        if self._format is None:
            return 0
        return -(-self._sound * 1000 // (self._format.frame * self._format.rate))

    def feed(self, data: bytes) -> Samples:
        """The samples that the next bytes complete, shape = (n_samples,).

        Raises:
            InvalidAudio: it cannot be used.
        """
        if self._format is None:
            data = self._read_header(data)
        return self._samples(data)

    def end(self) -> Samples:
        """The samples that wait for a neighbour which no longer comes."""
        rest = b""
        if self._format is None and not self._is_wave:  # too short to be a header
            rest, self._waiting = self._waiting, b""
            self._begin(self._headless() if rest else AudioFormat())
        samples = [self._samples(rest)]
        if self._resampler:
            samples.append(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
            self._resampler = None
        return np.concatenate(samples)

    def _read_header(self, data: bytes) -> bytes:
        """Take the header from the front of what arrived; what is left is sound."""
        data = self._waiting + data
        self._waiting = b""
        if not self._is_wave:
            if len(data) < 4 or (data[:4] in _WAVES and len(data) < 12):
                self._waiting = data
                return b""
            if data[:4] not in _WAVES:
                _refuse_others(data)
                if len(data) < SIGNS:  # it may still be known to be no sound
                    self._waiting = data
                    return b""
                self._begin(self._headless())
                return data
            if data[8:12] != b"WAVE":
                raise InvalidAudio("The audio begins like WAV (RIFF) and is none")
            self._is_wave, data = True, data[12:]
        return self._read_chunks(data)

    def _headless(self) -> AudioFormat:
        if self._raw is None:
            raise InvalidAudio(
                "The audio does not begin like WAV (RIFF)",
                hint="Of sound without a header say what it is: Content-Type: audio/pcm; samplerate=16000",
            )
        return self._raw

    def _read_chunks(self, data: bytes) -> bytes:
        at = 0
        while True:
            skipped = min(self._skip, len(data) - at)
            at, self._skip = at + skipped, self._skip - skipped
            if len(data) - at < 8:
                break
            name, size = struct.unpack_from("<4sI", data, at)
            if name == b"data":
                if self._described is None:
                    raise InvalidAudio("The WAV header does not say what format the audio has")
                self._begin(self._described)
                return data[at + 8 :]
            if name == b"fmt ":
                if not 16 <= size <= _LONGEST_FORMAT:
                    raise InvalidAudio(f"The WAV header is damaged: its format has {size:,} bytes")
                if len(data) - at < 8 + size:
                    break
                self._described = _format_of(data[at + 8 : at + 8 + size])
            self._header += 8 + size
            if self._header > _LONGEST_HEADER:
                raise InvalidAudio(f"The WAV header is longer than {_LONGEST_HEADER:,} bytes")
            at, self._skip = at + 8, size + size % 2
        self._waiting = data[at:]
        return b""

    def _begin(self, form: AudioFormat) -> None:
        self._format = form
        if form.rate != SAMPLE_RATE:
            import soxr

            self._resampler = soxr.ResampleStream(form.rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")

    def _samples(self, data: bytes) -> Samples:
        if self._format is None or not data:
            return np.zeros(0, np.float32)
        self._sound += len(data)
        data = self._waiting + data
        whole = len(data) - len(data) % self._format.frame
        self._waiting = data[whole:]
        step = _BLOCK * self._format.frame
        blocks = [self._converted(data[at : min(at + step, whole)]) for at in range(0, whole, step)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def _converted(self, data: bytes) -> Samples:
        assert self._format is not None
        samples = mono(data, self._format)
        if self._resampler:
            resampled: Samples = self._resampler.resample_chunk(samples)
            return resampled
        return samples


def mono(data: bytes, form: AudioFormat) -> Samples:
    """The mean of the channels, full scale = 1, shape = (n_frames,).

    Args:
        data: whole frames
    """
    samples = _decoded(data, form)
    if form.channels == 1:
        return samples
    mixed: Samples = samples.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    return mixed


def _decoded(data: bytes, form: AudioFormat) -> Samples:
    """Each sample, full scale = 1, shape = (n_frames * n_channels,)."""
    if form.encoding in (Encoding.ALAW, Encoding.MULAW):
        table: Samples = _table(form.encoding)[np.frombuffer(data, np.uint8)]
        return table
    if form.encoding == Encoding.FLOAT:
        values = np.nan_to_num(np.frombuffer(data, f"<f{form.width}"), posinf=1, neginf=-1)
        clipped: Samples = values.clip(-1, 1).astype(np.float32)
        return clipped
    if form.width == 1:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
    if form.width == 3:
        padded = np.zeros((len(data) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return padded.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
    scale = np.float32(1 << (8 * form.width - 1))
    return np.frombuffer(data, f"<i{form.width}").astype(np.float32) / scale


@cache
def _table(encoding: Encoding) -> Samples:
    """What each byte of G.711 means, full scale = 1, shape = (256,)."""
    codes = np.arange(256)
    samples = _mu_law(codes ^ 0xFF) if encoding == Encoding.MULAW else _a_law(codes ^ 0x55)
    return samples.astype(np.float32) / np.float32(1 << 15)


def _mu_law(codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    size = ((((codes & 0x0F) << 3) + 0x84) << ((codes >> 4) & 7)) - 0x84
    return np.where(codes & 0x80, -size, size)


def _a_law(codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    exponent, steps = (codes >> 4) & 7, ((codes & 0x0F) << 4) + 8
    size = np.where(exponent > 0, (steps + 0x100) << np.maximum(exponent - 1, 0), steps)
    return np.where(codes & 0x80, size, -size)


def _format_of(chunk: bytes) -> AudioFormat:
    """The format that the chunk `fmt ` of a WAV header tells."""
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if tag not in set(Encoding):
        raise InvalidAudio(f"WAV of format {tag:#06x} cannot be used; PCM, float, A-law and mu-law can")
    form = AudioFormat(encoding=Encoding(tag), rate=rate, channels=channels, bits=bits)
    if frame not in (0, form.frame):
        raise InvalidAudio(f"The WAV header is damaged: frames of {frame} bytes, not of {form.frame}")
    return form


def other_format(data: bytes) -> str | None:
    """What a recording is that begins so, if it is known to be neither WAV nor raw PCM. More than `SIGNS` bytes tell no more."""
    if len(data) >= SIGNS and not data[:SIGNS].translate(None, _TEXT):
        return "Text"
    return next((name for magic, name in _OTHERS.items() if data.startswith(magic)), None)


def _refuse_others(data: bytes) -> None:
    """Sound that is known to be something else would be heard as noise."""
    if name := other_format(data):
        raise InvalidAudio(f"{name} cannot be used here; send WAV or raw PCM")
