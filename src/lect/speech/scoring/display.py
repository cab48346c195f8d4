"""Alignments for reading: three aligned lines as in sclite's reports, or one line in colour."""

from __future__ import annotations

import unicodedata

from rich.text import Text

from lect.speech.scoring.alignment import Alignment, Edit, Kind

_LETTERS = {Kind.CORRECT: "", Kind.SUBSTITUTION: "S", Kind.DELETION: "D", Kind.INSERTION: "I"}


def as_lines(alignment: Alignment) -> str:
    """REF, HYP and EVAL lines, a column an edit; gaps are stars.

    >>> from lect.speech.scoring import align
    >>> print(as_lines(align("a small latte".split(), "a latte please".split())))
    REF:  a small latte ******
    HYP:  a ***** latte please
    EVAL:   D           I
    """
    columns = [_column(edit) for edit in alignment.edits]
    rows = zip(("REF: ", "HYP: ", "EVAL:"), zip(*columns, strict=True) if columns else ("",) * 3, strict=True)
    return "\n".join(" ".join((name, *cells)).rstrip() for name, cells in rows)


def as_text(alignment: Alignment) -> Text:
    """One line: deleted words as `-word`, inserted ones as `+word`, substituted ones as `was→is`; colour adds nothing."""
    return Text(" ").join(_word(edit) for edit in alignment.edits)


def _column(edit: Edit) -> tuple[str, str, str]:
    words = edit.reference or "", edit.hypothesis or ""
    width = max(map(_width, words))
    reference, hypothesis = (word + " " * (width - _width(word)) if word else "*" * width for word in words)
    return reference, hypothesis, _LETTERS[edit.kind].ljust(width)


def _width(word: str) -> int:
    """How many cells of a terminal the word takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in word
    )


def _word(edit: Edit) -> Text:
    match edit.kind:
        case Kind.CORRECT:
            return Text(edit.reference or "")
        case Kind.DELETION:
            return Text(f"-{edit.reference}", "red strike")
        case Kind.INSERTION:
            return Text(f"+{edit.hypothesis}", "green")
        case Kind.SUBSTITUTION:
            return Text.assemble((f"{edit.reference}", "red strike"), "→", (f"{edit.hypothesis}", "yellow"))
