"""English text with its figures and signs in spoken words: `at 3:30 p.m. for $20` is `at three thirty p m for twenty dollars`.

What was really said is lost in figures (205 may have been "two oh five"): the usual way to say them is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lect.speech.text.said import (
    MONTHS,
    decimal,
    digits,
    fraction,
    mixed,
    number,
    ordinal,
    roman,
    version,
    whole,
    year,
)

Replace = str | Callable[["re.Match[str]"], str]

_MONEY = {
    "$": ("dollar", "dollars", "cents"), "£": ("pound", "pounds", "pence"), "€": ("euro", "euros", "cents"),
    "¥": ("yen", "yen", ""), "₹": ("rupee", "rupees", "paise"),
}  # fmt: skip
_UNITS = {
    "km/h": "kilometers per hour", "mph": "miles per hour", "mpg": "miles per gallon", "km": "kilometers",
    "kg": "kilograms", "mg": "milligrams", "mcg": "micrograms", "cm": "centimeters", "mm": "millimeters",
    "ml": "milliliters", "lbs": "pounds", "lb": "pounds", "oz": "ounces", "ft": "feet", "gb": "gigabytes",
    "mb": "megabytes", "kb": "kilobytes", "tb": "terabytes", "ghz": "gigahertz", "mhz": "megahertz",
    "khz": "kilohertz", "hz": "hertz", "kw": "kilowatts", "kwh": "kilowatt hours", "db": "decibels",
    "gbit": "gigabits", "mbit": "megabits", "mg/ml": "milligrams per milliliter", "m/s": "meters per second",
    "mmhg": "millimeters of mercury", "sq ft": "square feet", "sq mi": "square miles", "ft²": "square feet",
    "m²": "square meters", "km²": "square kilometers", "m³": "cubic meters",
    "°c": "degrees celsius", "°f": "degrees fahrenheit", "°": "degrees", "%": "percent",
}  # fmt: skip
_CASED_UNITS = {"L": "liters", "g": "grams", "m": "meters", "mi": "miles", "W": "watts", "V": "volts"}
_SINGULARS = {"feet": "foot", "degrees celsius": "degree celsius", "degrees": "degree",
               "square feet": "square foot"}  # fmt: skip
_ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "prof": "professor", "vs": "versus", "etc": "et cetera",
    "ave": "avenue", "blvd": "boulevard", "st": "street", "rd": "road", "jr": "junior", "sr": "senior",
    "dept": "department", "approx": "approximately", "capt": "captain", "sgt": "sergeant", "lt": "lieutenant",
}  # fmt: skip
_COUNTED = {  # abbreviations before a figure
    "no": "number", "nos": "numbers", "fig": "figure", "figs": "figures", "p": "page", "pp": "pages", "vol": "volume",
    "ch": "chapter", "sec": "section", "apt": "apartment", "ext": "extension",
}  # fmt: skip
_PLACES = {"St": "saint", "Mt": "mount", "Ft": "fort"}  # abbreviations before a name
_MONTH_NAMES = {
    name[:length]: name
    for name in MONTHS
    for length in (3, 4)
    if len(name) > length and (length == 3 or name == "September")
}
_MILLIONS = {"k": "thousand", "m": "million", "b": "billion"}
_NATIONS = {
    "US": "U S",
    "CA": "Canadian",
    "C": "Canadian",
    "AU": "Australian",
    "A": "Australian",
    "NZ": "New Zealand",
}
_RULERS = frozenset("Charles Edward Elizabeth George Henry James John Louis Paul Richard William".split())
_NUMBERED = "World War|Super Bowl|Act|Book|Chapter|Class|Part|Phase|Stage|Title|Type|Volume"
_FRACTIONS = {"½": "a half", "¼": "a quarter", "¾": "three quarters"}
_LONGEST_ACRONYM = 4


def verbalise(text: str, *, month_first: bool = True) -> str:
    """The text in words. Capitals and punctuation between words stay as they are.

    Args:
        text: As it is written.
        month_first: Whether 5/6/2020 is a day of May.
    """
    if not _WORTH_A_LOOK.search(text) or _TOO_LONG.search(text):
        return text
    text = _SLASHED_DATE.sub(_month_slash_day if month_first else _day_slash_month, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _money(match: re.Match[str]) -> str:
    one, many, cents = _MONEY[match["sign"]]
    if nation := _NATIONS.get(match["nation"] or ""):
        one, many = f"{nation} {one}", f"{nation} {many}"
    low = f"{decimal(match['low'])} to " if match["low"] else ""
    amount, part = match["whole"], match["fraction"]
    scale = match["scale"] or _MILLIONS.get((match["short"] or "")[:1].lower(), "")
    if scale or low or (part and len(part) != 2):
        return " ".join(f"{low}{decimal(f'{amount}.{part}' if part else amount)} {scale} {many}".split())
    small = f"{number(int(part or 0))} {cents.removesuffix('s') if part == '01' else cents}"
    if amount == "0" and part:
        return small
    large = f"{whole(amount)} {one if amount == '1' else many}"
    return f"{large} and {small}" if part and int(part) else large


def _time(match: re.Match[str]) -> str:
    hour, minute, second, meridiem = match["hour"], match["minute"], match["second"], match["meridiem"]
    said = number(int(hour))
    if int(minute):
        said += f" oh {number(int(minute))}" if minute[0] == "0" else f" {number(int(minute))}"
    elif not meridiem:
        said += " o'clock" if int(hour) <= 12 else " hundred"
    said += f" {number(int(second))}" if second and int(second) else ""
    return f"{said} {meridiem[0].lower()} m " if meridiem else said


def _day(match: re.Match[str]) -> str:
    """`May 5` as `May fifth`, `5 May` as `the fifth of May`."""
    days = [int(day) for day in (match["day"], match["until"]) if day]
    if not all(1 <= day <= _LONGEST_MONTH for day in days):
        return match.group()
    return f"{match['month']} {' to '.join(map(ordinal, days))}"


def _day_first(match: re.Match[str]) -> str:
    day = int(match["day"])
    return f"the {ordinal(day)} of {match['month']}" if 1 <= day <= _LONGEST_MONTH else match.group()


def _month_slash_day(match: re.Match[str]) -> str:
    """`5/6/2020` as `May sixth twenty twenty`."""
    month, day = int(match["first"]), int(match["second"])
    if not _is_date(month, day):
        return match.group()
    return f"{MONTHS[month - 1]} {ordinal(day)} {year(int(match['year']))}"


def _day_slash_month(match: re.Match[str]) -> str:
    """`5/6/2020` as `the fifth of June twenty twenty`."""
    day, month = int(match["first"]), int(match["second"])
    if not _is_date(month, day):
        return match.group()
    return f"the {ordinal(day)} of {MONTHS[month - 1]} {year(int(match['year']))}"


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= len(MONTHS) and 1 <= day <= _LONGEST_MONTH


def _fraction(match: re.Match[str]) -> str:
    if int(match["part"]) >= int(match["of"]):
        return match.group()
    if match["whole"]:
        return mixed(match["whole"], match["part"], match["of"])
    return (
        "half" if match["owner"] is not None and match["of"] == "2" else fraction(match["part"], match["of"])
    )


def _roman(match: re.Match[str]) -> str:
    name, numeral = match["name"], match["numeral"]
    if name in _RULERS:
        return f"{name} the {ordinal(roman(numeral))}"
    return f"{name} {number(roman(numeral))}"


def _unit(match: re.Match[str]) -> str:
    name = _CASED_UNITS.get(match["unit"]) or _UNITS[match["unit"].lower()]
    amount = match["amount"]
    if amount == "1":
        first, _, rest = name.partition(" per ")
        name = _SINGULARS.get(first, first.removesuffix("s")) + (f" per {rest}" if rest else "")
    return f"{decimal(amount)} {name} "


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


def _code(match: re.Match[str]) -> str:
    """Letters and figures in one word: `AB-123` as `A B one two three`, `16-ounce` as `sixteen ounce`."""
    pieces = re.findall(r"\d+(?:\.\d+)*|[A-Za-z]+|[^\W\d_]+", match.group())
    if re.fullmatch(r"\d+(?:\.\d)?", pieces[0]) and pieces[1:] in (["k"], ["K"]):
        return f"{decimal(pieces[0])} k"
    return " ".join(_code_piece(piece) for piece in pieces)


def _code_piece(piece: str) -> str:
    if "." in piece:
        return version(piece)
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
    rf"(?:(?<![A-Za-z])(?P<nation>{'|'.join(_NATIONS)}))?(?P<sign>[$£€¥₹])\s?"
    rf"(?:(?P<low>(?:{_FIGURES})(?:\.\d+)?)\s?[-\u2013]\s?(?=\d))?(?P<whole>{_FIGURES})(?:\.(?P<fraction>\d+))?"
    r"(?:[\s-](?P<scale>thousand|million|billion|trillion)\b|(?P<short>[kKmMbB]n?)\b)?"
)
_MERIDIEM = r"\s?(?P<meridiem>[AaPp])\.?[Mm]\b\.?"
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_LONGEST_MONTH = 31  # days
_COUNTS = "degrees|days|hours|miles|minutes|months|of|people|percent|times|weeks|years"  # a number before them is no day
_SLASHED_DATE = re.compile(
    r"(?<![\w/.,-])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:19|20)\d\d)(?![\w/-]|[.,]\d)"
)
_DATE = (
    rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:\s?[-\u2013]\s?(?P<until>\d{{1,2}}))?"
    rf"(?![\w%:/'-]|[.,]\d|\s(?:{_COUNTS})\b)"
)
_PROPER = (
    r"(?<![\w/.,$-])(?<!\b[oO]n\s)(?:(?P<whole>\d+)\s)?(?P<part>\d)/(?P<of>[234568])(?![\w/%-]|\.\d)"
    r"(?P<owner>(?=\s(?:an?|the|my|your|of)\b))?"
)
_TOO_LONG = re.compile(r"\S{200}")  # nobody says it, and patterns would take their time over it
_WORTH_A_LOOK = re.compile(
    rf"\d|[@&#%+=½¼¾]|\.\w|\b(?:[IVX]{{2}}|(?:{_any(_PLACES)}|(?i:{_any(_ABBREVIATIONS)}))\.)"
)
_RULES: tuple[tuple[re.Pattern[str], Replace], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|ai|co|uk|de|info)\b(?:/[\w-]+)*", _net),
        (r"(?<=\d)/(?=[A-Za-z]{2})", " per "),
        (r"(\d:\d\d|\d\s?[AaPp]\.?[Mm]\b\.?)\s?[-\u2013]\s?(?=\d)", r"\1 to "),
        (r"([$£€¥₹]\d[\d.,]*)\s?[-\u2013]\s?(?=[$£€¥₹]\d)", r"\1 to "),
        (_AMOUNT, _money),
        (rf"\b(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\b(?:{_MERIDIEM})?", _time),
        (rf"(?<!\d[.,])\b(?P<hour>\d{{1,2}})\.(?P<minute>\d\d)(?P<second>){_MERIDIEM}", _time),
        (rf"(?<!\d[.,])\b(?P<hour>\d{{1,2}})(?P<minute>){_MERIDIEM}",
         lambda match: f"{number(int(match['hour']))} {match['meridiem'].lower()} m "),
        (r"(?<![\d:.])(\d{1,3}):(?=\d{1,3}(?![\d:]))", r"\1 to "),
        (rf"\b({_any(_MONTH_NAMES)})\b\.?(?=\s\d)", lambda match: _MONTH_NAMES[match[1]]),
        (r"(?<![\w-])(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])",
         lambda match: f"{MONTHS[int(match['month']) - 1]} {ordinal(int(match['day']))} {year(int(match['year']))}"),
        (_DATE, _day),
        (rf"(?<![\w.,:/-])(?:the )?(?P<day>\d{{1,2}}) {_MONTH}(?=,? \d{{4}}|[.,;?!]|$)", _day_first),
        (r"(?<![\w.])(?P<feet>\d+)['\u2019\u2032]\s?(?P<inches>\d{1,2})(?P<part>[½¼¾])?(?:[\"\u201d\u2033]|''|(?!\w))",
         lambda match: f"{number(int(match['feet']))} foot {number(int(match['inches']))}"
         + (f" and {_FRACTIONS[match['part']]}" if match["part"] else "")),
        (r"\b(?P<feet>\d+)\s?ft\.?,?\s(?P<inches>\d{1,2})\s?in\b\.?",
         lambda match: f"{number(int(match['feet']))} feet {number(int(match['inches']))} inches"),
        (rf"(?<![.?!]\s)\b(?i:({_any(_COUNTED)}))\.\s?(?=\d)", lambda match: f"{_COUNTED[match[1].lower()]} "),
        (rf"\b(?P<name>{_NUMBERED}|{'|'.join(sorted(_RULERS))}) (?P<numeral>[IVX]{{2,5}}|(?<=War )I|V)\b", _roman),
        (r"\bPh\.?D\b\.?", "P h D"),
        (r"\b[A-Z]{1,3}(?:&[A-Z]{1,3}\b)+", lambda match: " ".join(match.group()).replace("&", "and")),
        (r"\b(?:[A-Za-z]\.){2,}|\b(?:[A-Za-z]\.)+[A-Za-z]\b", lambda match: match.group().replace(".", " ")),
        (rf"\b({_any(_PLACES)})\.(?=\s[A-Z])", lambda match: _PLACES[match[1]]),
        (rf"\b(?i:({_any(_ABBREVIATIONS)}))\.", lambda match: _ABBREVIATIONS[match[1].lower()]),
        (r"(?<![\w.-])(?:\+\d{1,3}[ -])?(?:1-)?(?:\(\d{3}\)\s?|\d{3}[-.])?\d{3}[-.]\d{4}(?![\w-])", _phone),
        (_PROPER, _fraction),
        (r"(?<![\w/.,])(\d{3})/(?=\d{2,3}(?![\w/]))", r"\1 over "),
        (r"(?<![\w.-])(\d[\d,]*%?)\s?[-\u2013]\s?(?=\d[\d,]*%?(?![\w-]))", r"\1 to "),
        (r"(?<!\w)[-\u2212\u2013](?=\.?\d)", "minus "),
        (rf"(?P<amount>(?:{_FIGURES})(?:\.\d+)?)\s?(?P<unit>(?i:{_any(_UNITS)})|{_any(_CASED_UNITS)})(?!\w)", _unit),
        (rf"(?P<whole>\d+)\s?(?P<part>[{''.join(_FRACTIONS)}])",
         lambda match: f"{whole(match['whole'])} and {_FRACTIONS[match['part']]}"),
        (rf"[{''.join(_FRACTIONS)}]", lambda match: _FRACTIONS[match.group()].replace("a ", "one ")),
        (rf"\b({_FIGURES})(?:st|nd|rd|th)\b", lambda match: ordinal(int(match[1].replace(",", "")))),
        (r"'?\b(?P<century>1[1-9]|20)?(?P<ten>\d)0'?s\b", _decade),
        (r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)|(?<=[vV]ersion )\d+\.\d+\b|(?<=[sS]ection )\d+\.\d+\b",
         lambda match: version(match.group())),
        (r"(?<=\d)/(?=\d)", " "),
        (r"#(?=\s?\d)", "number "),
        (r"\b([A-G])#(?!\w)", r"\1 sharp"),
        (r"(?<!\w)#(?=\w)", "hashtag "),
        (r"(?<!\w)@(?=\w)", "at "),
        (r"(?<![\w.])\.(?=[A-Za-z])|(?<=[a-z])\.(?=[a-z])", " dot "),
        (r"(\d)\s?\u00a2", r"\1 cents "),
        (r"\u00d7", " times "),
        (r"\u00b1", " plus or minus "),
        (r"\u00a7", " section "),
        (r"&", " and "),
        (r"(?<=\s)@(?=\s)", "at"),
        (r"\+", " plus "),
        (r"=", " equals "),
        (r"\b(?=[\w-]*\d)(?=(?:[\w-]|\.\d)*[^\W\d_])[A-Za-z0-9]+(?:-[A-Za-z0-9]+|\.\d+[A-Za-z]*)*\b", _code),
        (rf"(?:{_FIGURES})?\.\d+", lambda match: decimal(match.group())),
        (r"(?<![\d,])(?:1[1-9]|20)\d\d(?!,?\d)", lambda match: year(int(match.group()))),
        (_FIGURES, lambda match: whole(match.group())),
    )
)  # fmt: skip
