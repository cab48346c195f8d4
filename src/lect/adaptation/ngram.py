"""Training an n-gram language model: interpolated modified Kneser-Ney (Chen and Goodman 1999), in numpy."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lect.adaptation import corpus, counting, vocabulary
from lect.adaptation.corpus import Corpus
from lect.adaptation.counting import HIGHEST_ORDER, Counts, Level
from lect.adaptation.lm import KIND, SHARE_UNIT, NGram
from lect.adaptation.storage import Array
from lect.core.errors import InvalidInput

# From this many words on, n-grams of order 3 and more that occur once are left out of the file: they are most of it
# and say little.
PRUNED_FROM = 1_000_000
_DEFAULT_DISCOUNTS = (0.5, 1.0, 1.5)  # where a text is too small or too regular to estimate them
_LEAST_DISCOUNT = 0.1  # so that something is left for what was not seen ...
_MOST_DISCOUNTED = 0.95  # ... and of a count, so that something is left of it

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TrainedLM:
    """A language model and what is known of its training."""

    model: NGram
    casing: dict[str, str]  # lower-case word -> how the text mostly writes it inside a sentence
    lines: int
    words: int
    vocabulary: int
    seconds: float

    def write(self, path: Path) -> None:
        """Write the model to `path` (`lm.bin`)."""
        self.model.write(path)


def train(
    lines: Iterable[str] | Path,
    *,
    language: str,
    order: int = 4,
    least_counts: Sequence[int] | None = None,
    unigrams: Mapping[str, float] | None = None,
) -> TrainedLM:
    """Train a language model.

    Args:
        lines: Lines of text, or a UTF-8 file of them; read once, as a stream.
        language: Such as "en"; decides how numbers are rendered.
        order: Length of the longest n-grams, 1 to 4.
        least_counts: For each order, how often an n-gram must occur to be kept, never falling; by the size of the text
            if left out. Words are always kept.
        unigrams: Relative frequencies of lower-case words from elsewhere, which take the place of a uniform distribution
            below the words of the text.

    Raises:
        InvalidInput: There is no word in the text, or it is not UTF-8.
        NotFound: There is no such file.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        raise InvalidInput(f"Order {order} is not between 1 and {HIGHEST_ORDER}.", hint="Leave it at 4.")
    started = time.perf_counter()
    unigrams = unigrams or {}
    text = corpus.read(lines, language=language, extra_words=unigrams)
    if not text.vocabulary:
        where = lines if isinstance(lines, Path) else "The text"
        raise InvalidInput(
            f"{where}: there is not a single word to learn from.", hint="Give lines of plain text."
        )
    least = least_counts or ((1, 1, 2, 2) if text.words >= PRUNED_FROM else (1, 1, 1, 1))
    arrays = _arrays(text, order, least, unigrams)
    return TrainedLM(
        model=NGram({"kind": KIND, "order": order, "language": language}, arrays),
        casing=text.casing,
        lines=text.lines,
        words=text.words,
        vocabulary=len(text.vocabulary),
        seconds=time.perf_counter() - started,
    )


def _arrays(
    text: Corpus, order: int, least: Sequence[int], unigrams: Mapping[str, float]
) -> dict[str, Array]:
    """The arrays that `NGram` reads."""
    words, offsets = vocabulary.pack(text.vocabulary)
    levels = counting.count(text.ids, begin=text.begin, order=order)
    arrays: dict[str, Array] = {
        "text": words,
        "offsets": offsets,
        "unigrams": _unigram_sums(levels[0], _base_distribution(text, unigrams)),
    }
    kept_below = np.ones(len(levels[0].words), np.bool_)
    for n, level in enumerate(levels[1:], start=2):
        shares = _shares(level, histories=len(kept_below))
        kept = level.counts >= least[n - 1]
        # An n-gram that is kept has a parent that is kept, since it occurs at least as often.
        parents = (np.cumsum(kept_below) - 1)[level.parents[kept]]
        starts = np.searchsorted(parents, np.arange(np.count_nonzero(kept_below) + 1))
        arrays[f"starts{n - 1}"] = starts.astype(np.uint32)
        arrays[f"words{n}"] = level.words[kept]
        arrays[f"sums{n}"] = _running_sums(shares[kept], starts[parents])
        kept_below = kept
    return arrays


def _base_distribution(text: Corpus, unigrams: Mapping[str, float]) -> _Floats:
    """What is expected of a word before any text is read; half uniform where `unigrams` are given."""
    base = np.full(len(text.vocabulary) + 2, 1.0)
    base[text.begin] = 0  # never follows anything
    base /= base.sum()
    total = sum(unigrams.values())
    if total > 0:
        given = np.array([unigrams.get(word, 0.0) for word in text.vocabulary] + [0.0, 0.0]) / total
        base = (base + given) / 2
    return base


def _unigram_sums(level: Level, base: _Floats) -> _Floats:
    """Running sums of the unigram probabilities, shape = (words + 3,), from 0 to 1."""
    total = level.adjusted.sum()
    seen = (level.adjusted - _discounts(level.adjusted)) / total if total else np.zeros(len(base))
    sums: _Floats = np.concatenate(([0.0], np.cumsum(seen + (1 - seen.sum()) * base)))
    sums /= sums[-1]
    return sums


def _shares(level: Level, *, histories: int) -> _Floats:
    """The discounted share of each n-gram among those with the same history."""
    totals = np.bincount(level.parents, weights=level.adjusted, minlength=histories)
    return np.asarray((level.adjusted - _discounts(level.adjusted)) / totals[level.parents], np.float64)


def _discounts(adjusted: Counts) -> _Floats:
    """What modified Kneser-Ney takes off each count: one amount for 1, for 2, and for 3 or more."""
    n = np.bincount(np.minimum(adjusted, 5), minlength=5).astype(np.float64)  # n-grams with count 0, 1, ...
    amounts = [0.0, *_DEFAULT_DISCOUNTS]
    if n[1] and n[2]:
        ratio = n[1] / (n[1] + 2 * n[2])
        for count in (1, 2, 3):
            if n[count] and n[count + 1]:
                estimate = count - (count + 1) * ratio * n[count + 1] / n[count]
                amounts[count] = min(max(estimate, _LEAST_DISCOUNT), _MOST_DISCOUNTED * count)
    discounts: _Floats = np.array(amounts)[np.minimum(adjusted, 3)]
    return discounts


def _running_sums(shares: _Floats, firsts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Sums of shares from the first n-gram of the same history on, in units of `SHARE_UNIT`, exact in integers."""
    units = np.floor(shares / SHARE_UNIT).astype(np.uint64)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(units, dtype=np.uint64)))
    return np.asarray(sums[1:] - sums[firsts], np.uint32)
