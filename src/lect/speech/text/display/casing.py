"""Capitals and punctuation for text that has none: of a sentence, of `I`, of names that are always names."""

from __future__ import annotations

import re

from lect.speech.text.display.calendar import MONTHS
from lect.speech.text.display.codes import is_net_address

_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_LANGUAGES = (
    "english french german spanish italian portuguese chinese japanese korean russian arabic american british "
    "european african asian indian canadian mexican"
).split()
_PLACES = (
    "america europe asia africa australia england scotland ireland france germany spain italy china japan india "
    "canada mexico brazil london paris berlin tokyo christmas easter"
).split()
_AMBIGUOUS = frozenset({"may", "march"})  # verbs too, unless a day stands by them
_ALWAYS = frozenset([*MONTHS, *_DAYS, *_LANGUAGES, *_PLACES]) - _AMBIGUOUS
_TITLES = frozenset({"dr.", "mr.", "mrs.", "miss"})
_STREETS = frozenset({"st.", "ave.", "rd.", "blvd."})
_WHOLE_STREETS = frozenset("street avenue road boulevard".split())
_BEFORE_STREETS = frozenset("on at in from near along off to".split())
_NO_STREETS = frozenset(
    "the a an my your his her our their its this that these those every each either any some no one which what whose "
    "dirt gravel open icy wet busy side same".split()
)
_QUESTIONS = frozenset("who what when where why how which whose".split())
_AUXILIARIES = frozenset(
    "may is are was were do does did can could will would shall should have has had am isn't aren't don't doesn't "
    "didn't can't couldn't won't wouldn't shouldn't haven't hasn't".split()
)
_SUBJECTS = frozenset("i you he she it we they this that there these those the my your".split())
_SELF = re.compile(r"i(?:'\w+)?")
_DATE_AND_YEAR = re.compile(rf"\b((?:{'|'.join(MONTHS)}) \d{{1,2}}(?:st|nd|rd|th)?) (\d{{4}})\b", re.I)


def sentence(itn: str) -> str:
    """The text as one sentence: `may 5th 2020 was a tuesday` is `May 5th, 2020 was a Tuesday.`

    An address of the net keeps its small letters; alone it is no sentence, and a full stop might be taken for its own.
    """
    words = itn.split()
    if not words or (len(words) == 1 and is_net_address(itn)):
        return itn
    written = [_cased(words, at) for at in range(len(words))]
    text = _DATE_AND_YEAR.sub(r"\1, \2", " ".join(written))
    keeps_case = is_net_address(words[0]) or any(char.isupper() for char in words[0])
    text = text if keeps_case else text[0].upper() + text[1:]
    if _is_question(words):
        return f"{text}?"
    return text if text.endswith(".") else f"{text}."


def is_always_capital(word: str) -> bool:
    """Whether a word has a capital wherever it stands: `I`, `I'm`, `Monday`, `French`."""
    return word.lower() in _ALWAYS or bool(_SELF.fullmatch(word.lower().replace("\u2019", "'")))


def _cased(words: list[str], at: int) -> str:
    word = words[at]
    before = words[at - 1] if at else ""
    follows = words[at + 1] if at + 1 < len(words) else ""
    is_month = word in _AMBIGUOUS and (follows[:1].isdigit() or before == "of" or follows == "the")
    is_in_address = (
        word in _STREETS or follows in _STREETS or _is_street(words, at) or _is_street(words, at + 1)
    )
    is_name = word in _ALWAYS or is_month or before in _TITLES or word in _TITLES or is_in_address
    if (is_name or _SELF.fullmatch(word)) and word.islower():
        return word[0].upper() + word[1:]
    return word


def _is_street(words: list[str], at: int) -> bool:
    """Whether a word is the street of a name: `on elm street`, where one that is no name would take an article."""
    if not 2 <= at < len(words) or words[at] not in _WHOLE_STREETS:
        return False
    return words[at - 2] in _BEFORE_STREETS and words[at - 1] not in _NO_STREETS


def _is_question(words: list[str]) -> bool:
    return words[0].split("'")[0] in _QUESTIONS or (
        len(words) > 1 and words[0] in _AUXILIARIES and words[1] in _SUBJECTS
    )
