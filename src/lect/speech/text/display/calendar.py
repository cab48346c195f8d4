"""Dates and times of day in English. Each rule reads the words from a position on."""

from __future__ import annotations

import re

from lect.speech.text.display.attributive import counted
from lect.speech.text.display.numbers import (
    TENS,
    UNITS,
    Words,
    Written,
    ordinal,
    suffixed,
    two_digits,
    whole_number,
    word,
    year,
)

MONTHS = "january february march april may june july august september october november december".split()
_VERBS = frozenset({"may", "march"})  # months that are verbs too
_SUFFIXED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_BEFORE_TIME = frozenset("at by until till before after around about since from between it's".split())
_PARTS_OF_DAY = frozenset({"morning", "afternoon", "evening"})
_LINKS = frozenset({"to", "and", "until", "till", "or"})  # between two times
_FIVES = frozenset({5, 10, 20, 25})
_BEHIND_TIME = frozenset("tonight tomorrow today sharp".split())
_BEHIND_FIRST_TIME = frozenset(
    ["", *"is was works would sounds suits to until till or and then for it please on in at".split()]
)  # words that a text may go on with behind a time it begins with
_QUARTERS = frozenset({15, 30, 45})
_BEFORE_DECADE = frozenset("the early mid late his her my their our".split())
DECADES = {f"{name[:-1]}ies": f"{value}s" for name, value in TENS.items()}
_MERIDIEMS = {"am": "a.m.", "pm": "p.m.", "a.m": "a.m.", "p.m": "p.m.", "a.m.": "a.m.", "p.m.": "p.m."}
_MINUTES_IN_HOUR = 60


def date(words: Words, at: int) -> Written | None:
    """`may fifth twenty twenty` as `may 5th 2020`, `the first of january` as `the 1st of january`."""
    if word(words, at) in MONTHS:
        return _month_first(words, at)
    day = _day(words, at)
    if day is None:
        return None
    end = day.end + (word(words, day.end) == "of")
    month = word(words, end)
    if month not in MONTHS or (end == day.end and month in _VERBS):
        return None
    text = f"{day.text}{' of' if end > day.end else ''} {month}"
    return _with_year(words, Written(text, end + 1))


def _month_first(words: Words, at: int) -> Written | None:
    month = words[at]
    article = word(words, at + 1) == "the"
    if day := _day(words, at + 1 + article):
        return _with_year(words, Written(f"{month} {'the ' if article else ''}{day.text}", day.end))
    if found := year(words, at + 1):
        return Written(f"{month} {found[0]}", found[1])
    cardinal = whole_number(words, at + 1, least=1, most=31)
    if cardinal is None:
        return None
    dated = Written(f"{month} {cardinal[0]}", cardinal[1])
    with_year = _with_year(words, dated)
    return None if with_year == dated and month in _VERBS else with_year


def _day(words: Words, at: int) -> Written | None:
    """`fifth` or `5th` as the day of a month."""
    if match := _SUFFIXED.fullmatch(word(words, at)):
        return Written(match.group(), at + 1)
    found = ordinal(words, at)
    return Written(suffixed(found[0]), found[1]) if found and 1 <= found[0] <= 31 else None


def _with_year(words: Words, dated: Written) -> Written:
    found = year(words, dated.end)
    return Written(f"{dated.text} {found[0]}", found[1]) if found else dated


def decade(words: Words, at: int) -> Written | None:
    """`nineteen sixties` as `1960s`, `the nineties` as `the 90s`."""
    if word(words, at) in DECADES and word(words, at - 1) in _BEFORE_DECADE:
        return Written(DECADES[words[at]], at + 1)
    century = UNITS.get(word(words, at), 20 if word(words, at) == "twenty" else 0)
    if century >= 17 and word(words, at + 1) in DECADES:
        return Written(f"{century}{DECADES[words[at + 1]]}", at + 2)
    return None


