"""From the name of a base model to a folder of verified weights."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from lect.core.errors import InvalidInput, LectError, ModelLoadFailed
from lect.engines.whisper.checkpoints import weight_files
from lect.models import catalogue, hub, packages
from lect.models.catalogue import BaseModel, HubSource, PackageSource
from lect.models.hashes import KnownHashes

if TYPE_CHECKING:
    from lect.settings import Settings

Layout = Literal["ctranslate2", "transformers"]


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """A base model on disk. `weights_sha256` is its identity: bundles name the base they fit by it."""

    name: str
    path: Path
    layout: Layout
    weights_sha256: str
    licence: str  # SPDX, empty if nobody told
    source: str

    @property
    def files(self) -> list[str]:
        """The names of its files."""
        return sorted(path.name for path in self.path.iterdir() if path.is_file())


@dataclass(frozen=True, kw_only=True)
class FileCheck:
    """A file of a base model, as it should be and as it is."""

    file: Path
    expected: str | None  # SHA-256; None where nothing is pinned
    actual: str

    @property
    def ok(self) -> bool:
        return self.expected in {None, self.actual}


def resolve(
    name: str, *, settings: Settings, revision: str | None = None, download: bool = True
) -> ModelFolder:
    """Find a base model and make sure that its weights are the right ones.

    Args:
        name: a name of the catalogue, a folder (CTranslate2 or Hugging Face layout), or a hub id
            `OWNER/NAME@COMMIT`.
        settings: the cache folder, and whether the network may be asked.
        revision: the commit of a hub id, if the name has none.
        download: False never asks the network, whatever the settings say.

    Raises:
        NotFound: there is no such model, or it is on the hub and not here.
        MissingExtra: its weight package is not installed; the hint is the line that installs it.
        ModelLoadFailed: the weights are damaged or incomplete.
    """
    model = _known(name, revision)
    found = _find(name, model, settings, revision, download=download)
    weights = _weights(found.path)
    hashes = KnownHashes(settings.cache)
    for check in _checks(found.path, model, weights, hashes):
        _refuse_damage(check)
    return ModelFolder(
        name=found.name,
        path=found.path,
        layout="ctranslate2" if weights[0].suffix == ".bin" else "transformers",
        weights_sha256=_identity([hashes.sha256(file) for file in weights]),
        licence=model.licence if model else "",
        source=found.source,
    )


def find_weights(weights_sha256: str, *, name: str, settings: Settings) -> str | None:
    """What to call the base model of these weights, if it is on this machine: a name or a folder for `resolve`.

    It is looked for under `name`, in the catalogue, and in every folder whose weights Lect has read before.
    """
    pinned = (model.name for model in catalogue.BASE_MODELS if model.weights.sha256 == weights_sha256)
    seen = map(str, KnownHashes(settings.cache).folders(weights_sha256))
    for candidate in dict.fromkeys(chain([name], pinned, seen)):
        with contextlib.suppress(LectError):
            if resolve(candidate, settings=settings, download=False).weights_sha256 == weights_sha256:
                return candidate
    return None


def verify(name: str, *, settings: Settings, revision: str | None = None) -> list[FileCheck]:
    """Read every pinned file of a base model anew and compare hashes; where nothing is pinned, the weights.

    Raises:
        NotFound, MissingExtra, ModelLoadFailed: as `resolve`, but a damaged file is part of the result.
    """
    model = _known(name, revision)
    path = _find(name, model, settings, revision, download=False).path
    return list(_checks(path, model, _weights(path), KnownHashes(settings.cache), fresh=True))


def is_present(model: BaseModel, *, settings: Settings) -> bool:
    """Whether a base model can be used at once, without an installation or a download."""
    try:
        if isinstance(model.source, PackageSource):
            packages.locate(model, model.source)
        else:
            hub.fetch(model.source, settings=settings, download=False)
    except LectError:
        return False
    return True


def _known(name: str, revision: str | None) -> BaseModel | None:
    """The entry of the catalogue, unless another commit than the pinned one is asked for."""
    repository, _, commit = name.partition("@")
    model = catalogue.find(repository)
    commit = revision or commit
    if model is None or not commit:
        return model
    if isinstance(model.source, PackageSource):
        raise InvalidInput(
            f"{name}: this model comes from a package at a fixed version and has no commits",
            hint=f"Leave the commit out, or use the hub's: openai/{repository}@{commit}",
        )
    return model if model.source.revision == commit else None


class _Found(NamedTuple):
    name: str
    path: Path
    source: str


def _find(
    name: str, model: BaseModel | None, settings: Settings, revision: str | None, *, download: bool
) -> _Found:
    if model and isinstance(model.source, PackageSource):
        path = packages.gather(model, packages.locate(model, model.source), settings.cache)
        return _Found(model.name, path, str(model.source))
    if model is None and name and Path(name).is_dir():
        path = Path(name).absolute()
        return _Found(path.name, path, str(path))
    source = model.source if model else hub.parse(name, revision)
    if isinstance(source, HubSource):
        path = hub.fetch(source, settings=settings, download=download)
        return _Found(model.name if model else str(source), path, str(source))
    if Path(name).is_file():
        raise InvalidInput(
            f"{name}: this is a file, not a base model",
            hint="Give the folder of the model; a custom model is a file NAME.lect.",
        )
    raise catalogue.unknown(name)


def _weights(path: Path) -> list[Path]:
    """The weight files of a model folder, of which there must be one at least."""
    if found := weight_files(path):
        return found
    pickled = (path / "pytorch_model.bin").is_file()
    raise ModelLoadFailed(
        f"{path}: this folder holds no model.bin (CTranslate2) and no model.safetensors (Hugging Face)",
        hint="Pickled weights (pytorch_model.bin) are never loaded: save the model as safetensors."
        if pickled
        else "Give the folder that holds the weights.",
    )


def _checks(
    path: Path, model: BaseModel | None, weights: list[Path], hashes: KnownHashes, *, fresh: bool = False
) -> Iterator[FileCheck]:
    pinned = {file.name: file.sha256 for file in model.files} if model else {}
    for file in [path / name for name in pinned] or weights:
        if not file.is_file():
            raise ModelLoadFailed(f"{file}: this file of the model is missing", hint=_RENEW)
        yield FileCheck(file=file, expected=pinned.get(file.name), actual=hashes.sha256(file, fresh=fresh))


def _refuse_damage(check: FileCheck) -> None:
    if not check.ok:
        raise ModelLoadFailed(
            f"{check.file}: damaged, or not the pinned file "
            f"(expected SHA-256 {check.expected}, got {check.actual})",
            hint=_RENEW,
        )


def _identity(digests: list[str]) -> str:
    """The hash of the one weight file; of shards, the hash of their hashes."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


_RENEW = (
    "Delete it (from Lect's cache or the hub's), or install its package again with "
    "pip install --force-reinstall --no-deps; then run the command again."
)
