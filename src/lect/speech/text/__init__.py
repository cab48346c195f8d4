"""Rules for written words, language by language.

- `normaliser(locale)`: makes two texts comparable before they are scored; named and versioned.
- `lexical.lexical(display, locale)`: a recognised text as spoken, without capitals, punctuation and English figures.
- `recasing.recased(reference, written, locale=)`: a plain transcript with the capitals, punctuation and figures of a recogniser.
- `written.WrittenForms(entries)`: the display form of terms, however they were recognised.
- `display.DisplayForms(locale)`: the four forms of a result; profanity masked, removed or tagged.

Imports `lect.core` and the alignment of `lect.speech.scoring` at most.
"""

from lect.speech.text.normalise import Normaliser, normaliser

__all__ = ["Normaliser", "normaliser"]
