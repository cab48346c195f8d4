"""Structured text as a language model learns it: sentences with tags for lists, and the lists as classes of items."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lect.adaptation import text
from lect.adaptation.casing import casing_of
from lect.adaptation.numbers import NumberForms
from lect.adaptation.variants import Saying, codes, weights_of
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Piece, Reference, StructuredText

_INFLECTION = re.compile("['\u2019]?s(?![^\\W_])")  # of an item, glued to its reference: `Items` knows it


@dataclass(frozen=True, kw_only=True)
class TaggedText:
    """Structured text, ready to be learned."""

    lines: tuple[str, ...]  # sentences with a tag for each reference
    weights: tuple[dict[str, float], ...]  # of the ways to write each list's items, in the order of the tags
    casing: dict[str, str]  # lower-case word -> how the items mostly write it
    codes: tuple[str, ...]  # items that recognisers may tear apart


def tag_lists(
    structured: StructuredText, *, language: str, terms: Sequence[Pronunciation] = ()
) -> TaggedText:
    """Give each list a tag and its items weights.

    A list that no sentence refers to is a sentence by itself; a list without a single word is left out, and so are the
    sentences that refer to it. An item has weight 1 each time that it stands in its list, shared by the ways to write it.

    Args:
        terms: how words are said, beside the lexicon of the structured text
    """
    numbers, said = NumberForms(language), saying([*structured.lexicon, *terms])
    weights = {
        name: weights_of(((item, 1.0) for item in items), numbers, said)
        for name, items in sorted(structured.lists.items())
    }
    kept = [name for name, of_items in weights.items() if of_items]
    tags = {name: text.tag(number) for number, name in enumerate(kept)}
    items = dict.fromkeys(item for name in sorted(structured.lists) for item in structured.lists[name])
    return TaggedText(
        lines=tuple(_lines(structured.sentences, tags)),
        weights=tuple(weights[name] for name in kept),
        casing=casing_of(map(text.without_tags, items)),
        codes=tuple(codes(items, language=language)),
    )


def saying(pronunciations: Sequence[Pronunciation]) -> Saying:
    """What is said for a written word, as `text.folded` has it."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for each in pronunciations:
        said[text.folded(each.display)].append(each.spoken)
    return said


def _lines(sentences: Sequence[tuple[Piece, ...]], tags: Mapping[str, str]) -> Iterator[str]:
    unused = set(tags)
    for sentence in sentences:
        names = {piece.name for piece in sentence if isinstance(piece, Reference)}
        if names <= tags.keys():
            unused -= names
            yield "".join(_tagged(sentence, tags))
    yield from (tags[name] for name in sorted(unused))


def _tagged(sentence: Sequence[Piece], tags: Mapping[str, str]) -> Iterator[str]:
    after_item = False
    for piece in sentence:
        if isinstance(piece, Reference):
            yield f" {tags[piece.name]} "
        else:
            plain = text.without_tags(piece.text)
            match = _INFLECTION.match(plain) if after_item else None
            yield plain[match.end() :] if match else plain
        after_item = isinstance(piece, Reference)
