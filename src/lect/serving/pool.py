"""Loaded models by name. Custom models of one base share its weights, and those in use lately stay in memory.

A custom model over a loaded base is its text knowledge, its trained weights or both. The language model is used where it
lies in the bundle, which is the system's cache of files, so what counts is the little on the heap and what the search
remembers while it is used. Trained weights are a recogniser of their own and count whole, from before they are loaded until the
last who uses them is done. What is let go beyond the budget stays whole for whoever still uses it.
"""

from __future__ import annotations

import resource
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from lect.adaptation.mixture import BoundedMixture
from lect.core.errors import InvalidInput, NotFound, TooManyRequests
from lect.core.locale import language_of
from lect.core.locks import Locks
from lect.core.progress import Progress, silent
from lect.engines.contract import Recogniser
from lect.models import acoustic, knowledge, writing
from lect.models.acoustic import Start
from lect.models.bases import Base, load_base, load_tuned
from lect.models.bundles import Bundle, is_bundle, open_bundle
from lect.models.knowledge import Knowledge
from lect.models.resolver import find_weights
from lect.serving.casing import Casing
from lect.serving.recent import Recent
from lect.settings import Settings
from lect.speech.text.display import Formatter
from lect.speech.text.written import WrittenForms

_CHECKED = 4_096  # bundles of which is remembered that they were whole, some kilobytes each
_RETRY = 5  # seconds after which a turn may be over that uses a model


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that is ready to recognise: a base, perhaps with a bundle's trained weights and text knowledge."""

    name: str
    base: Base
    locale: str | None = None  # None: a base, which has none of its own
    bundle: Bundle | None = None
    tuned: Recogniser | None = None  # None: the base's own weights
    known: Knowledge | None = None
    scorer: BoundedMixture | None = None
    casing: Casing = field(default_factory=Casing)
    written: WrittenForms = field(default_factory=WrittenForms)  # terms that are not said as they are written
    rules: Formatter | None = None  # how the domain writes what is recognised

    @property
    def id(self) -> str:
        """What tells this model from others of its name, before and after."""
        return self.bundle.manifest.id if self.bundle else self.base.folder.weights_sha256

    @property
    def recogniser(self) -> Recogniser:
        """What hears for this model."""
        return self.tuned or self.base.recogniser

    @property
    def nbytes(self) -> int:
        """Bytes of memory that this model takes beside its base, roughly; they grow while it is used."""
        return sum(part.nbytes for part in (self.tuned, self.known, self.scorer, self.rules) if part)


