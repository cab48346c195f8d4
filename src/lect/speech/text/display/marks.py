"""How punctuation marks are said, and beside which words the same words mean no mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How the marks of one language are said."""

    marks: Mapping[str, str]  # what is said -> the mark
    nouns_behind: frozenset[str]  # a word behind one of these is no mark
    noun_phrases: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # the same, for what is said -> words
    opening: Mapping[str, str] = field(default_factory=dict)
    closing: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()  # marks with a blank before them
    not_before: frozenset[str] = frozenset()  # a word before one of these is no mark
    lowers: bool = True  # a word that begins no sentence any more loses its capital


_ENGLISH = Marks(
    marks={
        "comma": ",", "period": ".", "full stop": ".", "question mark": "?", "exclamation mark": "!",
        "exclamation point": "!", "colon": ":", "semicolon": ";", "semi colon": ";", "ellipsis": "\u2026",
    },
    opening={
        "open quote": '"', "open quotes": '"', "begin quote": '"', "open parenthesis": "(", "open parentheses": "(",
        "left parenthesis": "(", "open bracket": "(",
    },
    closing={
        "close quote": '"', "close quotes": '"', "end quote": '"', "close parenthesis": ")", "close parentheses": ")",
        "right parenthesis": ")", "close bracket": ")",
    },
    nouns_behind=frozenset(
        "a an the this that these those my your his her its our their each every no any some another which per".split()
    ),
    noun_phrases={
        "period": frozenset(
            "time trial grace waiting notice rest review class test probation transition cooling long short brief "
            "same whole entire first second third last final next free interim reporting billing rental".split()
        ),
        "question mark": frozenset({"big", "huge", "one"}),
        "full stop": frozenset({"complete"}),
        "colon": frozenset({"descending", "ascending", "sigmoid", "transverse"}),
    },
    not_before=frozenset({"of", "cancer", "cleanse", "polyps", "separated", "delimited", "piece", "pieces", "drama", "dramas"}),
)  # fmt: skip
_GERMAN = Marks(
    marks={
        "komma": ",", "punkt": ".", "fragezeichen": "?", "ausrufezeichen": "!", "doppelpunkt": ":", "semikolon": ";",
        "strichpunkt": ";",
    },
    opening={"anf\u00fchrungszeichen auf": "\u201e", "klammer auf": "("},
    closing={"anf\u00fchrungszeichen zu": "\u201c", "klammer zu": ")"},
    nouns_behind=frozenset(
        "der die das den dem des ein eine einen einem eines dieser diese dieses diesen diesem jeder jede jedes jeden jedem "
        "kein keine keinen keinem mein dein sein ihr unser euer zum vom am im beim welcher welches welchen".split()
    ),
    lowers=False,  # any word may be a noun
)  # fmt: skip
_FRENCH = Marks(
    marks={
        "virgule": ",", "point": ".", "point d'interrogation": "?", "point d'exclamation": "!", "deux points": ":",
        "point virgule": ";", "points de suspension": "\u2026",
    },
    opening={"ouvrez la parenth\u00e8se": "(", "ouvrir la parenth\u00e8se": "("},
    closing={"fermez la parenth\u00e8se": ")", "fermer la parenth\u00e8se": ")"},
    nouns_behind=frozenset(
        "un une le la les l ce cette ces mon ton son ma ta sa notre votre leur au du de des chaque aucun quel bon mauvais "
        "premier second dernier ne n'est tout".split()
    ),
    before=("?", "!", ":", ";"),
    not_before=frozenset({"de", "d'eau", "du"}),
)  # fmt: skip
_SPANISH = Marks(
    marks={
        "coma": ",", "punto": ".", "punto y coma": ";", "dos puntos": ":", "puntos suspensivos": "\u2026",
        "signo de interrogaci\u00f3n": "?", "cierra interrogaci\u00f3n": "?", "signo de exclamaci\u00f3n": "!",
        "cierra exclamaci\u00f3n": "!",
    },
    opening={
        "abre interrogaci\u00f3n": "\u00bf", "abre exclamaci\u00f3n": "\u00a1", "abre par\u00e9ntesis": "(",
        "abre comillas": '"',
    },
    closing={"cierra par\u00e9ntesis": ")", "cierra comillas": '"'},
    nouns_behind=frozenset(
        "un una el la los las este esta ese esa aquel aquella mi tu su nuestro cada ning\u00fan alg\u00fan al del en de "
        "que se primer segundo \u00faltimo estado".split()
    ),
    not_before=frozenset({"de"}),
)  # fmt: skip
_ITALIAN = Marks(
    marks={
        "virgola": ",", "punto": ".", "punto fermo": ".", "punto interrogativo": "?", "punto di domanda": "?",
        "punto esclamativo": "!", "due punti": ":", "punto e virgola": ";", "puntini di sospensione": "\u2026",
    },
    opening={"apri parentesi": "(", "aperta parentesi": "(", "apri virgolette": '"'},
    closing={"chiudi parentesi": ")", "chiusa parentesi": ")", "chiudi virgolette": '"'},
    nouns_behind=frozenset(
        "un una il la lo i le questo questa quel quella mio tuo suo nostro ogni nessun al dal del sul nel di primo secondo "
        "ultimo buon".split()
    ),
    not_before=frozenset({"di"}),
)  # fmt: skip
_PORTUGUESE = Marks(
    marks={
        "v\u00edrgula": ",", "ponto": ".", "ponto final": ".", "ponto de interroga\u00e7\u00e3o": "?",
        "ponto de exclama\u00e7\u00e3o": "!", "dois pontos": ":", "ponto e v\u00edrgula": ";", "retic\u00eancias": "\u2026",
    },
    opening={"abre par\u00eanteses": "(", "abre aspas": '"'},
    closing={"fecha par\u00eanteses": ")", "fecha aspas": '"'},
    nouns_behind=frozenset(
        "um uma o a os as este esta esse essa aquele aquela meu teu seu nosso cada nenhum ao do no de em "
        "primeiro segundo \u00faltimo bom certo".split()
    ),
    not_before=frozenset({"de"}),
)  # fmt: skip
MARKS = {
    "en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH, "it": _ITALIAN, "pt": _PORTUGUESE,
}  # fmt: skip
"""By the code of the language."""
