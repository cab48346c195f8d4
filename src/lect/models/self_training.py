"""Self-training: recordings without transcripts are learned from as the model that training begins with hears them, where it is
sure.

A confidence of 0.8 was chosen on training data of two kinds, heard by whisper-tiny.en: of 232 coffee orders it keeps 174, with
3.3 % word errors (4.7 % in all); of 96 sentences with an accent 41, with 5.2 % (29.1 % in all). What is kept must also pass the
checks of references (`lect.models.suspects`) that a recognition can fail. Errors that stay are learned, so what people wrote
down counts twice as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lect.core.errors import InvalidAudio, LimitExceeded
from lect.core.progress import Progress, silent
from lect.core.words import counted
from lect.datasets.recordings import RecordingSet
from lect.engines.contract import Recogniser, Recognition
from lect.models.pieces import piece_name
from lect.models.preparing import doubts, hear_as_now
from lect.models.spoken import LeftOut, Recordings, Spoken, keep, opened, spread
from lect.models.suspects import repeats
from lect.speech.audio import AudioDecoder, Samples, chunks

CONFIDENT = 0.8  # of a recognition that is learned from
LONGEST = 15.0  # seconds of a piece: one wrong word spoils all of it
TIMES = 0.5  # in an epoch; what has a transcript is there once


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What the model heard in recordings without transcripts, and what of it is learned."""

    kept: tuple[Spoken, ...] = ()
    pieces: int = 0  # that were heard
    seconds: float = 0.0  # of these
    share: float = 1.0  # that was heard of all there are

    @property
    def kept_seconds(self) -> float:
        """Of what is learned."""
        return float(sum(each.seconds for each in self.kept))

    def __str__(self) -> str:
        return (
            f"{len(self.kept):,} of {counted(self.pieces, 'piece')} without transcripts ({self.kept_seconds:.0f} of "
            f"{self.seconds:.0f} s) recognised with confidence"
        )

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "pieces": self.pieces,
            "kept": len(self.kept),
            "seconds": round(self.seconds, 3),
            "kept_seconds": round(self.kept_seconds, 3),
            "confidence": CONFIDENT,
            "times": TIMES,
        }


def cut(
    sets: Sequence[RecordingSet], file: Path, *, decoder: AudioDecoder, progress: Progress = silent
) -> Recordings:
    """Decode recordings into a file, in pieces that are cut at pauses; where nobody speaks there are none.

    Raises:
        StoreError: a recording cannot be read, or the file cannot be written.
    """
    recordings = [recording for each in sets for recording in each.recordings]
    names, left_out = list[str](), list[LeftOut]()

    def pieces() -> Iterator[Sequence[Samples]]:
        for done, recording in enumerate(recordings, start=1):
            try:
                blocks = decoder.stream(opened(recording.open, recording.name), name=recording.name)
                for chunk in chunks(blocks, longest=LONGEST):
                    names.append(piece_name(recording.name, chunk.offset))
                    yield [chunk.samples]
            except (InvalidAudio, LimitExceeded) as error:
                reason = error.message.removeprefix(f"{recording.name}: ")
                left_out.append(LeftOut(file=recording.name, reason=reason))
            progress("Decoding the audio without transcripts", done / len(recordings))

    kept = keep(pieces(), file)
    return Recordings(
        spoken=tuple(
            Spoken(file=name, transcript="", samples=samples)
            for name, samples in zip(names, kept, strict=True)
        ),
        left_out=tuple(left_out),
    )


def hear_own(
    pieces: Sequence[Spoken],
    recogniser: Recogniser,
    *,
    locale: str,
    most: int | None = None,
    progress: Progress = silent,
) -> OwnWords:
    """Hear pieces with the model that training begins with, and keep what it is sure of.

    Args:
        most: hear so many at the most, which then stand for all: for an estimate
    """
    if not pieces:
        return OwnWords()
    heard = spread(pieces, most or len(pieces))
    answers = list(hear_as_now(heard, recogniser, locale, progress))
    sure = [
        (replace(each, transcript=answer.best.display, times=TIMES * len(pieces) / len(heard)), answer)
        for each, answer in zip(heard, answers, strict=True)
        if _is_sure(answer) and not repeats(answer.best.display, locale=locale)
    ]
    written = [each for each, _ in sure]
    doubtful = doubts(written, [answer for _, answer in sure], recogniser, locale)
    return OwnWords(
        kept=tuple(each for at, each in enumerate(written) if at not in doubtful),
        pieces=len(heard),
        seconds=sum(each.seconds for each in heard),
        share=len(heard) / len(pieces),
    )


def _is_sure(answer: Recognition) -> bool:
    best = answer.best
    return not answer.no_speech and best.confidence >= CONFIDENT and any(map(str.isalnum, best.display))
