"""Timed words in which terms are written as they are displayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lect.engines.contract import Word
from lect.serving.retiming import with_changes
from lect.speech.text.display.rules.changes import Change
from lect.speech.text.written import Match, WrittenForms, displayed, end_of


def with_terms(words: Sequence[Word], forms: WrittenForms) -> Iterator[Word]:
    """The words, where those of a term are one."""
    text = " ".join(word.word for word in words)
    return with_changes(words, [_change(match, text) for match in forms.find(text)])


def _change(match: Match, text: str) -> Change:
    words = displayed(match, text)
    return Change(start=match.start, end=end_of(match, words, text), written=words)
