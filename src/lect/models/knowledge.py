"""What a custom model knows of its domain, as training learns it and as its bundle holds it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lect.adaptation import items, storage
from lect.adaptation.classes import ClassModel
from lect.adaptation.frames import OpenFrame, TaggedFrame
from lect.adaptation.inflection import Inflecting
from lect.adaptation.items import Items, items_of
from lect.adaptation.language_model import LanguageModel
from lect.adaptation.lm import NGram
from lect.adaptation.options import MixtureOptions
from lect.core.errors import InvalidInput, ModelLoadFailed
from lect.core.files import json_bytes
from lect.models.bundles import Bundle
from lect.speech.text.pronunciation import Pronunciation

LANGUAGE_MODEL = "lm.bin"
CLASSES = "classes.bin"
SAYINGS = "sayings.bin"
CASING = "casing.json"
PRONUNCIATIONS = "pronunciations.json"
CODES = "codes.json"

# Bytes of memory, measured: of a model of whatever size, and for each ...
_MODEL, _WORD, _CASED, _TERM = 20_000, 1, 150, 350

_PROBABILITY = 0.2  # that a word begins a term with a pronunciation, where the speech is of the domain


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What training made of the data."""

    language: str
    model: NGram | None = None  # with a tag for each class; None: there was neither text nor a list
    classes: Sequence[Mapping[str, float]] = ()  # items and their weights
    casing: Mapping[str, str] = field(default_factory=dict)  # lower-case word -> as the domain writes it
    terms: Sequence[Pronunciation] = ()  # that are not said as they are written
    sayings: Mapping[str, float] = field(default_factory=dict)  # ways to say and write them -> weights
    codes: Sequence[str] = ()  # listed terms, and display forms, that a recogniser may tear apart

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could steer the search."""
        return self.model is None and not self.sayings

    def domain(self, general: NGram) -> LanguageModel:
        """The language model of the domain.

        Args:
            general: what is expected around terms where there is no text
        """
        return _domain(self.model, self._items(self.classes), self._items([self.sayings]), general)

    def _items(self, classes: Sequence[Mapping[str, float]]) -> list[Items]:
        return [items_of(weights, language=self.language) for weights in classes if weights]

    def write(self, folder: Path) -> dict[str, bytes | Path]:
        """The members of a bundle; the large ones are written into the folder."""
        members: dict[str, bytes | Path] = {}
        if self.model:
            self.model.write(folder / LANGUAGE_MODEL)
            members[LANGUAGE_MODEL] = folder / LANGUAGE_MODEL
        for name, classes in ((CLASSES, self.classes), (SAYINGS, [self.sayings] if self.sayings else [])):
            if classes:
                items.write(folder / name, classes)
                members[name] = folder / name
        if self.casing:
            members[CASING] = json_bytes(self.casing)
        if self.terms:
            members[PRONUNCIATIONS] = json_bytes([[term.display, term.spoken] for term in self.terms])
        if self.codes:
            members[CODES] = json_bytes(self.codes)
        return members


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What a bundle holds of its domain."""

    domain: LanguageModel
    mixture: MixtureOptions
    casing: Mapping[str, str]
    terms: Sequence[Pronunciation]
    codes: Sequence[str]
    nbytes: int = 0  # of memory, roughly; what is used where it lies in the bundle does not count


def is_in(bundle: Bundle) -> bool:
    """Whether a bundle knows anything of its domain's language."""
    return bool({LANGUAGE_MODEL, SAYINGS} & bundle.views.keys())


def read(bundle: Bundle, general: NGram) -> Knowledge:
    """Read what a bundle knows; language models are used where they lie.

    Args:
        general: the base's own language model, of the bundle's language

    Raises:
        ModelLoadFailed: a part is missing, damaged or not what it should be.
    """
    if not is_in(bundle):
        raise _unreadable(bundle, LANGUAGE_MODEL)
    name, language = str(bundle.path), general.language
    data = _mapped(bundle, {LANGUAGE_MODEL, CLASSES, SAYINGS} & bundle.views.keys())
    model = NGram.read(data[LANGUAGE_MODEL], name=name) if LANGUAGE_MODEL in data else None
    classes, sayings = (
        items.read(data[member], language=language, name=name) if member in data else []
        for member in (CLASSES, SAYINGS)
    )
    casing, terms, codes = _casing(bundle), _terms(bundle), _codes(bundle)
    words = (len(model.vocabulary) if model else 0) + sum(map(len, [*classes, *sayings]))
    return Knowledge(
        domain=_domain(model, classes, sayings, general),
        mixture=_mixture_options(bundle),
        casing=casing,
        terms=terms,
        codes=codes,
        nbytes=_MODEL + _WORD * words + _CASED * len(casing) + _TERM * (len(terms) + len(codes)),
    )


def _domain(
    model: NGram | None, classes: Sequence[Items], sayings: Sequence[Items], general: NGram
) -> LanguageModel:
    domain: LanguageModel = model or Inflecting(general)
    if model and classes:
        domain = ClassModel(TaggedFrame(model, classes=len(classes)), classes)
    return ClassModel(OpenFrame(domain, _PROBABILITY), sayings) if sayings else domain


def _mapped(bundle: Bundle, members: Iterable[str]) -> dict[str, memoryview]:
    """The bytes of members where they lie. A file is mapped once, because that keeps it open."""
    views = {member: bundle.view(member) for member in members}
    files = {path: memoryview(storage.mapped(path)) for path in {view.path for view in views.values()}}
    return {member: files[path][offset : offset + length] for member, (path, offset, length) in views.items()}


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


def _codes(bundle: Bundle) -> list[str]:
    codes = _json(bundle, CODES, default=[])
    if not isinstance(codes, list) or not all(map(_is_text, codes)):
        raise _unreadable(bundle, CODES)
    return codes


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(map(_is_text, entry))


def _is_text(part: Any) -> bool:
    return isinstance(part, str) and bool(part.strip())


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
