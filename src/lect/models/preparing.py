"""Recordings made ready to train on: heard by the base once, written as it writes, and what cannot be right told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lect.core.progress import Progress, silent
from lect.engines.contract import RecogniseOptions, Recogniser, Recognition
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect, SuspectCode, hearing, suspects
from lect.speech.text.recasing import recased

_BATCH = 16  # recordings heard at once
_UNHEARD = {SuspectCode.SILENCE, SuspectCode.NO_SPEECH}  # nothing to learn from, whatever was said


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is trained on, and what is doubtful or left out."""

    spoken: tuple[Spoken, ...]  # transcripts with the capitals and punctuation of the base's way of writing
    suspects: tuple[Suspect, ...]  # of these, or left out when that was asked for
    left_out: tuple[LeftOut, ...]


def prepare(
    spoken: Sequence[Spoken],
    recogniser: Recogniser,
    *,
    locale: str,
    leave_out_suspects: bool = False,
    progress: Progress = silent,
) -> Prepared:
    """Hear recordings with the model that training begins with.

    Args:
        leave_out_suspects: leave out all of which the transcript is probably wrong; those in which nobody speaks always are
    """
    answers = list(hear_as_now(spoken, recogniser, locale, progress))
    heard = [
        hearing(str(at), each.transcript, each.samples, answer, language=spoken_language(each, recogniser))
        for at, (each, answer) in enumerate(zip(spoken, answers, strict=True))
    ]
    doubtful = {int(suspect.name): suspect for suspect in suspects(heard, locale=locale)}
    bad = {at for at, suspect in doubtful.items() if leave_out_suspects or suspect.code in _UNHEARD}
    return Prepared(
        spoken=tuple(
            replace(each, transcript=recased(each.transcript, answer.best.display, locale=locale))
            for at, (each, answer) in enumerate(zip(spoken, answers, strict=True))
            if at not in bad
        ),
        suspects=tuple(
            replace(suspect, name=spoken[at].file) for at, suspect in doubtful.items() if at not in bad
        ),
        left_out=tuple(LeftOut(file=spoken[at].file, reason=doubtful[at].reason) for at in sorted(bad)),
    )


def hear_as_now(
    spoken: Sequence[Spoken], recogniser: Recogniser, locale: str, progress: Progress
) -> Iterator[Recognition]:
    """What a model recognises in recordings before it is trained, in order."""
    options = RecogniseOptions(locale=locale, word_times=False)
    for start in range(0, len(spoken), _BATCH):
        batch = spoken[start : start + _BATCH]
        yield from recogniser.recognise([each.samples for each in batch], options=options)
        progress("Hearing the audio as it is heard now", (start + len(batch)) / len(spoken))


def spoken_language(spoken: Spoken, recogniser: Recogniser) -> str | None:
    """What is spoken, where the model knows several languages."""
    return recogniser.detect(spoken.samples) if len(recogniser.languages) > 1 else None
