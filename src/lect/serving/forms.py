"""The written forms of transcripts: ITN and masked ITN are added, and profanity is treated in what is displayed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.serving.transcriptions import SegmentTranscript, Transcript
from lect.speech.text.display import DisplayForms, ProfanityFilter, ProfanityMode, profanity_filter


@dataclass(frozen=True, kw_only=True)
class Profanity:
    """What is done to profanity, and which words are meant."""

    mode: ProfanityMode = ProfanityMode.RAW
    list: Path | None = None  # a phrase a line; None: what Lect brings for the language

    @cached_property
    def _own(self) -> ProfanityFilter | None:
        return profanity_filter("und", self.list) if self.list else None

    def forms(self, locale: str) -> DisplayForms:
        """The forms of texts in a locale.

        Raises:
            NotFound: There is no such list.
            InvalidInput: It cannot be read.
        """
        return DisplayForms(locale, profanity=self.mode, profane=self._own)


def with_forms(transcript: Transcript, profanity: Profanity) -> Transcript:
    """The transcript with all four forms; only display forms and their words are treated, never the lexical form."""
    blank = blank_of(transcript.locale)
    forms = {
        locale: profanity.forms(locale)
        for locale in {each.locale or transcript.locale for each in transcript.segments}
    }
    segments = tuple(
        segment_forms(each, forms[each.locale or transcript.locale]) for each in transcript.segments
    )
    return replace(
        transcript,
        display=blank.join(segment.display for segment in segments if segment.display),
        itn=blank.join(segment.itn for segment in segments if segment.itn),
        masked_itn=blank.join(segment.masked_itn for segment in segments if segment.masked_itn),
        segments=segments,
    )


def segment_forms(segment: SegmentTranscript, forms: DisplayForms) -> SegmentTranscript:
    """The segment with all four forms."""
    itn = forms.itn(segment.display)
    return replace(
        segment,
        display=forms.display(segment.display),
        itn=itn,
        masked_itn=forms.masked_itn(itn),
        words=_words(segment.words, forms),
    )


def _words(words: tuple[Word, ...], forms: DisplayForms) -> tuple[Word, ...]:
    treated = forms.masked_words([word.word for word in words])
    return tuple(replace(word, word=text) for word, text in zip(words, treated, strict=True) if text)
