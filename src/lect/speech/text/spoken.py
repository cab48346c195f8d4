"""The spoken form of a written word whose phones are known: `.net` said `D AO T N EH T` is "dot net".

English, and best effort. The written form is read from left to right in every way that it may be said (as a word, letter
by letter, signs by their names, numbers) until one way gives the phones. A word that no way of reading gives, such as
`colonel`, is spelt anew from its phones ("kernal").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

from lect.speech.text.phones import respell, sounds

Sounds = tuple[str, ...]

_LONGEST = 60  # characters or sounds; longer ones are spelt anew at once

_TOKEN = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?(?:(?![A-Z])[^\W\d_]|')+|\S")  # "iOS" is two words: i, OS


def _table(text: str) -> dict[str, str]:
    """`a EI; b B I` as a dictionary."""
    return dict(entry.split(maxsplit=1) for entry in text.split(";"))


_LETTERS = _table("""
    a EI; b B I; c S I; d D I; e I; f EH F; g JH I; h EI CH; i AI; j JH EI; k K EI; l EH L; m EH M; n EH N;
    o O; p P I; q K J U; r AA R; s EH S; t T I; u J U; v V I; x EH K S; y W AI; z Z I; w D AH B AX L J U
""")
_DIGITS = ("zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SIGNS = _table(r"""
    . dot point period; # sharp hash number pound; + plus; - dash hyphen minus; & and; @ at; _ underscore;
    / slash; * star; % percent; $ dollar; = equals; ! bang; : colon; \ backslash
""")
_TIMES = {2: "double", 3: "triple"}

# How letters may sound: letters -> sounds, alternatives separated by commas.
_READINGS = _table("""
    a AE,EI,AA,AH,AX,AO,EH,Q,IH; aa AA; ae I,EI,EH; ah AA; ai EI,EH; air EHX R,EH R,EHX; al AO,AO L;
    ar AA R,AO R,ER; are EHX R,EH R,EHX,AA R; au AO,AU; augh AO; aw AO; ay EI; b B; bb B; c K,S,CH; cc K,K S;
    ce S; ch CH,K,SH; ci SH; ck K; d D; dd D; dg JH; e EH,I,IH,AX,EI; ea I,EH,EI; ear IH R,ER,EHX R; eau O;
    ed D,T; ee I,IH; ei EI,I,AI; eigh EI,AI; er ER,EH R,IH R; eu U,J U; ew U,J U; ey I,EI; eye AI; f F,V; ff F;
    g G,JH,ZH; ge JH,ZH; gg G; gh G,F; gn N; gu G,G W; h H; i IH,AI,I,AX,J; ie I,AI; igh AI; ir ER,IH R,AI ER;
    j JH,J,ZH; k K; kk K; kn N; l L; le AX L,L; ll L,J; m M,AX M; mb M; mm M; n N,NG,AX N; ng NG,NG G; nn N;
    o Q,O,AO,AA,AH,AX,U,W AH,UH; oa O,OWX; oe O,I; oi OI; oo U,UH,AH; oor AOX R,AO R,UWX R; or AO R,AOX R,ER;
    ore AO R,AOX R; ou AU,U,AH,O,UH,AX; ough O,AO,U,AH F,AO F; our AO R,AOX R,AU ER,ER; ow AU,O; oy OI; p P;
    ph F; pp P; q K; qu K W,K; que K; r R; rh R; rr R; s S,Z,ZH; sc S; se S,Z; sh SH; si ZH,SH; ss S,Z,SH;
    t T,CH,D; tch CH; th TH,DH,T; ti SH; tt T,D; tw T W,T; u AH,U,UH,J U,AX,W,IH; ue U,J U; ui U,IH;
    ur ER,UH R,UWX R; ure ER,UWX R; v V; ve V; w W; wh W,H; wr R; x K S,G Z,Z; y I,J,AI,IH; z Z,S; zz Z,T S
