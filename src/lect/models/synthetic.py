"""Synthetic speech: sentences of a text, spoken by voices of this machine, amid as many that the base itself would say.

The encoder stays as it is, since such voices sound like nobody; the decoder learns the words. Its own sentences in the same
voices keep it from expecting the domain wherever it hears them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lect.core.errors import InvalidDataset
from lect.core.progress import Progress, silent
from lect.models.deep_text import domain_sentences, sample
from lect.models.plan import Plan
from lect.models.spoken import Spoken, keep, spread
from lect.models.voices import LONGEST, Voice
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples

MOST = 400  # sentences of the text that are spoken
SPEEDS = (0.85, 1.15)  # of what is usual for a voice
_WINDOW = 29.0  # seconds of a sentence that the model can hear at once, some silence included


@dataclass(frozen=True, kw_only=True)
class Line:
    """A sentence, who says it and how fast."""

    file: str  # for messages
    transcript: str
    voice: Voice
    speed: float


@dataclass(frozen=True, kw_only=True)
class Script:
    """What is to be spoken."""

    lines: tuple[Line, ...]
    sentences: int  # of the text
    replayed: int  # that the base itself says
    too_long: int  # sentences that were left out
    seconds: float = 0.0  # of speech, once it is recorded
    epochs: int = 0  # that it is heard

    @classmethod
    def of(
        cls, planned: Plan, general: Sequence[str], voices: Sequence[Voice], *, locale: str, seed: int
    ) -> Script:
        """Give each sentence a voice and a speed, each voice as many as any other.

        Args:
            general: texts that the base itself would say

        Raises:
            InvalidDataset: there is no sentence.
        """
        wanted = domain_sentences(planned, locale=locale, seed=seed, most=MOST)
        sentences = [each for each in wanted if len(each) <= LONGEST]
        if not sentences:
            raise InvalidDataset(
                "there is no sentence to speak",
                hint=f"Name a file of sentences with --text or --structured; those of more than {LONGEST} characters are left out.",
            )
        own = [each for each in general if len(each) <= LONGEST and any(map(str.isalnum, each))]
        replayed = sample(own, len(sentences), seed=seed)
        rng = np.random.default_rng((seed, *b"voices"))
        lines = list[Line]()
        for spoken in (sentences, replayed):
            turns = [
                order for _ in range(len(spoken) // len(voices) + 1) for order in rng.permutation(len(voices))
            ]
            for text, turn in zip(spoken, turns, strict=False):
                lines.append(
                    Line(
                        file=f"spoken sentence {len(lines) + 1}",
                        transcript=text,
                        voice=voices[turn],
                        speed=float(rng.uniform(*SPEEDS)),
                    )
                )
        return cls(
            lines=tuple(lines),
            sentences=len(sentences),
            replayed=len(replayed),
            too_long=len(wanted) - len(sentences),
        )

    def record(
        self, file: Path, *, decoder: AudioDecoder, most: int | None = None, progress: Progress = silent
    ) -> tuple[Spoken, ...]:
        """Let all be spoken, into a file that must stay as long as it is used.

        Args:
            most: let so many be spoken at the most, which then stand for all: for an estimate

        Raises:
            LectError: a program fails.
        """
        lines = spread(self.lines, most or len(self.lines))
        times = len(self.lines) / len(lines)

        def spoken(folder: Path) -> Iterator[Sequence[Samples]]:
            for done, line in enumerate(lines, start=1):
                yield _heard(line, folder / "sentence.wav", decoder)
                progress("Speaking the sentences", done / len(lines))

        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            kept = keep(spoken(Path(folder)), file)
        return tuple(
            Spoken(file=line.file, transcript=line.transcript, times=times, samples=samples)
            for line, samples in zip(lines, kept, strict=True)
            if len(samples)
        )

    def to_json(self) -> dict[str, Any]:
        """The recipe for the manifest."""
        return {
            "sentences": self.sentences,
            "replayed": self.replayed,
            "too_long": self.too_long,
            "seconds": round(self.seconds, 3),
            "epochs": self.epochs,
            "voices": sorted({line.voice.name for line in self.lines}),
        }


def _heard(line: Line, file: Path, decoder: AudioDecoder) -> Sequence[Samples]:
    """What was spoken; nothing where it is longer than the model hears at once."""
    line.voice.speak(line.transcript, file, speed=line.speed)
    blocks = list(decoder.stream(file, name=line.file))
    file.unlink()
    return blocks if sum(map(len, blocks)) <= _WINDOW * SAMPLE_RATE else ()
