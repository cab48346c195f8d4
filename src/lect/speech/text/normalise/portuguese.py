"""Portuguese, of Portugal and of Brazil: accents stay; numbers in words or digits."""

from __future__ import annotations

from functools import cache

from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.european import Rules
from lect.speech.text.normalise.numbers import NumberWords

VERSION = "1"


@cache
def _numbers() -> NumberWords:
    return NumberWords(
        cardinals=spelling.cardinals(spelling.portuguese, without=frozenset({"um", "uma"})),
        powers={"mil": 3, "milhão": 6, "milhões": 6, "bilhão": 9, "bilhões": 9},
        rounds=((6, "milhões"), (3, "mil")),
        links=frozenset({"e"}),
        between=dict.fromkeys(("um", "uma"), "1"),
        articles=frozenset({"um"}),
        bare=frozenset({"mil"}),
    )


PORTUGUESE = Rules(
    numbers=_numbers,
    symbols={
        r"(?<=\d)[.\s](?=\d{3}(?!\d))": "",
        r"(?<=\d),(?=\d)": " vírgula ",
        r"\b(\d{1,2}) ?h ?00\b": r"\1 horas",
        r"\b(\d{1,2}) ?h ?0?(\d{1,2})\b": r"\1 horas e \2",
        r"\b(\d{1,2}) ?h\b": r"\1 horas",
        r"(?:(?<=^)|(?<=\s))-(?=\d)": " menos ",
        r"°\s?c\b": " graus celsius ",
        r"°": " graus ",
        r"%": " porcento ",
        r"\bpor cento\b": " porcento ",
        r"r\$ ?(\d+)": r"\1 reais",
        r"€ ?(\d+)": r"\1 euros",
        r"\$ ?(\d+)": r"\1 dólares",
        r"€": " euros ",
        r"\$": " dólares ",
        r"&": " e ",
        r"\+": " mais ",
        r"=": " igual a ",
    },
    words={
        "sr": "senhor",
        "sra": "senhora",
        "dr": "doutor",
        "dra": "doutora",
        "etc": "et cetera",
        "okay": "ok",
    },
    units={
        "km": "quilômetros",
        "quilômetro": "quilômetros",
        "quilómetro": "quilômetros",
        "quilómetros": "quilômetros",
        "m": "metros",
        "metro": "metros",
        "cm": "centímetros",
        "centímetro": "centímetros",
        "kg": "quilos",
        "quilo": "quilos",
        "g": "gramas",
        "grama": "gramas",
        "l": "litros",
        "litro": "litros",
        "min": "minutos",
        "minuto": "minutos",
        "hora": "horas",
        "euro": "euros",
        "dólar": "dólares",
        "grau": "graus",
    },
    fillers=frozenset({"hum", "hm", "hmm", "ahn"}),
)
