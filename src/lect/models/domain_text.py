"""A domain's text as it is learned: all that is served, and for choosing its weight what dev speakers do not say themselves.

Speakers of one collection often read the same sentences. A language model that holds the very sentences of dev data makes
text look better than it will be, so transcripts that say what dev data says are left out while the weight is chosen. Text
that was given as such is kept whole: it states what will be said, as in a list of commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from lect.adaptation import ngram
from lect.adaptation.casing import beyond, casing_of
from lect.adaptation.lm import NGram
from lect.adaptation.structured import tag_lists
from lect.adaptation.text import without_tags, words_of
from lect.adaptation.variants import codes
from lect.core.locale import language_of
from lect.models.knowledge import Learned
from lect.models.plan import Plan
from lect.speech.text import normaliser
from lect.speech.text.sayings import Sayings


@dataclass(frozen=True, kw_only=True)
class DomainText:
    """What was learned from text."""

    served: Learned  # from all of it
    judged: Learned  # by which the weight is chosen
    shared: int = 0  # transcripts that the second lacks
    is_all_shared: bool = False  # nothing would be left, so that the second is the first


def learn(
    planned: Plan, transcripts: Sequence[str], dev: Sequence[str], general: NGram, *, locale: str
) -> DomainText:
    """Learn text and transcripts.

    Args:
        planned: the text
        transcripts: of recordings
        dev: what is said in dev data
        general: the base's own language model
    """
    language = language_of(locale)
    served = _learn(planned, transcripts, general, language=language)
    words = normaliser(locale).words
    said = {tuple(words(transcript)) for transcript in dev}
    others = [each for each in transcripts if tuple(words(each)) not in said] if said else transcripts
    shared = len(transcripts) - len(others)
    judged = _learn(planned, others, general, language=language) if shared else served
    if judged.is_empty:
        return DomainText(served=served, judged=served, shared=shared, is_all_shared=True)
    return DomainText(served=served, judged=judged, shared=shared)


def _learn(planned: Plan, transcripts: Sequence[str], general: NGram, *, language: str) -> Learned:
    """What the data says of the domain."""
    ordinary = frozenset(general.vocabulary)  # searched once for each word of long lists
    sayings = Sayings(planned.terms, language=language, ordinary=ordinary)
    tagged = tag_lists(planned.structured, terms=planned.terms, language=language)
    plain = sayings.lines(chain(planned.lines, transcripts))
    lines = chain(map(without_tags, plain), sayings.lines(tagged.lines))
    first = next(lines, None)
    trained = None if first is None else ngram.train(chain([first], lines), language=language)
    ways = filter(None, (" ".join(words_of(way)) for way in sayings.alone()))
    listed = tagged.casing | casing_of(term.display for term in planned.terms)
    casing = (trained.casing if trained else {}) | listed  # what is listed is meant so
    return Learned(
        language=language,
        model=trained.model if trained else None,
        classes=tagged.weights,
        casing=beyond(dict(sorted(casing.items())), ordinary),
        terms=planned.terms,
        sayings=dict.fromkeys(ways, 1.0),
        codes=sorted({*tagged.codes, *codes((term.display for term in planned.terms), language=language)}),
    )
