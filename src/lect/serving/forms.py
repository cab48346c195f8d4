"""The written forms of transcripts: ITN and masked ITN are added; in what is displayed profanity is treated, and marks that were said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.serving.retiming import with_changes
from lect.serving.transcriptions import SegmentTranscript, Transcript
from lect.speech.text.display import (
    DisplayForms,
    Formatter,
    ProfanityFilter,
    ProfanityMode,
    Punctuation,
    profanity_filter,
)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How a request wants results written."""

    profanity: ProfanityMode | None = None  # None: only what the model's own display rules name is masked
    profane: Path | None = None  # a phrase a line; None: what Lect brings for the language
    punctuation: Punctuation = Punctuation.AUTOMATIC

    @cached_property
    def _own(self) -> ProfanityFilter | None:
        return profanity_filter("und", self.profane) if self.profane else None

    def forms(self, locale: str, rules: Formatter | None = None) -> DisplayForms:
        """The forms of texts in a locale.

        Args:
            rules: how the model's domain writes

        Raises:
            NotFound: There is no such list.
            InvalidInput: It cannot be read.
        """
        return DisplayForms(
            locale, profanity=self.profanity, profane=self._own, rules=rules, punctuation=self.punctuation
        )


def with_forms(
    transcript: Transcript,
    writing: Writing,
    rules: Formatter | None = None,
    *,
    among: Mapping[str, Formatter | None] | None = None,
) -> Transcript:
    """The transcript with all four forms; only display forms and their words are treated, never the lexical form.

    Args:
        rules: how the model's domain writes
        among: the rules of each locale that was chosen from, in place of `rules`
    """
    blank = blank_of(transcript.locale)
    forms = {
        locale: writing.forms(locale, among[locale] if among else rules)
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
    written = forms.forms(segment.display, spoken=segment.lexical)
    return replace(
        segment,
        display=written.display,
        itn=written.itn,
        masked_itn=written.masked_itn,
        words=_words(segment.words, forms),
        heard=segment.words,
    )


def _words(words: tuple[Word, ...], forms: DisplayForms) -> tuple[Word, ...]:
    """The words as the domain writes them, with the times of those that they were said in."""
    styled = forms.styled(" ".join(word.word for word in words))
    for step in styled.steps:
        words = tuple(with_changes(words, step))
    shown = forms.masked_words([word.word for word in words], hidden=styled.hidden)
    return tuple(replace(word, word=text) for word, text in zip(words, shown, strict=True) if text)
