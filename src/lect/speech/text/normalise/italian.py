"""Italian: elisions apart (l'acqua is l acqua), accents stay; numbers in words or digits, compounds included."""

from __future__ import annotations

from functools import cache

from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.european import Rules
from lect.speech.text.normalise.numbers import NumberWords

VERSION = "1"


@cache
def _numbers() -> NumberWords:
    return NumberWords(
        cardinals=spelling.cardinals(spelling.italian, without=frozenset({"uno"})),
        powers={"mille": 3, "mila": 3, "milione": 6, "milioni": 6, "miliardo": 9, "miliardi": 9},
        rounds=((9, "miliardi"), (6, "milioni"), (3, "mila")),
        between=dict.fromkeys(("un", "uno"), "1"),
        articles=frozenset({"un"}),
        bare=frozenset({"mille"}),
    )


ITALIAN = Rules(
    numbers=_numbers,
    symbols={
        r"(?<=\d)[.\s](?=\d{3}(?!\d))": "",
        r"(?<=\d),(?=\d)": " virgola ",
        r"(?:(?<=^)|(?<=\s))-(?=\d)": " meno ",
        r"°\s?c\b": " gradi celsius ",
        r"°": " gradi ",
        r"%": " percento ",
        r"\bper cento\b": " percento ",
        r"€ ?(\d+)": r"\1 euro",
        r"\$ ?(\d+)": r"\1 dollari",
        r"€": " euro ",
        r"\$": " dollari ",
        r"&": " e ",
        r"\+": " più ",
        r"=": " uguale a ",
    },
    words={
        "sig": "signor",
        "dott": "dottor",
        "dr": "dottor",
        "ecc": "eccetera",
        "okay": "ok",
        "perchè": "perché",
    },
    units={
        "km": "chilometri",
        "chilometro": "chilometri",
        "m": "metri",
        "metro": "metri",
        "cm": "centimetri",
        "centimetro": "centimetri",
        "kg": "chilogrammi",
        "chilo": "chilogrammi",
        "chili": "chilogrammi",
        "g": "grammi",
        "grammo": "grammi",
        "l": "litri",
        "litro": "litri",
        "min": "minuti",
        "minuto": "minuti",
        "ora": "ore",
        "dollaro": "dollari",
        "grado": "gradi",
    },
    fillers=frozenset({"ehm", "eh", "mmm", "hm", "hmm"}),
    compounds=r"(?P<head>.*?)(?P<power>mila|mille)(?P<tail>.*)",
)
