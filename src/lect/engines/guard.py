"""What engines throw, as errors of ours; and a failure on one stretch of audio that does not end the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from lect.core.errors import EngineError, LectError, RecognitionFailed
from lect.speech.audio import SAMPLE_RATE, Samples

from .contract import (
    Alternative,
    GeneralText,
    RecogniseOptions,
    Recogniser,
    Recognition,
    Scorer,
    Spans,
    go_on,
)
from .longform import Heard

_RUNTIMES = ("onnxruntime",)  # their errors share no class but Exception
_NOTHING = Alternative(display="", lexical="", confidence=0.0)


@dataclass(frozen=True, kw_only=True)
class FailedRecognition(Recognition):
    """The answer for a stretch on which the engine failed."""

    error: EngineError


class GuardedRecogniser:
    """A recogniser that answers a failure on one stretch with a `FailedRecognition` and goes on with the others."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.name, self.identity = recogniser.name, recogniser.identity
        self.window, self.nbytes = recogniser.window, recogniser.nbytes

    @property
    def pieces(self) -> Sequence[bytes]:
        """The bytes that each token stands for."""
        return self._recogniser.pieces

    @property
    def languages(self) -> Sequence[str]:
        """Codes of the languages that the model knows."""
        return self._recogniser.languages

    def require(self, locale: str) -> None:
        """Make sure that the model knows a locale's language.

        Raises:
            UnsupportedLocale: it does not.
        """
        self._recogniser.require(locale)

    def detect(self, samples: Samples) -> str:
        """The language that is spoken.

        Raises:
            RecognitionFailed: the engine failed.
        """
        with engine_errors(RecognitionFailed, "the language cannot be told"):
            return self._recogniser.detect(samples)

    def detect_among(self, samples: Samples, languages: Sequence[str]) -> dict[str, float]:
        """How probable each of these languages is.

        Raises:
            RecognitionFailed: the engine failed.
            UnsupportedLocale: the model does not know one of them.
        """
        with engine_errors(RecognitionFailed, "the language cannot be told"):
            return self._recogniser.detect_among(samples, languages)

    def general_text(self, language: str, *, progress: Callable[[float], None] | None = None) -> GeneralText:
        """A sample of what the model expects to hear.

        Raises:
            RecognitionFailed: the engine failed.
        """
        with engine_errors(RecognitionFailed, f"{self.name}: what the model knows cannot be read"):
            return self._recogniser.general_text(language, progress=progress)

    def recognise(
        self,
        audio: Sequence[Samples],
        *,
        options: RecogniseOptions = RecogniseOptions(),
        scorers: Sequence[Scorer | None] | None = None,
        speech: Sequence[Spans] | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> list[Recognition]:
        """Recognise several stretches; if they fail together, each is tried alone."""
        try:
            with engine_errors(RecognitionFailed):
                return self._recogniser.recognise(
                    audio, options=options, scorers=scorers, speech=speech, on_step=on_step
                )
        except EngineError as error:
            if len(audio) == 1:
                return [_failed(audio[0], options.locale, error)]
        alone = partial(self.recognise, options=options, on_step=on_step)
        nothing = [None] * len(audio)
        each = zip(audio, scorers or nothing, speech or nothing, strict=True)
        return [alone([samples], scorers=[scorer], speech=[spans])[0] for samples, scorer, spans in each]


@contextmanager
def engine_errors(kind: type[EngineError], what: str = "") -> Iterator[None]:
    """Turn what the runtime of an engine throws into an error of ours; faults of the program stay what they are."""
    try:
        yield
    except LectError:
        raise
    except Exception as error:
        if not isinstance(error, MemoryError) and not type(error).__module__.startswith(_RUNTIMES):
            raise
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise kind(
            f"{what}: {reason}" if what else reason,
            hint="If memory is short, set LECT_THREADS to a smaller number. If it happens again, please report it.",
        ) from error


def failure_of(heard: Heard) -> LectError | None:
    """Why a recording could not be heard whole; None if it was."""
    if heard.error:
        return heard.error
    for segment in heard.segments:
        if isinstance(segment.recognition, FailedRecognition):
            error = segment.recognition.error
            return RecognitionFailed(
                f"{heard.name}: recognition failed at {segment.offset:.1f} s: {error.message}",
                hint=error.hint,
            )
    return None


def _failed(samples: Samples, locale: str, error: EngineError) -> FailedRecognition:
    return FailedRecognition(
        best=_NOTHING, nbest=(), locale=locale, duration=len(samples) / SAMPLE_RATE, error=error
    )
