"""Datasets: from an upload to lines and utterances that can be trusted.

Entry points:
    check            every problem of some data, and a repaired copy
    read_acoustic    recordings with transcripts, as training and evaluation use them
    read_text        lines of text, as training uses them
    read_structured  lists, the sentences that refer to them, and a lexicon
    read_pronunciations  how words are said
    codes.Code       every kind of problem, with its meaning

One module for each kind: `acoustic`, `audio`, `text`, `structured`, `pronunciation`, `display`. Files are read through
`archive`, which lets no name and no size do harm; lines through `lines`, in bounded memory; `rules` and `sound` judge
them.

May import: speech, settings, core.
"""

from lect.datasets.checking import check
from lect.datasets.pronunciation import PronunciationFiles, read_pronunciations
from lect.datasets.reading import AcousticDataset, Utterance, read_acoustic
from lect.datasets.report import Problem, Report
from lect.datasets.structured import StructuredFiles, read_structured
from lect.datasets.text import TextLines, read_text
from lect.settings import Limits

__all__ = [
    "AcousticDataset",
    "Limits",
    "Problem",
    "PronunciationFiles",
    "Report",
    "StructuredFiles",
    "TextLines",
    "Utterance",
    "check",
    "read_acoustic",
    "read_pronunciations",
    "read_structured",
    "read_text",
]
