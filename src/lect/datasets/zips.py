"""Zips that nobody trusts.

The directory is checked before Python's reader loads it (a million entries cost a gigabyte), the entries before
one of them is unpacked. Python 3.11 knows nothing of entries that overlap, so that is checked here as well.
"""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from lect.core.closing import Closing
from lect.core.errors import InvalidDataset, InvalidInput, LimitExceeded
from lect.core.files import check_member_name
from lect.datasets.archive import Member, Sorting, is_link_or_device, too_many_files
from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable
from lect.settings import Limits

HEADS = (b"PK\3\4", b"PK\5\6")  # what zips begin with; the second of an empty one
_SPOOL_BYTES = 32 << 20  # larger audio files are unpacked to disk for the decoder
_SMALL_BYTES = 64 << 20  # what a dataset may unpack to, whatever its ratio
_MOST_RATIO = 100  # how many times larger than the zip its contents may be beyond that
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

_END = struct.Struct("<4s4H2LH")  # end of central directory: signature, disks, entries, size, offset, comment
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL_HEADER = 30  # bytes, without the name

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def is_zip(path: Path) -> bool:
    """The file begins as zips do."""
    with path.open("rb") as file:
        return file.read(4) in HEADS


class ZipArchive(Closing):
    """A zip as a list of files that are safe to read."""

    def __init__(self, path: Path, limits: Limits = Limits()) -> None:
        self.name = path.name
        _check_directory(path, limits)
        with _reading(self.name):
            self._zip = zipfile.ZipFile(path)
        self._spool: Path | None = None
        self._spooled: dict[str, Path] = {}
        try:
            entries = self._zip.infolist()
            _check_total(self.name, entries, path.stat().st_size, limits)
            _check_overlaps(self.name, entries, self._zip.start_dir)
            sorting = Sorting()
            self._entries = {entry.filename: entry for entry in entries if _take(entry, sorting)}
        except BaseException:
            self._zip.close()
            raise
        self.members: Mapping[str, Member] = sorting.members
        nested = (_nested(name) for name in self.members if "/" in name)
        self.problems: tuple[Problem, ...] = (*sorting.problems, *nested)

    def open(self, name: str) -> BinaryIO:
        with _reading(f"{self.name}/{name}"):
            return io.BufferedReader(
                _Unpacked(self._zip.open(self._entries[name]), f"{self.name}/{name}", self.members[name].size)
            )

    def source(self, name: str) -> Path | bytes:
        member = self.members[name]
        with self.open(name) as file:
            if member.size <= _SPOOL_BYTES:
                return file.read()
            if name not in self._spooled:
                path = self._spool_folder() / f"{len(self._spooled)}{member.suffix}"
                with path.open("wb") as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
                self._spooled[name] = path
            return self._spooled[name]

    def close(self) -> None:
        self._zip.close()
        if self._spool is not None:
            shutil.rmtree(self._spool, ignore_errors=True)

    def _spool_folder(self) -> Path:
        if self._spool is None:
            self._spool = Path(tempfile.mkdtemp(prefix="lect-"))
            weakref.finalize(self, shutil.rmtree, self._spool, ignore_errors=True)
        return self._spool


class _Unpacked(io.RawIOBase):
    """A member while it is unpacked: damage is an error of ours.

    The reader below stops at the declared size and compares the checksum there; what is too short is told here.
    """

    def __init__(self, member: IO[bytes], name: str, size: int) -> None:
        self._member = member
        self._name = name
        self._left = size  # bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with _reading(self._name):
            data = self._member.read(len(buffer))
        self._left -= len(data)
        if self._left and not data:
            raise _damaged(self._name, f"{self._left:,} bytes are missing")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._member.close()
        super().close()


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(name, f"it cannot be unpacked ({str(error) or type(error).__name__})") from error


def _damaged(name: str, reason: str) -> InvalidDataset:
    return InvalidDataset(
        f"{printable(name)}: this zip is damaged: {printable(reason)}",
        hint="Pack the data again, and compare the sizes if it was sent over a network.",
    )


