"""Sentences of structured text with items in place of their lists: a few of the many that there could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lect.speech.text.structured import Piece, Reference, StructuredText, Text

FEWEST = 8  # times that a sentence with several lists is drawn, however short they are


def draw_sentences(structured: StructuredText, *, most: int, seed: int) -> list[str]:
    """Draw sentences so that all sentences and all items have their turns; the same for the same seed.

    A sentence is drawn as often as its longest list has items. Where that makes more than there is room for, all are drawn
    less often in equal measure. Items of lists that no sentence refers to are sentences by themselves.

    Args:
        most: sentences in all
    """
    rng = np.random.default_rng(seed)
    frames = [*structured.sentences, *_alone(structured)]
    rounds = _Rounds(structured.lists, rng)
    drawn = [_filled(frames[at], rounds) for at in _turns(frames, structured.lists, most, rng)]
    return list(dict.fromkeys(drawn))


def _alone(structured: StructuredText) -> Iterator[tuple[Piece, ...]]:
    """Lists that no sentence refers to, each as a sentence."""
    used = {
        piece.name for sentence in structured.sentences for piece in sentence if isinstance(piece, Reference)
    }
    return ((Reference(name),) for name in sorted(structured.lists.keys() - used))


def _turns(
    frames: Sequence[Sequence[Piece]],
    lists: Mapping[str, Sequence[str]],
    most: int,
    rng: np.random.Generator,
) -> list[int]:
    """Which frame is drawn, one time after another."""
    turns = np.repeat(np.arange(len(frames)), [_wanted(frame, lists) for frame in frames])
    chosen = turns if len(turns) <= most else np.sort(rng.choice(turns, most, replace=False))
    found: list[int] = chosen.tolist()
    return found


def _wanted(frame: Sequence[Piece], lists: Mapping[str, Sequence[str]]) -> int:
    sizes = [len(lists[piece.name]) for piece in frame if isinstance(piece, Reference)]
    return max(1, FEWEST if len(sizes) > 1 else 0, *sizes, 0)


class _Rounds:
    """The items of each list, shuffled, one after the other; anew when all had their turn."""

    def __init__(self, lists: Mapping[str, Sequence[str]], rng: np.random.Generator) -> None:
        self._lists, self._rng = lists, rng
        self._left: dict[str, list[str]] = {}

    def next(self, name: str) -> str:
        if not self._left.get(name):
            items = self._lists[name]
            self._left[name] = [items[at] for at in self._rng.permutation(len(items))]
        return self._left[name].pop()


def _filled(frame: Sequence[Piece], rounds: _Rounds) -> str:
    return "".join(piece.text if isinstance(piece, Text) else rounds.next(piece.name) for piece in frame)
