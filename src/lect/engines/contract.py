"""What every engine gives and takes: the whole contract on one screen.

Times are seconds (float). Audio is mono float32 at 16 kHz, shape = (n_samples,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:  # what a server knows of words needs no arrays
    import numpy as np
    import numpy.typing as npt

    from lect.speech.audio import Samples, Span

Spans: TypeAlias = (
    "Sequence[Span] | None"  # of speech, seconds from the start of a stretch; None: not found yet
)


@dataclass(frozen=True, kw_only=True)
class Word:
    """One recognised word as displayed, with its punctuation."""

    word: str
    offset: float
    duration: float
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One entry of the n-best list. `confidence` is 0..1, from the acoustic score alone."""

    display: str
    lexical: str
    confidence: float
    words: tuple[Word, ...] = ()
    score: float = 0.0  # what the search ranked by: mean log-probability, bonus included


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What was said in one stretch of audio (at most the engine's window, 30 s for Whisper)."""

    best: Alternative
    nbest: tuple[Alternative, ...]
    locale: str
    duration: float
    no_speech: bool = False
    padded_retry: bool = False  # the short window repeated itself and the padded one was used


@dataclass(frozen=True, kw_only=True)
class GeneralText:
    """Text that a base model itself produces when it hears nothing: its inner language."""

    texts: tuple[str, ...]
    token_weights: npt.NDArray[
        np.float32
    ]  # how often it was about to write each token, shape = (vocabulary,)


@dataclass(frozen=True, kw_only=True)
class TunedWeights:
    """What training changed in a base model's weights, in the form of the engine that trained it."""

    name: str  # of the model, for messages
    sha256: str
    read: Callable[[], bytes]
    shortest_window: float | None = None  # seconds that the engine is to hear at least; None: as the base


def go_on() -> None:
    """Nothing stands in the way of the next step."""


class ScorerState(Protocol):
    """A partial hypothesis as a scorer sees it."""

    @property
    def total(self) -> float:
        """Its bonus so far, in nats, weight included."""
        ...

    @property
    def certain(self) -> float:
        """What would be left of the bonus if no item that has been begun and no rare word of a list came to its end."""
        ...

    @property
    def promising(self) -> bool:
        """Whether much of the bonus may be yet to come, so that the beam should not decide alone."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Text knowledge inside the search; made by `lect.adaptation`, driven by the engine's beam search.

    Token ids are the engine's; the scorer was built with the engine's `pieces` (bytes of each token).
    """

    def start(self) -> Any: ...

    def extend(self, state: Any, token: int) -> Any:
        """The state after one more text token (never a special one). Cheap and memoised."""
        ...

    def finish(self, state: Any) -> float:
        """The total bonus if the hypothesis ends here, in nats."""
        ...


@dataclass(frozen=True, kw_only=True)
class RecogniseOptions:
    """What to do, per request."""

    locale: str = "en-US"  # BCP-47, or "auto" to detect the language
    beam: int = 5
    nbest: int = 1
    word_times: bool = True
    is_draft: bool = (
        False  # soon to be said again with more audio: spare the work that seldom changes the text
    )


@runtime_checkable
class Recogniser(Protocol):
    """A loaded model, base or tuned. One object serves any number of text-adapted models."""

    name: str
    identity: str  # of weights, precision and engine version: the same identity gives the same answers
    window: float  # longest stretch that one recognition takes, seconds
    nbytes: int  # of memory that the weights take, roughly

    @property
    def pieces(self) -> Sequence[bytes]:
        """The bytes that each token stands for, shape = (vocabulary,); special tokens are empty."""
        ...

    @property
    def languages(self) -> Sequence[str]:
        """Codes of the languages that the model knows, such as "en"."""
        ...

    def require(self, locale: str) -> None:
        """Make sure that the model knows a locale's language; "auto" is always known.

        Raises:
            UnsupportedLocale: it does not.
        """
        ...

    def detect(self, samples: Samples) -> str:
        """The language that is spoken, one of `languages`."""
        ...

    def detect_among(self, samples: Samples, languages: Sequence[str]) -> dict[str, float]:
        """How probable each of these languages is, the most probable first; together 1.

        Raises:
            UnsupportedLocale: the model does not know one of them.
        """
        ...

    def general_text(self, language: str, *, progress: Callable[[float], None] | None = None) -> GeneralText:
        """A sample of what the model expects to hear, the same every time."""
        ...

    def recognise(
        self,
        audio: Sequence[Samples],
        *,
        options: RecogniseOptions = RecogniseOptions(),
        scorers: Sequence[Scorer | None] | None = None,
        speech: Sequence[Spans] | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> list[Recognition]:
        """Recognise several stretches in one batch, in order.

        Args:
            scorers: text knowledge for each stretch; None: the bare model for all
            speech: its spans in each stretch, seconds from the start of that, so that they need not be found again for the times of
                words; None: find them
            on_step: called often, before each piece of work; what it raises ends the recognition

        Raises:
            ValueError: there are not as many scorers as stretches.
        """
        ...
