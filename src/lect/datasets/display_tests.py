"""The tests that a display format brings: what should come out of some words, and what does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lect.core.locale import language_of
from lect.datasets.codes import Code
from lect.datasets.columns import Columns, split
from lect.datasets.lines import Line
from lect.datasets.report import Problem, printable
from lect.speech.text.display import DisplayForms, DisplayRules, Formatter
from lect.speech.text.display.numbers import DIGITS
from lect.speech.text.sentences import ENDS

_SHOWN = 200  # characters of a text in a message

_SMALL_NUMBER = re.compile(rf"\b(?:{'|'.join(DIGITS)})\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Test:
    """A line of a display format: words as spoken, and the display form that they should have."""

    line: Line
    columns: Columns

    @classmethod
    def of(cls, line: Line) -> Test:
        """The test of a line that has two columns."""
        return cls(line=line, columns=split(line.text))


def failures(tests: Sequence[Test], rules: DisplayRules, *, locale: str) -> Iterator[tuple[Test, Problem]]:
    """The tests that fail, with what came out.

    A test is of the rules. So it passes whether it has the punctuation that a sentence ends with or not, and a number below ten may
    be a word or a figure: that is for the recogniser to choose. Outside of English nothing but rules writes capitals, so
    that of the first letter does not count.
    """
    if not tests:
        return
    forms = DisplayForms(locale, rules=Formatter(rules, locale=locale))
    is_english = language_of(locale) == "en"
    for test in tests:
        wanted, got = test.columns.right, forms.forms_of_lexical(test.columns.left).display
        if _comparable(wanted, is_english=is_english) != _comparable(got, is_english=is_english):
            yield test, _failed(test, wanted, got if wanted[-1:] in ENDS else got.rstrip(ENDS))


def _comparable(text: str, *, is_english: bool) -> str:
    text = " ".join(text.split()).rstrip(ENDS)
    if is_english:
        return _SMALL_NUMBER.sub(lambda match: DIGITS[match.group().lower()], text)
    return text[:1].casefold() + text[1:]


def _failed(test: Test, wanted: str, got: str) -> Problem:
    return Problem(
        code=Code.TEST_FAILED,
        column=test.columns.shift + 1,
        message=f"expected {printable(wanted[:_SHOWN])!r}, got {printable(got[:_SHOWN])!r}",
        suggestion="Correct the test or the rules that it is of; `lect check` runs it again.",
    )
