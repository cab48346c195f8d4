"""English: one form for what sounds the same, British or American, in words or in digits.

Equal after normalisation: `16-ounce`, `16 oz` and `sixteen ounces`; `don't` and `do not`; `$5`, `five dollars`;
`U.S.`, `U S` and `US`; `Mr.` and `mister`; `colour` and `color`. Hesitations (uh, um, mm) do not count.
What sounds different stays different, with two exceptions that spelling hides: contractions are written out, and the
unit behind a number is singular, because `16 oz` does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from lect.speech.text.normalise import base, spelling
from lect.speech.text.normalise.american import american
from lect.speech.text.normalise.numbers import NumberWords, is_digits

VERSION = "1"

_FILLERS = frozenset("uh uhh um umm uhm mm mmm hm hmm er erm".split())
_CURRENCIES = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yen"}
_CENTS = {"$": "cents", "€": "cents", "£": "pence"}
_SCALES = {"k": "thousand", "m": "million", "bn": "billion"}
_ROUNDS = ((12, "trillion"), (9, "billion"), (6, "million"), (3, "thousand"))

# Applied to the folded text, in this order.
_SYMBOLS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?:(?<=^)|(?<=\s))-(?=[$£€¥]?\d)", " minus "),
        (r"\b(\d{1,2}):00\b(?!:|\s?[ap]\.?\s?m\b)", r"\1 oclock"),
        (r"\b(\d{1,2}):00\b(?=\s?[ap]\.?\s?m\b)", r"\1 "),
        (r"\bo'clock\b", "oclock"),
        (r"(?<=\d)\.(?=\d)", " point "),
        (r"(?:(?<=^)|(?<=\s))\.(?=\d)", " point "),
        (r"(?<=\w)\.(?=(?:com|org|net|edu|gov|io|ai|co|uk)\b)", " dot "),
        (r"(?<=\d)'(?=s\b)", ""),  # the 60's
        (r"%|\bper\s+cent\b", " percent "),
        (r"°\s?c\b", " degrees celsius "),
        (r"°\s?f\b", " degrees fahrenheit "),
        (r"°", " degrees "),
        (r"&", " and "),
        (r"@", " at "),
        (r"\+", " plus "),
        (r"=", " equals "),
        (r"#(?=\s?\d)", " number "),
    )
)
_MONEY = re.compile(
    r"(?P<sign>[$£€¥])\s?(?P<whole>\d+)(?:\.(?P<fraction>\d+))?"
    r"(?:\s?(?P<scale>k|m|bn)\b|\s(?P<word>hundred|thousand|million|billion|trillion)\b)?"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_INITIALS = re.compile(r"\b(?:[a-z]\.)+[a-z]\b\.?")
_FRACTIONS = {"½": " half ", "¼": " quarter ", "¾": " three quarters "}
_PIECES = re.compile(r"\d+(?:st|nd|rd|th)(?![a-z])|\d+|[^\d]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")

_CONTRACTIONS = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "let's": "let us",
    "y'all": "you all", "em": "them", "cuz": "because",
    "gonna": "going to", "wanna": "want to", "gotta": "got to", "gimme": "give me", "lemme": "let me",
    "dunno": "do not know", "kinda": "kind of", "sorta": "sort of", "outta": "out of",
}  # fmt: skip
_ENDINGS = {"n't": "not", "'re": "are", "'m": "am", "'ve": "have", "'ll": "will", "'d": "would"}
_WRITTEN = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "prof": "professor", "jr": "junior", "sr": "senior",
    "vs": "versus", "etc": "et cetera", "okay": "ok", "alright": "all right",
    "email": "e mail", "wifi": "wi fi", "voicemail": "voice mail", "mailbox": "mail box", "website": "web site",
    "online": "on line", "setup": "set up", "login": "log in",
}  # fmt: skip
_DECADES = {
    f"{ten[:-1]}ies": f"{ten} s" for ten in "twenty thirty forty fifty sixty seventy eighty ninety".split()
}
_AS_WORDS = {
    word: tuple(text.split()) for table in (_CONTRACTIONS, _WRITTEN, _DECADES) for word, text in table.items()
}
_UNITS_OF = {
    "ounce": "oz ounces", "pound": "lb lbs pounds", "gram": "g grams", "kilogram": "kg kgs kilo kilos kilograms",
    "milligram": "mg milligrams", "liter": "l liters", "milliliter": "ml milliliters", "meter": "m meters",
    "kilometer": "km kms kilometers", "centimeter": "cm centimeters", "millimeter": "mm millimeters",
    "foot": "ft feet", "inch": "inches", "mile": "mi miles", "yard": "yd yds yards", "hour": "hr hrs h hours",
    "minute": "min mins minutes", "second": "sec secs seconds", "week": "wk wks weeks",
    "year": "yr yrs years", "degree": "degrees", "dollar": "dollars", "cent": "cents",
    "euro": "euros", "percent": "pct", "hertz": "hz", "kilohertz": "khz", "megahertz": "mhz", "gigahertz": "ghz",
    "kilobyte": "kb kilobytes", "megabyte": "mb megabytes", "gigabyte": "gb gigabytes", "terabyte": "tb terabytes",
    "tablespoon": "tbsp tablespoons", "teaspoon": "tsp teaspoons",
    "mile per hour": "mph", "kilometer per hour": "kph kmh",
}  # fmt: skip
_UNITS = {form: tuple(unit.split()) for unit, forms in _UNITS_OF.items() for form in forms.split()}
_ROUND_WORDS = frozenset(name for _, name in _ROUNDS)


def english(text: str) -> list[str]:
    """The words of an English text."""
    folded = base.without_accents(base.folded("".join(_FRACTIONS.get(char, char) for char in text)))
    words = [piece for word in base.bare_words(_symbols(folded)) for piece in _pieces(word)]
    return _step(words)


def _step(words: list[str]) -> list[str]:
    words = [part for word in words for part in _expanded(word)]
    words = [word for before, word in pairwise(["", *words]) if not _is_filler(before, word)]
    words = [american(word) for word in _joined_letters(words)]
    return list(_units(_numbers().collapse(words)))


def _symbols(text: str) -> str:
    """Symbols and abbreviating points written out."""
    text = _MONEY.sub(_money, _THOUSANDS.sub("", text))
    text = _INITIALS.sub(lambda match: match.group().replace(".", ""), text)
    for pattern, replacement in _SYMBOLS:
        text = pattern.sub(replacement, text)
    return text


def _money(match: re.Match[str]) -> str:
    """`$5.50` as `5 dollars and 50 cents`, `$2.5m` as `2.5 million dollars`."""
    sign, whole, fraction, scale, word = match.groups()
    scale = _SCALES.get(scale, word)
    if fraction and len(fraction) == 2 and not scale and sign in _CENTS:
        return f" {whole} {_CURRENCIES[sign]} and {fraction} {_CENTS[sign]} "
    amount = f"{whole}.{fraction}" if fraction else whole
    return f" {amount} {scale or ''} {_CURRENCIES[sign]} "


def _pieces(word: str) -> Iterator[str]:
    """Letters and digits apart: `16oz` as `16 oz`; ordinals stay whole."""
    if word.isalpha():
        yield word
        return
    for piece in _PIECES.findall(word):
        ordinal = _ORDINAL.fullmatch(piece)
        yield from [_as_ordinal(ordinal[1])] if ordinal else piece.strip("'").split()


def _expanded(word: str) -> tuple[str, ...]:
    """Contractions and abbreviations in full; compounds that are written in two ways as two words."""
    if word in _AS_WORDS:
        return _AS_WORDS[word]
    for ending, full in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending), full
    return (word,)


def _is_filler(before: str, word: str) -> bool:
    return word in _FILLERS and not (word == "mm" and is_digits(before))  # 5 mm


def _joined_letters(words: list[str]) -> Iterator[str]:
    """Letters that are spelled out as one word: `u s` as `us`."""
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and "a" <= word <= "z":
            run += word
            continue
        yield from [run] if _is_spelled(run) else run
        run = ""
        if word:
            yield word


def _is_spelled(letters: str) -> bool:
    """Whether neighbouring letters are an abbreviation; `a` and `I` are words of their own."""
    others = sum(letter not in "ai" for letter in letters)
    return others > 1 or (len(letters) > 2 and letters[0] not in "ai") or letters == "am"


def _units(words: list[str]) -> Iterator[str]:
    """Units behind a number in full and singular."""
    for before, word in pairwise(["", *words]):
        counted = is_digits(before) or before in _ROUND_WORDS
        yield from _UNITS.get(word, (word,)) if counted else (word,)


@cache
def _numbers() -> NumberWords:
    cardinals = spelling.cardinals(spelling.english)
    return NumberWords(
        cardinals=cardinals,
        ordinals={
            (*phrase[:-1], spelling.english_ordinal(phrase[-1])): _as_ordinal(str(number))
            for phrase, number in cardinals.items()
            if _is_ordinal(number)
        },
        powers={"hundred": 2, **{name: power for power, name in _ROUNDS}},
        rounds=_ROUNDS,
        between={"oh": "0", "o": "0"},
        links=frozenset({"and"}),
        articles=frozenset({"a"}),
    )


def _is_ordinal(number: int) -> bool:
    """Whether to read the word as an ordinal: `second` is a time, and so it is in `thirty second`."""
    return number > 0 and (number % 10 != 2 or number in {12, 22} or number > 100)


def _as_ordinal(digits: str) -> str:
    """`21` as `21st`; the second is a word, because a second is one too."""
    digits = digits.lstrip("0") or "0"
    return "second" if digits == "2" else digits + spelling.english_ending(digits)
