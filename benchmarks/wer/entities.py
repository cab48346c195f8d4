"""Lists of names: how many items of a structured text are recognised inside its sentences.

    python -m benchmarks.wer.entities --data DIR [--base NAME ...] [--sentences N] [--json FILE]

Items are drawn from the lists, each is put into a sentence that refers to its list, and a synthetic voice speaks it. Half
of the items are for development (`choose` gives them); only the other half is measured. Lect learns the text in ways:

* `expanded`: as plain lines, each sentence with ten items, so that every item stands in several sentences;
* `held out`: the same, but the items that are measured stand in no sentence, each is a line of its own;
* `classes`: as structured text, where an item of a list is known in every sentence that refers to it, so that there are no
  items to hold out. Left out as long as Lect cannot train on it.

The tested sentences are in none of the plain lines. faster-whisper gets items as `hotwords`: of the whole lists as many as
fit its prompt, the same for every sentence; and, what nobody can have who does not know what will be said, the item of the
sentence among as many others as fit.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain, zip_longest
from math import ceil
from pathlib import Path
from random import Random
from statistics import median_low
from typing import TypeVar

from benchmarks import command, recall, terms
from benchmarks.bench import Bench
from benchmarks.recall import TermResults
from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.systems import HotwordsByFile, System
from benchmarks.wer import voices
from lect.datasets.structured import read_structured
from lect.models.plan import TrainOptions
from lect.speech.text import normaliser
from lect.speech.text.structured import Piece, Reference, StructuredText, Text

TEXT = "azure-custom-speech/en-US/media-entities/training/structured-text.md"
LOCALE = "en-US"
ITEMS = 400  # half of them are measured
COPIES = 10  # items for each sentence of the expanded text
PLAIN_WAYS = ("expanded", "held out")

T = TypeVar("T")
Sentence = tuple[Piece, ...]

_SPEAKABLE = re.compile(r"[A-Za-z0-9\s.,:?!'-]*")  # what any voice reads as it stands


@dataclass(frozen=True, kw_only=True)
class Said:
    """An item and the sentence that it is said in."""

    item: str
    list: str
    sentence: str


def measure(bench: Bench) -> TermResults:
    """Both recognisers without the lists and with them; nothing where no voice is installed."""
    engine, found = next(iter(voices.installed().items()), ("", ()))
    if not engine:
        print("no synthetic voice is installed, nothing is measured", file=sys.stderr)
        return TermResults()
    path = bench.data / TEXT
    text = read_structured([path], locale=LOCALE)
    said = choose(text)["testing"][: bench.sentences]
    spoken = voices.speak([each.sentence for each in said], found, folder=bench.folder / "entities")
    ours = [bench.lect, *_plain(bench, text, said), *_classes(bench, path)]
    theirs = [bench.faster_whisper, *_hotwords(bench, text, said, spoken)]
    return recall.judge(
        bench,
        [*ours, *theirs],
        EvaluationSet(name=f"entities, {engine}", locale=LOCALE, utterances=spoken),
        [each.item for each in said],
        pairs=pairs(len(ours), len(theirs)),
    )


def pairs(ours: int, theirs: int) -> list[tuple[int, int]]:
    """Each way next to its own base, our last next to our others, theirs next to our last."""
    best = ours - 1
    return [
        *((0, way) for way in range(1, ours)),
        *((ours, ours + way) for way in range(1, theirs)),
        *((way, best) for way in range(1, best)),
        *((ours + way, best) for way in range(theirs)),
    ]


def choose(text: StructuredText, *, count: int = ITEMS, seed: int = 0) -> dict[str, list[Said]]:
    """Items that can be spoken, by part (`dev` or `testing`): of all lists in turn, each in a sentence of its list."""
    random = Random(seed)
    others = _draws(text.lists, random)
    frames = {name: _endless(found, random) for name in text.lists if (found := _frames(text, name))}
    said = [
        Said(
            item=item,
            list=name,
            sentence=_fill(next(frames[name]), {**others, name: chain([item], others[name])}),
        )
        for name, item in _in_turn({name: _speakable(text.lists[name], random) for name in frames})
    ]
    return {"dev": said[:count:2], "testing": said[1:count:2]}


def expand(
    text: StructuredText,
    *,
    held_out: Collection[str] = (),
    without: Collection[str] = (),
    copies: int = COPIES,
    seed: int = 0,
) -> list[str]:
    """Plain lines: every sentence several times with other items, so often that every item occurs.

    Args:
        held_out: items that are lines of their own instead
        without: lines to leave out
    """
    random = Random(seed)
    rules = normaliser(LOCALE)
    alone = {rules(item) for item in held_out}
    places = Counter(piece.name for sentence in text.sentences for piece in _references(sentence))
    framed = {
        name: tuple(item for item in items if places[name] and rules(item) not in alone)
        for name, items in text.lists.items()
    }
    rounds = max([copies, *(ceil(len(items) / places[name]) for name, items in framed.items() if items)])
    draws = _draws(framed, random)
    lines = [_fill(sentence, draws) for _ in range(rounds) for sentence in text.sentences]
    unframed = [item for name, items in text.lists.items() for item in items if item not in framed[name]]
    return [line for line in lines + unframed if line not in without]


def _plain(bench: Bench, text: StructuredText, said: Sequence[Said]) -> list[System]:
    """Lect with the text as plain lines, in either way."""
    tested = {each.sentence for each in said}
    systems: list[System] = []
    for way in PLAIN_WAYS:
        held_out = {each.item for each in said} if way == "held out" else set[str]()
        path = bench.folder / f"{way}.txt"
        path.write_text("\n".join(expand(text, held_out=held_out, without=tested)) + "\n", encoding="utf-8")
        systems.append(bench.adapted(bench.train(path), name=f"Lect + {way}"))
    return systems


def _classes(bench: Bench, path: Path) -> list[System]:
    """Lect with the structured text itself."""
    if "structured" not in {field.name for field in fields(TrainOptions)}:
        print("Lect cannot train on structured text: `classes` is left out", file=sys.stderr)
        return []
    return [bench.adapted(bench.train(path, kind="structured"), name="Lect + classes")]


def _hotwords(
    bench: Bench, text: StructuredText, said: Sequence[Said], spoken: Sequence[Utterance]
) -> list[System]:
    """faster-whisper with items of the sentence's list, and with the right one among them."""
    tokenizer = bench.loaded.hf_tokenizer
    random = Random(0)
    listed = {name: random.sample(items, len(items)) for name, items in text.lists.items()}
    blind = [terms.fitting(listed[each.list], tokenizer) for each in said]
    told = [terms.fitting([each.item, *listed[each.list]], tokenizer) for each in said]
    for items in told:
        random.shuffle(items)
    most = max(map(len, text.lists.values()))
    names = (f"{_middle(blind)} of {most:,} items", f"the item and {_middle(told) - 1}")
    return [
        HotwordsByFile(
            bench.loaded,
            name=f"faster-whisper + {name}",
            hotwords={one.audio: ", ".join(items) for one, items in zip(spoken, every, strict=True)},
        )
        for name, every in zip(names, (blind, told), strict=True)
    ]


