"""The manifest of a bundle: what the model is, what it was made from, and the hash of every member."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Protocol

from pydantic import JsonValue, TypeAdapter, ValidationError

from lect.core.errors import ModelLoadFailed
from lect.core.files import json_bytes

FORMAT = 1  # a reader refuses any other number


@dataclass(frozen=True, kw_only=True)
class Base:
    """The base model that a bundle fits, and no other."""

    name: str
    weights_sha256: str


class Role(StrEnum):
    """What data was for."""

    TRAINING = "training"
    DEV = "dev"  # what is kept of training was chosen on it
    GUARD = "guard"  # on which the model was not to become worse
    NOISE = "noise"  # heard behind the speech


class Counted(Protocol):
    """Data that was read and judged."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def accepted(self) -> int: ...
    @property
    def rejected(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A file that the model was trained on or judged by."""

    file: str  # its name without folders
    kind: str
    sha256: str
    accepted: int  # lines, utterances or recordings used
    rejected: int
    role: Role | None = None  # None: a bundle of an earlier Lect, which noted only what it was trained on

    @classmethod
    def of(cls, data: Counted, role: Role = Role.TRAINING) -> Dataset:
        """What stands in the manifest of some data."""
        return cls(
            file=data.name,
            kind=data.kind,
            sha256=data.sha256,
            accepted=data.accepted,
            rejected=data.rejected,
            role=role,
        )


@dataclass(frozen=True, kw_only=True)
class NormaliserVersion:
    """The normaliser that the scores were counted with."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class MemberHash:
    """What a member must be."""

    sha256: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything that is known of a custom model. The same inputs, seed and code give the same manifest."""

    base: Base
    locale: str
    normaliser: NormaliserVersion
    code: str  # version of Lect
    seed: int = 0
    licence: str = ""
    datasets: tuple[Dataset, ...] = ()
    recipe: dict[str, JsonValue] = field(default_factory=dict)
    scores: dict[str, JsonValue] = field(default_factory=dict)
    # The writer fills in the rest.
    format: int = FORMAT
    id: str = ""  # 32 hexadecimal digits of the hash of all the rest
    members: dict[str, MemberHash] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The manifest as it stands in the bundle."""
        document = asdict(self)
        for dataset in document["datasets"]:
            if dataset["role"] is None:  # as it was written
                del dataset["role"]
        return json_bytes(document)


def seal(manifest: Manifest, members: Mapping[str, MemberHash]) -> Manifest:
    """The finished manifest: format, members, and the id that follows from its content."""
    unnamed = replace(manifest, format=FORMAT, id="", members=dict(sorted(members.items())))
    return replace(unnamed, id=hashlib.sha256(unnamed.to_json()).hexdigest()[:32])


def parse(data: bytes, *, where: str) -> Manifest:
    """Read a manifest and make sure that it is unchanged since it was sealed.

    Args:
        data: the bytes of `manifest.json`.
        where: what to call it in an error.

    Raises:
        ModelLoadFailed: it is damaged, edited, or of a format that this version does not know.
    """
    _check_format(data, where)
    try:
        manifest = _adapter().validate_json(data, strict=True)
        unchanged = manifest.to_json() == data and seal(manifest, manifest.members) == manifest
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field_name = ".".join(map(str, problem["loc"])) or "document"
        raise ModelLoadFailed(f"{where}: {field_name}: {problem['msg']}", hint=_RENEW) from None
    except ValueError as error:  # a number that JSON does not have
        raise ModelLoadFailed(f"{where}: {error}", hint=_RENEW) from None
    if not unchanged:
        raise ModelLoadFailed(f"{where}: changed since it was written: the id does not fit", hint=_RENEW)
    return manifest


def _check_format(data: bytes, where: str) -> None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelLoadFailed(f"{where}: not readable as JSON: {error}", hint=_RENEW) from None
    version = document.get("format") if isinstance(document, dict) else None
    if version != FORMAT:
        raise ModelLoadFailed(
            f"{where}: the format version is {version!r}, this Lect reads {FORMAT}",
            hint="Install the version of Lect that wrote the bundle, or a newer one: pip install -U lect",
        )


@cache
def _adapter() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


_RENEW = "Copy the bundle again from where it was made; a manifest cannot be edited."
