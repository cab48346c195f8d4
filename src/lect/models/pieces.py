"""What a piece of a recording without transcripts is called: as the recording, and where in it the piece begins."""

from __future__ import annotations

import re

_PIECE = re.compile(r"(?P<recording>.*) at [0-9]+\.[0-9] s", re.DOTALL)


def piece_name(recording: str, offset: float) -> str:
    """The name of the piece that begins so many seconds into a recording; the first is called as the recording is."""
    return f"{recording} at {offset:.1f} s" if offset else recording


def recording_of(piece: str) -> str:
    """The recording that a piece is of."""
    found = _PIECE.fullmatch(piece)
    return found["recording"] if found else piece
