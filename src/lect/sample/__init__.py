"""The built-in sample: an invented orchard with robots, in the upload format, spoken by a synthetic voice.

`folder()` is its path, `guard()` that of general sentences in the same voices, `sentence()` one of them; `README.md` there says
how they were made.
Imports the standard library alone.
"""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Where the sample lies: `training/`, `dev/` and `testing/`, laid out as an upload."""
    return Path(__file__).parent


def guard() -> Path:
    """General sentences, laid out as an upload: where a custom model moves away from its base here, it forgets."""
    return folder() / "guard" / "audio-and-trans"


def sentence() -> Path:
    """One sentence of the guard, 2 s of English that no domain is needed for: 16-bit PCM, which no decoder is needed for."""
    return folder() / "sentence.wav"
