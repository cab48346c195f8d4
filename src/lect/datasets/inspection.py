"""What every check needs: the options, the collaborators, and a place for what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lect.datasets.report import Findings
from lect.settings import Limits
from lect.speech.audio.decode import AudioInfo
from lect.speech.audio.waveform import Samples


class Decoder(Protocol):
    """What is asked of `lect.speech.audio.AudioDecoder`."""

    def probe(self, source: Path | bytes, *, name: str) -> AudioInfo: ...

    def stream(self, source: Path | bytes, *, name: str) -> Iterator[Samples]: ...


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """One walk over a dataset."""

    locale: str
    limits: Limits
    findings: Findings
    decoder: Decoder | None = None  # None: audio is not opened
    repair: bool = False  # mend each line before it is judged
    progress: Callable[[float], None] = lambda done: None  # told how far the walk is, 0..1


def inspection(
    *,
    locale: str,
    limits: Limits = Limits(),
    decoder: Decoder | None = None,
    repair: bool = False,
    findings: Findings | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Inspection:
    """A new walk that has found nothing yet.

    Args:
        findings: where it puts what it finds, if that is more than gathered
    """
    return Inspection(
        locale=locale,
        limits=limits,
        findings=findings or Findings(),
        decoder=decoder,
        repair=repair,
        progress=progress,
    )
