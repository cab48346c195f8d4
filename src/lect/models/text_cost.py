"""What a training on text alone will cost, found by how long its files take to read.

Learning a file takes some times as long as reading it, on any machine; the factors are measured. With dev data most of the time
goes into hearing it, so a few recordings are heard.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from lect.datasets.reading import AcousticDataset
from lect.engines.contract import Recogniser
from lect.models.measuring import hear
from lect.models.plan import Plan
from lect.models.spoken import spread
from lect.models.workplace import peak_memory
from lect.speech.audio import AudioDecoder

_LEARNING = {"text": 4.5, "structured": 1.1, "pronunciation": 1.6}  # times as long as reading
_LEAST = 0.05  # seconds of a training that has next to nothing to learn
_WITH_TEXT = 1.5  # times as long as without text, to hear a recording
_HEARD = 12  # recordings of the dev data

# MB that learning holds for the first MB of sentences, and how it grows: n-grams repeat. Items and terms do not.
_SENTENCES, _GROWTH, _ITEMS = 48.0, 0.77, 37.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What is to come."""

    cpu_seconds: float
    peak_memory_mb: float

    def beside(self, cpu_seconds: float, peak_memory_mb: float) -> Cost:
        """Together with training the weights, which is over before."""
        return Cost(
            cpu_seconds=round(self.cpu_seconds + cpu_seconds, 2),
            peak_memory_mb=max(self.peak_memory_mb, peak_memory_mb),
        )


def text_cost(planned: Plan, reading: Mapping[str, float], *, hearing: float = 0.0) -> Cost:
    """What it takes to learn all that was read beside recordings, in a process that holds what this one does.

    Args:
        reading: CPU seconds by kind
        hearing: CPU seconds that go into dev data
    """
    learning = sum(_LEARNING.get(kind, 1.0) * seconds for kind, seconds in reading.items())
    sentences = sum(file.path.stat().st_size for file in planned.text) / 1e6
    files = (*planned.structured.files, *planned.pronunciations.files)
    items = sum(file.path.stat().st_size for file in files) / 1e6
    held = _SENTENCES * sentences**_GROWTH + _ITEMS * items
    return Cost(
        cpu_seconds=round(sum(reading.values()) + learning + _LEAST + hearing, 2),
        peak_memory_mb=round(peak_memory() + held, 1),
    )


def hearing_cost(
    recogniser: Recogniser, dev: AcousticDataset, *, candidates: int, locale: str, decoder: AudioDecoder
) -> float:
    """CPU seconds that it takes to hear dev data without text and with each candidate, by those of a few of its recordings."""
    heard = spread(dev.utterances, _HEARD)
    began = time.process_time()
    for _ in hear(recogniser, heard, locale=locale, decoder=decoder):
        pass
    once = (time.process_time() - began) * len(dev) / len(heard)
    return once * (1 + candidates * _WITH_TEXT)
