"""The phones of English in the Universal Phone Set (UPS), in which lexicon entries are written.

ARPAbet is understood as well: its other names (`EY` is `EI`) and its stress digits (`AE1`). Stress and syllable marks
of UPS say nothing about letters and are skipped.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

_CONSONANTS = "B CH D DH F G H J JH K L M N NG P R S SH T TH V W Z ZH"
UPS = {  # phone -> a plain English spelling of it
    **{phone: phone.lower() for phone in _CONSONANTS.split()},
    "J": "y",
    "AA": "ah",  # father
    "AE": "a",  # cat
    "AH": "u",  # cut
    "AI": "i",  # bite
    "AO": "aw",  # dog
    "AOX": "or",  # four
    "AU": "ow",  # foul
    "AX": "a",  # ago
    "EH": "e",  # pet
    "EHX": "air",  # stairs
    "EI": "ay",  # ate
    "ER": "er",  # urban
    "I": "ee",  # feel
    "IH": "i",  # fill
    "O": "o",  # go
    "OI": "oy",  # toy
    "OWX": "oa",  # boa
    "Q": "o",  # hot
    "U": "oo",  # too
    "UH": "oo",  # book
    "UWX": "oo",  # lure
}
_ARPABET = "AW=AU AXR=ER AY=AI DX=T EY=EI HH=H IX=IH IY=I OW=O OY=OI UW=U UX=U Y=J"
ARPABET = dict(pair.split("=") for pair in _ARPABET.split())  # its name -> that of UPS
MARKS = frozenset({"S1", "S2", ".", "_|", "_S", "_C"})  # stress, syllable and word bounds

_VOWELS = frozenset(phone for phone in UPS if phone[0] in "AEIOUQ")
_ENDS_IN_R = frozenset({"AX", "ER"})  # UPS writes the vowel of "urban" as two phones, `ER R`


def canonical(phone: str) -> str | None:
    """A phone in UPS, upper case; an empty text for a mark of stress or syllable; None if there is no such phone."""
    name = phone.upper()
    if name in MARKS:
        return ""
    if name in UPS:
        return name
    stressless = name[:-1] if name[-1:] in {"0", "1", "2"} else name
    found = ARPABET.get(stressless, stressless)
    return found if found in UPS and (stressless == name or found in _VOWELS) else None


def is_ups(phone: str) -> bool:
    """Whether a phone is of the published set, and not one of ARPAbet that is understood besides."""
    return phone.upper() in UPS or phone.upper() in MARKS


def nearest(phone: str) -> str | None:
    """The known phone that is written most like an unknown one."""
    close = difflib.get_close_matches(phone.upper(), sorted(UPS), n=1, cutoff=0.5)
    return close[0] if close else None


def sounds(phones: Iterable[str]) -> tuple[str, ...]:
    """Phones in UPS without marks; vowel and `R` of "urban" and "minor" become the one sound that they are."""
    joined: list[str] = []
    for phone in filter(None, map(canonical, phones)):
        if phone == "R" and joined and joined[-1] in _ENDS_IN_R:
            joined[-1] = "ER"
        else:
            joined.append(phone)
    return tuple(joined)


def respell(sounds: Iterable[str]) -> str:
    """Letters that an English reader would say so.

    >>> respell(["F", "EH", "L", "IH", "D", "EI"])
    'feliday'
    """
    return "".join(_spelt(tuple(sounds)))


def _spelt(sounds: tuple[str, ...]) -> Iterator[str]:
    for at, sound in enumerate(sounds):
        is_last = at + 1 == len(sounds)
        if sound == "AI" and (is_last or sounds[at + 1] in _VOWELS):
            yield "y"
        else:
            yield UPS[sound]
