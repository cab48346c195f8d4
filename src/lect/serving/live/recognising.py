"""A stream of samples through a model, live: partials while somebody speaks, a final at the end of each segment.

What the finals are depends on the audio alone, not on how it was fed or when steps were taken. Not for several threads at
once: one stream has one hand that drives it.

Only a final is waited for. A partial is asked for in one step and told in a later one; meanwhile the stream is listened to,
so that the end of speech is not missed. While a silence lasts that may end the segment, its final is asked for in advance,
and is there when the silence is over, if nobody else needed the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from lect.core.locale import AUTO, blank_of
from lect.engines.contract import Alternative, RecogniseOptions, Recognition, go_on
from lect.engines.guard import FailedRecognition
from lect.serving.forms import segment_forms
from lect.serving.languages import settle_locale
from lect.serving.phrases import PhraseLists, phrase_language
from lect.serving.pool import Model
from lect.serving.transcriptions import SegmentTranscript, segment_of
from lect.speech.audio import SAMPLE_RATE, Samples
from lect.speech.audio.segmenting import Cut, Mark, Segmenter, Started, Stopped

from .agreement import Agreement
from .events import (
    Ended,
    Final,
    FinalResult,
    Identified,
    LiveEvent,
    LiveOptions,
    Partial,
    Silence,
    SpeechEnded,
    SpeechStarted,
)
from .hearing import Answer, AtOnce, Hearing, Urgency
from .languages import LanguageChoice
from .listening import Listening
from .speakers import Guests

FIRST_INTERVAL = 0.2  # seconds between partials until a segment has shown its first word
MARGIN = 2.0  # seconds that a segment stays below the engine's window
_NEWS = (
    0.5  # of the interval of partials must have come as audio: in time it may be late, and comes in blocks
)
_REST = 1.0  # times as long as a partial took is rested before the next one


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A partial that was asked for."""

    answer: Answer
    asked: float  # seconds: the `now` of the step
    began: float  # on the timer
    examined: int  # samples of the stream that it is made of
    is_pausing: bool  # the last word of it is whole


@dataclass(frozen=True, kw_only=True)
class _Ahead:
    """A final that was asked for while its silence lasted."""

    answer: Answer
    span: tuple[int, int]  # frames


