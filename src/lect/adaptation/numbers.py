"""Numbers as words and as digits, because a recogniser may write either: "sixteen ounce" and "16 ounce".

Cardinals from 0 to 999 in six languages. Each language is one function that spells a number; reading number words
is the same function turned around, so both directions agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

_LIMIT = 1000
# The word for one is also the article in these languages: "un café" is not "1 café".
_ONE_IS_AN_ARTICLE = frozenset({"fr", "it", "pt"})


class NumberForms:
    """The ways to write the numbers of a sentence in one language; other languages have one way only."""

    def __init__(self, language: str) -> None:
        self._spelled, self._phrases = _tables(language)
        self._longest = max(map(len, self._phrases), default=0)
        self._triggers = {phrase[0] for phrase in self._phrases} | self._spelled.keys()

    def renderings(self, words: list[str]) -> list[list[str]]:
        """The sentence as it is, then with numbers as digits, as digits from ten on, and as words, where these differ."""
        if self._triggers.isdisjoint(words):
            return [words]
        spelled = self.as_words(words)
        found = [words]
        for rendering in (self.as_digits(spelled), self.as_digits(spelled, least=10), spelled):
            if rendering not in found:
                found.append(rendering)
        return found

    def as_words(self, words: list[str]) -> list[str]:
        """`["16", "ounce"]` as `["sixteen", "ounce"]`."""
        return [part for word in words for part in self._spelled.get(word, (word,))]

    def as_digits(self, words: list[str], *, least: int = 0) -> list[str]:
        """`["sixteen", "ounce"]` as `["16", "ounce"]`; numbers below `least` stay as they are."""
        return list(self._digits(words, least))

    def _digits(self, words: list[str], least: int) -> Iterator[str]:
        at = 0
        while at < len(words):
            value, length = self._number_at(words, at)
            if value >= least:
                yield str(value)
            else:
                yield from words[at : at + length]
            at += length

    def _number_at(self, words: list[str], at: int) -> tuple[int, int]:
        """The longest number that begins here and how many words it takes; (-1, 1) if there is none."""
        for length in range(min(self._longest, len(words) - at), 0, -1):
            value = self._phrases.get(tuple(words[at : at + length]))
            if value is not None:
                return value, length
        return -1, 1


@cache
def _tables(language: str) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, ...], int]]:
    """Digits to the usual spelling, and every known spelling to its value."""
    spell = _SPELLERS.get(language)
    if spell is None:
        return {}, {}
    spellings = {
        value: [tuple(form.replace("-", " ").split()) for form in spell(value)] for value in range(_LIMIT)
    }
    phrases = {phrase: value for value, forms in spellings.items() for phrase in forms}
    if language in _ONE_IS_AN_ARTICLE:
        phrases = {phrase: value for phrase, value in phrases.items() if value != 1}
    return {str(value): forms[0] for value, forms in spellings.items()}, phrases


_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _english(n: int) -> list[str]:
    if n < 20:
        return [_ENGLISH[n]]
    if n < 100:
        return [_ENGLISH_TENS[n // 10 - 2] + (f" {_ENGLISH[n % 10]}" if n % 10 else "")]
    hundreds = f"{_ENGLISH[n // 100]} hundred"
    if n % 100 == 0:
        return [hundreds]
    rest = _english(n % 100)[0]
    return [f"{hundreds} {rest}", f"{hundreds} and {rest}"]


_GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def _german(n: int) -> list[str]:
    if n < 20:
        return [_GERMAN[n]]
    if n < 100:
        unit, ten = n % 10, _GERMAN_TENS[n // 10 - 2]
        return [f"{_GERMAN[unit].removesuffix('s') if unit == 1 else _GERMAN[unit]}und{ten}" if unit else ten]
    rest = _german(n % 100)[0] if n % 100 else ""
    head = "" if n < 200 else _GERMAN[n // 100]
    return [f"{head}hundert{rest}"] + ([f"einhundert{rest}"] if n < 200 else [])


_FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
).split()
_FRENCH_TENS = {
    20: "vingt",
    30: "trente",
    40: "quarante",
    50: "cinquante",
    60: "soixante",
    80: "quatre-vingt",
}


def _french(n: int) -> list[str]:
    if n < 20:
        return [_FRENCH[n]]
    if n < 100:
        ten = max(key for key in _FRENCH_TENS if key <= n)
        unit = n - ten
        if unit == 0:
            return [_FRENCH_TENS[ten] + ("s" if n == 80 else "")]
        return [f"{_FRENCH_TENS[ten]}{' et' if unit in (1, 11) and ten != 80 else ''} {_FRENCH[unit]}"]
    head = "cent" if n < 200 else f"{_FRENCH[n // 100]} cent"
    if n % 100:
        return [f"{head} {_french(n % 100)[0]}"]
    return [head if n < 200 else f"{head}s"]


_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
).split()
_SPANISH_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SPANISH_HUNDREDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()


def _spanish(n: int) -> list[str]:
    if n < 30:
        return [_SPANISH[n]]
    if n < 100:
        return [_SPANISH_TENS[n // 10 - 3] + (f" y {_SPANISH[n % 10]}" if n % 10 else "")]
    if n == 100:
        return ["cien"]
    return [_SPANISH_HUNDREDS[n // 100 - 1] + (f" {_spanish(n % 100)[0]}" if n % 100 else "")]


_ITALIAN = (
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove"
).split()
_ITALIAN_TENS = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()


def _italian(n: int) -> list[str]:
    if n < 20:
        return [_ITALIAN[n]]
    if n < 100:
        unit, ten = n % 10, _ITALIAN_TENS[n // 10 - 2]
        if unit in (1, 8):
            return [ten[:-1] + _ITALIAN[unit]]
        return [f"{ten}tré", f"{ten}tre"] if unit == 3 else [ten + (_ITALIAN[unit] if unit else "")]
    head = "cento" if n < 200 else f"{_ITALIAN[n // 100]}cento"
    return [head + rest for rest in _italian(n % 100)] if n % 100 else [head]


_PORTUGUESE = (
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito "
    "dezenove"
).split()
_PORTUGUESE_TENS = "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
_PORTUGUESE_HUNDREDS = (
    "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
).split()


def _portuguese(n: int) -> list[str]:
    if n < 20:
        return [_PORTUGUESE[n]]
    if n < 100:
        return [_PORTUGUESE_TENS[n // 10 - 2] + (f" e {_PORTUGUESE[n % 10]}" if n % 10 else "")]
    if n == 100:
        return ["cem"]
    return [_PORTUGUESE_HUNDREDS[n // 100 - 1] + (f" e {_portuguese(n % 100)[0]}" if n % 100 else "")]


_SPELLERS: dict[str, Callable[[int], list[str]]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
}
