"""A repaired copy of some data: everything that can be saved, in the form that Azure takes as well.

Text becomes UTF-8 with a byte-order mark and plain line ends. Archives become a flat zip of WAV files (16 kHz,
mono, 16-bit PCM) with `trans.txt`. Lines and files that cannot be saved are left out. A list beside the copy names each of
them, and each that was changed.
"""

from __future__ import annotations

import codecs
import shutil
import tempfile
import wave
import zipfile
from collections.abc import Container, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from lect.core.files import atomic_write
from lect.core.words import counted
from lect.datasets import acoustic, audio, structured
from lect.datasets import transcript as transcripts
from lect.datasets.archive import Archive, open_archive
from lect.datasets.changes import SUFFIX, Changes
from lect.datasets.inspection import Decoder, Inspection, inspection
from lect.datasets.lines import Line, read_lines
from lect.datasets.registry import VALIDATE
from lect.datasets.report import Fixed
from lect.datasets.textfile import open_text
from lect.settings import Limits
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

_TRANSCRIPT = "trans.txt"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same data gives the same bytes
_WANTED = ("wav", "pcm_s16le", SAMPLE_RATE, 1)
_FULL_SCALE = 1 << 15  # of 16-bit PCM


def write_copy(
    path: Path, out: Path, kind: str, *, locale: str, limits: Limits = Limits(), decoder: Decoder | None
) -> Fixed:
    """Write a repaired copy of some data; it appears at `out` when it is complete.

    Raises:
        StoreError: It cannot be written; nothing is left behind.
    """
    with tempfile.TemporaryFile() as rows:
        changes = Changes(rows, remembers=kind == structured.KIND)
        walk = inspection(locale=locale, limits=limits, decoder=decoder, repair=True, findings=changes)
        try:
            with atomic_write(out) as file:
                write = _write_text if kind in VALIDATE else _write_zip
                write(path, file, kind, walk, changes)
                if not changes.accepted:
                    raise _NothingLeft
        except _NothingLeft:
            written = listing = None
        else:
            written, listing = out, _write_listing(rows, listing_of(out)) if changes.rows else None
    return Fixed(
        path=written,
        accepted=changes.accepted,
        dropped=changes.rejected,
        changed=changes.changed,
        listing=listing,
        problems=tuple(problem for problem in changes.problems if problem.is_error),
    )


def listing_of(out: Path) -> Path:
    """The file beside a repaired copy that names what was changed or left out."""
    return out.with_name(out.name + SUFFIX)


class _NothingLeft(Exception):
    """No line and no file could be saved, so there is no copy."""


def _write_listing(rows: BinaryIO, path: Path) -> Path:
    rows.seek(0)
    with atomic_write(path) as file:
        shutil.copyfileobj(rows, file)
    return path


def _write_text(path: Path, file: BinaryIO, kind: str, walk: Inspection, changes: Changes) -> None:
    changes.text = path.name
    with open_text(path) as source, open_text(path) as again:
        before = _Before(again, path.name, walk.locale, in_order=kind != structured.KIND)
        file.write(codecs.BOM_UTF8)
        for line in VALIDATE[kind](source, path, walk):
            file.write(f"{line.text}\n".encode())
            if line.text:  # none is put between the sections of structured text
                changes.keep(path.name, before.take(line.number), line.text)
        for line in before.rest(changes.left_out):
            changes.leave_out(path.name, line.number, _NO_PLACE, before=line.text)


_NO_PLACE = "a heading under which nothing is left, or whose list goes on under the first of its name"


