"""Deep text: sentences of a domain that the decoder learns without hearing them, amid those that it would say itself.

The latter keep it from forgetting (docs/decisions/0012-replay-beside-deep-text.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from lect.adaptation.drawing import draw_sentences
from lect.core.errors import InvalidDataset
from lect.models.plan import Plan
from lect.speech.text.dressing import Dresser

MOST = 4_000  # sentences; more would take long and is rarely more of the same domain
ENOUGH = 800  # sentences to read in all, where epochs are not given
MOST_EPOCHS = 4


@dataclass(frozen=True, kw_only=True)
class DeepText:
    """What is read, and how often."""

    sentences: tuple[str, ...]  # with capitals, marks and figures, as recognisers write
    replayed: tuple[str, ...]  # what the base itself says when it hears nothing
    epochs: int
    too_long: int = 0  # sentences of the text that were left out

    @classmethod
    def of(
        cls, planned: Plan, general: Sequence[str], *, locale: str, seed: int, epochs: int | None = None
    ) -> DeepText:
        """Lines of plain text, and sentences drawn from structured text: so many of each as there is room for.

        Args:
            general: texts that the base itself would say
            epochs: how often each is read; None for so often as the amount of text asks for

        Raises:
            InvalidDataset: there is no sentence.
        """
        sentences = domain_sentences(planned, locale=locale, seed=seed, most=MOST)
        if not sentences:
            raise InvalidDataset(
                "there is no sentence to learn deeply",
                hint="Name a file of sentences with --text or --structured.",
            )
        often = min(math.ceil(ENOUGH / len(sentences)), MOST_EPOCHS) if epochs is None else epochs
        replayed = sample(general, len(sentences), seed=seed)
        return cls(sentences=sentences, replayed=tuple(replayed), epochs=often)

    def to_json(self) -> dict[str, Any]:
        """The recipe for the manifest."""
        return {
            "sentences": len(self.sentences),
            "replayed": len(self.replayed),
            "too_long": self.too_long,
            "epochs": self.epochs,
        }


def domain_sentences(planned: Plan, *, locale: str, seed: int, most: int) -> tuple[str, ...]:
    """Lines of plain text and sentences drawn from structured text, written as the model writes, so many at the most."""
    drawn = draw_sentences(planned.structured, most=most, seed=seed)
    plain = sample(planned.lines, max(most // 2, most - len(drawn)), seed=seed)
    dressed = map(Dresser(locale).dressed, [*plain, *sample(drawn, most - len(plain), seed=seed)])
    return tuple(filter(None, dressed))


def sample(lines: Iterable[str], most: int, *, seed: int) -> list[str]:
    """So many of the lines, in their order, each as likely as any other: all of them if they are fewer.

    They are read once, and no more than the sample is held in memory.
    """
    rng, remaining = np.random.default_rng(seed), iter(lines)
    chosen = dict(enumerate(islice(remaining, most)))
    slots = list(chosen)  # number of the line that is held in each
    for number, line in enumerate(remaining, start=len(chosen)):
        slot = int(rng.integers(number + 1))
        if slot < len(slots):
            del chosen[slots[slot]]
            slots[slot], chosen[number] = number, line
    return list(chosen.values())
