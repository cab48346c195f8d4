"""How large a dataset may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lect import settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that one dataset may take. Beyond a limit is an error, never a crash."""

    archive_bytes: int = 2 << 30
    """Size of an archive, and of all that it holds once unpacked."""
    archive_files: int = 10_000
    """Files in one archive or folder; Azure's own limit."""
    archive_ratio: int = 100
    """How many times larger than the zip its contents may be, once they are larger than 64 MB."""
    text_bytes: int = 200 << 20
    """Size of a text file or transcript."""
    line_bytes: int = 64 << 10
    """Size of one line of text; longer ones are skipped without being read into memory."""
    audio_seconds: float = 24 * 3600.0
    """Length of one audio file."""
    azure_seconds: float = 2 * 3600.0
    """Length of one audio file that Azure takes."""
    training_seconds: float = 40.0
    """Length of an utterance that can train the acoustic part (30 s for Whisper)."""
    lists: int = 20
    """Lists in structured text; this limit and those below are Azure's own."""
    list_items: int = 35_000
    """Items of one list."""
    lexicon_entries: int = 15_000
    """Pronunciations in structured text."""
    pronunciations_per_word: int = 2
    """Of these, for one word."""
    pronunciation_bytes: int = 1 << 20
    """Size of a pronunciation file."""
    display_bytes: int = 10 << 20
    """Size of a display format file."""
    itn_rules: int = 200
    """Patterns in its `#itn` sections."""
    rewrite_rules: int = 1_000
    """Lines in its `#rewrite` sections."""
    profanity_phrases: int = 1_000
    """Lines in its `#profanity` sections."""
    problems_per_code: int = 100
    """Problems of one kind that a report spells out; the others are counted."""


def limits_of(limits: settings.Limits) -> Limits:
    """The limits of datasets in the settings of a process."""
    return Limits(**limits.model_dump(exclude={"audio_bytes"}))
