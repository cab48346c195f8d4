"""English text with its figures and signs in spoken words: `at 3:30 p.m. for $20` is `at three thirty p m for twenty dollars`.

What was really said is lost in figures (205 may have been "two oh five"): the usual way to say them is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lect.speech.text.normalise import spelling

Replace = str | Callable[["re.Match[str]"], str]

_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_LARGEST = 10**15
_MONEY = {
    "$": ("dollar", "dollars", "cents"), "£": ("pound", "pounds", "pence"), "€": ("euro", "euros", "cents"),
    "¥": ("yen", "yen", ""), "₹": ("rupee", "rupees", "paise"),
}  # fmt: skip
_UNITS = {
    "km/h": "kilometers per hour", "mph": "miles per hour", "mpg": "miles per gallon", "km": "kilometers",
    "kg": "kilograms", "mg": "milligrams", "mcg": "micrograms", "cm": "centimeters", "mm": "millimeters",
    "ml": "milliliters", "lbs": "pounds", "lb": "pounds", "oz": "ounces", "ft": "feet", "gb": "gigabytes",
    "mb": "megabytes", "kb": "kilobytes", "tb": "terabytes", "ghz": "gigahertz", "mhz": "megahertz",
    "khz": "kilohertz", "hz": "hertz", "kw": "kilowatts", "db": "decibels",
    "°c": "degrees celsius", "°f": "degrees fahrenheit", "°": "degrees", "%": "percent",
}  # fmt: skip
_CASED_UNITS = {"L": "liters", "g": "grams", "m": "meters", "mi": "miles", "W": "watts", "V": "volts"}
_SINGULARS = {"feet": "foot", "degrees celsius": "degree celsius", "degrees": "degree"}
_ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "prof": "professor", "vs": "versus", "etc": "et cetera",
    "ave": "avenue", "blvd": "boulevard", "st": "street", "rd": "road",
}  # fmt: skip
_FRACTIONS = {"½": "a half", "¼": "a quarter", "¾": "three quarters"}
_LONGEST_ACRONYM = 4


def number(value: int) -> str:
    """`205` as `two hundred five`; what is too large is said digit by digit."""
    if value >= _LARGEST:
        return digits(str(value))
    for scale, name in _SCALES:
        if value >= scale:
            rest = value % scale
            return f"{number(value // scale)} {name}" + (f" {number(rest)}" if rest else "")
    return spelling.english(value)[0]


def digits(text: str) -> str:
    """`007` as `zero zero seven`; what is no digit parts nothing."""
    return " ".join(spelling.english(int(char))[0] for char in text if char.isascii() and char.isdigit())


def ordinal(value: int) -> str:
    """`21` as `twenty first`."""
    head, _, last = number(value).rpartition(" ")
    return f"{head} {spelling.english_ordinal(last)}".strip()


def year(value: int) -> str:
    """`1984` as `nineteen eighty four`, `2005` as `two thousand five`."""
    head, rest = divmod(value, 100)
    if head % 10 == 0 and rest < 10:
        return number(value)
    tail = "hundred" if not rest else f"oh {number(rest)}" if rest < 10 else number(rest)
    return f"{number(head)} {tail}"


def verbalise(text: str) -> str:
    """The text in words. Capitals and punctuation between words stay as they are."""
    if not _WORTH_A_LOOK.search(text) or _TOO_LONG.search(text):
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _whole(figures: str) -> str:
    """Figures with or without commas; a leading zero or a great length is said digit by digit."""
    bare = figures.replace(",", "")
    if (bare[0] == "0" and len(bare) > 1) or (len(bare) > 4 and "," not in figures):
        return digits(bare)
    return number(int(bare))


def _decimal(figures: str) -> str:
    whole, _, fraction = figures.partition(".")
    return f"{_whole(whole or '0')} point {digits(fraction)}" if fraction else _whole(whole)


def _money(match: re.Match[str]) -> str:
    one, many, cents = _MONEY[match["sign"]]
    whole, fraction, scale = match["whole"], match["fraction"], match["scale"]
    if scale or (fraction and len(fraction) != 2):
        return f"{_decimal(f'{whole}.{fraction}' if fraction else whole)} {scale or ''} {many}"
    amount = f"{_whole(whole)} {one if whole == '1' else many}"
    if not fraction or not int(fraction):
        return amount
    return f"{amount} and {number(int(fraction))} {cents.removesuffix('s') if fraction == '01' else cents}"


def _time(match: re.Match[str]) -> str:
    hour, minute, meridiem = match["hour"], match["minute"], match["meridiem"]
    said = number(int(hour))
    if int(minute):
        said += f" oh {number(int(minute))}" if minute[0] == "0" else f" {number(int(minute))}"
    elif not meridiem:
        said += " o'clock" if int(hour) <= 12 else " hundred"
    return f"{said} {meridiem[0].lower()} m " if meridiem else said


def _unit(match: re.Match[str]) -> str:
    name = _CASED_UNITS.get(match["unit"]) or _UNITS[match["unit"].lower()]
    amount = match["amount"]
    if amount == "1":
        first, _, rest = name.partition(" per ")
        name = _SINGULARS.get(first, first.removesuffix("s")) + (f" per {rest}" if rest else "")
    return f"{_decimal(amount)} {name} "


def _decade(match: re.Match[str]) -> str:
    value = int(match["century"] or 0)
    ten = number(int(match["ten"]) * 10) if match["ten"] != "0" else "hundred"
    plural = f"{ten[:-1]}ies" if ten.endswith("y") else f"{ten}s"
    return f"{number(value)} {plural}" if value else plural


def _net(match: re.Match[str]) -> str:
    said = match.group()
    for sign, name in {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash"}.items():
        said = said.replace(sign, f" {name} ")
    return said


def _dotted(match: re.Match[str]) -> str:
    parts = match.group().split(".")
    joint = " dot " if len(parts) > 3 else " point "
    return joint.join(digits(part) if len(part) > 2 else number(int(part)) for part in parts)


def _code(match: re.Match[str]) -> str:
    """Letters and figures in one word: `AB-123` as `A B one two three`, `16-ounce` as `sixteen ounce`."""
    pieces = re.findall(r"\d+|[A-Za-z]+|[^\W\d_]+", match.group())
    return " ".join(_code_piece(piece) for piece in pieces)


def _code_piece(piece: str) -> str:
    if piece.isdigit():
        return number(int(piece)) if len(piece) < 3 and piece[0] != "0" else digits(piece)
    return " ".join(piece) if len(piece) <= _LONGEST_ACRONYM and piece.isupper() else piece


def _phone(match: re.Match[str]) -> str:
    said = digits(match.group()).replace("one eight zero zero", "one eight hundred")
    return f"plus {said}" if match.group().startswith("+") else said


def _any(words: dict[str, str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_FIGURES = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"
_AMOUNT = (
    rf"(?P<sign>[$£€¥₹])\s?(?P<whole>{_FIGURES})(?:\.(?P<fraction>\d+))?"
    r"(?:\s(?P<scale>thousand|million|billion|trillion)\b)?"
)
_TOO_LONG = re.compile(r"\S{200}")  # nobody says it, and patterns would take their time over it
_WORTH_A_LOOK = re.compile(rf"\d|[@&#%+=½¼¾]|\.\w|\b(?i:{_any(_ABBREVIATIONS)})\.")
_RULES: tuple[tuple[re.Pattern[str], Replace], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:com|org|net|edu|gov|io)\b(?:/[\w-]+)*", _net),
        (_AMOUNT, _money),
        (r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?\b(?:\s?(?P<meridiem>[AaPp])\.?[Mm]\b\.?)?", _time),
        (r"(?<!\d[.,])\b(?P<hour>\d{1,2})(?P<minute>)\s?(?P<meridiem>[AaPp])\.?[Mm]\b\.?",
         lambda match: f"{number(int(match['hour']))} {match['meridiem'].lower()} m "),
        (r"\b(?:[A-Za-z]\.){2,}|\b(?:[A-Za-z]\.)+[A-Za-z]\b", lambda match: match.group().replace(".", " ")),
        (r"\bSt\.(?=\s[A-Z])", "saint"),
        (rf"\b(?i:({_any(_ABBREVIATIONS)}))\.", lambda match: _ABBREVIATIONS[match[1].lower()]),
        (r"(?<![\w.-])(?:\+\d{1,3}[ -])?(?:1-)?(?:\(\d{3}\)\s?|\d{3}[-.])?\d{3}[-.]\d{4}(?![\w-])", _phone),
        (r"(?<![\w.-])(\d[\d,]*%?)\s?[-\u2013]\s?(?=\d[\d,]*%?(?![\w-]))", r"\1 to "),
        (r"(?<!\w)[-\u2212](?=\.?\d)", "minus "),
        (rf"(?P<amount>(?:{_FIGURES})(?:\.\d+)?)\s?(?P<unit>(?i:{_any(_UNITS)})|{_any(_CASED_UNITS)})(?!\w)", _unit),
        (rf"(?P<whole>\d+)\s?(?P<part>[{''.join(_FRACTIONS)}])",
         lambda match: f"{_whole(match['whole'])} and {_FRACTIONS[match['part']]}"),
        (rf"[{''.join(_FRACTIONS)}]", lambda match: _FRACTIONS[match.group()].replace("a ", "one ")),
        (rf"\b({_FIGURES})(?:st|nd|rd|th)\b", lambda match: ordinal(int(match[1].replace(",", "")))),
        (r"'?\b(?P<century>1[1-9]|20)?(?P<ten>\d)0'?s\b", _decade),
        (r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)", _dotted),
        (r"(?<=\d)/(?=\d)", " "),
        (r"#(?=\s?\d)", "number "),
        (r"&", " and "),
        (r"(?<=\s)@(?=\s)", "at"),
        (r"\+", " plus "),
        (r"=", " equals "),
        (r"\b(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b", _code),
        (rf"(?:{_FIGURES})?\.\d+", lambda match: _decimal(match.group())),
        (r"(?<![\d,])(?:1[1-9]|20)\d\d(?!,?\d)", lambda match: year(int(match.group()))),
        (_FIGURES, lambda match: _whole(match.group())),
    )
)  # fmt: skip
