"""Files that are whole or absent, locks between processes, hashes, and names that cannot escape a folder."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Callable, Container, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from lect.core.errors import Conflict, InvalidInput, StoreError

BLOCK = 1 << 20  # bytes read at a time
TEMPORARY = ".lect-"  # how the names of files begin that are being written

_FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when it is complete and on disk.

    Args:
        path: the file to write; its folder is made if need be, an older file is replaced. A symbolic link stays, and
            what it leads to is replaced. A device or a pipe stays, too, and is written to as the data comes.

    Yields:
        An open binary file. If the body raises, nothing is left behind and an older file stays.

    Raises:
        StoreError: the disk is full, or the place cannot be written to.
    """
    with _storing(path):
        file = path.open("wb") if _is_special(path) else None
        target = Path(os.path.realpath(path))
    with _in_place(path, file) if file else _replacing(path, target) as whole:
        yield whole


def _is_special(path: Path) -> bool:
    """It is a device, a pipe or a socket: nothing that could be replaced by a file."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _in_place(path: Path, file: BinaryIO) -> Iterator[BinaryIO]:
    with _storing(path, only=_FULL), file:
        yield file


@contextmanager
def write_then_name(folder: Path, name: Callable[[], Path]) -> Iterator[BinaryIO]:
    """As `atomic_write`, for a file in a folder whose name depends on what is written.

    Args:
        folder: where it is written; it is made if need be.
        name: asked for the file's path, in the folder or below, when all is written and on disk. An older file is replaced.

    Yields:
        An open binary file. If the body or `name` raises, nothing is left behind.

    Raises:
        StoreError: the disk is full, or the place cannot be written to.
    """
    with _naming(folder, folder, name) as file:
        yield file


def _replacing(path: Path, target: Path) -> AbstractContextManager[BinaryIO]:
    return _naming(path, target.parent, lambda: target)


@contextmanager
def _naming(path: Path, folder: Path, name: Callable[[], Path]) -> Iterator[BinaryIO]:
    temporary = folder / f"{TEMPORARY}{secrets.token_hex(8)}.part"
    with _storing(path):
        folder.mkdir(parents=True, exist_ok=True)
        file = temporary.open("xb")
    try:
        with _storing(path, only=_FULL), file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _storing(path):
            target = name()
            _make_folder(target.parent)
            temporary.replace(target)
            _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Fill a folder that appears under its name only when it is complete and on disk.

    Hold `locked` around it: unlike a file, a folder that is there already cannot be replaced, and one found half
    filled is taken for the remains of a process that was killed, and removed.

    Args:
        path: the folder to make; it must not exist.

    Yields:
        An empty folder beside it to write into. If the body raises, nothing is left behind.

    Raises:
        StoreError: the disk is full, or the place cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.part")
    with _storing(path):
        if temporary.exists():
            shutil.rmtree(temporary)
        temporary.mkdir(parents=True)
    try:
        with _storing(path, only=_FULL):
            yield temporary
        with _storing(path):
            _sync_files(temporary)
            temporary.rename(path)
            _sync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` atomically; see `atomic_write`."""
    with atomic_write(path) as file:
        file.write(data)


def json_bytes(document: Any) -> bytes:
    """The one JSON form of a document: sorted keys, two blanks of indent, UTF-8, a last line break."""
    text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that only one process or thread can hold; the others wait here.

    Look again for the result after entering: whoever held the lock before may have made it.

    Args:
        path: the lock file; it is made if need be and stays (removing it would let two in).

    Raises:
        StoreError: the lock file cannot be made.
    """
    with _storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Be the only process or thread that makes a file or folder; whoever comes second is told so at once.

    Args:
        path: what is to be made. A lock file lies beside it meanwhile; one that a killed process left is taken over.

    Raises:
        Conflict: another one is at it.
        StoreError: the lock file cannot be made.
    """
    lock = path.with_name(f".{path.name}.lock")
    with _storing(path):
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = _claim(lock)
    if file is None:
        raise Conflict(
            f"{path}: it is being written already",
            hint="Wait until whoever writes it is done, or choose another name.",
        )
    with file:
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def hold_for_life(path: Path) -> bool:
    """Hold a lock until this process ends, whatever program it becomes; False: another one has it.

    Args:
        path: the lock file; it is made if need be and stays.

    Raises:
        StoreError: the lock file cannot be made.
    """
    with _storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return False
        os.set_inheritable(held, True)  # it is never closed: the system does that in the end
        return True


def _claim(lock: Path) -> BinaryIO | None:
    """The lock file, opened and held; None: somebody else holds it."""
    while True:
        file = lock.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            if isinstance(error, BlockingIOError):
                return None
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(lock.stat(), os.fstat(file.fileno())):
                return file
        file.close()  # whoever held it has removed it meanwhile: it keeps nobody out


def read_blocks(path: Path, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes of a file, or of `length` bytes of it from `offset`, a block at a time."""
    left = sys.maxsize if length is None else length
    with path.open("rb") as file:
        file.seek(offset)
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_member_name(name: str) -> str:
    """Return the name of an archive's member if it stays inside the archive.

    This is the one place that decides: no absolute path, no drive, no backslash, no `..`, no control
    character, and no character that turns into one of these when a file system normalises it.

    Raises:
        InvalidInput: it does not; the message names it and says why.
    """
    folded = unicodedata.normalize("NFKC", name)
    reason = next((reason for pattern, reason in _UNSAFE if pattern.search(folded)), None)
    if reason is None and folded.count("/") != name.count("/"):
        reason = "it holds a character that looks like a slash"
    if reason:
        raise InvalidInput(
            f"{name!r}: this name is not safe in an archive: {reason}",
            hint="Pack the archive again with plain relative names such as audio/first.wav.",
        )
    return name


_UNSAFE = (
    (re.compile(r"^$"), "it is empty"),
    (re.compile(r"[\x00-\x1f\x7f]"), "it holds a control character"),
    (re.compile(r"\\"), "it holds a backslash"),
    (re.compile(r"^/"), "it is absolute"),
    (re.compile(r":"), "it holds a colon, as drives and streams do"),
    (re.compile(r"(^|/)\.\.(/|$)"), "it leads out of the archive"),
    (re.compile(r"(^|/)\.?(/|$)"), "it has an empty part"),
)


@contextmanager
def _storing(path: Path, *, only: Container[int] | None = None) -> Iterator[None]:
    """Turn an OSError (or `only` those of some kinds) into a StoreError that names the file."""
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        raise StoreError(
            f"{path}: cannot be written: {error.strerror or error}", hint=_hint(error.errno)
        ) from error


def _hint(code: int | None) -> str:
    if code in _FULL:
        return "Free some space or choose another disk; nothing was left behind."
    if code in _FORBIDDEN:
        return "Choose a folder that you may write to."
    return "Check that the path is right and choose another one if need be."


def _sync_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