def _check_directory(path: Path, limits: Limits) -> None:
    """Find the central directory and count its entries without loading it."""
    size = path.stat().st_size
    if size > limits.archive_bytes:
        raise LimitExceeded(
            f"{path.name}: {size:,} bytes, the limit is {limits.archive_bytes:,}",
            hint="Split the data into several datasets.",
        )
    with path.open("rb") as file:
        end, length = _directory(file, path.name, size)
        file.seek(end - length)
        count = 0
        while length >= _ENTRY.size:
            entry = _ENTRY.unpack(file.read(_ENTRY.size))
            if entry[0] != b"PK\1\2":
                raise _damaged(path.name, "its list of files is broken")
            variable = entry[10] + entry[11] + entry[12]  # name, extra fields, comment
            file.seek(variable, io.SEEK_CUR)
            length -= _ENTRY.size + variable
            count += 1
            if count > limits.archive_files:
                raise too_many_files(path.name, limits)


def _directory(file: BinaryIO, name: str, size: int) -> tuple[int, int]:
    """Where the central directory ends, and how long it is."""
    tail = min(size, _END.size + (1 << 16))
    file.seek(size - tail)
    data = file.read(tail)
    found = data.rfind(b"PK\5\6")
    if found < 0 or len(data) - found < _END.size:
        raise InvalidDataset(
            f"{name}: this is not a zip, or its end is missing",
            hint="Pack the data as a zip, and compare the sizes if it was sent over a network.",
        )
    length = _END.unpack_from(data, found)[5]
    end = size - tail + found
    locator = found - _LOCATOR64.size
    if locator >= 0 and data[locator : locator + 4] == b"PK\6\7":
        file.seek(max(0, end - _LOCATOR64.size - _END64.size))
        record = file.read(_END64.size)
        if len(record) < _END64.size or record[:4] != b"PK\6\6":
            raise _damaged(name, "its 64-bit list of files is broken")
        length, end = _END64.unpack(record)[8], end - _LOCATOR64.size - _END64.size
    if length > end:
        raise _damaged(name, "its list of files is longer than the file")
    return end, length


def _check_total(name: str, entries: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > limits.archive_bytes or total > max(_SMALL_BYTES, packed * _MOST_RATIO):
        raise LimitExceeded(
            f"{name}: {packed:,} bytes that unpack to {total:,}; the limit is {limits.archive_bytes:,} bytes and "
            f"{_MOST_RATIO} times the zip",
            hint="Split the data into several datasets. If you do not know where the zip comes from, "
            "do not unpack it.",
        )


def _check_overlaps(name: str, entries: list[zipfile.ZipInfo], directory: int) -> None:
    """No two entries may share bytes: a few of them would unpack to any size."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    starts = [entry.header_offset for entry in ordered] + [directory]
    for entry, start, following in zip(ordered, starts, starts[1:], strict=False):
        if start < 0 or start + _LOCAL_HEADER + entry.compress_size > following:
            raise _damaged(name, f"the contents of {entry.filename!r} overlap with other contents")


def _nested(name: str) -> Problem:
    return Problem(
        code=Code.ZIP_NESTED_DIR,
        file=name,
        message="the file lies in a folder of the zip; Azure wants every file at the top",
        suggestion="Zip the files, not the folder that holds them.",
    )


def _take(entry: zipfile.ZipInfo, sorting: Sorting) -> bool:
    """Sort one entry; True if it is a file to read."""
    name = entry.orig_filename
    try:
        check_member_name(name.removesuffix("/"))
    except InvalidInput as error:
        sorting.refuse(Code.UNSAFE_NAME, printable(name), error.message, suggestion=error.hint)
        return False
    if is_link_or_device(entry.external_attr >> 16):
        sorting.refuse(Code.NOT_A_FILE, name, "it is a link or a device, not a file")
    elif entry.is_dir():
        pass
    elif entry.flag_bits & 0x2041:
        sorting.refuse(Code.ENCRYPTED, name, "it is encrypted", suggestion="Pack it without a password.")
    elif entry.compress_type not in _METHODS:
        sorting.refuse(
            Code.PACKING_UNKNOWN,
            name,
            "it is packed in an unusual way",
            suggestion="Pack the zip again with the usual method, deflate.",
        )
    else:
        return sorting.take(name, entry.file_size)
    return False
