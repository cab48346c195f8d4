"""Amounts of English: money, percentages, measures, plain numbers. Each rule reads the words from a position on."""

from __future__ import annotations

from lect.speech.text.display.attributive import seconds
from lect.speech.text.display.numbers import (
    DIGITS,
    FRACTIONS,
    Number,
    Words,
    Written,
    number,
    ordinal,
    suffixed,
    two_digits,
    whole_number,
    word,
)

_CURRENCIES = {
    "dollar": "$", "dollars": "$", "euro": "€", "euros": "€", "yen": "¥", "rupee": "₹", "rupees": "₹",
}  # fmt: skip
_POUNDS = {"pound": "£", "pounds": "£"}  # money in some countries, a weight in others
_CENTS = frozenset({"cent", "cents", "pence"})
_BEHIND_AMOUNT = frozenset(["", *"please and for each per in at on to is was plus".split()])
_MEASURES = {
    "kilometers": "km", "meters": "m", "centimeters": "cm", "millimeters": "mm", "miles": "mi", "yards": "yd",
    "feet": "ft", "inches": "in", "kilograms": "kg", "kilos": "kg", "grams": "g", "milligrams": "mg",
    "micrograms": "mcg", "ounces": "oz", "pounds": "lb", "liters": "L", "milliliters": "mL",
    "gigabytes": "GB", "megabytes": "MB", "kilobytes": "KB", "terabytes": "TB", "gigabits": "Gbit",
    "megabits": "Mbit", "hertz": "Hz", "kilohertz": "kHz", "megahertz": "MHz", "gigahertz": "GHz", "watts": "W",
    "kilowatts": "kW", "volts": "V", "milliamps": "mA", "degrees": "degrees", "decibels": "dB",
}  # fmt: skip
_MEASURES |= {name.replace("meter", "metre"): sign for name, sign in _MEASURES.items() if "meter" in name}
_MEASURES |= {name.replace("liter", "litre"): sign for name, sign in _MEASURES.items() if "liter" in name}
_SINGULAR = {"feet": "foot", "inches": "inch"}
_ONE_OF = {_SINGULAR.get(name, name.removesuffix("s")): sign for name, sign in _MEASURES.items()}
_COMPOUNDS = {
    ("miles", "per", "hour"): "mph",
    ("kilometers", "per", "hour"): "km/h",
    ("kilometres", "per", "hour"): "km/h",
    ("meters", "per", "second"): "m/s",
    ("metres", "per", "second"): "m/s",
    ("miles", "an", "hour"): "mph",
    ("kilometers", "an", "hour"): "km/h",
    ("kilometres", "an", "hour"): "km/h",
    ("milligrams", "per", "milliliter"): "mg/mL",
    ("miles", "per", "gallon"): "mpg",
    ("square", "feet"): "sq ft",
    ("square", "meters"): "m²",
    ("square", "metres"): "m²",
    ("square", "miles"): "sq mi",
}
_DEGREES = {"celsius": "°C", "centigrade": "°C", "fahrenheit": "°F"}
_INCHES = 12  # in a foot
_NO_HEIGHT = frozenset([*"by times x percent".split(), *_MEASURES, *_ONE_OF])
_LEAST_RATIO = 30  # of the lower of two numbers, as of blood pressure
_MINUS = frozenset({"minus", "negative"})
_SYMBOLS = frozenset("bcdefghjklmnopqrstuvwxyz")  # letters that something is taken from: t minus ten
_MOST_FEET = 8  # of a person
_HALVES = frozenset(["", *FRACTIONS.values()])
_OUNCES = 16  # in a pound


def percentage(words: Words, at: int) -> Written | None:
    """`five percent` as `5%`."""
    found = signed(words, at)
    if found is None:
        return None
    text, end, _ = found
    if word(words, end) == "percent":
        return Written(f"{text}%", end + 1)
    return Written(f"{text}%", end + 2) if tuple(words[end : end + 2]) == ("per", "cent") else None