class _Before:
    """The lines of the original, to be compared with those of the copy."""

    def __init__(self, file: BinaryIO, name: str, locale: str, *, in_order: bool = True) -> None:
        """
        Args:
            in_order: they are asked for in their order, so that none need be kept
        """
        lines = read_lines(file, name=name, locale=locale, tell=lambda problem: None, repair=True)
        self._lines = lines if in_order else iter(())
        self._kept = {} if in_order else {line.number: line for line in lines}
        self._taken: set[int] = set()

    def take(self, number: int) -> Line:
        """The line of a number."""
        if not self._kept:
            return next(line for line in self._lines if line.number == number)
        self._taken.add(number)
        return self._kept[number]

    def rest(self, told: Container[int]) -> Iterator[Line]:
        """The lines that were neither asked for nor told, where they were kept; empty ones mean nothing."""
        for number, line in self._kept.items():
            if number not in self._taken and number not in told and line.text.strip():
                yield line


def _write_zip(path: Path, file: BinaryIO, kind: str, walk: Inspection, changes: Changes) -> None:
    with open_archive(path, walk.limits) as archive, zipfile.ZipFile(file, "w") as out:
        if kind == acoustic.KIND:
            written = _write_acoustic(archive, out, walk, changes)
        else:
            written = [member.name for member in audio.validate(archive, walk)]
            for name, flat in _flat_names(written):
                _write_wav(archive, name, out, flat, walk.decoder, changes)
        for problem in archive.problems:
            if problem.is_error:
                changes.leave_out(problem.file, problem.line, problem.message)
        for name in archive.members.keys() - {*written, *changes.lost}:
            changes.leave_out(name, None, "nothing in the copy is made of it")


def _write_acoustic(
    archive: Archive, out: zipfile.ZipFile, walk: Inspection, changes: Changes
) -> Iterable[str]:
    """Write recordings and transcript; the names of the files that were used."""
    changes.text = next((member.name for member in transcripts.find(archive)), "")
    utterances = acoustic.validate(archive, walk)
    flat = dict(_flat_names([utterance.file for utterance in utterances]))
    for utterance in utterances:
        _write_wav(archive, utterance.file, out, flat[utterance.file], walk.decoder, changes)
    lines = {each.line: f"{flat[each.file]}\t{each.transcript}" for each in utterances}
    out.writestr(
        entry(_TRANSCRIPT), codecs.BOM_UTF8 + "".join(f"{line}\n" for line in lines.values()).encode()
    )
    if not utterances:
        return flat
    with archive.open(changes.text) as again:
        before = _Before(again, changes.text, walk.locale)
        for number, line in lines.items():
            changes.keep(changes.text, before.take(number), line)
    return [*flat, changes.text]


def _flat_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A name without folders for each file, `.wav`, unlike all others."""
    taken: set[str] = set()
    for name in names:
        path = PurePosixPath(name)
        wanted = [path.stem, "_".join(path.with_suffix("").parts)]
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, len(taken) + 3))
        stem = next(stem for stem in (*wanted, *numbered) if stem.casefold() not in taken)
        taken.add(stem.casefold())
        yield name, f"{stem}.wav"


def _write_wav(
    archive: Archive,
    name: str,
    out: zipfile.ZipFile,
    flat: str,
    decoder: Decoder | None,
    changes: Changes,
) -> None:
    """Add a recording as 16-bit PCM, mono, 16 kHz, a block at a time."""
    if decoder is None:
        raise ValueError("a decoder is needed to convert audio")
    info = decoder.probe(archive.source(name), name=name)
    if (info.container, info.codec, info.rate, info.channels) != _WANTED or flat != name:
        form = f"{info.container} {info.codec}, {info.rate:,} Hz, {counted(info.channels, 'channel')}"
        changes.change(
            name, None, f"{form}; WAV of 16-bit PCM, 16,000 Hz, mono in the copy", before=name, after=flat
        )
    with tempfile.TemporaryFile() as file:
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            for block in decoder.stream(archive.source(name), name=name):
                wav.writeframes(_pcm16(block))
        file.seek(0)
        with out.open(entry(flat), "w") as member:
            while data := file.read(1 << 20):
                member.write(data)


def _pcm16(samples: Samples) -> bytes:
    scaled = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return scaled.astype("<i2").tobytes()


def entry(name: str) -> zipfile.ZipInfo:
    """The head of a file in a zip: the same data gives the same bytes."""
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
