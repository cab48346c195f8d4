"""Which locale a text is plainly in, so that one left out or mistyped is noticed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from lect.core.errors import InvalidDataset, LimitExceeded
from lect.core.locale import language_of
from lect.datasets import acoustic, text
from lect.datasets.archive import open_archive
from lect.datasets.lines import ByteSource, read_lines
from lect.datasets.transcript import find
from lect.settings import Limits

_LINES_SEEN = 500
_LEAST_WORDS = 20
_LEAST_SHARE = 0.2  # of all words, for the function words of a language
_SCRIPTS = {  # the first word of a letter's Unicode name -> the locale that most often uses it
    "ARABIC": "ar-SA",
    "CJK": "zh-CN",
    "CYRILLIC": "ru-RU",
    "DEVANAGARI": "hi-IN",
    "GREEK": "el-GR",
    "HANGUL": "ko-KR",
    "HEBREW": "he-IL",
    "HIRAGANA": "ja-JP",
    "KATAKANA": "ja-JP",
    "THAI": "th-TH",
}
_FUNCTION_WORDS = {
    "en-US": "the and of to is that it for with you was are this have not in be on they at we i a my",
    "de-DE": "der die das und ist nicht ein eine ich sie wir mit auf den dem von zu für auch es sich im er",
    "fr-FR": "le la les et est des une un que pas dans pour qui vous je sur du au avec il ce de nous",
    "es-ES": "el la los las y es que de en un una por con para no se del lo su al me",
    "it-IT": "il la che di è un una per con non sono del della gli le si ho da ma al",
    "pt-BR": "o a os as e que de um uma não para com do da em se por no na é eu",
    "nl-NL": "de het een en van is dat niet ik je op te zijn met voor we er maar aan",
}
_WORDS = {locale: frozenset(words.split()) for locale, words in _FUNCTION_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
TOLD = frozenset(
    map(language_of, [*_SCRIPTS.values(), *_FUNCTION_WORDS])
)  # languages that are known when seen


def likely_locale(lines: Iterable[str]) -> str | None:
    """The locale that a text is plainly in, by its letters or its function words; None if it is not plain."""
    words = Counter(_WORD.findall("\n".join(lines).lower()))
    return _by_script(words) or _by_function_words(words)


def function_words(language: str) -> frozenset[str]:
    """Words that are said in every sentence of a language; none if it has no list here."""
    return next((words for locale, words in _WORDS.items() if language_of(locale) == language), frozenset())


def other_locale(path: Path, kind: str, *, locale: str, limits: Limits = Limits()) -> str | None:
    """The locale that data is plainly in, if its language is another than that of `locale`."""
    try:
        likely = likely_locale(islice(_texts(path, kind, limits), _LINES_SEEN))
    except (InvalidDataset, LimitExceeded):  # the check itself tells
        return None
    return likely if likely and language_of(likely) != language_of(locale) else None


def _by_script(words: Counter[str]) -> str | None:
    letters = Counter({char: 0 for word in words for char in word})
    for word, count in words.items():
        for char in word:
            letters[char] += count
    scripts: Counter[str] = Counter()
    for char, count in letters.items():
        scripts[_SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0].partition("-")[0], "")] += count
    japanese, chinese = scripts["ja-JP"], scripts["zh-CN"]
    if japanese > chinese / 10:  # Japanese is written with Chinese letters as well
        scripts["ja-JP"], scripts["zh-CN"] = japanese + chinese, 0
    locale, count = max(scripts.items(), key=lambda item: item[1], default=("", 0))
    return locale if locale and 2 * count > letters.total() else None


def _by_function_words(words: Counter[str]) -> str | None:
    found = {locale: sum(words[word] for word in known) for locale, known in _WORDS.items()}
    first, second = sorted(found, key=lambda locale: -found[locale])[:2]
    enough = words.total() >= _LEAST_WORDS and found[first] >= _LEAST_SHARE * words.total()
    return first if enough and 2 * found[first] >= 3 * found[second] else None


def _texts(path: Path, kind: str, limits: Limits) -> Iterator[str]:
    """What is said or written in data of a kind, as far as there is text."""
    if kind == text.KIND:
        with path.open("rb") as file:
            yield from _lines(file, path.name)
    elif kind == acoustic.KIND:
        with open_archive(path, limits) as archive:
            for member in find(archive):
                with archive.open(member.name) as file:
                    lines = _lines(file, member.name)
                    yield from (line.partition("\t")[2] for line in lines)


def _lines(file: ByteSource, name: str) -> Iterator[str]:
    """The lines of a file, whatever its encoding."""
    lines = read_lines(file, name=name, locale="en-US", tell=lambda problem: None, repair=True)
    return (line.text for line in lines)