def money(words: Words, at: int, *, pounds: bool) -> Written | None:
    """`twenty dollars and fifty cents` as `$20.50`; cents alone stay a word.

    Args:
        words: The whole text.
        at: Where to read.
        pounds: Whether a pound is money.
    """
    found = number(words, at)
    if found is None:
        return _dollar_fifty(words, at)
    pounds = pounds or _is_sterling(words, found)
    name = word(words, found.end)
    if name in _CENTS:
        return Written(f"{found.written()} {name}", found.end + 1)
    sign = _CURRENCIES.get(name) or (_POUNDS.get(name) if pounds else None)
    if sign is None:
        return None
    end = found.end + 1
    if not (found.fraction or found.scale) and (cents := _cents(words, end)):
        return Written(f"{sign}{found.written(group=4)}.{cents[0]}", cents[1])
    fraction = (
        found.fraction.ljust(2, "0") if found.fraction.isdigit() and not found.scale else found.fraction
    )
    amount = Number(found.whole, end, fraction, found.scale, figures=found.figures)
    return Written(f"{sign}{amount.written(group=4)}", end)


def _is_sterling(words: Words, amount: Number) -> bool:
    """Whether `two pounds fifty` is money where a pound is a weight: there are sixteen ounces in one."""
    pence = two_digits(words, amount.end + 1)
    if pence is None or word(words, amount.end) not in _POUNDS or amount.fraction or amount.scale:
        return False
    return int(pence[0]) >= _OUNCES and _ends_amount(words, pence[1])


def _dollar_fifty(words: Words, at: int) -> Written | None:
    """`a dollar fifty` as `$1.50`."""
    sign = _CURRENCIES.get(word(words, at + 1)) if word(words, at) == "a" else None
    cents = _cents(words, at + 2) if sign else None
    return Written(f"{sign}1.{cents[0]}", cents[1]) if cents else None


def age(words: Words, at: int) -> Written | None:
    """`twenty one year old` as `21-year-old`."""
    found = number(words, at)
    if found is None or found.is_small or tuple(words[found.end : found.end + 2]) != ("year", "old"):
        return None
    return Written(f"{found.written()}-year-old", found.end + 2)


def ratio(words: Words, at: int) -> Written | None:
    """`one twenty over eighty` as `120/80`: two numbers as of blood pressure."""
    found = _three_digits(words, at)
    if found is None or word(words, found[1]) != "over":
        return None
    low = whole_number(words, found[1] + 1, least=_LEAST_RATIO)
    return Written(f"{found[0]}/{low[0]}", low[1]) if low else None


def _three_digits(words: Words, at: int) -> tuple[int, int] | None:
    """`one twenty` or `one hundred twenty` as 120, and the end."""
    first = whole_number(words, at, least=1, most=2)
    if first and (rest := two_digits(words, first[1])):
        return first[0] * 100 + int(rest[0]), rest[1]
    found = number(words, at)
    return (found.whole, found.end) if found and 100 <= found.whole < 300 and not found.fraction else None


def thousands(words: Words, at: int) -> Written | None:
    """`fifty k` as `50K`."""
    found = number(words, at)
    if found is None or found.is_small or found.scale or word(words, found.end) != "k":
        return None
    return Written(f"{found.written()}K", found.end + 1)


def _cents(words: Words, at: int) -> tuple[str, int] | None:
    """What follows the whole amount: `and fifty cents`, `fifty`."""
    link = word(words, at) == "and"
    cents = whole_number(words, at + link)
    if cents and word(words, cents[1]) in _CENTS:
        return f"{cents[0]:02}", cents[1] + 1
    bare = None if link else two_digits(words, at)
    return bare if bare and _ends_amount(words, bare[1]) else None


def _ends_amount(words: Words, at: int) -> bool:
    return word(words, at) in _BEHIND_AMOUNT


