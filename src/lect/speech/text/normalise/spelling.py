"""How six languages say the numbers from 0 to 999: every usual spelling of each, in words.

Compounds (`einundzwanzig`, `ventuno`) are one word, all others are lists of words without hyphens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from lect.speech.text.normalise.numbers import Phrase

Spell = Callable[[int], list[str]]  # all spellings of one number, the usual one first

LIMIT = 1000  # they spell the numbers below

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_ENGLISH_ORDINALS = {  # those that are not made by an ending
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_GERMAN = (
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
).split()
_GERMAN_TENS = "- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_FRENCH = [
    *"zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(),
    "dix sept",
    "dix huit",
    "dix neuf",
]
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis "
    "veintisiete veintiocho veintinueve"
).split()
_SPANISH_TENS = "- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SPANISH_HUNDREDS = (
    "- - doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()
_ITALIAN = (
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove"
).split()
_ITALIAN_TENS = "- - venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()
_PORTUGUESE = (
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
    "dezoito dezenove"
).split()
_PORTUGUESE_ALSO = {14: "quatorze", 16: "dezasseis", 17: "dezassete", 19: "dezanove"}
_PORTUGUESE_TENS = "- - vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
_PORTUGUESE_HUNDREDS = (
    "- - duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
).split()
_FRENCH_TENS = {
    2: [(20, "vingt")],
    3: [(30, "trente")],
    4: [(40, "quarante")],
    5: [(50, "cinquante")],
    6: [(60, "soixante")],
    7: [(60, "soixante"), (70, "septante")],
    8: [(80, "quatre vingt"), (80, "huitante"), (80, "octante")],
    9: [(80, "quatre vingt"), (90, "nonante")],
}


def cardinals(
    spell: Spell, *, limit: int = LIMIT, without: frozenset[str] = frozenset()
) -> dict[Phrase, int]:
    """The table that reads what `spell` writes; `without` leaves out words that are articles too."""
    texts = ((text, number) for number in range(limit) for text in spell(number))
    return {tuple(text.split()): number for text, number in texts if text not in without}


def english(number: int) -> list[str]:
    """As `one hundred and five` and as `one hundred five`."""
    hundreds, rest = divmod(number, 100)
    small = _tens(rest, _ENGLISH, _ENGLISH_TENS, "{tens} {unit}")
    if not hundreds:
        return small
    head = f"{_ENGLISH[hundreds]} hundred"
    return [f"{head}{link} {tail}" for link in ("", " and") for tail in small] if rest else [head]


def english_ordinal(cardinal: str) -> str:
    """The ordinal of the last word of a number: `five` is `fifth`, `twenty` is `twentieth`."""
    regular = f"{cardinal[:-1]}ieth" if cardinal.endswith("y") else f"{cardinal}th"
    return _ENGLISH_ORDINALS.get(cardinal, regular)


def english_ending(digits: str) -> str:
    """What makes an ordinal of digits: `st` for `21`, `th` for `112`."""
    return "th" if digits[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")


def german(number: int) -> list[str]:
    """As `hundertfünf` and as `einhundertundfünf`; one alone is `eins`; up to `neunzehnhundert...`."""
    hundreds, rest = divmod(number, 100)
    small = ["eins"] if rest == 1 else _tens(rest, _GERMAN, _GERMAN_TENS, "{unit}und{tens}")
    if not hundreds:
        return small
    heads = ["hundert", "einhundert"] if hundreds == 1 else [f"{_GERMAN[hundreds]}hundert"]
    tails = [link + tail for link in ("", "und") for tail in small] if rest else [""]
    return [head + tail for head, tail in product(heads, tails)]


def french(number: int) -> list[str]:
    """As in France, in Belgium (`septante`) and in Switzerland (`huitante`); without hyphens."""
    hundreds, rest = divmod(number, 100)
    small = list(_french_tens(rest))
    if not hundreds:
        return small
    head = "cent" if hundreds == 1 else f"{_FRENCH[hundreds]} cent"
    if rest:
        return [f"{head} {tail}" for tail in small]
    return [head, f"{head}s"] if hundreds == 1 else [f"{head}s", head]


def spanish(number: int) -> list[str]:
    """As `ciento veintiuno`, `doscientas treinta y una`."""
    hundreds, rest = divmod(number, 100)
    small = _tens(rest, _SPANISH, _SPANISH_TENS, "{tens} y {unit}")
    if rest % 10 == 1 and rest != 11:  # uno, un, una
        small += [text[:-3] + short for text in small for short in ("un", "una")]
        small += ["veintiún"] if rest == 21 else []
    if not hundreds:
        return small
    if hundreds == 1:
        return [f"ciento {tail}" for tail in small] if rest else ["cien", "ciento"]
    heads = _both_genders(_SPANISH_HUNDREDS[hundreds])
    return [f"{head} {tail}" for head, tail in product(heads, small)] if rest else heads


def italian(number: int) -> list[str]:
    """As `duecentoventitré`, with and without the accent."""
    hundreds, rest = divmod(number, 100)
    tens, unit = divmod(rest, 10)
    small = _tens(rest, _ITALIAN, _ITALIAN_TENS, "{tens}{unit}")
    if rest > 20 and unit in {1, 8}:  # vent(i)uno, trent(a)otto
        small = [_ITALIAN_TENS[tens][:-1] + _ITALIAN[unit]]
    if rest > 20 and unit == 3:
        small = [f"{small[0][:-1]}é", *small]
    if not hundreds:
        return small
    head = "cento" if hundreds == 1 else f"{_ITALIAN[hundreds]}cento"
    elided = [head[:-1] + tail for tail in small if tail.startswith(("o", "u"))]  # cent(o)otto
    return [head + tail for tail in small] + elided if rest else [head]


def portuguese(number: int) -> list[str]:
    """As in Portugal and in Brazil: `dezasseis` and `dezesseis`, `duzentos e uma`."""
    hundreds, rest = divmod(number, 100)
    small = _tens(rest, _PORTUGUESE, _PORTUGUESE_TENS, "{tens} e {unit}")
    small += [_PORTUGUESE_ALSO[rest]] if rest in _PORTUGUESE_ALSO else []
    for one, other in (("um", "uma"), ("dois", "duas")):
        small += [text[: -len(one)] + other for text in small if text.split()[-1] == one]
    if not hundreds:
        return small
    if hundreds == 1:
        return [f"cento e {tail}" for tail in small] if rest else ["cem", "cento"]
    heads = _both_genders(_PORTUGUESE_HUNDREDS[hundreds])
    return [f"{head} e {tail}" for head, tail in product(heads, small)] if rest else heads


def _tens(number: int, units: list[str], tens: list[str], pattern: str) -> list[str]:
    """A number below 100 whose tens and units go by a pattern."""
    if number < len(units):
        return [units[number]]
    ten, unit = divmod(number, 10)
    return [pattern.format(tens=tens[ten], unit=units[unit]) if unit else tens[ten]]


def _french_tens(number: int) -> Iterator[str]:
    if number < len(_FRENCH):
        yield _FRENCH[number]
        return
    for base, word in _FRENCH_TENS[number // 10]:
        rest = number - base
        if not rest:
            yield from ["quatre vingts", word] if word == "quatre vingt" else [word]
        elif rest in {1, 11} and word != "quatre vingt":
            yield f"{word} et {_FRENCH[rest]}"
        else:
            yield f"{word} {_FRENCH[rest]}"
        if rest == 1:
            yield f"{word} une" if word == "quatre vingt" else f"{word} et une"


def _both_genders(word: str) -> list[str]:
    return [word, f"{word[:-2]}as"]


SPELLERS: dict[str, Spell] = {
    "en": english,
    "de": german,
    "fr": french,
    "es": spanish,
    "it": italian,
    "pt": portuguese,
}
