"""The process that decodes: started by `decode.py`, it reads requests from the socket on stdin until that closes.

A file is hostile until decoded: memory, CPU time, files and core dumps are limited; demuxers, codecs and
protocols are allow-listed, so that a playlist named `.wav` cannot make FFmpeg open another file or address.
Nothing of Lect is imported here, so that starting is quick and the little that runs can be seen on these pages.

Request: `{"action": "probe" | "stream", "path": str | null, "channel": int | null}`; if the path is null the file's bytes
follow; without a channel the mean of all is sent.
Replies: `{"info": {...}}`, `{"samples": n}` followed by n raw float32, then `{"done": true}` or
`{"error": reason, "limit": bool, "hint": str}`.
"""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import queue
import resource
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

os.putenv("OPENBLAS_NUM_THREADS", "1")  # before numpy: a thread for each core would eat the address space

import av
import numpy as np
import numpy.typing as npt
import soxr

Array = npt.NDArray[np.float32]
Requests = queue.SimpleQueue[tuple[dict[str, Any], str | bytes]]  # request; path or the bytes themselves

SAMPLE_RATE = 16_000
CONTAINERS = (
    "wav", "w64", "flac", "mp3", "ogg", "matroska", "webm", "mov", "mp4", "m4a", "3gp", "aac", "ac3", "eac3", "amr",
    "amrnb", "amrwb", "aiff", "caf", "au", "asf", "avi", "mpegts", "wv", "nistsphere",
)  # fmt: skip
CODECS = (
    "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be",
    "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt",
    "flac", "alac", "wavpack", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "vorbis", "opus", "libopus", "speex",
    "aac", "ac3", "eac3", "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "gsm", "gsm_ms", "g722", "wmav1", "wmav2",
)  # fmt: skip
STATES_LENGTH = {
    "flac",
    "aiff",
    "au",
    "mov",
    "matroska",
    "wv",
    "asf",
}  # their header's length can be relied on
RATES = range(1_000, 768_001)
MOST_CHANNELS = 64
SHORTFALL = 0.2  # seconds that may be missing from the stated length: padding of lossy codecs
BAD_PACKETS = 0.01  # share of packets that may fail to decode
SCALES = {"u1": 1 << 7, "i2": 1 << 15, "i4": 1 << 31}
READABLE = "Lect reads wav, flac, mp3, ogg, opus, webm, m4a, mp4, aac, amr, aiff, caf, au, wma and wv."


class Refused(Exception):
    """The file cannot be decoded, for a reason that the user can understand."""

    def __init__(self, reason: str, *, limit: bool = False, hint: str = "") -> None:
        super().__init__(reason)
        self.limit = limit
        self.hint = hint


def main() -> None:
    """Serve files until the parent closes the socket or is gone."""
    limits = json.loads(sys.argv[1])
    restrict(limits["memory_bytes"])
    link = Connection(0)
    requests: Requests = queue.SimpleQueue()
    threading.Thread(target=listen, args=(link, requests, os.getppid()), daemon=True).start()
    while True:
        request, source = requests.get()
        limit_cpu(limits["cpu_seconds"])
        link.send_bytes(json.dumps(serve(link, request, source, limits["audio_seconds"])).encode())


def listen(link: Connection, requests: Requests, parent: int) -> None:
    """Queue requests; end the process, even in the middle of a file, when there will be no more.

    The socket closes when the parent ends, unless another process that it forked holds a copy: hence the look at
    the parent. (Linux could signal us instead, but does so as soon as the *thread* that started us ends.)
    """
    while os.getppid() == parent:
        if not link.poll(2.0):
            continue
        try:
            request = json.loads(link.recv_bytes())
            source = link.recv_bytes() if request["path"] is None else request["path"]
        except EOFError:
            break
        except MemoryError:
            os._exit(errno.ENOMEM)
        requests.put((request, source))
    os._exit(0)


def restrict(memory: int) -> None:
    """Limit what a file can make this process do."""
    if sys.platform == "linux":  # macOS counts its shared libraries too and refuses any useful number
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def limit_cpu(seconds: int) -> None:
    """Allow so many more CPU seconds; beyond them the kernel sends SIGXCPU."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def open_source(source: str | bytes) -> BinaryIO:
    """Open a file so that FFmpeg does not see its name: what a file is called says nothing about what it holds."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return os.fdopen(os.open(source, os.O_RDONLY), "rb")
    except OSError as error:
        raise Refused(f"cannot be opened ({error.strerror})", hint="Check the file's permissions.") from error


