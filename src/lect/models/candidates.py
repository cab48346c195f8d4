"""Parts of what the weights learned, as they would be served: what the judgement is about."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from lect.engines.contract import Recogniser, TunedWeights
from lect.engines.whisper.delta import Delta
from lect.models.bases import Base, load_tuned
from lect.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The graphs of one of them at a time are on the disk, those of the last one that was asked for: a large model takes GB."""

    base: Base
    before: Delta  # what was changed in the base by earlier trainings
    learned: Delta
    folder: Path  # for graphs; it need not be there, and nothing else may be
    settings: Settings

    def delta(self, alpha: float) -> bytes:
        """What is changed in the base, if this part of what was learned is kept."""
        return self.before.stacked(self.learned.scaled(alpha)).to_bytes()

    def load(self, alpha: float, shortest_window: float | None = None) -> Recogniser:
        """The model with this part of what was learned. Those that were loaded before work on.

        Args:
            shortest_window: seconds; None: as the base
        """
        data = self.delta(alpha)
        sha256 = hashlib.sha256(data).hexdigest()
        cache = self.folder / sha256[:16]
        for other in self.folder.glob("*"):
            if other != cache:  # what is loaded has its files open, and needs their names no more
                shutil.rmtree(other)
        tuned = TunedWeights(
            name=f"alpha {alpha:g}", sha256=sha256, read=lambda: data, shortest_window=shortest_window
        )
        return load_tuned(self.base, tuned, settings=self.settings.model_copy(update={"cache": cache}))
