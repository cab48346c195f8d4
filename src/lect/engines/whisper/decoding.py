"""Many utterances through one search each, side by side in the decoder.

Utterances wait in line for a lane; whoever ends makes room for the next. What comes out does not depend on the neighbours, to
the last bit: the decoder's int8 products have scales of their own for every row, and each lane lies in its arrays as if it
were alone (`lanes`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from lect.core.locale import AUTO
from lect.engines.contract import Scorer, Spans, go_on
from lect.speech.audio import Samples

from . import features
from .lanes import Lanes
from .repeats import fold_pieces
from .search import BeamSearch, Finished, SearchOptions, Step, loudest_frames
from .sessions import HIDDEN, Encoded, Sessions
from .tokens import Tokens
from .weights import Array

LANES = 4  # utterances decoded side by side
BUCKET = 250  # encoder frames; utterances whose windows fall into the same bucket share a batch
TOKENS_PER_SECOND = 25  # no speech needs more
DOUBTFUL = -0.6  # mean log-probability of a token below which silence is thought of


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a decoding."""

    search: SearchOptions
    bias: Array | None = None  # added to every token's logit, shape = (vocabulary,)
    keep_attention: bool = False  # for word times
    on_step: Callable[[], None] = go_on


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A stretch of audio, the window to hear it in and what is known of its text."""

    samples: Samples
    frames: int  # of mel, even
    language: str
    scorer: Scorer | None = None
    speech: Spans = None

    @property
    def seconds(self) -> float:
        return len(self.samples) / features.SAMPLE_RATE

    @property
    def heard(self) -> int:
        """Encoder frames that hold audio; the others are padding."""
        return max(min(math.ceil(len(self.samples) / features.HOP / 2) + 1, self.frames // 2), 2)


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What the search of one utterance ended with."""

    finished: Sequence[Finished]  # best first
    attention: Sequence[Array]  # a step each, shape = (heads, rows, frames)
    language: str
    frames: int  # of the window
    no_speech: float  # Whisper's own probability of it; looked at where the text is improbable, else 0

    @property
    def score(self) -> float:
        """Of the best text, per token, bonus included."""
        return self.finished[0].score

    @property
    def mean_log_prob(self) -> float:
        """Of a token of the best text."""
        return self.finished[0].mean_log_prob

    @property
    def is_cut(self) -> bool:
        """Whether the best text had begun to repeat itself."""
        return self.finished[0].cut

    @property
    def is_outdone(self) -> bool:
        """Whether a hypothesis that had is acoustically more probable: then the best may be a repeat that was not noticed."""
        return any(finished.cut and finished.mean_log_prob > self.mean_log_prob for finished in self.finished)


@dataclass(kw_only=True)
class _Search:
    """An utterance in a lane."""

    number: int
    utterance: Utterance
    language: str
    beam: BeamSearch
    attention: list[Array] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)

    def advance(
        self, log_probs: Array, tokens: np.ndarray, end: Array, attention: Array, *, keep: bool
    ) -> bool:
        """Take one step's answer; False if the search is over."""
        step = Step(log_probs=log_probs, tokens=tokens, end=end, frames=loudest_frames(attention))
        self.parents = self.beam.advance(step)
        if keep:
            self.attention.append(attention)
        return bool(self.parents)


