"""French: elisions apart (l'eau is l eau), accents stay; numbers as in France, Belgium and Switzerland."""

from __future__ import annotations

from functools import cache

from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.european import Rules
from lect.speech.text.normalise.numbers import NumberWords

VERSION = "1"

_POWERS = {"mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9}


@cache
def _numbers() -> NumberWords:
    return NumberWords(
        cardinals=spelling.cardinals(spelling.french, without=frozenset({"un"})),
        powers=_POWERS,
        rounds=((9, "milliards"), (6, "millions"), (3, "mille")),
        between=dict.fromkeys(("un", "une"), "1"),
        articles=frozenset({"un"}),
        bare=frozenset({"mille"}),
    )


FRENCH = Rules(
    numbers=_numbers,
    symbols={
        r"(?<=\d)[.\s](?=\d{3}(?!\d))": "",  # 1 000
        r"\b(\d{1,2}) ?h ?00\b": r"\1 heures",
        r"\b(\d{1,2}) ?h ?0?(\d{1,2})\b": r"\1 heures \2",
        r"\b(\d{1,2}) ?h\b": r"\1 heures",
        r"(\d+),(\d\d) ?(€|euros?\b)": r"\1 euros \2",
        r"(?<=\d),(?=\d)": " virgule ",
        r"(?:(?<=^)|(?<=\s))-(?=\d)": " moins ",
        r"°\s?c\b": " degrés celsius ",
        r"\bn ?°": " numéro ",
        r"°": " degrés ",
        r"%|\bpour[ -]cents?\b": " pourcent ",
        r"€": " euros ",
        r"\$": " dollars ",
        r"&": " et ",
        r"\+": " plus ",
        r"=": " égale ",
        r"œ": "oe",
        r"æ": "ae",
    },
    words={
        "mme": "madame",
        "mlle": "mademoiselle",
        "dr": "docteur",
        "etc": "et cetera",
        "no": "numéro",
        "okay": "ok",
    },
    units={
        "km": "kilomètres",
        "kilomètre": "kilomètres",
        "m": "mètres",
        "mètre": "mètres",
        "cm": "centimètres",
        "centimètre": "centimètres",
        "kg": "kilogrammes",
        "kilo": "kilogrammes",
        "kilos": "kilogrammes",
        "g": "grammes",
        "gramme": "grammes",
        "l": "litres",
        "litre": "litres",
        "min": "minutes",
        "minute": "minutes",
        "heure": "heures",
        "euro": "euros",
        "dollar": "dollars",
        "degré": "degrés",
    },
    fillers=frozenset({"euh", "heu", "hum", "hm", "hmm"}),
)
