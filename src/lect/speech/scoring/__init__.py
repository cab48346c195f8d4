"""How wrong a text is, and how sure one can be of it.

- `align(reference, hypothesis)`: the word alignment that NIST sclite makes; `.counts` gives its `ErrorCounts`.
- `intervals`: block bootstrap of the WER and of the difference of two, MAPSSWE, detectable difference.
- `verdict`: the sentence that says which of two models is better, or that nobody can tell.
- `formats`: trn, tsv, ctm and stm files.
- `tokens`: the edits of display tokens by class: punctuation, capitals, written forms, words.
- `display`: an alignment as REF/HYP/EVAL lines or as a coloured line.

Rates are ratios (0.05 is 5 %). Imports `lect.core` at most.
"""

from lect.speech.scoring.alignment import Alignment, Edit, Kind, align, align_characters
from lect.speech.scoring.counts import ErrorCounts

__all__ = ["Alignment", "Edit", "ErrorCounts", "Kind", "align", "align_characters"]
