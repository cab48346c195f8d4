"""Loaded models by name. Custom models of one base share its weights."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lect.adaptation.lm import NGram
from lect.adaptation.mixture import BoundedMixture, MixtureOptions
from lect.core.errors import InvalidInput, ModelLoadFailed, NotFound
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.engines.contract import Scorer
from lect.models.bases import Base, load_base
from lect.models.bundles import Bundle, View, is_bundle, open_bundle
from lect.models.resolver import find_weights
from lect.models.training import CASING, LANGUAGE_MODEL, PRONUNCIATIONS
from lect.settings import Settings
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.written import WrittenForms


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that is ready to recognise: a base, perhaps with a bundle's text knowledge on top."""

    name: str
    base: Base
    locale: str | None = None  # None: a base, which has none of its own
    bundle: Bundle | None = None
    scorer: Scorer | None = None
    casing: Mapping[str, str] = field(default_factory=dict)  # lower-case word -> as the domain writes it
    written: WrittenForms = field(
        default_factory=WrittenForms
    )  # of the terms that are not said as they are written


class Pool:
    """All models of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bases: dict[str, Base] = {}
        self._models: dict[str, Model] = {}

    def open(self, name: str, *, progress: Progress = silent) -> Model:
        """The model of a name: a base model or the path of a bundle. Never silently another one.

        Args:
            progress: told how far the base's general language model is, if that must be made first

        Raises:
            NotFound, MissingExtra, ModelLoadFailed: the model, or the base of a bundle, is not there or damaged.
        """
        if name not in self._models:
            path = Path(name)
            if is_bundle(path):
                self._models[name] = self._open_bundle(name, path, progress)
            else:
                self._models[name] = Model(name=name, base=self.base(name))
        return self._models[name]

    def base(self, name: str) -> Base:
        """The base model of a name.

        Raises:
            InvalidInput: it is the name of a bundle.
        """
        if is_bundle(Path(name)):
            raise _no_base(Path(name))
        if name not in self._bases:
            self._bases[name] = load_base(name, settings=self._settings)
        return self._bases[name]

    def _base_of(self, bundle: Bundle) -> Base:
        """The base that a bundle was made for, known by its weights, whatever it is called here."""
        wanted = bundle.manifest.base
        for base in self._bases.values():
            if base.folder.weights_sha256 == wanted.weights_sha256:
                return base
        found = find_weights(wanted.weights_sha256, name=wanted.name, settings=self._settings)
        try:
            base = self.base(found or wanted.name)
        except NotFound as error:
            raise NotFound(
                f"{bundle.path}: made for the base model {wanted.name} (SHA-256 of its weights "
                f"{wanted.weights_sha256}), which is not here",
                hint=f"If you have its folder, show it to Lect once: lect models verify FOLDER. Else: {error.hint}",
            ) from error
        bundle.require_base(base.folder.weights_sha256, name=base.name)
        return base

    def _open_bundle(self, name: str, path: Path, progress: Progress) -> Model:
        bundle = open_bundle(path)
        base = self._base_of(bundle)
        language = language_of(bundle.manifest.locale)
        general = base.general(language, progress=progress)
        scorer = BoundedMixture(
            _open_language_model(bundle.view(LANGUAGE_MODEL), name=str(path)),
            general,
            pieces=base.pieces,
            options=_mixture_options(bundle),
        )
        return Model(
            name=name,
            base=base,
            locale=bundle.manifest.locale,
            bundle=bundle,
            scorer=scorer,
            casing=_casing(bundle),
            written=WrittenForms(_terms(bundle), language=language, ordinary=general.vocabulary),
        )


def _no_base(path: Path) -> InvalidInput:
    base = open_bundle(path).manifest.base.name
    return InvalidInput(
        f"{path}: this is a custom model, and training starts from a base model; a bundle does not hold its text",
        hint=f"Train on --base {base}, and give the text that {path.name} was made from again beside the new one: "
        "--text OLD --text NEW.",
    )


def _open_language_model(view: View, *, name: str) -> NGram:
    """Use the language model where it lies in the bundle."""
    with view.path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return NGram.read(memoryview(mapped)[view.offset : view.offset + view.length], name=name)


def _mixture_options(bundle: Bundle) -> MixtureOptions:
    options = bundle.manifest.recipe.get("mixture", {})
    if not isinstance(options, dict):
        raise _unreadable(bundle, "recipe.mixture")
    try:
        return MixtureOptions.from_json(options)
    except InvalidInput as error:  # names the option, not the file
        raise _unreadable(bundle, "recipe.mixture") from error


def _casing(bundle: Bundle) -> dict[str, str]:
    casing = _json(bundle, CASING, default={})
    if not isinstance(casing, dict) or not all(isinstance(form, str) for form in casing.values()):
        raise _unreadable(bundle, CASING)
    return casing


def _terms(bundle: Bundle) -> list[Pronunciation]:
    pairs = _json(bundle, PRONUNCIATIONS, default=[])
    if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
        raise _unreadable(bundle, PRONUNCIATIONS)
    return [Pronunciation(display=display, spoken=spoken) for display, spoken in pairs]


def _is_pair(entry: Any) -> bool:
    return (
        isinstance(entry, list) and len(entry) == 2 and all(part and isinstance(part, str) for part in entry)
    )


def _json(bundle: Bundle, member: str, *, default: Any) -> Any:
    """The content of a member that a bundle may have."""
    if member not in bundle.views:
        return default
    try:
        return json.loads(bundle.read(member))
    except (ValueError, RecursionError) as error:
        raise _unreadable(bundle, member) from error


def _unreadable(bundle: Bundle, part: str) -> ModelLoadFailed:
    return ModelLoadFailed(
        f"{bundle.path}: {part} cannot be read", hint="Train the model again with this version of Lect."
    )