""")
_SPELLINGS = {letters: [tuple(way.split()) for way in ways.split(",")] for letters, ways in _READINGS.items()}
_LONGEST_SPELLING = max(map(len, _SPELLINGS))
_SILENT = frozenset("eh'")


def spoken_form(display: str, phones: Sequence[str]) -> str:
    """The words that are said for a written form, lower case, separated by blanks.

    Args:
        display: As it is written, such as `.net`.
        phones: In UPS or ARPAbet, in any case; unknown ones are skipped.

    >>> spoken_form("3CPO", "TH R I S I P I O".split())
    'three c p o'
    """
    said = sounds(phones)
    plain = "".join(" " if char.isnumeric() and not char.isdecimal() else char for char in display)
    tokens = tuple(_TOKEN.findall(plain))
    if not said or max(len(tokens), len(said), len(display)) > _LONGEST:
        return respell(said) or display.lower()
    reading = _Reading(tokens, said)
    found = reading.words(0, 0) or reading.with_last_word_respelt()
    return " ".join(found) if found else respell(said)


class _Reading:
    """One written form against one sequence of sounds."""

    def __init__(self, tokens: tuple[str, ...], said: Sounds) -> None:
        self._tokens = tokens
        self._said = said
        self._dead_ends: set[tuple[int, int]] = set()

    def words(self, token: int, sound: int) -> list[str] | None:
        """What is said from here on, if the rest of the tokens can be read as the rest of the sounds."""
        if token == len(self._tokens):
            return [] if sound == len(self._said) else None
        if (token, sound) in self._dead_ends:
            return None
        for words, used in _readings(self._tokens[token], self._said[sound:]):
            rest = self.words(token + 1, sound + used)
            if rest is not None:
                return [*words, *rest]
        self._dead_ends.add((token, sound))
        return None

    def with_last_word_respelt(self) -> list[str] | None:
        """The same, where the last word is said as its letters do not tell."""
        if len(self._tokens) < 2 or not self._tokens[-1].isalpha():
            return None
        for end in range(len(self._said) - 1, 0, -1):
            before = _Reading(self._tokens[:-1], self._said[:end]).words(0, 0)
            if before:
                return [*before, respell(self._said[end:])]
        return None


def _readings(token: str, said: Sounds) -> Iterator[tuple[list[str], int]]:
    """The ways to say a token that the sounds begin with: the words, and how many sounds they take."""
    for words in _ways(token.lower()):
        for used in _lengths(words, said):
            yield words, used


def _ways(token: str) -> Iterator[list[str]]:
    """The ways to say a token, the likeliest first."""
    if token.isdecimal():
        yield from _numbers(token)
    elif token.isalpha() or "'" in token:
        yield [token]
        if token[1:] and token.isascii() and token.isalpha():
            yield list(token)
            yield from _runs(token)
    else:
        yield from ([name] for name in _SIGNS.get(token, "").split())
        yield []  # a sign that nobody says


def _runs(token: str) -> Iterator[list[str]]:
    """Letters where repeated ones are counted: `ieee` is "i triple e"."""
    runs = [match[0] for match in re.finditer(r"(.)\1*", token)]
    if any(len(run) in _TIMES for run in runs):
        yield [
            word for run in runs for word in ([_TIMES[len(run)], run[0]] if len(run) in _TIMES else list(run))
        ]


def _numbers(token: str) -> Iterator[list[str]]:
    if len(token) == 2 and token[0] != "0":
        tens, ones = map(int, token)
        one = _DIGITS[ones].split()[:1] if ones else []
        yield [_TEENS[ones]] if tens == 1 else [_TENS[tens - 2], *one]
    for zero in _DIGITS[0].split():
        yield [zero if digit == "0" else _DIGITS[int(digit)] for digit in token]


def _lengths(words: list[str], said: Sounds) -> list[int]:
    """How many sounds the words may take, the most first."""
    ends = {0}
    for word in words:
        ends = {at + used for at in ends for used in _word_lengths(word, said[at:])}
    return sorted(ends, reverse=True)


@cache
def _letter_name(letter: str) -> Sounds:
    return tuple(_LETTERS.get(letter, "").split())


def _without_accents(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


def _word_lengths(word: str, said: Sounds) -> set[int]:
    """How many sounds a word may take; a single letter is its name, or what it sounds like where it has none."""
    if name := _letter_name(word):
        return {len(name)} if said[: len(name)] == name else set()
    word = _without_accents(word)
    reached: list[set[int]] = [set() for _ in range(len(word) + 1)]
    reached[0].add(0)
    for at, ends in enumerate(reached[:-1]):
        if not ends:
            continue
        if word[at] in _SILENT and at:
            reached[at + 1] |= ends
        for length in range(1, min(_LONGEST_SPELLING, len(word) - at) + 1):
            for way in _SPELLINGS.get(word[at : at + length], ()):
                reached[at + length] |= {end + len(way) for end in ends if said[end : end + len(way)] == way}
    return reached[-1] - {0}
