"""Recordings with transcripts that people wrote, as an upload: a zip of utterances with `trans.txt` and the speakers.

A recording that is one segment is copied as it is. Of others each segment becomes a WAV file of its own, with a little of the
sound around it.
"""

from __future__ import annotations

import shutil
import wave
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from lect.core.errors import InvalidDataset, LimitExceeded
from lect.core.progress import Progress, silent
from lect.datasets.archive import Archive, open_archive
from lect.datasets.fixing import entry
from lect.datasets.speakers import FILE as SPEAKERS
from lect.settings import Limits
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples

MARGIN = 0.1  # seconds of sound before and after a segment, where it does not belong to another
_WHOLE = 0.05  # seconds that a segment may lack of the whole recording
_FULL_SCALE = (1 << 15) - 1

Transcripts = Sequence[Mapping[str, Any]]
"""Of each recording `file, duration` and `segments`: of each `offset, duration, text` and perhaps `speaker`; times are seconds."""


def write_corrected(
    path: Path,
    output: Path,
    transcripts: Transcripts,
    *,
    decoder: AudioDecoder,
    limits: Limits = Limits(),
    progress: Progress = silent,
) -> int:
    """Write the upload; how many utterances it holds.

    Args:
        path: the zip with the recordings

    Raises:
        InvalidDataset: nothing is said in any of them.
        LimitExceeded: it would be larger than a dataset may be.
    """
    with open_archive(path, limits) as archive, zipfile.ZipFile(output, "w") as copy:
        pack = _Pack(copy, archive, decoder, limits)
        for done, each in enumerate(transcripts, start=1):
            pack.add(each)
            progress(f"Cut {done:,} of {len(transcripts):,} recordings", done / len(transcripts))
        return pack.end()


@dataclass(frozen=True)
class _Cut:
    """A segment, and where it is cut out; seconds."""

    begin: float
    end: float
    text: str
    speaker: str


class _Pack:
    """The zip as it is filled."""

    def __init__(
        self, copy: zipfile.ZipFile, archive: Archive, decoder: AudioDecoder, limits: Limits
    ) -> None:
        self._copy, self._archive, self._decoder, self._limits = copy, archive, decoder, limits
        self._names, self._size = set(archive.members), 0
        self._lines, self._speakers = list[str](), list[str]()

    def add(self, transcript: Mapping[str, Any]) -> None:
        file = transcript["file"]
        cuts = [cut for cut in _cuts(transcript) if cut.text]
        if len(transcript["segments"]) == 1 and cuts and _is_whole(transcript):
            self._require_room(self._archive.members[file].size)
            with self._archive.open(file) as source, self._copy.open(entry(file), "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            self._note(file, cuts[0])
        elif cuts:
            blocks = self._decoder.stream(self._archive.source(file), name=file)
            for number, (cut, samples) in enumerate(zip(cuts, _cut_out(blocks, cuts), strict=True), start=1):
                self._add_part(self._part_name(file, number), cut, samples)

    def end(self) -> int:
        if not self._lines:
            raise InvalidDataset(
                "nothing is said in any of the recordings", hint="Write what is said in them."
            )
        self._copy.writestr(entry("trans.txt"), "\ufeff" + "".join(self._lines))
        if self._speakers:
            self._copy.writestr(entry(SPEAKERS), "file\tspeaker\n" + "".join(self._speakers))
        return len(self._lines)

    def _add_part(self, name: str, cut: _Cut, samples: Samples) -> None:
        with BytesIO() as file:
            with wave.open(file, "wb") as wav:
                wav.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
                wav.writeframes(np.round(np.clip(samples, -1.0, 1.0) * _FULL_SCALE).astype("<i2").tobytes())
            data = file.getvalue()
        self._require_room(len(data))
        self._copy.writestr(entry(name), data)
        self._note(name, cut)

    def _note(self, name: str, cut: _Cut) -> None:
        self._lines.append(f"{name}\t{cut.text}\n")
        if cut.speaker:
            self._speakers.append(f"{name}\t{cut.speaker}\n")

    def _part_name(self, file: str, number: int) -> str:
        """A name that nothing else has, here or among the recordings."""
        stem = file.removesuffix(PurePosixPath(file).suffix)
        name = f"{stem}-{number:03}.wav"
        while name in self._names:
            stem += "-"
            name = f"{stem}{number:03}.wav"
        self._names.add(name)
        return name

    def _require_room(self, size: int) -> None:
        self._size += size
        if self._size > self._limits.archive_bytes or len(self._lines) + 3 > self._limits.archive_files:
            raise LimitExceeded(
                f"what was corrected is more than one dataset holds: {self._limits.archive_files:,} files and "
                f"{self._limits.archive_bytes:,} bytes",
                hint="Correct fewer recordings at once: make several datasets of them.",
            )


def _is_whole(transcript: Mapping[str, Any]) -> bool:
    [segment] = transcript["segments"]
    lacking = transcript["duration"] - segment["duration"]
    return bool(segment["offset"] <= _WHOLE and lacking <= _WHOLE)


def _cuts(transcript: Mapping[str, Any]) -> Iterator[_Cut]:
    """The segments, each with sound around it: up to the middle between it and the next."""
    segments = transcript["segments"]
    ends = [0.0, *(each["offset"] + each["duration"] for each in segments)]
    begins = [*(each["offset"] for each in segments), transcript["duration"]]
    for place, segment in enumerate(segments):
        begin, end = begins[place], ends[place + 1]
        before = begin if place == 0 else (begin - ends[place]) / 2
        after = (begins[place + 1] - end) / (1 if place == len(segments) - 1 else 2)
        yield _Cut(
            begin - min(MARGIN, max(0.0, before)),
            end + min(MARGIN, max(0.0, after)),
            " ".join(segment["text"].split()),
            " ".join((segment.get("speaker") or "").split()),
        )


def _cut_out(blocks: Iterator[Samples], cuts: Sequence[_Cut]) -> Iterator[Samples]:
    """The samples of each cut, which follow each other without overlap; shape = (n_samples,) at 16 kHz.

    No more than a cut and a block of the recording are in memory.
    """
    held, start = np.zeros(0, np.float32), 0  # samples, and where in the recording they begin
    for cut in cuts:
        begin, end = round(cut.begin * SAMPLE_RATE), round(cut.end * SAMPLE_RATE)
        parts: list[Samples] = [held[max(0, begin - start) : max(0, end - start)]]
        while start + len(held) < end and (block := next(blocks, None)) is not None:
            start, held = start + len(held), block
            parts.append(held[max(0, begin - start) : max(0, end - start)])
        yield np.concatenate(parts)
