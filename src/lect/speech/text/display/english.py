"""English inverse text normalisation: words as they are spoken, as they are written.

A rule reads the words from a position on and answers with a written form and where it ends. At each position the rule
that reads furthest wins, of equals the first in the list. Words that no rule reads stay as they are, and so do numbers
that are written in digits already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lect.speech.text.display import attributive, calendar, codes, quantities
from lect.speech.text.display.numbers import TENS, UNITS, Words, Written, cardinal_of, number, ordinal, word

_MOST_PASSES = 5
_LONGEST_WORD = 200  # letters; what is longer is not said

Rule = Callable[[Words, int], Written | None]

_PHRASES = {
    ("et", "cetera"): "etc.", ("versus",): "vs.", ("a", "i"): "AI", ("i", "d"): "ID", ("i", "t"): "IT",
    ("i", "ds"): "IDs", ("t", "vs"): "TVs", ("d", "v", "ds"): "DVDs", ("wi", "fi"): "Wi-Fi", ("ph", "d"): "PhD",
    ("m", "p", "three"): "MP3", ("mp", "three"): "MP3", ("o'clock",): "o'clock",
    ("world", "war", "one"): "World War I", ("world", "war", "two"): "World War II",
    ("twenty", "four", "seven"): "24/7", ("twenty", "twenty", "vision"): "20/20 vision",
    ("nine", "eleven"): "9/11", ("fifty", "fifty"): "50-50", ("i", "p"): "IP", ("e", "g"): "e.g.", ("i", "e"): "i.e.",
    ("c", "plus", "plus"): "C++", ("c", "sharp"): "C#", ("a", "t", "and", "t"): "AT&T", ("r", "and", "d"): "R&D",
    ("q", "and", "a"): "Q&A", ("b", "and", "b"): "B&B", ("u", "s", "b", "c"): "USB-C", ("covid", "nineteen"): "COVID-19",
} | codes.HYPHENATED  # fmt: skip
_LONGEST_PHRASE = max(map(len, _PHRASES))
_TITLES = {"doctor": "dr.", "mister": "mr.", "missus": "mrs.", "miss": "miss"}
_NO_TITLE_AFTER = frozenset("a an the my your his her our their this that any every no another".split())
_NO_NAMES = frozenset(
    "and or but who is was are were has had have will would can could should says said told to of in on at for with "
    "from about by as if so the a an not please i you he she it we they there here who's".split()
)
_STREETS = {"street": "st.", "avenue": "ave.", "road": "rd.", "boulevard": "blvd."}
_NO_STREET_NAMES = _NO_NAMES | frozenset(
    "people men women more of minute hour mile yard foot car cars percent dollars per new different".split()
)

# Words of letters that a rule may begin with; single letters, figures and ordinals may always.
_STARTS = frozenset(
    [
        *"half quarter minus negative point plus double triple oh".split(),
        *(*UNITS, *TENS, *calendar.MONTHS, *calendar.DECADES, *_TITLES),
        *(phrase[0] for phrase in _PHRASES),
    ]
)
_BEHIND_NAME = frozenset(["at", "dot", *codes.JOINTS, *UNITS])  # john AT example DOT com


def english(words: Words, *, region: str = "US") -> list[str]:
    """The words of an English text in their written form.

    Args:
        words: Lower case, no punctuation; what is written in digits already stays.
        region: Where it is spoken: telephone numbers and pounds differ.
    """
    rules = _rules(is_american=region in {"US", "CA", ""})
    before: list[str] = []
    written = list(words)
    for _ in range(_MOST_PASSES):  # "two twenty volts" is "220 volts", which is "220 V"
        if written == before:
            break
        before, written = written, _pass(rules, written)
    return written


def _pass(rules: tuple[Rule, ...], words: Words) -> list[str]:
    written: list[str] = []
    at = 0
    while at < len(words):
        found = _furthest(rules, words, at)
        written += found.text.split() if found else [words[at]]
        at = found.end if found else at + 1
    return written


def _rules(*, is_american: bool) -> tuple[Rule, ...]:
    return (
        _phrase,
        calendar.time_span,
        calendar.time,
        calendar.past,
        calendar.date,
        calendar.decade,
        partial(quantities.money, pounds=not is_american),
        quantities.percentage,
        quantities.height,
        partial(quantities.measure, pounds=not is_american),
        codes.series_a,
        attributive.counted,
        codes.net_address,
        codes.dotted,
        partial(codes.digits, american=is_american),
        codes.versioned,
        codes.spelled,
        codes.labelled,
        quantities.age,
        quantities.ratio,
        quantities.thousands,
        quantities.rank,
        quantities.plain,
        partial(quantities.between, pounds=not is_american),
        _street,
        _title,
    )


def _furthest(rules: tuple[Rule, ...], words: Words, at: int) -> Written | None:
    if not _may_start(words, at):
        return None
    found = [written for rule in rules if (written := rule(words, at))]
    return max(found, key=lambda written: written.end, default=None)  # the first of equals


def _may_start(words: Words, at: int) -> bool:
    """Whether any rule may read here: most words are just words, and this tells sooner."""
    first = words[at]
    return len(first) <= _LONGEST_WORD and (
        first in _STARTS
        or len(first) == 1
        or not first.isalpha()
        or word(words, at + 1) in _BEHIND_NAME
        or bool(cardinal_of(first))
    )


def _phrase(words: Words, at: int) -> Written | None:
    for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
        if text := _PHRASES.get(tuple(words[at : at + length])):
            return Written(text, at + length)
    return None


def _title(words: Words, at: int) -> Written | None:
    """`doctor smith` as `dr. smith`, but `the doctor said`."""
    title, name = _TITLES.get(words[at]), word(words, at + 1)
    if title and name == "and" and word(words, at + 2) in _TITLES:
        return Written(title, at + 1)
    if not title or not name.isalpha() or name in _NO_NAMES or word(words, at - 1) in _NO_TITLE_AFTER:
        return None
    return Written(title, at + 1)


def _street(words: Words, at: int) -> Written | None:
    """`thirty five lexington avenue` as `35 lexington ave.`"""
    house = codes.digits(words, at, american=False) or quantities.plain(words, at)
    if house is None or not house.text.isdigit():
        return None
    if (rank := ordinal(words, at)) and rank[1] > house.end:  # forty second street
        return None
    for length in (1, 2):
        name = words[house.end : house.end + length]
        kind = _STREETS.get(word(words, house.end + length))
        if kind and name and not _NO_STREET_NAMES.intersection(name) and not number(words, house.end):
            return Written(" ".join((house.text, *name, kind)), house.end + length + 1)
    return None
