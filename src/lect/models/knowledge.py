"""What a custom model knows of its domain, as training learns it and as its bundle holds it."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lect.adaptation import items
from lect.adaptation.classes import ClassModel, LanguageModel
from lect.adaptation.frames import TaggedFrame
from lect.adaptation.items import Items, items_of
from lect.adaptation.lm import NGram
from lect.adaptation.mixture import MixtureOptions
from lect.core.errors import InvalidInput, ModelLoadFailed
from lect.core.files import json_bytes
from lect.models.bundles import Bundle
from lect.speech.text.pronunciation import Pronunciation

LANGUAGE_MODEL = "lm.bin"
CLASSES = "classes.bin"
CASING = "casing.json"
PRONUNCIATIONS = "pronunciations.json"
CODES = "codes.json"

# Bytes of memory, measured: of a model of whatever size, and for each ...
_MODEL, _WORD, _CASED, _TERM = 20_000, 1, 150, 350


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What training made of the data."""

    model: NGram  # with a tag for each class
    classes: Sequence[Mapping[str, float]] = ()  # items and their weights
    casing: Mapping[str, str] = field(default_factory=dict)  # lower-case word -> as the domain writes it
    terms: Sequence[Pronunciation] = ()  # that are not said as they are written
    codes: Sequence[str] = ()  # listed terms that a recogniser may tear apart

    @property
    def domain(self) -> LanguageModel:
        """The language model of the domain."""
        language = self.model.language
        return _domain(self.model, [items_of(weights, language=language) for weights in self.classes])

    def write(self, folder: Path) -> dict[str, bytes | Path]:
        """The members of a bundle; the large ones are written into the folder."""
        members: dict[str, bytes | Path] = {LANGUAGE_MODEL: folder / LANGUAGE_MODEL}
        self.model.write(folder / LANGUAGE_MODEL)
        if self.classes:
            items.write(folder / CLASSES, self.classes)
            members[CLASSES] = folder / CLASSES
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


def read(bundle: Bundle) -> Knowledge:
    """Read what a bundle knows; language models are used where they lie.

    Raises:
        ModelLoadFailed: a part is missing, damaged or not what it should be.
    """
    name = str(bundle.path)
    model_data, *classes_data = _mapped(bundle, LANGUAGE_MODEL, *({CLASSES} & bundle.views.keys()))
    model = NGram.read(model_data, name=name)
    classes = [each for data in classes_data for each in items.read(data, language=model.language, name=name)]
    casing, terms, codes = _casing(bundle), _terms(bundle), _codes(bundle)
    words = len(model.vocabulary) + sum(map(len, classes))
    return Knowledge(
        domain=_domain(model, classes),
        mixture=_mixture_options(bundle),
        casing=casing,
        terms=terms,
        codes=codes,
        nbytes=_MODEL + _WORD * words + _CASED * len(casing) + _TERM * (len(terms) + len(codes)),
    )


def _domain(model: NGram, classes: Sequence[Items]) -> LanguageModel:
    return ClassModel(TaggedFrame(model, classes=len(classes)), classes) if classes else model


def _mapped(bundle: Bundle, *members: str) -> list[memoryview]:
    """The bytes of members where they lie. A file is mapped once, because that keeps it open."""
    views = [bundle.view(member) for member in members]
    files = {path: memoryview(_map(path)) for path in {view.path for view in views}}
    return [files[path][offset : offset + length] for path, offset, length in views]


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise ModelLoadFailed(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="Check that the bundle is still there, and how many files this process may open (ulimit -n).",
        ) from error


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
