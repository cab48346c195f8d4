"""Training text as one array of word numbers, read line by line so that the text itself is never held in memory."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lect.adaptation import casing, text
from lect.adaptation.numbers import NumberForms
from lect.core.errors import InvalidInput, NotFound

_BEGIN, _END, _FIRST_WORD = 0, 1, 2  # numbers while reading, when the vocabulary is not yet sorted


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Sentences as numbers: `begin words... end`, one after the other.

    Word numbers follow the sorted vocabulary (`vocabulary[i]` is word i), so the words that share a prefix are one range;
    `begin` and `end` are the two numbers after the last word.
    """

    ids: npt.NDArray[np.int32]  # shape = (words of all renderings + 2 per sentence,)
    vocabulary: list[str]
    casing: dict[str, str]  # lower-case word -> how it is mostly written inside a sentence
    lines: int
    words: int  # words read, each counted once however many renderings it has

    @property
    def begin(self) -> int:
        """The number of the sentence start."""
        return len(self.vocabulary)

    @property
    def end(self) -> int:
        """The number of the sentence end."""
        return len(self.vocabulary) + 1


class _Index(dict[str, int]):
    """Numbers words in the order of their first appearance."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + _FIRST_WORD
        return number


def read(lines: Iterable[str] | Path, *, language: str, extra_words: Iterable[str] = ()) -> Corpus:
    """Read training text.

    Args:
        lines: Lines of text, or a UTF-8 file of them.
        language: Such as "en"; decides how numbers are rendered.
        extra_words: Lower-case words that belong to the vocabulary even if the text lacks them.

    Raises:
        NotFound: There is no such file.
        InvalidInput: The file is not UTF-8.
    """
    numbers, index, ids, forms = NumberForms(language), _Index(), array("i"), Counter[str]()
    line_count = word_count = 0
    for line in file_lines(lines) if isinstance(lines, Path) else lines:
        line_count += 1
        for written in text.written_sentences(line):
            word_count += len(written)
            forms.update(casing.evidence(written))
            for words in numbers.renderings(text.lower(written)):
                ids.append(_BEGIN)
                ids.extend(map(index.__getitem__, words))
                ids.append(_END)
    for word in extra_words:
        index[word]
    vocabulary = sorted(index)
    return Corpus(
        ids=_renumber(ids, index, vocabulary),
        vocabulary=vocabulary,
        casing=casing.usual(forms),
        lines=line_count,
        words=word_count,
    )


def file_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text file, with or without a byte-order mark, read as they are needed."""
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{path}: line {number} is not UTF-8 text.",
            hint="Save the file as UTF-8.",
            file=str(path),
            line=number,
        ) from None
    except OSError as error:
        raise NotFound(
            f"{path}: cannot be read ({error.strerror}).", hint="Check the path of the text file."
        ) from error


def _renumber(ids: array[int], index: dict[str, int], vocabulary: list[str]) -> npt.NDArray[np.int32]:
    ranks = np.empty(len(index) + _FIRST_WORD, np.int32)
    ranks[_BEGIN], ranks[_END] = len(vocabulary), len(vocabulary) + 1
    ranks[[index[word] for word in vocabulary]] = np.arange(len(vocabulary), dtype=np.int32)
    return ranks[np.frombuffer(ids, np.int32)] if ids else np.empty(0, np.int32)
