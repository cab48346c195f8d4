"""Base models in memory: the recogniser with all that its custom models share."""

from __future__ import annotations

import lzma
import time
from collections.abc import Callable
from functools import cached_property
from importlib import resources
from pathlib import Path

from lect.adaptation import general
from lect.adaptation.lm import NGram
from lect.adaptation.pieces import PieceTable
from lect.core.errors import ModelLoadFailed
from lect.core.files import locked, write_bytes
from lect.core.locks import Locks
from lect.core.progress import Progress, once, silent
from lect.engines import registry
from lect.engines.contract import Recogniser, TunedWeights
from lect.engines.guard import GuardedRecogniser, engine_errors
from lect.models.resolver import ModelFolder, resolve
from lect.settings import Settings
from lect.telemetry import get_log

GENERAL = 2  # raise it when the general language model is made in another way: older ones are then left aside


class Base:
    """A loaded base model. Every custom model on it shares the weights, the token table and the general language models."""

    def __init__(self, folder: ModelFolder, recogniser: Recogniser, *, cache: Path) -> None:
        self.folder = folder
        self.recogniser: Recogniser = GuardedRecogniser(recogniser)
        self._cache = cache
        self._general: dict[str, NGram] = {}
        self._locks = Locks[str]()

    @property
    def name(self) -> str:
        """The name in the catalogue, or of the folder."""
        return self.folder.name

    @cached_property
    def pieces(self) -> PieceTable:
        """The tokens as letters and word ends."""
        return PieceTable(self.recogniser.pieces)

    def general(self, language: str, *, progress: Progress = silent) -> NGram:
        """The base's own language model of a language: one that comes with Lect, else made at first use; kept in the cache.

        Raises:
            UnsupportedLocale: the base does not know the language.
        """
        if language in self._general:
            return self._general[language]
        with self._locks[language]:  # the models of other languages do not wait
            if language not in self._general:
                self._general[language] = self._open_general(language, progress)
            return self._general[language]

    def _open_general(self, language: str, progress: Progress) -> NGram:
        path = self._cache / general_file(self.recogniser.identity, language)
        if not path.is_file():
            with locked(path.with_suffix(".lock")):
                if not path.is_file() and not _unpack_general(path):
                    self.write_general(path, language, progress)
        return NGram.open(path)

    def write_general(self, path: Path, language: str, progress: Progress = silent) -> None:
        """Make the language model of a language anew."""
        told = once(progress, f"Learning what {self.name} expects to hear ({language})")
        began = time.monotonic()
        text = self.recogniser.general_text(language, progress=told)
        unigrams = general.word_frequencies(self.recogniser.pieces, text.token_weights.tolist())
        general.train(text.texts, language=language, unigrams=unigrams).write(path)
        log = get_log(__name__, action="general", model=self.name, language=language)
        log.info("General language model made.", seconds=time.monotonic() - began)


def general_file(identity: str, language: str) -> str:
    """The name of the general language model of a recogniser and a language."""
    return f"general{GENERAL}-{identity}-{language}.bin"


def _unpack_general(path: Path) -> bool:
    """Write the general language model of this name, if it comes with Lect (`tools/make_general.py` makes them)."""
    packed = resources.files("lect.models") / "general" / f"{path.name}.xz"
    if not packed.is_file():
        return False
    write_bytes(path, lzma.decompress(packed.read_bytes()))
    return True


def load_base(name: str, *, settings: Settings, progress: Progress = silent) -> Base:
    """Load a base model by name, folder or hub id; its graphs are built at first use, as `progress` is told.

    Raises:
        NotFound, MissingExtra, ModelLoadFailed: it is not there, or cannot be used.
    """
    folder = resolve(name, settings=settings)
    told = once(progress, f"Building the graphs of {folder.name}")
    return Base(folder, _load(folder, None, settings, told), cache=settings.cache)


def load_tuned(
    base: Base, tuned: TunedWeights, *, settings: Settings, progress: Progress = silent
) -> Recogniser:
    """Load a base model with what training changed in it; its graphs are built at first use, as those of bases are.

    Raises:
        ModelLoadFailed: the trained weights are damaged or do not fit the base.
    """
    told = once(progress, f"Building the graphs of {tuned.name}")
    return GuardedRecogniser(_load(base.folder, tuned, settings, told))


def _load(
    folder: ModelFolder, tuned: TunedWeights | None, settings: Settings, progress: Callable[[float], None]
) -> Recogniser:
    began, name = time.monotonic(), tuned.name if tuned else folder.name
    with engine_errors(ModelLoadFailed, f"{folder.path}: the engine cannot load this model"):
        recogniser = registry.load(
            "whisper",
            name=name,
            weights=folder.path,
            weights_sha256=folder.weights_sha256,
            precision=settings.precision,
            cache=settings.cache,
            tuned=tuned,
            progress=progress,
        )
    log = get_log(__name__, action="load", model=name, precision=settings.precision)
    log.info("Model loaded.", seconds=time.monotonic() - began)
    return recogniser
