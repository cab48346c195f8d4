"""What a result looks like: lexical, ITN, masked ITN and display.

- `DisplayForms(locale).forms(text)`: the four forms of a recognised text.
- `ProfanityFilter`, `ProfanityMode`: words masked, removed, tagged or left.
- `Punctuation`: where marks come from: the model, the speaker who says them (`dictation`), both or none.
- `Formatter`, `DisplayRules`: how a domain writes, by rules of its own.
- `english`: inverse text normalisation of English, by rules of `attributive`, `calendar`, `codes` and `quantities`.

Imports `lect.core` and its neighbours in `lect.speech.text`.
"""

from lect.speech.text.display.dictation import Punctuation
from lect.speech.text.display.forms import DisplayForms, Forms
from lect.speech.text.display.profanity import ProfanityFilter, ProfanityMode, profanity_filter
from lect.speech.text.display.rules.formatter import DisplayRules, Formatter

__all__ = [
    "DisplayForms",
    "DisplayRules",
    "Formatter",
    "Forms",
    "ProfanityFilter",
    "ProfanityMode",
    "Punctuation",
    "profanity_filter",
]
