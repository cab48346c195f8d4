"""Bundles: a custom model as one file of data, which opens offline anywhere and never expires.

`NAME.lect` is a zip in the form of `lect.models.archive`: `manifest.json` first, then the members by name.
An unpacked folder with the same files works as well. Creation time and measured seconds would make two
trainings differ, so they stand beside the bundle, in `NAME.provenance.json`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from lect.core.errors import ModelLoadFailed, NotFound
from lect.core.files import atomic_write, json_bytes, read_blocks, write_bytes
from lect.models import archive
from lect.models.hashes import state_of
from lect.models.manifest import Base, Dataset, Manifest, MemberHash, NormaliserVersion, parse, seal

__all__ = [
    "SUFFIX",
    "Base",
    "Bundle",
    "Dataset",
    "Manifest",
    "MemberHash",
    "NormaliserVersion",
    "View",
    "is_bundle",
    "open_bundle",
    "write",
]

SUFFIX = ".lect"

_MANIFEST = "manifest.json"
_PROVENANCE = "provenance.json"
_MAX_MANIFEST = 16 << 20  # bytes


class View(NamedTuple):
    """Where a member's bytes lie, for `numpy.memmap`: `length` bytes of `path` from `offset` on."""

    path: Path
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An open bundle whose every byte was checked."""

    path: Path
    manifest: Manifest
    provenance: dict[str, Any] = field(default_factory=dict)
    views: Mapping[str, View]
    state: tuple[tuple[int, ...], ...] = ()  # of its files when they were checked

    def is_current(self) -> bool:
        """Whether its files are still those that were checked, as far as their sizes, times and places on disk tell."""
        return _state(self.path) == self.state

    def view(self, member: str) -> View:
        """Where a member lies.

        Raises:
            ModelLoadFailed: the bundle has no such member.
        """
        if member not in self.views:
            raise ModelLoadFailed(
                f"{self.path}: {member}: this model has no such part",
                hint=f"It has {', '.join(self.views) or 'none'}.",
            )
        return self.views[member]

    def read(self, member: str) -> bytes:
        """The bytes of a member, checked again.

        Raises:
            ModelLoadFailed: there is no such member, or it changed since the bundle was opened.
        """
        path, offset, length = self.view(member)
        data = b"".join(read_blocks(path, offset=offset, length=length))
        if hashlib.sha256(data).hexdigest() != self.manifest.members[member].sha256:
            raise _damaged(self.path, member, "it changed since the bundle was opened")
        return data

    def require_base(self, weights_sha256: str, *, name: str = "") -> None:
        """Make sure that these base weights are the ones that the bundle was made for.

        Raises:
            ModelLoadFailed: they are not.
        """
        base = self.manifest.base
        if weights_sha256 != base.weights_sha256:
            given = f"{name} ({weights_sha256[:12]})" if name else weights_sha256[:12]
            raise ModelLoadFailed(
                f"{self.path}: made for the base model {base.name} ({base.weights_sha256[:12]}), not for {given}",
                hint=f"If you have the folder of the right {base.name}, show it to Lect once: "
                "lect models verify FOLDER. Or train again on the other base.",
            )


def write(
    path: Path,
    *,
    manifest: Manifest,
    members: Mapping[str, bytes | Path],
    provenance: Mapping[str, Any] | None = None,
) -> Bundle:
    """Write a bundle atomically. The same manifest and members give the same bytes.

    Args:
        path: the file to write, `NAME.lect`.
        manifest: what the model is; its id, format and hashes are filled in here.
        members: name -> the data, or the file that holds it.
        provenance: what may differ between two equal trainings (times, machine); written beside the bundle.

    Raises:
        StoreError: the disk is full or the place cannot be written to; nothing is left behind.
        InvalidInput, LimitExceeded: a member's name or size is not allowed.
    """
    hashes = {name: _measure(source) for name, source in sorted(members.items())}
    sealed = seal(manifest, hashes)
    sources = {_MANIFEST: sealed.to_json(), **{name: members[name] for name in hashes}}
    with atomic_write(path) as file:
        archive.write(file, sources)
    if provenance is not None:
        write_bytes(_beside(path), json_bytes({"id": sealed.id, **provenance}))
    return open_bundle(path)


def is_bundle(path: Path) -> bool:
    """Whether a path looks like a bundle: a file named NAME.lect, or a folder with a manifest."""
    return path.suffix == SUFFIX if not path.is_dir() else (path / _MANIFEST).is_file()


def open_bundle(path: Path) -> Bundle:
    """Open a bundle, packed or unpacked, and check every byte of it.

    Raises:
        NotFound: there is no such file.
        ModelLoadFailed: it is damaged, incomplete, has something in it that is not listed, or is of a format
            that this version does not know. The message names the file and the member.
    """
    state = _state(path)
    try:
        views, crcs = _packed(path) if path.is_file() else _unpacked(path)
        manifest = _read_manifest(path, views)
        _check_members(path, manifest, views, crcs)
        provenance = _read_provenance(path, manifest)
    except OSError as error:
        raise ModelLoadFailed(f"{path}: cannot be read: {error.strerror or error}") from error
    data = {name: view for name, view in views.items() if name != _MANIFEST}
    return Bundle(path=path, manifest=manifest, provenance=provenance, views=data, state=state)


def _state(path: Path) -> tuple[tuple[int, ...], ...]:
    """What changes when somebody writes to a bundle or puts another in its place; nothing if it cannot be read."""
    try:
        files = [path, *sorted(path.iterdir())] if path.is_dir() else [path]
        return tuple(tuple(state_of(file)) for file in files)
    except OSError:
        return ()


def _packed(path: Path) -> tuple[dict[str, View], dict[str, int]]:
    members = archive.read(path)
    views = {member.name: View(path, member.offset, member.length) for member in members}
    return views, {member.name: member.crc for member in members}


def _unpacked(path: Path) -> tuple[dict[str, View], dict[str, int]]:
    if not path.is_dir():
        raise NotFound(f"{path}: there is no such bundle", hint="Check the path; `lect train` makes bundles.")
    views = {}
    for file in sorted(path.iterdir()):
        if file.name.startswith(".") or file.name == _PROVENANCE:
            continue  # what desktops and version control leave; and what is not checked
        if file.is_symlink() or not file.is_file() or not archive.is_member_name(file.name):
            raise _damaged(path, file.name, "a bundle holds no such thing")
        views[file.name] = View(file, 0, file.stat().st_size)
    return views, {}


def _read_manifest(path: Path, views: Mapping[str, View]) -> Manifest:
    view = views.get(_MANIFEST)
    if view is None:
        raise _damaged(path, _MANIFEST, "it is missing")
    if view.length > _MAX_MANIFEST:
        raise _damaged(path, _MANIFEST, f"it is larger than {_MAX_MANIFEST:,} bytes")
    data = b"".join(read_blocks(view.path, offset=view.offset, length=view.length))
    return parse(data, where=f"{path}: {_MANIFEST}")


def _check_members(
    path: Path, manifest: Manifest, views: Mapping[str, View], crcs: Mapping[str, int]
) -> None:
    """Compare what is there with what the manifest lists, down to every byte."""
    for name in sorted(views.keys() ^ {_MANIFEST, *manifest.members}):
        raise _damaged(path, name, "it is not listed" if name in views else "it is missing")
    for name, view in views.items():
        digest, crc = hashlib.sha256(), 0
        for block in read_blocks(view.path, offset=view.offset, length=view.length):
            digest.update(block)
            crc = zlib.crc32(block, crc)
        if crc != crcs.get(name, crc):
            raise _damaged(path, name, "the checksum does not fit")
        if name != _MANIFEST and manifest.members[name] != MemberHash(
            sha256=digest.hexdigest(), size=view.length
        ):
            raise _damaged(path, name, "the hash is not the manifest's")


def _measure(source: bytes | Path) -> MemberHash:
    digest, size = hashlib.sha256(), 0
    for block in archive.blocks(source):
        digest.update(block)
        size += len(block)
    return MemberHash(sha256=digest.hexdigest(), size=size)


def _beside(path: Path) -> Path:
    return path / _PROVENANCE if path.is_dir() else path.with_suffix(f".{_PROVENANCE}")


def _read_provenance(path: Path, manifest: Manifest) -> dict[str, Any]:
    """What stands beside the bundle, if it is about this very model."""
    try:
        document = json.loads(_beside(path).read_bytes())
    except (OSError, ValueError):  # it may be lost or spoilt: recognition does not need it
        return {}
    return document if isinstance(document, dict) and document.get("id") == manifest.id else {}


def _damaged(path: Path, member: str, reason: str) -> ModelLoadFailed:
    return ModelLoadFailed(
        f"{path}: {member}: {reason}", hint="Copy the bundle again from where it was made.", member=member
    )
