"""The built-in sample: an invented orchard with robots, in the upload format, spoken by a synthetic voice.

`folder()` is its path; `README.md` there says how it was made. Imports the standard library alone.
"""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Where the sample lies: `training/`, `dev/` and `testing/`, laid out as an upload."""
    return Path(__file__).parent