def time(words: Words, at: int) -> Written | None:
    """`three thirty p m` as `3:30 p.m.`; without a sign that it is one only where a time is likely."""
    if _CLOCK.fullmatch(word(words, at)):
        hour, end, minute = words[at], at + 1, ""
    else:
        found = whole_number(words, at, least=0, most=23)
        if found is None:
            return None
        hour, end = str(found[0]), found[1]
        minutes = two_digits(words, end)
        minute = minutes[0] if minutes and int(minutes[0]) < _MINUTES_IN_HOUR else ""
        end = minutes[1] if minutes and minute else end
    clock = f"{hour}:{minute}" if minute else hour
    if meridiem := _meridiem(words, end):
        return Written(f"{clock} {meridiem.text}", meridiem.end)
    if word(words, end) in {"o'clock", "oclock"} and not minute:
        return Written(f"{clock} o'clock", end + 1)
    if tuple(words[end : end + 2]) == ("o", "clock") and not minute:
        return Written(f"{clock} o'clock", end + 2)
    in_part = tuple(words[end : end + 2]) == ("in", "the") and word(words, end + 2) in _PARTS_OF_DAY
    if in_part or (minute and _is_likely(words, at, end, hour=hour, minute=minute)):
        return Written(clock, end)
    return None


def time_span(words: Words, at: int) -> Written | None:
    """`two thirty to three thirty p m` as `2:30 to 3:30 p.m.`: what a time says of its hour holds for the one before it."""
    hour = whole_number(words, at, least=1, most=12)
    minutes = two_digits(words, hour[1]) if hour else None
    if (
        not hour
        or not minutes
        or int(minutes[0]) >= _MINUTES_IN_HOUR
        or word(words, minutes[1]) not in _LINKS
    ):
        return None
    until = time(words, minutes[1] + 1)
    if until is None or not until.text.endswith(".m."):
        return None
    return Written(f"{hour[0]}:{minutes[0]} {words[minutes[1]]} {until.text}", until.end)


def past(words: Words, at: int) -> Written | None:
    """`half past three` as `half past 3`, `ten past six` as `10 past 6`."""
    start, end, text = at, at + 1, word(words, at)
    if text not in {"half", "quarter"}:
        minutes = whole_number(words, at, least=1, most=29)
        if minutes is None:
            return None
        text, end = str(minutes[0]), minutes[1]
    link = word(words, end)
    hour = whole_number(words, end + 1, least=1, most=12)
    is_before = link == "to" and text.isdigit() and hour is not None and int(text) > hour[0]  # ten to six
    is_quarter = words[start] == "quarter" and link in {"to", "after", "of", "till"}
    if hour is None or not (link == "past" or is_quarter or (is_before and int(text) in _FIVES)):
        return None
    return Written(f"{text} {link} {hour[0]}", hour[1])


def _meridiem(words: Words, at: int) -> Written | None:
    first = word(words, at)
    if first in _MERIDIEMS:
        # "I am": the letters stand apart, or behind digits.
        return Written(_MERIDIEMS[first], at + 1)
    if first in {"a", "p"} and word(words, at + 1) == "m":
        return Written(f"{first}.m.", at + 2)
    return None


def _is_likely(words: Words, at: int, end: int, *, hour: str, minute: str) -> bool:
    """Whether an hour and minutes without a.m. or p.m. are a time."""
    if not 1 <= int(hour) <= 12 or whole_number(words, end) or counted(words, at):
        return False
    before, behind = word(words, at - 1), word(words, end)
    if behind in _BEHIND_TIME:
        return True
    if before in _BEFORE_TIME or tuple(words[max(at - 2, 0) : at]) == ("it", "is"):
        return True
    is_label = before in {"room", "flight", "number", "code", "highway", "bus", "route", "suite", "page"}
    is_amount = not before and behind not in _BEHIND_FIRST_TIME
    return int(minute) in _QUARTERS and not (is_label or is_amount)
