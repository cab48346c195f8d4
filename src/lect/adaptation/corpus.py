"""Training text as one array of word numbers, read line by line so that the text itself is never held in memory."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lect.adaptation import text
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
            forms.update(_cased_evidence(written))
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
        casing=casing(forms),
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


def _cased_evidence(written: list[str]) -> list[str]:
    """The words whose capitals mean something: not a sentence's first, nor those of a sentence all in capitals or without."""
    letters = "".join(written)
    if letters.islower() or (len(written) > 2 and letters.isupper()):
        return []
    first = written[0]
    return written if first[1:] != first[1:].lower() else written[1:]


def casing(forms: Counter[str]) -> dict[str, str]:
    """The dominant written form of each word, of equals that in lower case; what has no case is left out."""
    best: dict[str, str] = {}
    ordered = sorted(forms, key=lambda form: (form != form.lower(), form))
    for form, word in zip(ordered, text.lower(ordered), strict=True):
        if forms[form] > forms[best.get(word, "")]:
            best[word] = form
    return {word: form for word, form in best.items() if form.lower() != form.upper()}


def casing_of(names: Iterable[str]) -> dict[str, str]:
    """The casing of names, where a capital at the beginning means something, too: of their words, and of those together.

    A name without a blank is no name of several words: "a well known man" keeps its small letters beside `Well-Known`.

    >>> casing_of(["Grace Hill", "carvedilol"])
    {'carvedilol': 'carvedilol', 'grace': 'Grace', 'hill': 'Hill', 'grace hill': 'Grace Hill'}
    """
    names = [" ".join(name.split()) for name in names]
    written = [text.written_words(name) for name in names]
    several = sorted(
        " ".join(words)
        for name, words in zip(names, written, strict=True)
        if " " in name and _has_capitals(words)
    )
    together = {text.folded(name): name for name in several}
    return casing(Counter(form for words in written for form in words)) | together


def beyond(casing: Mapping[str, str], vocabulary: Container[str]) -> dict[str, str]:
    """What a casing adds to a recogniser that writes the words of a vocabulary in its own way: other words, and names.

    "mark" alone may be any mark, but "mark rivers" is who was listed.
    """
    return {word: form for word, form in casing.items() if _is_beyond(word, form, vocabulary)}


def _is_beyond(word: str, form: str, vocabulary: Container[str]) -> bool:
    words = word.split(" ")
    known = (
        written != each and each in vocabulary for each, written in zip(words, form.split(" "), strict=True)
    )
    return any(known) if len(words) > 1 else word not in vocabulary


def _has_capitals(words: Sequence[str]) -> bool:
    return len(words) > 1 and any(word != word.lower() for word in words)
