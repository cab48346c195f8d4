"""The recogniser of tones: a beam search over letters, so that a text scorer has something to decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lect.core.errors import RecognitionFailed, UnsupportedLocale
from lect.core.locale import AUTO, language_of
from lect.engines.contract import (
    Alternative,
    GeneralText,
    RecogniseOptions,
    Recognition,
    Scorer,
    Spans,
    Word,
    go_on,
)
from lect.speech.audio import Samples
from lect.speech.text.lexical import lexical

from .tones import SAMPLE_RATE, TONE, Tone, hear

BLANK = ord(" ")
ARTICLES = {"en": "the", "de": "der"}  # language -> the word that gives it away
GENERAL = ("the cat sat on the mat", "the dog ran to the house", "a bird sang in the tree")
SECONDS = TONE / SAMPLE_RATE  # of a letter


@dataclass(frozen=True, kw_only=True)
class _Hypothesis:
    """A text so far, with the beginning and the probability of each letter."""

    letters: bytes = b""
    offsets: tuple[float, ...] = ()
    log_probs: tuple[float, ...] = ()
    state: Any = None

    @property
    def total(self) -> float:
        return sum(self.log_probs) + (0.0 if self.state is None else float(self.state.total))


class ToyRecogniser:
    """Hears what `tones.speak` says. Has no state: several threads may call it at once."""

    identity = "toy-1"
    window = 30.0
    nbytes = 0

    def __init__(self, name: str = "toy", *, fail_on: str | None = None) -> None:
        """
        Args:
            fail_on: text at which recognition fails, such as "bomb"
        """
        self.name, self._fail_on = name, fail_on

    @property
    def pieces(self) -> Sequence[bytes]:
        """A token is a letter's ASCII code. shape = (128,)"""
        return [bytes([code]) if code >= BLANK else b"" for code in range(127)] + [b""]

    @property
    def languages(self) -> Sequence[str]:
        """English and German."""
        return list(ARTICLES)

    def require(self, locale: str) -> None:
        """Make sure that a locale's language is known.

        Raises:
            UnsupportedLocale: it is not.
        """
        if language_of(locale) not in {AUTO, *ARTICLES}:
            raise UnsupportedLocale(
                f"the toy engine does not recognise the language {language_of(locale)!r}",
                hint=f"It knows {', '.join(ARTICLES)}.",
            )

    def detect(self, samples: Samples) -> str:
        """The language whose article is said most often, else English."""
        words = self._search(samples, RecogniseOptions(), None)[0].letters.decode().lower().split()
        return max(ARTICLES, key=lambda language: words.count(ARTICLES[language]))

    def detect_among(self, samples: Samples, languages: Sequence[str]) -> dict[str, float]:
        """How probable each of these languages is, by how often its article is said.

        Raises:
            UnsupportedLocale: one of them is not known.
        """
        for language in languages:
            self.require(language)
        words = self._search(samples, RecogniseOptions(), None)[0].letters.decode().lower().split()
        heard = {language: 1 + 9 * words.count(ARTICLES[language]) for language in languages}
        ranked = sorted(heard, key=lambda language: -heard[language])
        return {language: heard[language] / sum(heard.values()) for language in ranked}

    def general_text(self, language: str, *, progress: Callable[[float], None] | None = None) -> GeneralText:
        """A few sentences.

        Raises:
            UnsupportedLocale: the language is not known.
        """
        self.require(language)
        if progress:
            progress(1.0)
        codes = np.frombuffer(" ".join(GENERAL).encode(), np.uint8)
        return GeneralText(texts=GENERAL, token_weights=np.bincount(codes, minlength=128).astype(np.float32))

    def recognise(
        self,
        audio: Sequence[Samples],
        *,
        options: RecogniseOptions = RecogniseOptions(),
        scorers: Sequence[Scorer | None] | None = None,
        speech: Sequence[Spans] | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> list[Recognition]:
        """Recognise stretches of audio.

        Raises:
            RecognitionFailed: the text to fail on was said.
            UnsupportedLocale: the language is not known.
        """
        self.require(options.locale)
        answers = []
        for samples, scorer in zip(audio, scorers or [None] * len(audio), strict=True):
            on_step()
            answers.append(self._recognise(samples, options, scorer))
        return answers

    def _recognise(self, samples: Samples, options: RecogniseOptions, scorer: Scorer | None) -> Recognition:
        locale = self.detect(samples) if options.locale == AUTO else options.locale
        found = self._search(samples, options, scorer)[: options.nbest]
        alternatives = tuple(_alternative(each, locale, options) for each in found)
        best = alternatives[0]
        if self._fail_on and self._fail_on in best.display:
            raise RecognitionFailed(f"the toy engine was told to fail on {self._fail_on!r}")
        return Recognition(
            best=best,
            nbest=alternatives if best.display else (),
            locale=locale,
            duration=len(samples) / SAMPLE_RATE,
            no_speech=not best.display,
        )

    def _search(
        self, samples: Samples, options: RecogniseOptions, scorer: Scorer | None
    ) -> list[_Hypothesis]:
        """The best texts, best first."""
        beam = [_Hypothesis(state=scorer.start() if scorer else None)]
        for tone in _with_blanks(hear(samples)):
            longer = [_extend(each, tone, letter, scorer) for each in beam for letter in tone.letters]
            beam = sorted(longer, key=lambda each: -each.total)[: options.beam]
        if scorer is None:
            return beam
        return sorted(beam, key=lambda each: -(sum(each.log_probs) + scorer.finish(each.state)))


def _with_blanks(tones: Iterable[Tone]) -> Iterable[Tone]:
    """Tones with a blank for each pause between them."""
    end: float | None = None
    for tone in tones:
        if end is not None and tone.offset - end > SECONDS / 2:
            yield Tone(offset=end, letters={BLANK: 1.0})
        yield tone
        end = tone.offset + SECONDS


def _extend(hypothesis: _Hypothesis, tone: Tone, letter: int, scorer: Scorer | None) -> _Hypothesis:
    return _Hypothesis(
        letters=hypothesis.letters + bytes([letter]),
        offsets=(*hypothesis.offsets, tone.offset),
        log_probs=(*hypothesis.log_probs, math.log(tone.letters[letter])),
        state=scorer.extend(hypothesis.state, letter) if scorer else None,
    )


def _alternative(hypothesis: _Hypothesis, locale: str, options: RecogniseOptions) -> Alternative:
    display = " ".join(hypothesis.letters.decode().split())
    return Alternative(
        display=display,
        lexical=lexical(display, locale),
        confidence=round(_confidence(hypothesis.log_probs), 4) if display else 0.0,
        words=_words(hypothesis) if options.word_times else (),
        score=round(hypothesis.total / (len(hypothesis.letters) + 1), 4),
    )


def _words(hypothesis: _Hypothesis) -> tuple[Word, ...]:
    words, at = [], 0
    for text in hypothesis.letters.split(b" "):
        if text:
            last = at + len(text) - 1
            words.append(
                Word(
                    word=text.decode(),
                    offset=round(hypothesis.offsets[at], 3),
                    duration=round(hypothesis.offsets[last] + SECONDS - hypothesis.offsets[at], 3),
                    confidence=round(_confidence(hypothesis.log_probs[at : last + 1]), 4),
                )
            )
        at += len(text) + 1
    return tuple(words)


def _confidence(log_probs: Sequence[float]) -> float:
    return math.exp(sum(log_probs) / len(log_probs))