def height(words: Words, at: int) -> Written | None:
    """`five foot nine` as `5'9"`; with `feet` where nothing but `tall` follows."""
    feet = whole_number(words, at, least=2, most=_MOST_FEET)
    unit = word(words, feet[1]) if feet else ""
    inches = number(words, feet[1] + 1) if feet and unit in {"foot", "feet"} else None
    if not feet or inches is None or not 1 <= inches.whole < _INCHES or inches.fraction not in _HALVES:
        return None
    behind = word(words, inches.end)
    is_pronoun = inches.whole == 1 and word(words, at - 1) == "the"  # the six foot one
    is_other = unit == "feet" and behind not in {"", "tall"}
    if is_pronoun or is_other or behind in _NO_HEIGHT or number(words, inches.end):
        return None
    return Written(f"{feet[0]}'{inches.written()}\"", inches.end)


def measure(words: Words, at: int, *, pounds: bool) -> Written | None:
    """`sixteen ounces` as `16 oz`, `minus five degrees celsius` as `-5°C`."""
    found = signed(words, at)
    if found is None:
        return None
    text, end, is_one = found
    if word(words, end) in {"degree", "degrees"} and word(words, end + 1) in _DEGREES:
        return Written(text + _DEGREES[words[end + 1]], end + 2)
    for length in (3, 2):
        if unit := _COMPOUNDS.get(tuple(words[end : end + length])):
            return Written(f"{text} {unit}", end + length)
    name = word(words, end)
    unit = _MEASURES.get(name) or (None if is_one else _ONE_OF.get(name))
    if unit is None or (pounds and name in _POUNDS):
        return None
    if (rest := number(words, end + 1)) and _ends_amount(words, rest.end):
        # "Seven pounds twelve" may be ounces or pence: no sign stands before a bare number.
        return Written(" ".join(words[at : rest.end]), rest.end)
    return Written(f"{text} {unit}", end + 1)


def plain(words: Words, at: int) -> Written | None:
    """A number in digits; below ten it stays a word."""
    found = signed(words, at)
    if found is None:
        return None
    value = number(words, at)
    if value and (value.is_small or (value.figures and not value.scale)):
        return None
    return Written(found[0], found[1])


def between(words: Words, at: int, *, pounds: bool) -> Written | None:
    """`five to ten` as `5 to 10`, `two to three feet` as `2 to 3 ft`: both ends of a range are written alike."""
    low = number(words, at)
    if low is None or low.is_article or word(words, low.end) not in {"to", "or"}:
        return None
    start = low.end + 1
    high = number(words, start)
    if high is None or low.whole >= high.whole:
        return None
    amount = measure(words, start, pounds=pounds) or percentage(words, start) or plain(words, start)
    return Written(f"{low.written()} {words[low.end]} {amount.text}", amount.end) if amount else None


def rank(words: Words, at: int) -> Written | None:
    """`twenty first` as `21st`; below the tenth it stays a word."""
    if word(words, at - 1) in DIGITS or seconds(words, at):  # one tenth, a thirty second video
        return None
    found = ordinal(words, at)
    return Written(suffixed(found[0]), found[1]) if found and found[0] >= 10 else None


def signed(words: Words, at: int) -> tuple[str, int, bool] | None:
    """A number with its sign: as written, where it ends, and whether it is one.

    A point without a number before it is one only before a unit: `point five percent`, but `at that point five people`.
    """
    if word(words, at) in _MINUS:
        found = None if _is_between(words, at) else number(words, at + 1)
        return (f"-{found.written()}", found.end, False) if found and not found.is_article else None
    if word(words, at) == "point":
        found = number(["zero", *words[at : at + 10]], 0)
        end = at + found.end - 1 if found and found.fraction else at
        is_amount = word(words, end) in {"percent", *_MEASURES}
        return (found.written(), end, False) if found and end > at and is_amount else None
    found = number(words, at)
    return (found.written(), found.end, found.whole == 1 and not found.fraction) if found else None


def _is_between(words: Words, at: int) -> bool:
    """Whether a minus takes something from what stands before it (t minus ten), or is one of two (plus or minus)."""
    is_taken = word(words, at - 1) in _SYMBOLS or number(words, at - 1) is not None
    return is_taken or (word(words, at - 2), word(words, at - 1)) == ("plus", "or")
