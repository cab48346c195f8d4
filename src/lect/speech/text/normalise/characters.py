"""Chinese, Japanese, Korean and other scripts without blanks: characters are compared, other words stay whole.

Chinese and Japanese numerals are digits where they are well formed (二十三, 23), each digit compared alone, and a
percentage is written as it is said. Simplified and traditional characters are not equated.
"""

from __future__ import annotations

import re
import unicodedata

from lect.speech.text.normalise import base

VERSION = "1"

_DIGITS = {numeral: str(value) for value, numeral in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": "0", "两": "2", "兩": "2"}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

_NUMERALS = re.compile(f"[{''.join([*_DIGITS, *_UNITS, *_LARGE])}]+")
_DIGIT = "[一二三四五六七八九两兩]"
_BELOW_100 = f"(?:{_DIGIT}?十{_DIGIT}?|{_DIGIT})"
_BELOW_1000 = f"(?:{_DIGIT}百(?:零{_DIGIT}|{_DIGIT}十{_DIGIT}?)?|{_BELOW_100})"
_SECTION = f"(?:{_DIGIT}千(?:零{_BELOW_100}|{_DIGIT}百(?:零{_DIGIT}|{_DIGIT}十{_DIGIT}?)?)?|{_BELOW_1000})"
_NUMBER = re.compile(f"(?:{_SECTION}[亿億]零?)?(?:{_SECTION}[万萬]零?)?(?:{_SECTION})?")

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MIXED = re.compile(r"(?a:(\d{1,9})(?:\.(\d{1,4}))?)([万萬亿億])")
_WRITTEN = (
    (re.compile(r"(\d+(?:\.\d+)?)\s*%"), r"百分之\1"),
    (re.compile(r"\b(\d{1,2}):00\b"), r"\1点"),
    (re.compile(r"\b(\d{1,2}):(\d\d)\b"), r"\1点\2分"),
    (re.compile(r"(?<=\d)\.(?=\d)"), "点"),
)
UNSPACED = (  # a character of a script without blanks, as a pattern
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"  # Jamo, kana
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"  # Han, Hangul
)
_IS_UNSPACED = re.compile(UNSPACED).match


def han(text: str) -> list[str]:
    """The characters of a Chinese or Japanese text."""
    text = _MIXED.sub(_mixed, _THOUSANDS.sub("", base.folded(text)))
    for pattern, replacement in _WRITTEN:
        text = pattern.sub(replacement, text)
    return characters(_NUMERALS.sub(lambda match: _digits(match.group()), text))


def characters(text: str) -> list[str]:
    """The characters of a text, marks with their letters; words of other scripts stay whole, digits stand alone."""
    return [token for word in base.bare_words(base.folded(text)) for token in _tokens(word)]


def _tokens(word: str) -> list[str]:
    tokens = [word[:1]]
    for char in word[1:]:
        if _continues(tokens[-1], char):
            tokens[-1] += char
        else:
            tokens.append(char)
    return [token for token in (token.strip("'") for token in tokens) if token]


def _continues(token: str, char: str) -> bool:
    if unicodedata.category(char)[0] == "M":
        return True
    return not any(part.isdigit() or _IS_UNSPACED(part) for part in (token[0], char))


def _mixed(match: re.Match[str]) -> str:
    """`3.5万` as 35000."""
    whole, fraction, unit = match.groups(default="")
    zeros = len(str(_LARGE[unit])) - 1
    return (whole + fraction.ljust(zeros, "0")).lstrip("0") or "0"


def _digits(numerals: str) -> str:
    """A run of numerals as digits: its value if it is a number, else numeral by numeral."""
    if not _NUMBER.fullmatch(numerals) or numerals[0] in _LARGE:
        return "".join(_DIGITS.get(numeral, numeral) for numeral in numerals)
    total = section = digit = 0
    for numeral in numerals:
        if numeral in _DIGITS:
            digit = int(_DIGITS[numeral])
        elif numeral in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[numeral], 0
        else:
            total, section, digit = total + (section + digit) * _LARGE[numeral], 0, 0
    return str(total + section + digit)
