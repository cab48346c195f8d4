"""Rules for written words, language by language.

- `normaliser(locale)`: makes two texts comparable before they are scored; named and versioned.
- `lexical.lexical(display, locale)`: a recognised text as spoken, without capitals and punctuation.

Imports `lect.core` at most.
"""

from lect.speech.text.normalise import Normaliser, normaliser

__all__ = ["Normaliser", "normaliser"]