class Pool:
    """All models of one process. Safe to share between threads: each model is loaded once, several side by side.

    Bases stay. Custom models are let go beyond `settings.model_memory`, and are opened again when they are asked for.
    """

    def __init__(self, settings: Settings, *, refuses: bool = False) -> None:
        """
        Args:
            refuses: whether trained weights are refused that do not fit into the budget beside all that is in use, for clients who
                may come back; else they are loaded, for work that needs them
        """
        self._settings, self._refuses = settings, refuses
        self._bases: dict[str, Base] = {}
        self._base_locks, self._model_locks = Locks[str](), Locks[str]()
        self._models = Recent[str, Model](
            most=_most_open(), size=lambda model: model.nbytes, budget=settings.model_memory
        )
        self._checked = Recent[str, Bundle](most=_CHECKED)
        self._stale = 0  # loaded models whose bundle had changed when they were asked for
        self._counting = Lock()
        self._in_memory: list[
            weakref.ref[Model]
        ] = []  # custom models, those that were let go and are still used too
        self._coming = 0  # bytes of weights that are being loaded

    @property
    def memory(self) -> int:
        """Bytes that custom models take, held or in use, roughly."""
        return sum(model.nbytes for model in self._living())

    @property
    def held(self) -> list[str]:
        """The names of the custom models that are held; used last comes last."""
        return self._models.names

    @property
    def hits(self) -> int:
        """How often a custom model was asked for that was loaded."""
        return self._models.hits - self._stale

    @property
    def misses(self) -> int:
        """How often one was asked for that had to be loaded."""
        return self._models.misses + self._stale

    @property
    def evictions(self) -> int:
        """How many were let go for others."""
        return self._models.evictions

    def open(self, name: str, *, progress: Progress = silent) -> Model:
        """The model of a name: a base model or the path of a bundle. Never silently another one, nor an older one.

        A bundle that changed on disk is loaded anew, and one that is gone is an error, whatever is in memory.

        Args:
            progress: told how far the base's graphs and its general language model are, if they must be made first

        Raises:
            NotFound, MissingExtra, ModelLoadFailed: the model, or the base of a bundle, is not there or damaged.
            TooManyRequests: there is no memory for its weights, and this pool refuses.
        """
        path = Path(name)
        if not is_bundle(path):
            return Model(name=name, base=self.base(name, progress=progress))
        with self._model_locks[name]:
            if model := self._current(name):
                return model
            model = self._still_used(name) or self._load(name, path, progress)
            self._models.put(name, model)
            return model

    def _current(self, name: str) -> Model | None:
        """The loaded model of a name, if its bundle is still the same; else it is let go."""
        model = self._models.get(name)
        if model and not (model.bundle and model.bundle.is_current()):
            self._stale += 1
            self._models.discard(name)
            return None
        return model

    def _still_used(self, name: str) -> Model | None:
        """The model of a name that was let go and is in use all the same, if its bundle is still the same."""
        with self._counting:
            living = self._living()
        return next(
            (model for model in living if model.name == name and model.bundle and model.bundle.is_current()),
            None,
        )

    def base(self, name: str, *, progress: Progress = silent) -> Base:
        """The base model of a name.

        Raises:
            InvalidInput: it is the name of a bundle.
        """
        if is_bundle(Path(name)):
            raise _no_base(Path(name))
        with self._base_locks[name]:
            if name not in self._bases:
                self._bases[name] = load_base(name, settings=self._settings, progress=progress)
            return self._bases[name]

    def start(self, name: str, *, progress: Progress = silent) -> Start:
        """What training on recordings begins with: a base model, or a custom one whose weights were trained before.

        Raises:
            InvalidInput: it is a bundle without weights of its own.
        """
        if not is_bundle(Path(name)):
            base = self.base(name, progress=progress)
            return Start(base=base, recogniser=base.recogniser)
        model = self.open(name, progress=progress)
        if model.bundle is None or model.tuned is None:
            raise _no_base(Path(name))
        earlier: Any = model.bundle.manifest.recipe.get("lineage")
        return Start(
            base=model.base,
            tuned=acoustic.weights_of(model.bundle),
            recogniser=model.tuned,
            lineage=(model.id, *(earlier if isinstance(earlier, list) else ())),
        )

    def _base_of(self, bundle: Bundle, progress: Progress) -> Base:
        """The base that a bundle was made for, known by its weights, whatever it is called here."""
        wanted = bundle.manifest.base
        for base in list(self._bases.values()):
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

    def _load(self, name: str, path: Path, progress: Progress) -> Model:
        """Load a bundle, and again if another came in its place meanwhile."""
        while True:
            bundle = self._open_bundle(name, path)
            base = self._base_of(bundle, progress)
            with self._room(base.recogniser.nbytes if acoustic.weights_of(bundle) else 0):
                model = self._put_together(name, bundle, base, progress)
                self._count(model)
            if bundle.is_current():
                return model

    def _open_bundle(self, name: str, path: Path) -> Bundle:
        """The bundle, every byte checked when it is met first.

        One that was let go and has not changed is not read through again: it would be no safer than a model that
        stayed, whose parts the system also reads from the disk again when memory is short.
        """
        bundle = self._checked.get(name)
        if not bundle or not bundle.is_current():
            bundle = open_bundle(path)
            self._checked.put(name, bundle)
        return bundle

    @contextmanager
    def _room(self, wanted: int) -> Iterator[None]:
        """Memory for weights, counted while they are loaded. What is not in use makes room for them.

        Args:
            wanted: bytes; 0: none are to be loaded. Trained weights take what those of their base take

        Raises:
            TooManyRequests: what is in use takes too much, and this pool refuses. The only one with weights of its own may be of any size.
        """
        budget = self._settings.model_memory
        with self._counting:
            if wanted:
                self._require_room(wanted, beside=self._in_use)
                self._models.let_go_unused(until=lambda: self.memory + self._coming + wanted <= budget)
                self._require_room(wanted, beside=self._living)  # one may have come into use meanwhile
            self._coming += wanted
        try:
            yield
        finally:
            with self._counting:
                self._coming -= wanted

    def _require_room(self, wanted: int, *, beside: Callable[[], list[Model]]) -> None:
        """Refuse weights, if this pool does, that do not fit beside these models and what is being loaded.

        Whoever keeps the error keeps its frames, so none of them may have a model.
        """
        if self._refuses and not self._is_room(wanted, beside()):
            raise TooManyRequests(
                "all memory for custom models is in use",
                hint=f"Try again in {_RETRY} s; whoever runs the server may raise LECT_MODEL_MEMORY.",
                retry_after=_RETRY,
            )

    def _is_room(self, wanted: int, beside: list[Model]) -> bool:
        taken = sum(model.nbytes for model in beside) + self._coming
        is_first = not self._coming and not any(model.tuned for model in beside)
        return is_first or taken + wanted <= self._settings.model_memory

    def _in_use(self) -> list[Model]:
        """The custom models that somebody uses."""
        unused = {id(model) for model in self._models.unused}
        return [model for model in self._living() if id(model) not in unused]

    def _living(self) -> list[Model]:
        """The custom models in memory, held or in use."""
        return [model for known in self._in_memory if (model := known())]

    def _count(self, model: Model) -> None:
        with self._counting:
            self._in_memory = [known for known in self._in_memory if known()] + [weakref.ref(model)]

    def _put_together(self, name: str, bundle: Bundle, base: Base, progress: Progress) -> Model:
        weights = acoustic.weights_of(bundle)
        tuned = load_tuned(base, weights, settings=self._settings, progress=progress) if weights else None
        model = Model(
            name=name,
            base=base,
            locale=bundle.manifest.locale,
            bundle=bundle,
            tuned=tuned,
            rules=writing.read(bundle),
        )
        if (tuned or model.rules) and not knowledge.is_in(bundle):
            return model
        language = language_of(bundle.manifest.locale)
        general = base.general(language, progress=progress)
        known = knowledge.read(bundle, general)
        return replace(
            model,
            known=known,
            casing=Casing(known.casing),
            scorer=BoundedMixture(known.domain, general, pieces=base.pieces, options=known.mixture),
            written=WrittenForms(
                known.terms, codes=known.codes, language=language, ordinary=general.vocabulary
            ),
        )


def _most_open() -> int:
    """How many bundles may be held: each is an open file, and other things need some of those that a process may have."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else max(allowed // 2, 1)


def _no_base(path: Path) -> InvalidInput:
    base = open_bundle(path).manifest.base.name
    return InvalidInput(
        f"{path}: this is a custom model, and training starts from a base model; a bundle does not hold its text",
        hint=f"Train on --base {base}, and give the text that {path.name} was made from again beside the new one: "
        "--text OLD --text NEW.",
    )
