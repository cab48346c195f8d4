"""Normalisers: one form for texts that sound the same, so that only what was misheard counts as an error.

Reference and hypothesis pass through the same rules, and a second pass changes nothing. Each normaliser has a name
and a version that goes up with every change of its output, so that scores of different rules are never compared.

- English, German, French, Spanish, Italian and Portuguese have rules of their own, numbers included.
- Chinese, Japanese, Korean and other scripts without blanks are compared by character.
- Every other language gets the rules that hold in all of them: lower case, no punctuation.
"""

from lect.speech.text.normalise.base import Normaliser
from lect.speech.text.normalise.registry import normaliser

__all__ = ["Normaliser", "normaliser"]
