"""Spanish: accents and ñ stay; numbers in words or digits."""

from __future__ import annotations

from functools import cache

from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.european import Rules
from lect.speech.text.normalise.numbers import NumberWords

VERSION = "1"


@cache
def _numbers() -> NumberWords:
    return NumberWords(
        cardinals=spelling.cardinals(spelling.spanish, without=frozenset({"un", "una"})),
        powers={"mil": 3, "millón": 6, "millones": 6},
        rounds=((6, "millones"), (3, "mil")),
        between=dict.fromkeys(("un", "una"), "1"),
        articles=frozenset({"un"}),
        bare=frozenset({"mil"}),
    )


SPANISH = Rules(
    numbers=_numbers,
    symbols={
        r"(?<=\d)[.\s](?=\d{3}(?!\d))": "",
        r"(?<=\d),(?=\d)": " coma ",
        r"(?<=\d)\.(?=\d)": " punto ",
        r"(?:(?<=^)|(?<=\s))-(?=\d)": " menos ",
        r"°\s?c\b": " grados celsius ",
        r"°": " grados ",
        r"%|\bpor cien(?:to)?\b": " porciento ",
        r"€ ?(\d+)": r"\1 euros",
        r"\$ ?(\d+)": r"\1 dólares",
        r"€": " euros ",
        r"\$": " dólares ",
        r"&": " y ",
        r"\+": " más ",
        r"=": " igual a ",
    },
    words={
        "sr": "señor",
        "sra": "señora",
        "srta": "señorita",
        "dr": "doctor",
        "dra": "doctora",
        "ud": "usted",
        "uds": "ustedes",
        "etc": "etcétera",
        "okay": "ok",
    },
    units={
        "km": "kilómetros",
        "kilómetro": "kilómetros",
        "m": "metros",
        "metro": "metros",
        "cm": "centímetros",
        "centímetro": "centímetros",
        "kg": "kilogramos",
        "kilo": "kilogramos",
        "kilos": "kilogramos",
        "g": "gramos",
        "gramo": "gramos",
        "l": "litros",
        "litro": "litros",
        "min": "minutos",
        "minuto": "minutos",
        "hora": "horas",
        "euro": "euros",
        "dólar": "dólares",
        "grado": "grados",
    },
    fillers=frozenset({"eh", "em", "mmm", "hm", "hmm"}),
)
