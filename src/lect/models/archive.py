"""Zip files in one form only, so that data can be memory-mapped in place and nothing can hide.

Members are stored, not compressed; their data starts at a multiple of 64 bytes (the local header is filled
up by an extra field that zip tools know); dates are fixed. Given names, lengths and checksums, every other
byte follows. The reader makes those bytes anew and compares: a changed header, a second copy of a member,
a prefix, a comment or a gap cannot pass, and no two programs can read the same file differently.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lect.core.errors import InvalidInput, LimitExceeded, ModelLoadFailed, StoreError
from lect.core.files import BLOCK, read_blocks

ALIGNMENT = 64  # bytes: a cache line, and a multiple of every number's size
MAX_MEMBERS = 64
MAX_SIZE = 0xFFFF_FFFE  # bytes in all: what zip without its 64-bit extension can count

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}\.(json|bin|safetensors|txt)")
_LOCAL = struct.Struct("<4s 5H 3I 2H")
_CENTRAL = struct.Struct("<4s 6H 3I 5H 2I")
_END = struct.Struct("<4s 4H 2I H")
_PAD = struct.Struct("<3H")  # an extra field: its id, its length, the alignment; then zeros
_PAD_ID = 0xD935  # the alignment field of Android's zipalign
_NEEDS = 10  # version needed to extract: stored members are as old as zip
_MADE_BY = 3 << 8 | _NEEDS  # Unix, so that the file mode counts
_DATE = 1 << 5 | 1  # 1 January 1980, the first day of zip
_MODE = 0o100644 << 16


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of the archive: `length` bytes of the file from `offset` on."""

    name: str
    offset: int
    length: int
    crc: int


def write(file: BinaryIO, sources: Mapping[str, bytes | Path]) -> None:
    """Write an archive; the same members in the same order give the same bytes.

    Args:
        file: an empty file.
        sources: name -> the data, or the file that holds it.

    Raises:
        InvalidInput: a name is not allowed.
        LimitExceeded: there are too many members or too many bytes.
        StoreError: a source changed while it was read.
    """
    members = _lay_out((name, *_measure(data)) for name, data in sources.items())
    _check_limits(members)
    for member in members:
        file.write(_local_header(member, at=file.tell()))
        crc = 0
        for block in blocks(sources[member.name]):
            crc = zlib.crc32(block, crc)
            file.write(block)
        if crc != member.crc:
            raise StoreError(f"{sources[member.name]!s}: changed while it was read", hint="Try again.")
    file.write(_directory(members))


def read(path: Path) -> list[Member]:
    """The members of an archive, every header checked. Whether the data fits `crc` is for the caller to see.

    Raises:
        ModelLoadFailed: the file is not exactly what `write` makes of its members.
    """
    with path.open("rb") as file:
        start, directory = _read_directory(path, file)
        members = _lay_out(_entries(path, directory))
        if len({member.name for member in members}) < len(members):
            raise _damaged(path, "a member is there twice")
        if _end_of(members) != start or _directory(members) != directory:
            raise _damaged(path, "the layout is not that of a bundle")
        position = 0
        for member in members:
            file.seek(position)
            if file.read(member.offset - position) != _local_header(member, at=position):
                raise _damaged(path, f"{member.name}: the header differs from the directory's")
            position = member.offset + member.length
    return members


def is_member_name(name: str) -> bool:
    """Whether a name may stand in a bundle: one flat, lower-case word with a known suffix. No code, no paths."""
    return _NAME.fullmatch(name) is not None


def blocks(source: bytes | Path) -> Iterator[bytes]:
    """The data of a source, a block at a time."""
    if isinstance(source, Path):
        yield from read_blocks(source)
    else:
        yield from (source[at : at + BLOCK] for at in range(0, len(source), BLOCK))


def _measure(source: bytes | Path) -> tuple[int, int]:
    length = crc = 0
    for block in blocks(source):
        length += len(block)
        crc = zlib.crc32(block, crc)
    return length, crc


def _check_limits(members: Sequence[Member]) -> None:
    for member in members:
        if not is_member_name(member.name):
            raise InvalidInput(f"{member.name!r}: a bundle holds no member of such a name")
    if len(members) > MAX_MEMBERS or _end_of(members) > MAX_SIZE:
        raise LimitExceeded(f"a bundle holds at most {MAX_MEMBERS} members and {MAX_SIZE:,} bytes")


def _lay_out(entries: Iterable[tuple[str, int, int]]) -> list[Member]:
    """Give each (name, length, crc) its place: headers and data follow each other without a gap."""
    members: list[Member] = []
    for name, length, crc in entries:
        header_end = _end_of(members) + _LOCAL.size + len(name) + _PAD.size
        offset = -(-header_end // ALIGNMENT) * ALIGNMENT
        members.append(Member(name=name, offset=offset, length=length, crc=crc))
    return members


def _end_of(members: Sequence[Member]) -> int:
    return members[-1].offset + members[-1].length if members else 0


def _local_header(member: Member, *, at: int) -> bytes:
    extra = member.offset - at - _LOCAL.size - len(member.name)
    head = (b"PK\3\4", _NEEDS, 0, 0, 0, _DATE, member.crc, member.length, member.length)
    padding = _PAD.pack(_PAD_ID, extra - 4, ALIGNMENT) + bytes(extra - _PAD.size)
    return _LOCAL.pack(*head, len(member.name), extra) + member.name.encode() + padding


def _directory(members: Sequence[Member]) -> bytes:
    """The central directory and the record that ends the file."""
    entries = b""
    at = 0
    for member in members:
        head = (b"PK\1\2", _MADE_BY, _NEEDS, 0, 0, 0, _DATE, member.crc, member.length, member.length)
        entries += _CENTRAL.pack(*head, len(member.name), 0, 0, 0, 0, _MODE, at) + member.name.encode()
        at = member.offset + member.length
    return entries + _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(entries), at, 0)


def _read_directory(path: Path, file: BinaryIO) -> tuple[int, bytes]:
    """Where the central directory starts, and all bytes from there on."""
    if file.read(4) != b"PK\3\4":
        raise ModelLoadFailed(f"{path}: this is no bundle", hint="Give a file made by `lect train`.")
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size))
    end = file.read()
    if len(end) < _END.size or not end.startswith(b"PK\5\6"):
        raise _damaged(path, "the end is missing or something follows it")
    start = size - _END.size - _END.unpack(end)[5]
    longest = MAX_MEMBERS * (_CENTRAL.size + 64)
    if start < 0 or size - start > longest:
        raise _damaged(path, "the directory is damaged or lists too many members")
    file.seek(start)
    return start, file.read()


def _entries(path: Path, directory: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, length and crc of each entry of a central directory, checked as far as one can alone."""
    at = 0
    while at + _CENTRAL.size <= len(directory) - _END.size:
        head = _CENTRAL.unpack_from(directory, at)
        raw = directory[at + _CENTRAL.size : at + _CENTRAL.size + head[10]]
        name = raw.decode("ascii", "backslashreplace")
        if head[0] != b"PK\1\2" or not is_member_name(name):
            raise _damaged(path, f"{name!r}: a bundle holds no member of such a name")
        if head[4] != 0 or head[8] != head[9]:
            raise _damaged(path, f"{name}: the member is compressed")
        yield name, head[9], head[7]
        at += _CENTRAL.size + head[10] + head[11] + head[12]


def _damaged(path: Path, reason: str) -> ModelLoadFailed:
    return ModelLoadFailed(
        f"{path}: damaged, or packed by another program: {reason}",
        hint="Copy the bundle again from where it was made. A bundle that you unpacked yourself can be "
        "used as a folder.",
    )
