"""Figures as they are said in English: numbers, ordinals, years, dates, fractions, versions."""

from __future__ import annotations

from lect.speech.text.normalise import spelling

MONTHS = "January February March April May June July August September October November December".split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_LARGEST = 10**15
_ROMAN = {"I": 1, "V": 5, "X": 10}


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


def whole(figures: str) -> str:
    """Figures with or without commas; a leading zero or a great length is said digit by digit."""
    bare = figures.replace(",", "")
    if (bare[0] == "0" and len(bare) > 1) or (len(bare) > 4 and "," not in figures):
        return digits(bare)
    return number(int(bare))


def decimal(figures: str) -> str:
    """`3.05` as `three point zero five`."""
    before, _, behind = figures.partition(".")
    return f"{whole(before or '0')} point {digits(behind)}" if behind else whole(before)


def fraction(part: str, of: str) -> str:
    """`3`, `4` as `three quarters`."""
    name = {"2": "half", "4": "quarter"}.get(of) or ordinal(int(of))
    return f"{number(int(part))} {name}" + ("" if part == "1" else "s")


def mixed(whole_part: str, part: str, of: str) -> str:
    """`2`, `1`, `2` as `two and a half`."""
    said = fraction(part, of)
    return f"{whole(whole_part)} and {said.replace('one ', 'a ', 1) if part == '1' else said}"


def version(figures: str) -> str:
    """`3.12` as `three point twelve`, `192.168.1.1` as `one nine two dot one six eight dot one dot one`."""
    parts = figures.split(".")
    joint = " dot " if len(parts) > 3 else " point "
    return joint.join(
        digits(part) if len(part) > 2 or part[0] == "0" else number(int(part)) for part in parts
    )


def roman(numeral: str) -> int:
    """`XIV` as 14."""
    values = [_ROMAN[letter] for letter in numeral]
    return sum(
        -value if value < behind else value for value, behind in zip(values, [*values[1:], 0], strict=True)
    )