class LiveRecognition:
    """One stream. Feed it, and let it take steps as often as there is time; events come out in order."""

    def __init__(
        self,
        model: Model,
        options: LiveOptions = LiveOptions(),
        *,
        model_id: str = "",
        languages: LanguageChoice | None = None,
        speakers: Guests | None = None,
        phrase_lists: PhraseLists | None = None,
        hearing: Hearing | None = None,
        on_step: Callable[[], None] = go_on,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        """
        Args:
            model: what recognises, unless there are languages to choose from
            model_id: what it is called in results; empty: by an id of its own
            languages: what chooses the language, and its model with it
            speakers: what tells who speaks
            phrase_lists: where models with phrases are remembered
            hearing: has audio recognised; None: at once, within the step
            on_step: called often while the engine works; what it raises ends the work
            timer: seconds; what partials take stretches the time between them, and so does a busy machine

        Raises:
            InvalidInput, UnsupportedLocale: the locale does not fit the model, or phrases are without a language.
        """
        self._options, self._languages, self._speakers = options, languages, speakers
        self._phrase_lists, self._hearing = phrase_lists or PhraseLists(), hearing or AtOnce()
        self._on_step, self._timer = on_step, timer
        if languages:
            self._speak(languages.model, languages.locale, languages.model_id)
        else:
            self._speak(model, settle_locale(model, options.locale), model_id or model.id)
        longest = min(options.longest_segment, model.recogniser.window - MARGIN)
        self._listening = Listening(
            Segmenter(end_silence=options.end_silence, longest=longest),
            initial_silence=options.initial_silence,
        )
        self._agreement = Agreement(options.stable)
        self._shown = ""  # of the open segment
        self._heard = 0  # samples of the stream when the open segment was heard last
        self._next_partial = 0.0
        self._draft: _Draft | None = None
        self._ahead: _Ahead | None = None
        self._marks = self._listening.marks()
        self._is_over = False

    def _speak(self, model: Model, locale: str, model_id: str) -> None:
        """Recognise this language with this model from here on."""
        self._opened = model  # by which the pool knows that it is in use; one with phrases is another
        model.recogniser.require(locale)
        if self._options.phrases:
            language = phrase_language(locale)
            model = self._phrase_lists.on(model, self._options.phrases, language=language)
        self._model, self._locale, self._model_id = model, locale, model_id

    @property
    def behind(self) -> float:
        """Seconds that were fed and not examined yet: if they are more than a moment, another step is worth taking."""
        return self._listening.waiting / SAMPLE_RATE

    @property
    def seconds(self) -> float:
        """Seconds of the stream, fed in all."""
        return (self._listening.examined + self._listening.waiting) / SAMPLE_RATE

    def feed(self, samples: Samples) -> None:
        """Take the next samples of the stream: 16 kHz, mono, shape = (n_samples,). Only keeps them, so it is quick.

        Raises:
            ValueError: the stream is over.
        """
        if self._is_over:
            raise ValueError("the stream is over")
        self._listening.feed(samples)

    def step(self, now: float, *, partials: bool = True) -> list[LiveEvent]:
        """Do what is due: examine what was fed up to the end of a segment and recognise that, or else see to partials.

        Ends after one segment, so that its final need not wait for the next; `behind` tells whether there is more.

        Args:
            now: seconds, on a clock that never goes back
            partials: False: only finals, for whoever has no time for more

        Raises:
            EngineError: the model failed on a segment. The stream may go on behind it.
        """
        events, is_cut = self._up_to_cut()
        if is_cut:
            return events
        self._marks = self._listening.marks()
        self._hear_ahead()
        if partials:
            self._ask_draft(now)
            events += self._partial()
        return events

    def end(self) -> list[LiveEvent]:
        """Answer the next segment of what is left; nothing can be fed afterwards. To be called until it tells `Ended`.

        Raises:
            EngineError: the model failed on a segment. Those behind it may still be asked for.
        """
        if not self._is_over:
            self._is_over = True
            self._marks = chain(self._marks, self._listening.marks(is_end=True))
        events, is_cut = self._up_to_cut()
        return events if is_cut else [*events, Ended(offset=_rounded(self.seconds))]

    def close(self) -> None:
        """Give up what was asked for and let others have the engine. From any thread."""
        for asked in (self._draft, self._ahead):
            if asked:
                asked.answer.cancel()
        if self._languages:
            self._languages.give_up()
        self._hearing.close()

    def _up_to_cut(self) -> tuple[list[LiveEvent], bool]:
        """Answer the marks up to the end of a segment; whether there was one."""
        events: list[LiveEvent] = []
        for mark in self._marks:
            events.append(self._answer(mark))
            if isinstance(mark, Cut):
                return events, True
        return events, False

    def _answer(self, mark: Mark | Silence) -> LiveEvent:
        if isinstance(mark, Started):
            return SpeechStarted(offset=self._seconds(mark.frame))
        if isinstance(mark, Stopped):
            return SpeechEnded(offset=self._seconds(mark.frame))
        return self._final(mark) if isinstance(mark, Cut) else mark

    def _final(self, cut: Cut) -> Final | Silence:
        self._agreement, self._shown, self._heard = Agreement(self._options.stable), "", 0
        self._give_up_draft()
        if self._languages:
            phrase = self._listening.audio(cut.start, cut.end)
            self._languages.settle(phrase, self._hearing, self._on_step)
            self._follow(self._languages)
        recognition = self._whole(cut.start, cut.end)
        if isinstance(recognition, FailedRecognition):
            raise recognition.error
        start, end = self._seconds(cut.spoken_from), self._seconds(cut.spoken_to)
        if not recognition.best.display:
            return Silence(offset=start, duration=_rounded(end - start), is_speech=True)
        self._locale = recognition.locale if self._locale == AUTO else self._locale
        spoken = self._listening.audio(cut.spoken_from, cut.spoken_to)
        speaker = self._speakers.name(spoken) if self._speakers else None
        offset = self._seconds(cut.start)
        texts = _unlike(self._text(each, recognition, offset) for each in recognition.nbest)
        words = [word for text in texts for word in text.words]
        start = min([start, *(word.offset for word in words)])
        duration = _rounded(max([end, *(word.offset + word.duration for word in words)]) - start)
        nbest = tuple(replace(text, offset=start, duration=duration) for text in texts)
        return Final(
            offset=start,
            duration=duration,
            result=FinalResult(
                locale=recognition.locale,
                model=self._model_id,
                nbest=nbest,
                language=self._language,
                speaker=speaker,
            ),
        )

    def _text(self, text: Alternative, recognition: Recognition, offset: float) -> SegmentTranscript:
        """An entry of the n-best list in all its forms."""
        segment = segment_of(offset, recognition.duration, text, self._model, recognition.locale)
        return segment_forms(segment, self._options.writing.forms(recognition.locale, self._model.rules))

    def _whole(self, start: int, end: int) -> Recognition:
        """What was said in a segment that is complete, heard in advance or now."""
        ahead, self._ahead = self._ahead, None
        if ahead and ahead.span == (start, end):
            self._hearing.hasten(ahead.answer)
            if recognition := ahead.answer.result():
                return recognition
        if ahead:
            ahead.answer.cancel()
        recognition = self._ask_final(start, end, Urgency.FINAL).result()
        assert recognition is not None  # only what is not final is left undone
        return recognition

    def _hear_ahead(self) -> None:
        """While nothing is said, ask for the final of what was said, in case no more follows."""
        if self._languages and not self._languages.is_settled:
            return  # the whole of it says in which language
        span, ahead = self._listening.likely, self._ahead
        if ahead and (ahead.span != span or (ahead.answer.done() and not ahead.answer.result())):
            ahead.answer.cancel()
            self._ahead = None
        if span and not self._ahead:
            self._ahead = _Ahead(answer=self._ask_final(*span, Urgency.AHEAD), span=span)

    def _ask_final(self, start: int, end: int, urgency: Urgency) -> Answer:
        options = RecogniseOptions(
            locale=self._locale,
            beam=self._options.beam,
            nbest=self._options.nbest,
            word_times=self._options.words,
        )
        return self._ask(self._listening.audio(start, end), options, urgency)

    def _ask_draft(self, now: float) -> None:
        """Ask for a partial, if the open segment is not being heard, and enough was said since it was heard last."""
        examined = self._listening.examined
        enough = self._interval * _NEWS * SAMPLE_RATE
        is_news = self._listening.spoken_from is not None and examined - self._heard >= enough
        is_heard = self._draft or (self._ahead and not self._ahead.answer.done())
        if is_heard or not is_news or now < self._next_partial:
            return
        audio = self._listening.open_audio()
        if self._languages:
            self._languages.guess(audio, self._hearing, self._on_step)
            self._follow(self._languages)
            if not self._language:
                return
        self._heard = examined
        began, is_pausing = self._timer(), self._listening.is_pausing
        options = RecogniseOptions(locale=self._locale, beam=1, word_times=False, is_draft=True)
        answer = self._ask(audio, options, Urgency.DRAFT)
        self._draft = _Draft(answer=answer, asked=now, began=began, examined=examined, is_pausing=is_pausing)

    def _give_up_draft(self) -> None:
        if self._draft:
            self._draft.answer.cancel()
            self._draft = None

    def _partial(self) -> Iterator[Partial]:
        """What is settled of the open segment, if a draft of it has come and there is news."""
        draft, spoken_from = self._draft, self._listening.spoken_from
        if draft is None or spoken_from is None or not draft.answer.done():
            return
        self._draft = None
        text = self._news(draft)
        rest = (1 + _REST) * (self._timer() - draft.began)
        self._next_partial = draft.asked + max(self._interval, rest)
        if text:
            offset = self._seconds(spoken_from)
            yield Partial(
                offset=offset,
                duration=_rounded(draft.examined / SAMPLE_RATE - offset),
                text=text,
                language=self._language,
            )

    @property
    def _interval(self) -> float:
        """Seconds between two partials. A first word is waited for; those after it may take longer and are seldom wrong."""
        interval = self._options.partial_interval
        return interval if self._shown else min(interval, FIRST_INTERVAL)

    def _news(self, draft: _Draft) -> str:
        """The settled text after one more draft, if it changed."""
        recognition = draft.answer.result()
        if recognition is None or isinstance(recognition, FailedRecognition):
            return ""  # the final may do better, and tells if it does not
        text = self._settled(recognition, is_pausing=draft.is_pausing)
        if text == self._shown:
            return ""
        self._shown = text or self._shown
        return text

    def _settled(self, recognition: Recognition, *, is_pausing: bool) -> str:
        """The words in which the latest partials agree; one that may be half said counts only as the first."""
        locale = recognition.locale
        blank = blank_of(locale)
        said = segment_of(0.0, recognition.duration, recognition.best, self._model, locale).lexical
        words = said.split() if blank else [*"".join(said.split())]
        settled = self._agreement.add(words if is_pausing or not self._shown else words[:-1])
        return self._options.writing.forms(locale, self._model.rules).partial(blank.join(settled))

    @property
    def _language(self) -> Identified | None:
        return self._languages.identified if self._languages else None

    def _follow(self, languages: LanguageChoice) -> None:
        """Go on in the language that was chosen; what was settled in another is dropped."""
        if languages.locale != self._locale:
            self._speak(languages.model, languages.locale, languages.model_id)
            self._agreement, self._shown = Agreement(self._options.stable), ""

    def _ask(self, audio: Samples, options: RecogniseOptions, urgency: Urgency) -> Answer:
        return self._hearing.ask(self._model, audio, options, urgency=urgency, on_step=self._on_step)

    def _seconds(self, frame: int) -> float:
        return _rounded(self._listening.seconds(frame))


def _rounded(seconds: float) -> float:
    return round(seconds, 3)


def _unlike(texts: Iterable[SegmentTranscript]) -> list[SegmentTranscript]:
    """The best of those that have become alike in all forms: they differed in how a number is written, say."""
    found: dict[tuple[str, str, str], SegmentTranscript] = {}
    for text in texts:
        found.setdefault((text.lexical, text.itn, text.display), text)
    return list(found.values())