def _middle(lists: Sequence[Sequence[str]]) -> int:
    return median_low(map(len, lists))


def _frames(text: StructuredText, name: str) -> list[Sentence]:
    """The sentences that refer to a list, say something besides, and can be spoken."""
    return [
        sentence
        for sentence in text.sentences
        if any(piece.name == name for piece in _references(sentence))
        and any(map(str.isalpha, _words(sentence)))
        and _SPEAKABLE.fullmatch(_words(sentence))
    ]


def _speakable(items: Sequence[str], random: Random) -> list[str]:
    """The items that can be spoken, shuffled; of those that sound the same, one."""
    rules = normaliser(LOCALE)
    shuffled = random.sample(items, len(items))
    return list(
        {rules(item): item for item in shuffled if rules(item) and _SPEAKABLE.fullmatch(item)}.values()
    )


def _in_turn(lists: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """An item of each list, then a second of each, and so on, each with the name of its list."""
    rounds = zip_longest(*([(name, item) for item in items] for name, items in lists.items()))
    return [pair for one in rounds for pair in one if pair]


def _draws(lists: Mapping[str, Sequence[str]], random: Random) -> dict[str, Iterator[str]]:
    return {name: _endless(items, random) for name, items in lists.items()}


def _endless(items: Sequence[T], random: Random) -> Iterator[T]:
    """All items in a new order, again and again."""
    while items:
        yield from random.sample(items, len(items))


def _fill(sentence: Sentence, draws: Mapping[str, Iterator[str]]) -> str:
    """The sentence with the next item of each list that it refers to."""
    pieces = (piece.text if isinstance(piece, Text) else next(draws[piece.name]) for piece in sentence)
    return " ".join("".join(pieces).split())


def _references(sentence: Sentence) -> list[Reference]:
    return [piece for piece in sentence if isinstance(piece, Reference)]


def _words(sentence: Sentence) -> str:
    return "".join(piece.text for piece in sentence if isinstance(piece, Text))


if __name__ == "__main__":
    command.run(__doc__ or "", measure, recall.all_tables)
