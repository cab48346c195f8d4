"""A model's weights in the folder of another program: a base's own, or a custom model's, merged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lect.core.errors import Conflict, InvalidInput, NotFound
from lect.core.files import atomic_folder, claimed
from lect.engines.whisper import delta, export
from lect.engines.whisper.export import Layout
from lect.engines.whisper.weights import Weights, read_weights
from lect.models import acoustic
from lect.models.bundles import Bundle, is_bundle, open_bundle
from lect.models.knowledge import LANGUAGE_MODEL
from lect.models.resolver import ModelFolder, find_weights, resolve
from lect.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A folder that was written."""

    model: str
    to: Layout
    folder: Path
    text_left_out: bool  # the model also knows text, which other programs cannot use

    def to_json(self) -> dict[str, Any]:
        """The document of `lect models export --json`."""
        files = sorted(path for path in self.folder.iterdir())
        return {
            "model": self.model,
            "to": self.to,
            "folder": str(self.folder),
            "files": [{"file": path.name, "bytes": path.stat().st_size} for path in files],
            "text_left_out": self.text_left_out,
        }


def export_model(
    name: str, target: Path, *, to: Layout, settings: Settings, revision: str | None = None
) -> Exported:
    """Write the weights of a model as a folder that appears when it is complete.

    Args:
        name: a base model as `resolver.resolve` takes it, or a bundle
        target: the folder to make; one that is there must be empty
        to: whose layout
        settings: where models lie
        revision: the commit of a hub id

    Raises:
        Conflict: there is something in the target already, or it is being written.
        InvalidInput: the bundle knows text alone.
        NotFound, MissingExtra, ModelLoadFailed: the model, or the base of a bundle, is not there or damaged.
        StoreError: the folder cannot be written; nothing is left behind.
    """
    target = target.absolute()
    _require_empty(target)
    with claimed(target):
        _require_empty(target)  # who was quicker may have filled it
        return _export(name, target, to=to, settings=settings, revision=revision)


def _export(name: str, target: Path, *, to: Layout, settings: Settings, revision: str | None) -> Exported:
    bundle = open_bundle(Path(name)) if is_bundle(Path(name)) else None
    folder = _base_of(bundle, settings) if bundle else resolve(name, settings=settings, revision=revision)
    weights = read_weights(folder.path)
    if bundle:
        weights = _tuned(bundle, weights)
    with atomic_folder(target) as draft:
        export.write(draft, weights, tokenizer=folder.path / "tokenizer.json", to=to)
    left_out = bundle is not None and LANGUAGE_MODEL in bundle.views
    return Exported(model=name, to=to, folder=target, text_left_out=left_out)


def _require_empty(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        what = "the folder is not empty" if target.is_dir() else "there is a file of this name"
        raise Conflict(f"{target}: {what}", hint="Choose another name: nothing is overwritten.")


def _base_of(bundle: Bundle, settings: Settings) -> ModelFolder:
    """The folder of the base that a bundle was made for, known by its weights."""
    wanted = bundle.manifest.base
    found = find_weights(wanted.weights_sha256, name=wanted.name, settings=settings)
    if found is None:
        raise NotFound(
            f"{bundle.path}: made for the base model {wanted.name} (SHA-256 of its weights "
            f"{wanted.weights_sha256}), which is not here",
            hint=f"Fetch it with `lect models pull {wanted.name}`, or show its folder to Lect once: "
            "lect models verify FOLDER.",
        )
    return resolve(found, settings=settings, download=False)


def _tuned(bundle: Bundle, weights: Weights) -> Weights:
    tuned = acoustic.weights_of(bundle)
    if tuned is None:
        base = bundle.manifest.base.name
        raise InvalidInput(
            f"{bundle.path}: this model knows text alone, and its weights are those of {base}",
            hint=f"`lect models export {base}` writes them. The text works inside Lect's own search.",
        )
    return delta.parse(tuned.read(), weights, where=tuned.name).applied(weights)
