"""The four forms of a result: lexical, ITN, masked ITN, display."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from lect.core import locale as locales
from lect.speech.text.display.casing import sentence
from lect.speech.text.display.dictation import Dictation, Punctuation
from lect.speech.text.display.english import english
from lect.speech.text.display.numbers import SCALES, TENS, UNITS
from lect.speech.text.display.profanity import MASK, ProfanityFilter, ProfanityMode, profanity_filter, treated
from lect.speech.text.display.rules.changes import Change, Span, changed, merged, moved, overlaps
from lect.speech.text.display.rules.formatter import Formatter, in_sentences
from lect.speech.text.lexical import lexical

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_DASHES = re.compile(r"\s*(?:\u2014|\u2013(?!\d)|\u2026|\.\.\.|--)\s*")
_LEADING = "\"'([{<\u201c\u2018\u00ab\u00bf\u00a1*"
_TRAILING = "\"')]}>.,;:?!\u201d\u2019\u00bb*-"
_MARKS = '.,;:?!\u2026\u3002\u3001\uff0c\uff1f\uff01\u00bf\u00a1"()'  # that punctuation puts around a word
_PAIRS = {")": "(", "]": "[", "}": "{"}
_MERIDIEM = re.compile(r"(?<=\d)\s?([AaPp])\.?[Mm](?:\b\.?|\.)(?!\w)")
_AREA_CODE = re.compile(r"\((\d{3})\)\s?(?=\d{3}-\d{4}\b)")
_COUNTED = re.compile(
    r"(?:nos?|figs?|pp?|vol|ch|sec|apt|ext|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|approx)\.", re.I
)  # abbreviations before a figure
_FEET = re.compile(r"\d+'\d{1,2}[½¼¾]?\"")
_OWN_CASE = re.compile(r"[A-Z](?:\+\+|#)")
_ABBREVIATION = re.compile(r"(?:[a-z]\.){2,}|(?:dr|mr|mrs|ms|prof|vs|etc|st|ave|rd|blvd|jr|sr)\.", re.I)
_POSSESSIVE = re.compile(r"['\u2019]s\b", re.IGNORECASE)
_DICTATED = (Punctuation.DICTATED, Punctuation.BOTH)
_NUMBER_WORDS = frozenset([*UNITS, *TENS, *SCALES, "hundred"])


@dataclass(frozen=True, kw_only=True)
class Forms:
    """One text in four forms."""

    lexical: str  # as spoken: "three p m"
    itn: str  # numbers, dates and the like written: "3 p.m."
    masked_itn: str  # the same, profanity treated
    display: str  # capitals and punctuation too, profanity treated


@dataclass(frozen=True, kw_only=True)
class Styled:
    """A text as its domain writes it, profanity as it was said."""

    text: str
    hidden: tuple[Span, ...] = ()  # what was written for profanity
    steps: tuple[list[Change], ...] = ()  # what became of the text, one after the other


@dataclass(kw_only=True)
class _Parts:
    """Parts of a text."""

    blank: str  # between two
    parts: list[str] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, part: str, hidden: Iterable[Span] = ()) -> None:
        """Add a part, of which some is hidden."""
        if part:
            self.hidden += [(start + self.length, end + self.length) for start, end in hidden]
            self.parts.append(part)
            self.length += len(part) + len(self.blank)

    def add_ending(self, ending: str) -> None:
        """Add what belongs to the last part."""
        self.parts[-1:] = ["".join([*self.parts[-1:], ending])]
        self.length += len(ending)

    def styled(self) -> Styled:
        return Styled(text=self.blank.join(self.parts), hidden=tuple(self.hidden))


class DisplayForms:
    """Makes the four forms of a text in one locale.

    English has inverse text normalisation; in other locales ITN is the lexical form. Where a domain has display rules, what its
    patterns find is written as they say and nothing else reads it. Then phrases are rewritten, in display alone, and then
    profanity is treated, with all that patterns and rewriting made of it.
    """

    def __init__(
        self,
        locale: str,
        *,
        profanity: ProfanityMode | None = ProfanityMode.MASKED,
        profane: ProfanityFilter | None = None,
        rules: Formatter | None = None,
        punctuation: Punctuation = Punctuation.AUTOMATIC,
    ) -> None:
        """Choose the rules.

        Args:
            locale: BCP-47.
            profanity: What is done to it in display and masked ITN; `raw` leaves display alone, but masked ITN is
                masked all the same. None: what the rules name is masked in display, and nothing else.
            profane: The list; by default the one that Lect brings for the language.
            rules: How the domain writes.
            punctuation: Where the marks of display come from; with `none` it is the ITN form, whose profanity is treated.

        Raises:
            UnsupportedLocale: It is not a locale.
        """
        parsed = locales.parse(locale)
        self.locale = str(parsed)
        self._is_english = parsed.language == "en"
        self._region = parsed.region
        self._mode, self._punctuation = profanity, punctuation
        self._dictation = Dictation(parsed.language)
        self._profane = profane or profanity_filter(self.locale)
        self._rules = rules or Formatter(locale=self.locale)
        # The forms of a text and its words ask for the same.
        self._patterns = lru_cache(maxsize=4)(self._rules.patterns)

    def forms(self, display: str, *, spoken: str | None = None) -> Forms:
        """The forms of a text that has capitals, punctuation and numbers already, as Whisper writes it.

        Args:
            spoken: its lexical form, if it is known
        """
        itn, styled = self._itn(display), self.styled(display)
        return self._forms(lexical(display, self.locale) if spoken is None else spoken, itn, styled)

    def forms_of_lexical(self, spoken: str) -> Forms:
        """The forms of a text of bare words, as other models write it."""
        itn = self._itn(spoken, is_bare=True)
        if self._is_english:
            styled = self._rewritten(sentence(itn.text), [itn.text[slice(*span)] for span in itn.hidden])
        else:
            styled = self.styled(spoken)
        return self._forms(lexical(spoken, self.locale), itn, styled)

    def itn(self, text: str) -> str:
        """Inverse text normalisation: numbers, dates, times, money, units and codes written, no other punctuation.

        Words are lower case, unless a capital is part of how they are written (AB-123, USA, °C).
        """
        return self._itn(text).text

    def styled(self, display: str) -> Styled:
        """A text with capitals and punctuation as the domain writes it, marks that were said among them."""
        steps = self._dictated(display)
        for step in steps:
            display = changed(display, step)
        if not self._rules:
            return Styled(text=display, steps=steps)
        found = in_sentences(self._patterns(display), display)
        text, hidden = _after(display, found, self._shown_spans(display))
        rewrites = in_sentences(self._rules.rewrites(text), text)
        final, hidden = _after(text, rewrites, merged([*self._shown_spans(text), *hidden]), hidden)
        return Styled(text=final, hidden=tuple(hidden), steps=(*steps, found, rewrites))

    def partial(self, spoken: str) -> str:
        """A text of bare words that is still growing, as far as it can be written already: as the final will be.

        Marks that were said, patterns and rewriting are at work in what something follows; at its end a text may go on to say
        more, or something else. Profanity is treated wherever it stands.
        """
        marks = self._dictation.written(spoken) if self._punctuation in _DICTATED else []
        text = changed(spoken, _complete(marks, spoken))
        text, hidden = _after(text, _complete(self._rules.patterns(text), text), self._shown_spans(text))
        rewrites = _complete(self._rules.rewrites(text), text)
        final, hidden = _after(text, rewrites, merged([*self._shown_spans(text), *hidden]), hidden)
        return self.display(final, hidden=hidden)

    def masked_itn(self, itn: str, *, hidden: Sequence[Span] = ()) -> str:
        """An ITN form with profanity treated; masked where display is left alone."""
        masking = ProfanityMode.MASKED if self._mode in (None, ProfanityMode.RAW) else self._mode
        return treated(itn, self._spans(itn), masking, hidden=hidden)

    def display(self, text: str, *, hidden: Sequence[Span] = ()) -> str:
        """A display form with profanity treated."""
        return treated(text, self._shown_spans(text), self._mode or ProfanityMode.MASKED, hidden=hidden)

    def masked_words(self, words: Sequence[str], *, hidden: Sequence[Span] = ()) -> list[str]:
        """Display words one by one, treated as the display form; removed words are empty.

        Args:
            hidden: in the words with a blank between two
        """
        shown = self.display("\n".join(word.replace("\n", " ") for word in words), hidden=hidden).split("\n")
        shown = shown if len(shown) == len(words) else [MASK * len(word) for word in words]
        return [word.strip(_MARKS) for word in shown] if self._punctuation is Punctuation.NONE else shown

    def _forms(self, spoken: str, itn: Styled, styled: Styled) -> Forms:
        shown = itn if self._punctuation is Punctuation.NONE else styled
        return Forms(
            lexical=spoken,
            itn=itn.text,
            masked_itn=self.masked_itn(itn.text, hidden=itn.hidden),
            display=self.display(shown.text, hidden=shown.hidden),
        )

    def _dictated(self, display: str) -> tuple[list[Change], ...]:
        """What takes out the model's marks, and writes those that were said, one after the other."""
        if self._punctuation is Punctuation.BOTH:
            return (self._dictation.written(display),)
        if self._punctuation is Punctuation.DICTATED:
            unmarked = self._dictation.unmarked(display)
            return (unmarked, self._dictation.written(changed(display, unmarked)))
        return ()

    def _spans(self, text: str) -> list[Span]:
        """Where any profanity stands."""
        return merged([*self._profane.spans(text), *self._rules.profane.spans(text)])

    def _shown_spans(self, text: str) -> list[Span]:
        """Where profanity stands that is treated in display."""
        if self._mode is ProfanityMode.RAW:
            return []
        return self._spans(text) if self._mode else self._rules.profane.spans(text)

    def _itn(self, text: str, *, is_bare: bool = False) -> Styled:
        """What patterns find stays as they write it; the rest is written as the rules of the language say.

        Args:
            is_bare: a text of bare words: patterns also read what those rules made of it
        """
        if not self._rules.rules.itn:
            return Styled(text=self._written(text))
        whole = _Parts(blank=locales.blank_of(self.locale))
        end, profane = 0, self._spans(text)
        for change in self._patterns(text):
            whole.add(*self._rest(text[end : change.start], is_bare=is_bare))
            is_profane = overlaps((change.start, change.end), profane)
            whole.add(change.written, [(0, len(change.written))] if is_profane else ())
            end = change.end
            if ending := _POSSESSIVE.match(text, end):
                whole.add_ending(ending.group().translate(_APOSTROPHES).lower())
                end = ending.end()
        whole.add(*self._rest(text[end:], is_bare=is_bare))
        return whole.styled()

    def _rest(self, text: str, *, is_bare: bool) -> tuple[str, list[Span]]:
        """A text in which no pattern was found, and what of it is hidden."""
        written = self._written(text)
        return _after(written, self._rules.patterns(written) if is_bare else [], self._spans(written))

    def _written(self, text: str) -> str:
        """A text as the rules of the language write it."""
        if not self._is_english:
            return lexical(text, self.locale)
        return " ".join(english(_bare_words(text), region=self._region))

    def _rewritten(self, text: str, secrets: Sequence[str]) -> Styled:
        """A text in which patterns were written already, and some of that for profanity."""
        places = [(at, at + len(each)) for each in secrets if (at := text.lower().find(each.lower())) >= 0]
        rewrites = in_sentences(self._rules.rewrites(text), text)
        final, hidden = _after(text, rewrites, merged([*self._shown_spans(text), *places]), places)
        return Styled(text=final, hidden=tuple(hidden), steps=(rewrites,))


