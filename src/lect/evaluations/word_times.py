"""When the words that a model is scored on are said: a normaliser makes others of those that were heard."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lect.engines.contract import Word
from lect.speech.scoring import Kind, align
from lect.speech.text import Normaliser

Times = tuple[float, float]  # where a word begins and ends, seconds from the start of its file


def times_of(words: Sequence[str], heard: Sequence[Word], normaliser: Normaliser) -> tuple[Times, ...]:
    """Begin and end of each word. Those that are one or several others when normalised alone have the times of all of them.

    Args:
        words: of the whole hypothesis, normalised
        heard: the same as displayed, with their times

    Returns:
        One for each of `words`; nothing, if there are no times.
    """
    spoken = [(part, _times(word)) for word in heard for part in normaliser.words(word.word)]
    if not spoken:
        return ()
    parts = [part for part, _ in spoken]
    if parts == list(words):  # as nearly always, and aligning costs more than all else here
        return tuple(said for _, said in spoken)
    edits = align(words, parts).edits
    times: list[Times] = []
    at = 0  # of the parts that were passed
    for is_same, run in groupby(edits, key=lambda edit: edit.kind is Kind.CORRECT):
        stretch = list(run)
        wanted = sum(edit.reference is not None for edit in stretch)
        passed = sum(edit.hypothesis is not None for edit in stretch)
        covered = [each for _, each in spoken[at : at + passed]]
        if is_same:
            times += covered
        else:
            covered = covered or [spoken[min(at, len(spoken) - 1)][1]]
            times += [(covered[0][0], covered[-1][1])] * wanted
        at += passed
    return tuple(times)


def _times(word: Word) -> Times:
    return round(word.offset, 2), round(word.offset + word.duration, 2)
