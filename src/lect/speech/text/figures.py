"""Terms of nothing but figures (`2.14`, `4017`): where a text means them, and where the same digits are an amount.

A part number is itself in any dress, but 214 chairs are not room `2.14`. So figures that are listed without a word on how they
are said are put together where a recogniser has torn them, and only where no other number could be meant.
"""

from __future__ import annotations

import re
from itertools import accumulate

from lect.speech.text.squeeze import Squeezed

_FIGURES = re.compile(r"\d+(?:[\s./-]\d+)*")
_SHORTEST_IN_PAIRS = 4  # digits that are said two by two: "forty seventeen"
_JOINED = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9]\s?$|\d[-\u2013/:.,]$")  # before an amount
_PARTED = re.compile(r":|\.\s")
_UNIT = re.compile(
    r"[-\u2013/:]\d|\s?(?:%|\u00b0|[ap]\.?m\b|o'clock|percent|per cent|hundred|thousand|million|billion"
    r"|(?:milli|micro|kilo|centi|deci)?(?:grams?|met(?:er|re)s?|lit(?:er|re)s?|watts?|volts?|hertz)|[mk]?g|mcg|m[lL]|[kcm]m"
    r"|miles?|yards?|feet|foot|inch(?:es)?|ounces?|oz|pounds?|lbs?|units?|degrees?|dollars?|cents?|euros?|times"
    r"|seconds?|minutes?|hours?|days?|weeks?|months?|years?)(?!\w)",
    re.IGNORECASE,
)  # behind an amount
_COUNTED = re.compile(
    r"\s(?:of\s|(?:people|men|women|children)\b"
    r"|(?!(?:is|was|has|does|as|this|its|us|plus|always|perhaps|needs|looks|seems|says|opens|closes)\b)[a-z]{2,}s\b)"
)  # behind a number of things: 214 chairs; verbs that end so are what a room does
_OF_A_BOOK = re.compile(r"\b(?:pages?|chapters?|lines?|steps?|of)\s$", re.IGNORECASE)
_AT_TIME = re.compile(r"\b(?:at|by|until|till|before|after|around|since|from)\s$", re.IGNORECASE)
_LONGEST_BEFORE = 10  # letters of what stands before a number


def is_figures(form: str) -> bool:
    """Whether a form is nothing but digits and what parts them."""
    return bool(_FIGURES.fullmatch(form))


def is_amount(squeezed: Squeezed, at: int, end: int, own: Squeezed) -> bool:
    """Whether atoms count something: things, money, a time, a measure, pages, a part of a longer number; or are said as one.

    Args:
        squeezed: the text
        at: the first of the atoms
        end: behind the last of them
        own: the form that they would be
    """
    start, stop = squeezed.span(at, end)
    text = squeezed.text
    before, written = text[max(0, start - _LONGEST_BEFORE) : start], text[start:stop]
    if _JOINED.search(before) or _UNIT.match(text, stop) or (":" in written and _AT_TIME.search(before)):
        return True
    if written.isdecimal() and (_OF_A_BOOK.search(before) or _COUNTED.match(text, stop)):
        return True  # what is torn is no number that counts: 2-14 rings
    is_whole = len(squeezed.parts(at, end)) == 1 and not any(map(str.isdecimal, text[start:stop]))
    return is_whole and len(own.parts()) > 1  # two hundred fourteen


def is_same_number(squeezed: Squeezed, at: int, end: int, form: str) -> bool:
    """Whether atoms with the digits of a form are that form and no other number.

    `2 14`, `2-14`, `two fourteen` and `3-0-7` are torn where `2.14` and `3.07` are; `214` is another number, and `2:14` a
    time. What is listed whole may have commas, or be said in pairs or digit by digit: `4,017`, `40-17`.
    """
    text = squeezed.text[slice(*squeezed.span(at, end))]
    if _PARTED.search(text):
        return False
    parts, groups = squeezed.parts(at, end), re.findall(r"\d+", form)
    if len(groups) > 1:
        is_whole = parts == [form.replace("0", "o")]  # "two point fourteen"
        return is_whole or {*accumulate(map(len, groups))} <= {*accumulate(map(len, parts))}
    is_in_pairs = len(form) >= _SHORTEST_IN_PAIRS and max(map(len, parts)) <= 2
    return len(parts) == 1 or is_in_pairs or text.replace(",", "") == form
