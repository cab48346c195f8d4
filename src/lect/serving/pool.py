"""Loaded models by name. Custom models of one base share its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lect.adaptation.mixture import BoundedMixture
from lect.core.errors import InvalidInput, NotFound
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.engines.contract import Scorer
from lect.models import knowledge
from lect.models.bases import Base, load_base
from lect.models.bundles import Bundle, is_bundle, open_bundle
from lect.models.knowledge import Knowledge
from lect.models.resolver import find_weights
from lect.settings import Settings
from lect.speech.text.written import WrittenForms


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that is ready to recognise: a base, perhaps with a bundle's text knowledge on top."""

    name: str
    base: Base
    locale: str | None = None  # None: a base, which has none of its own
    bundle: Bundle | None = None
    known: Knowledge | None = None
    scorer: Scorer | None = None
    casing: Mapping[str, str] = field(default_factory=dict)  # lower-case word -> as the domain writes it
    written: WrittenForms = field(default_factory=WrittenForms)  # terms that are not said as they are written


class Pool:
    """All models of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bases: dict[str, Base] = {}
        self._models: dict[str, Model] = {}

    def open(self, name: str, *, progress: Progress = silent) -> Model:
        """The model of a name: a base model or the path of a bundle. Never silently another one.

        Args:
            progress: told how far the base's graphs and its general language model are, if they must be made first

        Raises:
            NotFound, MissingExtra, ModelLoadFailed: the model, or the base of a bundle, is not there or damaged.
        """
        if name not in self._models:
            path = Path(name)
            if is_bundle(path):
                self._models[name] = self._open_bundle(name, path, progress)
            else:
                self._models[name] = Model(name=name, base=self.base(name, progress=progress))
        return self._models[name]

    def base(self, name: str, *, progress: Progress = silent) -> Base:
        """The base model of a name.

        Raises:
            InvalidInput: it is the name of a bundle.
        """
        if is_bundle(Path(name)):
            raise _no_base(Path(name))
        if name not in self._bases:
            self._bases[name] = load_base(name, settings=self._settings, progress=progress)
        return self._bases[name]

    def _base_of(self, bundle: Bundle, progress: Progress) -> Base:
        """The base that a bundle was made for, known by its weights, whatever it is called here."""
        wanted = bundle.manifest.base
        for base in self._bases.values():
            if base.folder.weights_sha256 == wanted.weights_sha256:
                return base
        found = find_weights(wanted.weights_sha256, name=wanted.name, settings=self._settings)
        try:
            base = self.base(found or wanted.name, progress=progress)
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
        base = self._base_of(bundle, progress)
        language = language_of(bundle.manifest.locale)
        general = base.general(language, progress=progress)
        known = knowledge.read(bundle)
        return Model(
            name=name,
            base=base,
            locale=bundle.manifest.locale,
            bundle=bundle,
            known=known,
            casing=known.casing,
            scorer=BoundedMixture(known.domain, general, pieces=base.pieces, options=known.mixture),
            written=WrittenForms(known.terms, language=language, ordinary=general.vocabulary),
        )


def _no_base(path: Path) -> InvalidInput:
    base = open_bundle(path).manifest.base.name
    return InvalidInput(
        f"{path}: this is a custom model, and training starts from a base model; a bundle does not hold its text",
        hint=f"Train on --base {base}, and give the text that {path.name} was made from again beside the new one: "
        "--text OLD --text NEW.",
    )
