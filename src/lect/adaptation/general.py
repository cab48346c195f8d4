"""The general language model: what a base model expects to hear before it knows the user's domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lect.adaptation import ngram, text
from lect.adaptation.ngram import TrainedLM

_ORDER = 3  # the text is small and only the ratio of two models counts


def train(lines: Iterable[str], *, language: str, unigrams: Mapping[str, float] | None = None) -> TrainedLM:
    """Train the general language model of a base.

    Args:
        lines: Text that the base itself produces when it hears nothing (see `GeneralText` of the engine contract).
        language: Such as "en".
        unigrams: Relative frequencies of words, which widen the vocabulary beyond those lines, for instance by
            `word_frequencies` from the base's own token probabilities.

    Raises:
        InvalidInput: There is neither text nor a word frequency.
    """
    return ngram.train(lines, language=language, order=_ORDER, unigrams=unigrams)


def word_frequencies(pieces: Sequence[bytes], probabilities: Sequence[float]) -> dict[str, float]:
    """Word frequencies from a distribution over tokens: those tokens that are a blank and then one whole word.

    Args:
        pieces: The bytes of each token, shape = (vocabulary,).
        probabilities: Of each token, same shape.
    """
    frequencies: dict[str, float] = {}
    for piece, probability in zip(pieces, probabilities, strict=True):
        words = text.sentences(piece.decode("utf-8", "replace")) if piece.startswith(b" ") else []
        if len(words) == 1 and len(words[0]) == 1:
            word = words[0][0]
            frequencies[word] = frequencies.get(word, 0.0) + float(probability)
    return frequencies
