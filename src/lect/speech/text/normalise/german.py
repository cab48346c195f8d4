"""German: umlauts and ß stay; numbers in words or digits, compounds such as zweihundertfünf included."""

from __future__ import annotations

from functools import cache

from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.european import Rules
from lect.speech.text.normalise.numbers import NumberWords

VERSION = "1"

_POWERS = {"tausend": 3, "million": 6, "millionen": 6, "milliarde": 9, "milliarden": 9}


@cache
def _numbers() -> NumberWords:
    cardinals = spelling.cardinals(spelling.german, limit=2000)  # neunzehnhundertvierundachtzig
    return NumberWords(
        cardinals=cardinals | {("zwo",): 2},
        powers=_POWERS,
        rounds=((9, "milliarden"), (6, "millionen"), (3, "tausend")),
        links=frozenset({"und"}),
        between=dict.fromkeys(("ein",), "1"),
        articles=frozenset({"ein", "eine", "einer"}),
        bare=frozenset({"tausend"}),
    )


GERMAN = Rules(
    numbers=_numbers,
    symbols={
        r"(?<=\d)\.(?=\d{3}(?!\d))": "",  # 1.000
        r"\b(\d{1,2})[:.]00 uhr\b": r"\1 uhr",
        r"\b(\d{1,2})[:.]0?(\d{1,2}) uhr\b": r"\1 uhr \2",
        r"(\d+),(\d\d) ?(€|euro\b)": r"\1 euro \2",
        r"€ ?(\d+),(\d\d)\b": r"\1 euro \2",
        r"€ ?(\d+)": r"\1 euro",
        r"(?<=\d),(?=\d)": " komma ",
        r"(?:(?<=^)|(?<=\s))-(?=\d)": " minus ",
        r"\bz\. ?b\.": " zum beispiel ",
        r"\bd\. ?h\.": " das heißt ",
        r"\bu\. ?a\.": " unter anderem ",
        r"°\s?c\b": " grad celsius ",
        r"°": " grad ",
        r"%": " prozent ",
        r"€": " euro ",
        r"\$": " dollar ",
        r"&": " und ",
        r"\+": " plus ",
        r"=": " gleich ",
        r"§": " paragraf ",
    },
    words={
        "usw": "und so weiter",
        "bzw": "beziehungsweise",
        "ca": "circa",
        "zirka": "circa",
        "dr": "doktor",
        "nr": "nummer",
        "paragraph": "paragraf",
        "okay": "ok",
    },
    units={
        "km": "kilometer",
        "m": "meter",
        "cm": "zentimeter",
        "mm": "millimeter",
        "kg": "kilogramm",
        "kilo": "kilogramm",
        "kilos": "kilogramm",
        "g": "gramm",
        "mg": "milligramm",
        "l": "liter",
        "ml": "milliliter",
        "std": "stunden",
        "stunde": "stunden",
        "min": "minuten",
        "minute": "minuten",
        "sek": "sekunden",
        "sekunde": "sekunden",
    },
    fillers=frozenset({"äh", "ähm", "öh", "hm", "hmm", "mhm"}),
    apostrophe="",  # geht's is gehts
    compounds=r"(?P<head>.*?)(?P<power>tausend)(?:und)?(?P<tail>.*)",
)
