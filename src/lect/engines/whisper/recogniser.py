"""The recogniser: windows, retries, silence and n-best around the decoding.

A window is the audio's own length but at least `WindowPolicy.shortest`: cutting Whisper's usual 30 s of padding saves most of a
short command's cost. What it breaks (the model reads the same audio twice) the search's repeat guard catches; where the guard
fires or the text stays improbable, the utterance is decoded once more in the full window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

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
from lect.speech.audio import Samples, Span, speech_spans
from lect.speech.text.lexical import lexical
from lect.telemetry import get_log

from . import features, inner, timing
from .build import Build
from .decoding import Decoded, Decoding, Request, Utterance
from .search import Finished, SearchOptions
from .sessions import Encoded, Sessions
from .tokens import Tokens
from .weights import Array

WINDOW = 30.0  # seconds; the longest that Whisper hears at once
WINDOW_FRAMES = round(WINDOW * features.FRAMES_PER_SECOND)

OTHER_SCRIPT = -6.0  # nats on a token of the other Chinese script; not forbidden: GB 2312 lacks some names
GENERAL_TOKENS = 24_000  # of the model's own text, some 10 s of work


@dataclass(frozen=True, kw_only=True)
class WindowPolicy:
    """How much silence follows the audio. A model tuned on true-length windows may set `shortest` to 0."""

    shortest: float = 15.0  # seconds
    shortest_draft: float = 8.0  # the same for a draft, if it is less
    tail: float = 0.5  # seconds of silence after the audio, at the least
    retry_below: float = -0.8  # score of the best text, per token, under which the full window is tried
    silent_below: float = -1.0  # mean log-probability under which a probable silence is taken for one
    silent_above: float = 0.6  # Whisper's own probability of no speech

    def frames(self, n_samples: int, *, is_draft: bool = False) -> int:
        """Mel frames of the window for so many samples, even."""
        shortest = min(self.shortest, self.shortest_draft) if is_draft else self.shortest
        seconds = max(n_samples / features.SAMPLE_RATE + self.tail, shortest)
        return min(2 * math.ceil(seconds * features.FRAMES_PER_SECOND / 2), WINDOW_FRAMES)

    def wants_retry(self, decoded: Decoded) -> bool:
        """Whether the full window may do better: where a text is improbable, or probably repeats itself.

        A repeat among texts that lost in sound as well is no sign. What a scorer lifts above one that sounds better may be the
        same words twice.
        """
        repeats = decoded.is_cut or decoded.is_outdone
        return decoded.frames < WINDOW_FRAMES and (repeats or decoded.score < self.retry_below)

    def is_silent(self, decoded: Decoded) -> bool:
        """Whether the text is made up over silence or noise."""
        return decoded.mean_log_prob < self.silent_below and decoded.no_speech > self.silent_above


class WhisperRecogniser:
    """A loaded Whisper; serves any number of text-adapted models at once."""

    window = WINDOW

    def __init__(
        self,
        name: str,
        build: Build,
        *,
        threads: int = 1,
        policy: WindowPolicy = WindowPolicy(),
        search: SearchOptions = SearchOptions(),
    ) -> None:
        """
        Args:
            threads: processor threads inside one call; calls side by side use a processor better

        Raises:
            ModelLoadFailed: the build cannot be loaded.
        """
        self.name, self.identity = name, build.folder.name
        self.nbytes = build.nbytes
        self._build, self._policy, self._search = build, policy, search
        self._sessions = Sessions(build, threads=threads)
        self.tokens = Tokens(build.folder / "tokenizer.json", build.dimensions.vocabulary)
        self._script_biases: dict[str, Array | None] = {}
        self._decoding = Decoding(
            self._sessions, self.tokens, suppress=build.suppress, suppress_first=build.suppress_first
        )

    @property
    def pieces(self) -> Sequence[bytes]:
        """The bytes of each token, shape = (vocabulary,)."""
        return self.tokens.pieces

    @property
    def languages(self) -> Sequence[str]:
        """Codes of the languages that the model knows, such as "en"."""
        return list(self.tokens.languages)

    def recognise(
        self,
        audio: Sequence[Samples],
        *,
        options: RecogniseOptions = RecogniseOptions(),
        scorers: Sequence[Scorer | None] | None = None,
        speech: Sequence[Spans] | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> list[Recognition]:
        """Recognise stretches of at most 30 s each.

        Args:
            audio: mono 16 kHz, each of shape (n_samples,)
            scorers: text knowledge for each; None: the bare model for all
            speech: its spans in each, seconds from the start of that; None: not found yet
            on_step: called before each run of the encoder and each step of the decoder; what it raises ends the work

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        self.require(options.locale)
        language = language_of(options.locale)
        request = Request(
            search=replace(self._search, beam=options.beam),
            bias=self._script_bias(options.locale),
            keep_attention=options.word_times,
            on_step=on_step,
        )
        nothing = [None] * len(audio)
        utterances = [
            Utterance(
                samples=samples,
                frames=self._policy.frames(len(samples), is_draft=options.is_draft),
                language=language,
                scorer=scorer,
                speech=spans,
            )
            for samples, scorer, spans in zip(audio, scorers or nothing, speech or nothing, strict=True)
        ]
        decoded = self._decoding.decode(utterances, request)
        doubtful = [
            number
            for number, each in enumerate(decoded)
            if not options.is_draft and self._policy.wants_retry(each)
        ]
        if doubtful:
            log = get_log(__name__, action="recognise", model=self.name)
            log.info("Decoding again in the full window.", retries=len(doubtful), of=len(decoded))
        retries = self._decoding.decode(
            [replace(utterances[i], frames=WINDOW_FRAMES) for i in doubtful], request
        )
        for number, retry in zip(doubtful, retries, strict=True):
            decoded[number] = max(decoded[number], retry, key=lambda each: (not each.is_cut, each.score))
        return [self._recognition(*pair, options) for pair in zip(utterances, decoded, strict=True)]

    def require(self, locale: str) -> None:
        """Make sure that the model knows a locale's language.

        Raises:
            UnsupportedLocale: it does not.
        """
        if language_of(locale) != AUTO:
            self.tokens.prompt(language_of(locale))

    def detect(self, samples: Samples) -> str:
        """The language spoken in the first 30 s, as Whisper judges it."""
        return self._decoding.detect(self._encoded(samples))

    def detect_among(self, samples: Samples, languages: Sequence[str]) -> dict[str, float]:
        """How probable each of these languages is in the first 30 s, as Whisper judges it.

        Raises:
            UnsupportedLocale: the model does not know one of them.
        """
        return self._decoding.detect_among(self._encoded(samples), languages)

    def _encoded(self, samples: Samples) -> Encoded:
        frames = self._policy.frames(len(samples))
        return self._decoding.encode(Utterance(samples=samples, frames=frames, language=AUTO))

    def general_text(self, language: str, *, progress: Callable[[float], None] | None = None) -> GeneralText:
        """Texts that the model writes when it hears nothing.

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        return inner.write_texts(
            self._sessions,
            self.tokens,
            cross_bias=np.load(self._build.folder / "cross_bias.npy", allow_pickle=False),
            bias=self._decoding.bias,
            first_bias=self._decoding.first_bias,
            language=language,
            n_tokens=GENERAL_TOKENS,
            seed=0,
            progress=progress,
        )

    def _script_bias(self, locale: str) -> Array | None:
        """What keeps a Chinese text in its locale's script. shape = (vocabulary,)"""
        if locale not in self._script_biases:
            bias = np.zeros(self._build.dimensions.vocabulary, np.float32)
            bias[self.tokens.other_script(locale)] = OTHER_SCRIPT
            self._script_biases[locale] = bias if bias.any() else None
        return self._script_biases[locale]

    def _recognition(self, utterance: Utterance, decoded: Decoded, options: RecogniseOptions) -> Recognition:
        locale = options.locale if options.locale != AUTO else decoded.language
        nbest = () if self._policy.is_silent(decoded) else self._nbest(utterance, decoded, locale, options)
        return Recognition(
            best=nbest[0] if nbest else Alternative(display="", lexical="", confidence=0.0),
            nbest=nbest,
            locale=locale,
            duration=utterance.seconds,
            no_speech=not nbest or not nbest[0].display,
            padded_retry=decoded.frames > utterance.frames,
        )

    def _nbest(
        self, utterance: Utterance, decoded: Decoded, locale: str, options: RecogniseOptions
    ) -> tuple[Alternative, ...]:
        """The best texts that differ as displayed."""
        spans: list[Span] = []
        if options.word_times:
            known = utterance.speech
            spans = timing.voiced(speech_spans(utterance.samples) if known is None else known)
        alternatives: dict[str, Alternative] = {}
        for finished in decoded.finished:
            display = self.tokens.text(finished.tokens).strip()
            if display not in alternatives:
                alternatives[display] = Alternative(
                    display=display,
                    lexical=lexical(display, locale),
                    confidence=round(math.exp(finished.mean_log_prob), 4),
                    words=self._words(utterance, decoded, finished, spans) if options.word_times else (),
                    score=round(finished.score, 4),
                )
            if len(alternatives) == options.nbest:
                break
        return tuple(alternatives.values())

    def _words(
        self, utterance: Utterance, decoded: Decoded, finished: Finished, spans: Sequence[Span]
    ) -> tuple[Word, ...]:
        if not finished.tokens:
            return ()
        attention = np.stack([decoded.attention[step][:, row] for step, row in finished.places], axis=1)
        groups = timing.group_words(finished.tokens, self.tokens.pieces, decoded.language)
        starts, peaks = timing.token_places(attention)
        return timing.time_words(
            groups,
            finished.log_probs,
            starts.tolist(),
            peaks.tolist(),
            spans=spans,
            duration=utterance.seconds,
        )