def serve(link: Connection, request: dict[str, Any], source: str | bytes, longest: float) -> dict[str, Any]:
    """Answer one request; the result is the last reply."""
    try:
        with open_source(source) as file, open_container(file) as container:
            if request["action"] == "probe":
                link.send_bytes(json.dumps({"info": describe(container)}).encode())
            else:
                send_blocks(link, container, longest, request["channel"])
    except Refused as refusal:
        return {"error": str(refusal), "limit": refusal.limit, "hint": refusal.hint}
    except (av.FFmpegError, MemoryError, OSError, ValueError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return {"error": "decoding takes more memory than allowed", "limit": True, "hint": ""}
        return {"error": f"cannot be decoded ({error.__class__.__name__})", "limit": False, "hint": ""}
    return {"done": True}


def open_container(file: BinaryIO) -> av.container.InputContainer:
    """Open with the allow-lists on; no protocol is allowed, the bytes come from `file` alone."""
    allowed = {
        "format_whitelist": ",".join(CONTAINERS),
        "codec_whitelist": ",".join(CODECS),
        "protocol_whitelist": "none",
    }
    try:
        return av.open(file, "r", container_options=allowed, metadata_errors="replace")
    except av.FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise Refused("not an audio file, or damaged at its start", hint=READABLE) from error


def audio_stream(container: av.container.InputContainer) -> av.AudioStream:
    """The audio to decode, if it is of a kind that Lect decodes."""
    stream = container.streams.best("audio")
    if not isinstance(stream, av.AudioStream):
        raise Refused("holds no audio", hint=READABLE)
    context = stream.codec_context
    if (
        getattr(context, "name", "") not in CODECS
    ):  # there is no context for a codec that FFmpeg does not know
        raise Refused("its audio codec is not one that Lect reads", hint=READABLE)
    if context.sample_rate not in RATES:
        raise Refused(f"a sample rate of {context.sample_rate} Hz cannot be used")
    if not 1 <= context.channels <= MOST_CHANNELS:
        raise Refused(f"{context.channels} channels are more than the {MOST_CHANNELS} that can be used")
    return stream


def describe(container: av.container.InputContainer) -> dict[str, Any]:
    """The fields of `AudioInfo`."""
    stream = audio_stream(container)
    context = stream.codec_context
    codec = context.codec.name
    return {
        "container": container.format.name.split(",")[0],
        "codec": codec.removesuffix("float"),
        "rate": context.sample_rate,
        "channels": context.channels,
        "bits": stored_bits(codec),
        "is_pcm": codec.startswith("pcm_") and not codec.endswith("law"),
        "duration": stated_length(container, stream),
    }


def stored_bits(codec: str) -> int | None:
    """Bits per stored sample of a PCM codec, which its name tells; other codecs have none."""
    if not codec.startswith("pcm_"):
        return None
    return 8 if codec.endswith("law") else int("".join(filter(str.isdigit, codec)))


def stated_length(container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    """Seconds that the header states, or that FFmpeg estimates."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    alone = len(container.streams) == 1
    return container.duration / av.time_base if container.duration and alone else None


def send_blocks(
    link: Connection, container: av.container.InputContainer, longest: float, channel: int | None
) -> None:
    """Send the whole file as blocks; refuse it when it turns out too long, damaged or cut."""
    stream = audio_stream(container)
    sent = 0
    for block in resampled(mono_frames(container, stream, channel)):
        sent += len(block)
        if sent > longest * SAMPLE_RATE:
            raise Refused(
                f"longer than the {longest:g} s allowed",
                limit=True,
                hint="Split the file, or raise the limit.",
            )
        if not np.isfinite(block).all():
            raise Refused("holds samples that are not finite numbers")
        link.send_bytes(json.dumps({"samples": len(block)}).encode())
        link.send_bytes(block.data)
    check_length(sent / SAMPLE_RATE, container, stream)


def check_length(decoded: float, container: av.container.InputContainer, stream: av.AudioStream) -> None:
    """Refuse a file without audio, and one that ends before the length that its header states."""
    stated = stated_length(container, stream) or 0.0
    if container.format.name.split(",")[0] in STATES_LENGTH and decoded < stated - SHORTFALL:
        reason = f"cut off: its header states {stated:.2f} s, but only {decoded:.2f} s are there"
        raise Refused(reason, hint="Copy it again.")
    if not decoded:
        raise Refused("holds no audio samples", hint="Record or copy it again.")


def mono_frames(
    container: av.container.InputContainer, stream: av.AudioStream, channel: int | None
) -> Iterator[tuple[int, Array]]:
    """Yield (rate, samples) of each decoded frame; a few damaged packets are skipped, more are refused."""
    packets = bad = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            continue
        for frame in frames:
            yield frame.sample_rate, mono(frame, channel)
    if bad > packets * BAD_PACKETS:
        raise Refused(f"damaged: {bad} of its {packets} packets cannot be decoded", hint="Copy it again.")


def mono(frame: av.AudioFrame, channel: int | None) -> Array:
    """One channel or the mean of all, full scale = 1, shape = (n_samples,)."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if channel is not None:
        if channel >= len(raw):
            raise Refused(f"has no channel {channel}: it has {len(raw)}, counted from 0")
        raw = raw[channel : channel + 1]
    samples: Array = raw.astype(np.float32)
    if (scale := SCALES.get(raw.dtype.str[1:])) is not None:
        samples = (samples - (scale if raw.dtype == np.uint8 else 0)) / np.float32(scale)
    return samples[0] if len(samples) == 1 else np.asarray(samples.mean(axis=0, dtype=np.float32))


def resampled(frames: Iterator[tuple[int, Array]]) -> Iterator[Array]:
    """Join frames to blocks of about a second at 16 kHz; the rate may change within a file."""
    for rate, run in itertools.groupby(frames, key=lambda frame: frame[0]):
        blocks = joined((samples for _, samples in run), rate)
        if rate == SAMPLE_RATE:
            yield from blocks
            continue
        if rate not in RATES:
            raise Refused(f"a sample rate of {rate} Hz cannot be used")
        resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        for block in blocks:
            yield resampler.resample_chunk(block)
        yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


def joined(pieces: Iterator[Array], size: int) -> Iterator[Array]:
    """Join pieces until they are at least `size` samples."""
    waiting: list[Array] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count >= size:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)


if __name__ == "__main__":
    main()