class Decoding:
    """Decodes with one loaded model. Has no state of its own: several threads may call it at once."""

    def __init__(
        self, sessions: Sessions, tokens: Tokens, *, suppress: Sequence[int], suppress_first: Sequence[int]
    ) -> None:
        """
        Args:
            suppress: tokens that are never text
            suppress_first: tokens that may not open a text
        """
        self._sessions, self._tokens = sessions, tokens
        self._folds = fold_pieces(tokens.pieces)
        self.bias = self._suppression(suppress)
        self.first_bias = self._suppression([*suppress, *suppress_first])

    def decode(self, utterances: Sequence[Utterance], request: Request) -> list[Decoded]:
        """Decode utterances, in order. Those with windows alike and searches of one width share a batch."""

        def kind(utterance: Utterance) -> tuple[int, int]:
            return (utterance.frames // 2 - 1) // BUCKET, request.search.rows(utterance.scorer)

        numbered = sorted(enumerate(utterances), key=lambda each: (kind(each[1]), each[1].frames))
        decoded: dict[int, Decoded] = {}
        for (_, rows), group in groupby(numbered, key=lambda each: kind(each[1])):
            decoded.update(self._decode_batch(list(group), request, rows=rows))
        return [decoded[number] for number in range(len(utterances))]

    def detect(self, encoded: Encoded) -> str:
        """The language that Whisper hears."""
        languages = self._tokens.languages
        if not self._tokens.multilingual:
            return "en"
        log_probs = self._after_start(encoded, list(languages.values()))
        return list(languages)[int(log_probs.argmax())]

    def detect_among(self, encoded: Encoded, languages: Sequence[str]) -> dict[str, float]:
        """How probable each of these languages is, the most probable first; together 1.

        Raises:
            UnsupportedLocale: the model does not know one of them.
        """
        tokens = [self._tokens.language(language) for language in languages]
        if not self._tokens.multilingual:
            return dict.fromkeys(languages, 1.0)
        log_probs = self._after_start(encoded, tokens)
        shares = np.exp(log_probs - log_probs.max())
        shares /= shares.sum()
        return {languages[i]: float(shares[i]) for i in np.argsort(-shares, kind="stable")}

    def encode(self, utterance: Utterance) -> Encoded:
        """Run the encoder on the utterance's window."""
        mels = self._sessions.dimensions.mels
        return self._sessions.encode(features.log_mel(utterance.samples, mels=mels, frames=utterance.frames))

    def _decode_batch(
        self, group: list[tuple[int, Utterance]], request: Request, *, rows: int
    ) -> dict[int, Decoded]:
        waiting, running, decoded = deque(group), list[_Search](), dict[int, Decoded]()
        frames = max(utterance.frames for _, utterance in group) // 2
        lanes = Lanes(self._sessions, lanes=min(LANES, len(group)), frames=frames, rows=rows)
        while waiting or running:
            while waiting and lanes.used < lanes.capacity:
                request.on_step()
                number, utterance = waiting.popleft()
                encoded = self.encode(utterance)
                search, is_open = self._begin(number, utterance, encoded, lanes, request)
                if is_open:
                    running.append(search)
                else:
                    decoded[number] = self._end(search, encoded)
            for lane in self._step(running, lanes, request) if running else ():
                search = running[lane]
                decoded[search.number] = self._end(search, lanes.encoded(lane))
                lanes.release(lane)  # which gives the last lane this one's number
                running[lane] = running[-1]
                running.pop()
        return decoded

    def _begin(
        self, number: int, utterance: Utterance, encoded: Encoded, lanes: Lanes, request: Request
    ) -> tuple[_Search, bool]:
        """Run an utterance's prompt, take the first step, and put it into a lane if its search goes on."""
        language = self.detect(encoded) if utterance.language == AUTO else utterance.language
        prompt = self._tokens.prompt(language)
        output = self._sessions.prefill(
            encoded,
            prompt,
            rows=[len(prompt) - 1],
            bias=_plus(self.first_bias, request.bias),
            extra=[self._tokens.end],
            k=request.search.width(utterance.scorer),
        )
        room = self._sessions.dimensions.positions // 2 - len(prompt)
        longest = min(room, 12 + round(TOKENS_PER_SECOND * utterance.seconds))
        beam = BeamSearch(
            replace(request.search, longest=longest),
            end=self._tokens.end,
            folds=self._folds,
            scorer=utterance.scorer,
        )
        search = _Search(number=number, utterance=utterance, language=language, beam=beam)
        attention = output.attention[0, :, -1:, : utterance.heard]
        is_open = search.advance(
            output.log_probs, output.tokens, output.extra[:, 0], attention, keep=request.keep_attention
        )
        if is_open:
            lanes.admit(encoded, output.new_keys, output.new_values)
        return search, is_open

    def _step(self, running: Sequence[_Search], lanes: Lanes, request: Request) -> list[int]:
        """One decoder step of every lane; the lanes whose search is over, the last first."""
        request.on_step()
        widths = [request.search.width(search.utterance.scorer) for search in running]
        outputs = lanes.step(
            [search.beam.rows for search in running],
            [search.parents for search in running],
            bias=_plus(self.bias, request.bias),
            k=max(widths),
            end=self._tokens.end,
        )
        over = []
        for lane, (search, output, width) in enumerate(zip(running, outputs, widths, strict=True)):
            is_open = search.advance(
                output.log_probs[:, :width],
                output.tokens[:, :width],
                output.end,
                output.attention[..., : search.utterance.heard],
                keep=request.keep_attention,
            )
            if not is_open:
                over.append(lane)
        return over[::-1]

    def _end(self, search: _Search, encoded: Encoded) -> Decoded:
        finished = search.beam.done
        is_doubtful = finished[0].mean_log_prob < DOUBTFUL
        return Decoded(
            finished=finished,
            attention=search.attention,
            language=search.language,
            frames=search.utterance.frames,
            no_speech=self._no_speech(encoded) if is_doubtful else 0.0,
        )

    def _no_speech(self, encoded: Encoded) -> float:
        if self._tokens.no_speech < 0:
            return 0.0
        return math.exp(float(self._after_start(encoded, [self._tokens.no_speech])[0]))

    def _after_start(self, encoded: Encoded, wanted: Sequence[int]) -> Array:
        """Log-probabilities of tokens right after the start token, where Whisper names language or silence."""
        output = self._sessions.prefill(
            encoded, [self._tokens.start], rows=[0], bias=np.zeros_like(self.bias), extra=wanted, k=1
        )
        log_probs: Array = output.extra[0]
        return log_probs

    def _suppression(self, tokens: Sequence[int]) -> Array:
        bias = np.zeros(self._sessions.dimensions.vocabulary, np.float32)
        bias[list(tokens)] = HIDDEN
        bias[self._tokens.end + 1 :] = HIDDEN
        return bias


def _plus(bias: Array, more: Array | None) -> Array:
    return bias if more is None else bias + more
