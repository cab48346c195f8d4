"""Going on with a training that was stopped: whether it is the same one is known before anything is prepared for it.

What a training was asked for lies beside its checkpoints, in words of the command. The checkpoints themselves know more, what
was made of the data and what options are by default, and are asked when their turn comes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lect.core.errors import Conflict
from lect.core.files import write_bytes
from lect.models.workplace import CHECKPOINT

Asked = Mapping[str, str | None]
"""Values by options of the command; None: it was not given, and is whatever suits the data."""

_NAME = f"{CHECKPOINT}asked.json"


def digest(texts: Iterable[str]) -> str:
    """A few digits that stand for texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def note(folder: Path, asked: Asked) -> None:
    """Keep what a training is asked for.

    Raises:
        StoreError: it cannot be written.
    """
    write_bytes(folder / _NAME, json.dumps(dict(asked), indent=1).encode())


def require_same(folder: Path, asked: Asked) -> None:
    """Make sure that checkpoints may be of the training that is to go on, if there are any that can tell.

    Raises:
        Conflict: they are of one that was asked for something else.
    """
    try:
        before = json.loads((folder / _NAME).read_bytes())
        differing = [
            name
            for name, value in asked.items()
            if None not in (before[name], value) and before[name] != value
        ]
    except (OSError, ValueError, LookupError, TypeError):
        return  # what cannot be read tells nothing: the checkpoint itself decides
    if differing:
        lines = [f"{name}: {before[name]} then, {asked[name]} now" for name in differing]
        raise Conflict(
            "the training that was stopped is another one:\n  " + "\n  ".join(lines),
            hint="Say the same as before, or begin anew without --resume.",
        )
