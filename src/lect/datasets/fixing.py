"""A repaired copy of some data: everything that can be saved, in the form that Azure takes as well.

Text becomes UTF-8 with a byte-order mark and plain line ends. Archives become a flat zip of WAV files (16 kHz,
mono, 16-bit PCM) with `trans.txt`. Lines and files that cannot be saved are left out and told.
"""

from __future__ import annotations

import codecs
import tempfile
import wave
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from lect.core.files import atomic_write
from lect.datasets import acoustic, audio
from lect.datasets.archive import Archive, open_archive
from lect.datasets.inspection import Decoder, Inspection, inspection
from lect.datasets.registry import VALIDATE
from lect.datasets.report import Fixed
from lect.datasets.textfile import open_text
from lect.settings import Limits
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

_TRANSCRIPT = "trans.txt"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same data gives the same bytes
_FULL_SCALE = 1 << 15  # of 16-bit PCM


def write_copy(
    path: Path, out: Path, kind: str, *, locale: str, limits: Limits = Limits(), decoder: Decoder | None
) -> Fixed:
    """Write a repaired copy of some data; it appears at `out` when it is complete.

    Raises:
        StoreError: It cannot be written; nothing is left behind.
    """
    walk = inspection(locale=locale, limits=limits, decoder=decoder, repair=True)
    try:
        with atomic_write(out) as file:
            _write_text(path, file, kind, walk) if kind in VALIDATE else _write_zip(path, file, kind, walk)
            if not walk.findings.accepted:
                raise _NothingLeft
    except _NothingLeft:
        written = None
    else:
        written = out
    return Fixed(
        path=written,
        accepted=walk.findings.accepted,
        dropped=walk.findings.rejected,
        problems=tuple(problem for problem in walk.findings.problems if problem.is_error),
    )


class _NothingLeft(Exception):
    """No line and no file could be saved, so there is no copy."""


def _write_text(path: Path, file: BinaryIO, kind: str, walk: Inspection) -> None:
    with open_text(path) as source:
        file.write(codecs.BOM_UTF8)
        file.writelines(f"{line.text}\n".encode() for line in VALIDATE[kind](source, path, walk))


def _write_zip(path: Path, file: BinaryIO, kind: str, walk: Inspection) -> None:
    with open_archive(path, walk.limits) as archive, zipfile.ZipFile(file, "w") as out:
        if kind == acoustic.KIND:
            _write_acoustic(archive, out, walk)
        else:
            members = [member.name for member in audio.validate(archive, walk)]
            for name, flat in _flat_names(members):
                _write_wav(archive, name, out, flat, walk.decoder)


def _write_acoustic(archive: Archive, out: zipfile.ZipFile, walk: Inspection) -> None:
    utterances = acoustic.validate(archive, walk)
    flat = dict(_flat_names([utterance.file for utterance in utterances]))
    for utterance in utterances:
        _write_wav(archive, utterance.file, out, flat[utterance.file], walk.decoder)
    lines = "".join(f"{flat[utterance.file]}\t{utterance.transcript}\n" for utterance in utterances)
    out.writestr(entry(_TRANSCRIPT), codecs.BOM_UTF8 + lines.encode())


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


def _write_wav(archive: Archive, name: str, out: zipfile.ZipFile, flat: str, decoder: Decoder | None) -> None:
    """Add a recording as 16-bit PCM, mono, 16 kHz, a block at a time."""
    if decoder is None:
        raise ValueError("a decoder is needed to convert audio")
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
