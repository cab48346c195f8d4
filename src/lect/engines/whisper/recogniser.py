"""The recogniser: windows, batches, retries and silence around the search.

A window is the audio's own length but at least `WindowPolicy.shortest`: cutting Whisper's usual 30 s of padding saves most of a
short command's cost. What it breaks (the model reads the same audio twice) the search's repeat guard catches; where the guard
fires or the text stays improbable, the utterance is decoded once more in the full window.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from lect.engines.contract import (
    Alternative,
    GeneralText,
    RecogniseOptions,
    Recognition,
    Samples,
    Scorer,
    Word,
)
from lect.speech.text.lexical import lexical

from . import features, inner, timing
from .build import Build
from .lanes import HIDDEN, Lanes
from .search import BeamSearch, Finished, SearchOptions, Step, fold_pieces, loudest_frames
from .sessions import Encoded, Sessions
from .tokens import Tokens
from .weights import Array

WINDOW = 30.0  # seconds; the longest that Whisper hears at once
FULL = round(WINDOW * features.FRAMES_PER_SECOND)

LANES = 4  # utterances decoded side by side
GENERAL_TOKENS = 24_000  # of the model's own text, some 10 s of work
BUCKET = 250  # encoder frames; utterances whose windows fall into the same bucket share a batch


@dataclass(frozen=True, kw_only=True)
class WindowPolicy:
    """How much silence follows the audio. A model tuned on true-length windows may set `shortest` to 0."""

    shortest: float = 15.0  # seconds
    tail: float = 0.5  # seconds of silence after the audio, at the least
    retry_below: float = -0.8  # mean log-probability of a token under which the full window is tried
    silent_below: float = -1.0  # mean log-probability under which a probable silence is taken for one
    silent_above: float = 0.6  # Whisper's own probability of no speech

    def frames(self, n_samples: int) -> int:
        """Mel frames of the window for so many samples, even."""
        seconds = max(n_samples / features.SAMPLE_RATE + self.tail, self.shortest)
        return min(2 * math.ceil(seconds * features.FRAMES_PER_SECOND / 2), FULL)


@dataclass(kw_only=True)
class _Task:
    """One utterance on its way through the batch."""

    index: int
    samples: Samples
    frames: int  # of mel
    language: str
    encoded: Encoded | None = None
    search: BeamSearch | None = None
    attention: list[Array] = field(default_factory=list)  # a step each, shape = (heads, rows, frames)
    next_tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)


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
        self.name, self.identity = name, build.folder.name
        self._build, self._policy, self._search = build, policy, search
        self._sessions = Sessions(build, threads=threads)
        self.tokens = Tokens(build.folder / "tokenizer.json", build.dimensions.vocabulary)
        self._folds = fold_pieces(self.tokens.pieces)
        self._bias = self._suppression(build.suppress)
        self._first_bias = self._suppression((*build.suppress, *build.suppress_first))

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
        scorer: Scorer | None = None,
    ) -> list[Recognition]:
        """Recognise stretches of at most 30 s each.

        Args:
            audio: mono 16 kHz, each of shape (n_samples,)
            scorer: text knowledge; None for the bare model

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        language = options.locale.split("-")[0].lower()
        if language != "auto":
            self.tokens.prompt(language)
        tasks = [
            _Task(index=i, samples=samples, frames=self._policy.frames(len(samples)), language=language)
            for i, samples in enumerate(audio)
        ]
        answers = self._decode(tasks, options, scorer)
        again = [
            _Task(index=task.index, samples=task.samples, frames=FULL, language=task.language)
            for task in tasks
            if task.frames < FULL and self._doubtful(answers[task.index])
        ]
        for index, answer in self._decode(again, options, scorer).items():
            answers[index] = max(answers[index], answer, key=lambda each: (not each.cut, each.mean))
        return [self._recognition(tasks[i], answers[i], options) for i in range(len(tasks))]

    def _doubtful(self, answer: _Answer) -> bool:
        return answer.cut or answer.mean < self._policy.retry_below

    def detect(self, samples: Samples) -> str:
        """The language spoken in the first 30 s, as Whisper judges it."""
        frames = self._policy.frames(len(samples))
        mel = features.log_mel(samples, mels=self._sessions.dimensions.mels, frames=frames)
        return self._detect(self._sessions.encode(mel))

    def general_text(self, language: str, *, progress: Callable[[float], None] | None = None) -> GeneralText:
        """Texts that the model writes when it hears nothing.

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        return inner.write_texts(
            self._sessions,
            self.tokens,
            cross_bias=np.load(self._build.folder / "cross_bias.npy", allow_pickle=False),
            bias=self._bias,
            first_bias=self._first_bias,
            language=language,
            n_tokens=GENERAL_TOKENS,
            seed=0,
            progress=progress,
        )

    # --- the batch ---

    def _decode(
        self, tasks: Sequence[_Task], options: RecogniseOptions, scorer: Scorer | None
    ) -> dict[int, _Answer]:
        answers: dict[int, _Answer] = {}
        ordered = sorted(tasks, key=lambda task: (task.frames, task.index))
        for _, group in groupby(ordered, key=lambda task: (task.frames // 2 - 1) // BUCKET):
            batch = list(group)
            answers.update(self._decode_batch(batch, options, scorer))
        return answers

    def _decode_batch(
        self, tasks: Sequence[_Task], options: RecogniseOptions, scorer: Scorer | None
    ) -> dict[int, _Answer]:
        waiting, running, answers = deque(tasks), list[_Task](), dict[int, _Answer]()
        frames = max(task.frames for task in tasks) // 2
        lanes = Lanes(self._sessions, lanes=min(LANES, len(tasks)), frames=frames, rows=options.beam)
        while waiting or running:
            while waiting and lanes.used < lanes.capacity:
                task = waiting.popleft()
                if self._admit(task, lanes, options, scorer):
                    running.append(task)
                else:
                    answers[task.index] = self._answer(task)
            if running:
                for lane in self._step(running, lanes, options):
                    answers[running[lane].index] = self._answer(running[lane])
                    lanes.release(lane)
                    last = running.pop()
                    if lane < len(running):
                        running[lane] = last
        return answers

    def _admit(self, task: _Task, lanes: Lanes, options: RecogniseOptions, scorer: Scorer | None) -> bool:
        """Encode an utterance, run its prompt and take the first step. False if that ended its search."""
        mel = features.log_mel(task.samples, mels=self._sessions.dimensions.mels, frames=task.frames)
        task.encoded = encoded = self._sessions.encode(mel)
        if task.language == "auto":
            task.language = self._detect(encoded)
        prompt = self.tokens.prompt(task.language)
        output = self._sessions.prefill(
            encoded, prompt, rows=[len(prompt) - 1], bias=self._first_bias, extra=[self.tokens.end], k=self._candidates(options)
        )  # fmt: skip
        task.search = BeamSearch(
            self._search_options(task, options), end=self.tokens.end, folds=self._folds, scorer=scorer
        )
        heard = self._heard(task)
        attention = output.attention[0, :, -1:, :heard]
        going = self._advance(task, output.log_probs, output.tokens, output.extra[:, 0], attention, options)
        if going:
            lanes.admit(encoded, output.new_keys, output.new_values)
        return going

    def _step(self, running: list[_Task], lanes: Lanes, options: RecogniseOptions) -> list[int]:
        """One decoder step of every lane; the lanes whose search is over, last first."""
        log_probs, tokens, end, attention = lanes.step(
            [task.next_tokens for task in running],
            [task.parents for task in running],
            bias=self._bias,
            k=self._candidates(options),
            end=self.tokens.end,
        )
        over = []
        for lane, task in enumerate(running):
            rows = slice(0, len(task.next_tokens))
            heard = attention[lane, :, rows, : self._heard(task)]
            if not self._advance(
                task, log_probs[lane, rows], tokens[lane, rows], end[lane, rows], heard, options
            ):
                over.append(lane)
        return over[::-1]

    def _advance(
        self,
        task: _Task,
        log_probs: Array,
        tokens: np.ndarray,
        end: Array,
        attention: Array,
        options: RecogniseOptions,
    ) -> bool:
        if task.search is None:
            raise RuntimeError("the search of this task has not begun")
        step = Step(log_probs=log_probs, tokens=tokens, end=end, frames=loudest_frames(attention))
        task.parents = task.search.advance(step)
        if options.word_times:
            task.attention.append(attention)
        if not task.parents:
            return False
        task.next_tokens = task.search.rows
        return True

    def _candidates(self, options: RecogniseOptions) -> int:
        return max(self._search.candidates, options.beam + 1)

    def _search_options(self, task: _Task, options: RecogniseOptions) -> SearchOptions:
        seconds = len(task.samples) / features.SAMPLE_RATE
        room = self._sessions.dimensions.positions // 2 - 4
        longest = min(room, 12 + round(25 * seconds))
        return replace(self._search, beam=options.beam, longest=longest)

    def _heard(self, task: _Task) -> int:
        """Encoder frames that hold audio."""
        return max(min(math.ceil(len(task.samples) / features.HOP / 2) + 1, task.frames // 2), 2)

    def _detect(self, encoded: Encoded) -> str:
        languages = self.tokens.languages
        if not self.tokens.multilingual:
            return "en"
        output = self._sessions.prefill(
            encoded, [self.tokens.start], rows=[0], bias=np.zeros_like(self._bias), extra=list(languages.values()), k=1
        )  # fmt: skip
        return list(languages)[int(output.extra[0].argmax())]

    def _no_speech(self, encoded: Encoded) -> float:
        """Whisper's own probability that nothing is said."""
        if self.tokens.no_speech < 0:
            return 0.0
        output = self._sessions.prefill(
            encoded, [self.tokens.start], rows=[0], bias=np.zeros_like(self._bias), extra=[self.tokens.no_speech], k=1
        )  # fmt: skip
        return math.exp(float(output.extra[0, 0]))

    def _suppression(self, tokens: Sequence[int]) -> Array:
        bias = np.zeros(self._build.dimensions.vocabulary, np.float32)
        bias[list(tokens)] = HIDDEN
        bias[self.tokens.end + 1 :] = HIDDEN
        return bias

    # --- the answer ---

    def _answer(self, task: _Task) -> _Answer:
        if task.search is None or task.encoded is None:
            raise RuntimeError("the search of this task has not begun")
        best = task.search.done[0]
        silent = best.mean_log_prob < self._policy.silent_below and (
            self._no_speech(task.encoded) > self._policy.silent_above
        )
        answer = _Answer(
            finished=task.search.done, attention=task.attention, language=task.language, silent=silent, frames=task.frames
        )  # fmt: skip
        task.encoded, task.search, task.attention = None, None, []
        return answer

    def _recognition(self, task: _Task, answer: _Answer, options: RecogniseOptions) -> Recognition:
        locale = options.locale if options.locale != "auto" else answer.language
        duration = len(task.samples) / features.SAMPLE_RATE
        if answer.silent:
            nothing = Alternative(display="", lexical="", confidence=0.0)
            return Recognition(best=nothing, nbest=(), locale=locale, duration=duration, no_speech=True)
        alternatives: dict[str, Alternative] = {}
        for finished in answer.finished:
            alternative = self._alternative(finished, answer, duration, locale, options)
            alternatives.setdefault(alternative.display, alternative)
            if len(alternatives) == options.nbest:
                break
        nbest = tuple(alternatives.values())
        return Recognition(
            best=nbest[0],
            nbest=nbest,
            locale=locale,
            duration=duration,
            no_speech=not nbest[0].display,
            padded_retry=answer.frames == FULL and self._policy.frames(len(task.samples)) < FULL,
        )

    def _alternative(
        self, finished: Finished, answer: _Answer, duration: float, locale: str, options: RecogniseOptions
    ) -> Alternative:
        display = self.tokens.text(finished.tokens).strip()
        words: tuple[Word, ...] = ()
        if options.word_times and finished.tokens:
            attention = np.stack([answer.attention[step][:, row] for step, row in finished.places], axis=1)
            groups = timing.group_words(finished.tokens, self.tokens.pieces, answer.language)
            starts = timing.token_starts(attention).tolist()
            words = timing.time_words(groups, finished.log_probs, starts, duration=duration)
        return Alternative(
            display=display,
            lexical=lexical(display, locale),
            confidence=round(math.exp(finished.mean_log_prob), 4),
            words=words,
            score=round(finished.score, 4),
        )


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What the search of one utterance ended with, best first."""

    finished: list[Finished]
    attention: list[Array]
    language: str
    silent: bool
    frames: int

    @property
    def cut(self) -> bool:
        return any(finished.cut for finished in self.finished)

    @property
    def mean(self) -> float:
        return self.finished[0].mean_log_prob
