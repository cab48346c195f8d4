"""Amounts that describe a thing: `a thirty second video`, `six thirty page booklets`."""

from __future__ import annotations

from lect.speech.text.display.numbers import TENS, Words, Written, whole_number, word

UNITS = frozenset(
    "second minute hour day night week month year page dollar cent pound ounce gram kilo ton foot inch yard mile meter "
    "metre kilometer kilometre liter litre gallon acre watt volt amp megabyte gigabyte percent person piece man "
    "lane member point part".split()
)
_TIMED = frozenset(
    "ad alarm break burst buffer clip commercial cooldown countdown cycle delay duration exposure gap hold interval "
    "lag limit loop pause penalty pitch plank recording rest rule silence snippet spot sprint teaser timeout timer "
    "trailer video wait warning window".split()
)  # what lasts for seconds
_SHORTEST_PLURAL = 5  # letters: "was" and "has" are none
_MOST_COUNTED = 9


def seconds(words: Words, at: int) -> Written | None:
    """`thirty second video` as `30 second video`, but `the thirty second floor` is the 32nd.

    Something that lasts, a plural (there is one 32nd alone) or an "a" before it (one of many) tells the time.
    """
    if word(words, at) not in TENS or word(words, at + 1) != "second":
        return None
    follows = word(words, at + 2)
    is_one_of_many = word(words, at - 1) == "a" and follows not in {"", "of"}
    if not (follows in _TIMED or _is_plural(follows) or is_one_of_many):
        return None
    return Written(f"{TENS[words[at]]} second", at + 2)


def counted(words: Words, at: int) -> Written | None:
    """`six thirty page booklets` as `six 30 page booklets`: neither 6:30 nor 630."""
    count = whole_number(words, at, least=2, most=_MOST_COUNTED)
    size = whole_number(words, count[1], least=10) if count else None
    if not count or not size or word(words, size[1]) not in UNITS or not _is_plural(word(words, size[1] + 1)):
        return None
    return Written(f"{words[at]} {size[0]}", size[1])


def _is_plural(noun: str) -> bool:
    return len(noun) >= _SHORTEST_PLURAL and noun.endswith("s") and not noun.endswith(("ss", "us", "'s"))