def _complete(changes: Iterable[Change], text: str) -> list[Change]:
    """Those of the changes behind which the text goes on with another word."""
    return [change for change in changes if text[change.end :].strip()]


def _after(
    text: str, changes: Sequence[Change], profane: Sequence[Span], hidden: Sequence[Span] = ()
) -> tuple[str, list[Span]]:
    """A changed text, and where in it stands what was written for profanity.

    Args:
        profane: where it stands in the text
        hidden: of that what was written for profanity before
    """
    touched, hidden = [(change.start, change.end) for change in changes], merged(hidden)
    carried = [span for span in profane if overlaps(span, touched) or overlaps(span, hidden)]
    return changed(text, changes), moved(carried, changes)


def _bare_words(text: str) -> list[str]:
    """The words of an English text without its punctuation; what is in figures stays as it is written."""
    text = _DASHES.sub(" ", unicodedata.normalize("NFC", text).translate(_APOSTROPHES))
    text = text.replace("Ph.D.", "PhD")
    text = _MERIDIEM.sub(lambda match: f" {match[1].lower()}.m.", _AREA_CODE.sub(r"\1-", text))
    tokens = text.split()
    bare = (_bare(token, follower) for token, follower in pairwise([*tokens, ""]))
    return [part for token in bare for part in _parts(token) if part]


def _bare(token: str, follower: str) -> str:
    token = token.lstrip(_LEADING)
    if _COUNTED.fullmatch(token) and follower[:1].isdigit():
        return token.lower()
    abbreviation = _ABBREVIATION.match(token)
    if abbreviation and not token[abbreviation.end() :].strip(_TRAILING):
        return abbreviation.group() if abbreviation.group().isupper() else abbreviation.group().lower()
    token = _without_trailing(token)
    has_own_case = any(char.isdigit() for char in token) or any(char.isupper() for char in token[1:])
    return token if has_own_case or _OWN_CASE.fullmatch(token) else token.lower()


def _without_trailing(token: str) -> str:
    """The token without the marks behind it, but for those that belong to it: `4(b)`, `5'10"`."""
    while token and token[-1] in _TRAILING and not _FEET.fullmatch(token):
        if token[-1] in _PAIRS and token.count(_PAIRS[token[-1]]) >= token.count(token[-1]):
            break
        token = token[:-1]
    return token


def _parts(token: str) -> list[str]:
    """Hyphens between number words part them: `twenty-one`, `sixteen-ounce`."""
    parts = token.split("-")
    return parts if parts[0] in _NUMBER_WORDS and all(parts) else [token]
