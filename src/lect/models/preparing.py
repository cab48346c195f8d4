"""Recordings made ready to train on: heard by the base once, written as it writes, and what cannot be right told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lect.core.progress import Progress, silent
from lect.engines.contract import RecogniseOptions, Recogniser, Recognition
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect, SuspectCode, hearing, surprising, suspects
from lect.speech.text.recasing import recased

_BATCH = 16  # recordings heard at once
_UNHEARD = {SuspectCode.SILENCE, SuspectCode.NO_SPEECH}  # nothing to learn from, whatever was said

Losses = Callable[[Sequence[Spoken]], Sequence[float | None]]
"""How much each transcript surprises the model that training begins with, nats a token; None where it is too long to tell."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is trained on, and what is doubtful or left out."""

    spoken: tuple[Spoken, ...]  # transcripts with the capitals and punctuation of the base's way of writing
    suspects: tuple[Suspect, ...]  # of these, or left out when that was asked for
    dev_suspects: tuple[Suspect, ...]  # of what judges, which stays as it is
    left_out: tuple[LeftOut, ...]


def prepare(
    spoken: Sequence[Spoken],
    recogniser: Recogniser,
    *,
    dev: Sequence[Spoken] = (),
    locale: str,
    losses: Losses,
    leave_out_suspects: bool = False,
    progress: Progress = silent,
) -> Prepared:
    """Hear recordings with the model that training begins with.

    Args:
        dev: what will judge; what of it the model hears at once is checked, too: of a longer recording it would hear the beginning
            alone, and the whole transcript would look wrong
        losses: by which transcripts are told that no other check objects to
        leave_out_suspects: leave out all of which the transcript is probably wrong; those in which nobody speaks always are
    """
    together, own = (*spoken, *(each for each in dev if is_heard_at_once(each, recogniser))), len(spoken)
    answers = list(hear_as_now(together, recogniser, locale, progress))
    doubtful = doubts(together, answers, recogniser, locale)
    written = [
        replace(each, transcript=recased(each.transcript, answer.best.display, locale=locale))
        for each, answer in zip(together, answers, strict=True)
    ]
    fine = [at for at in range(len(together)) if at not in doubtful]
    surprises = surprising(losses([written[at] for at in fine]))
    doubtful |= {
        fine[at]: replace(suspect, name=together[fine[at]].file) for at, suspect in surprises.items()
    }
    bad = {at for at in doubtful if leave_out_suspects or doubtful[at].code in _UNHEARD}
    return Prepared(
        spoken=tuple(each for at, each in enumerate(written[:own]) if at not in bad),
        suspects=tuple(doubtful[at] for at in sorted(doubtful) if at < own and at not in bad),
        dev_suspects=tuple(doubtful[at] for at in sorted(doubtful) if at >= own),
        left_out=tuple(
            LeftOut(file=spoken[at].file, reason=doubtful[at].reason, dataset=spoken[at].dataset)
            for at in sorted(bad)
            if at < own
        ),
    )


def is_heard_at_once(spoken: Spoken, recogniser: Recogniser) -> bool:
    """Whether a model need not hear a recording in parts."""
    return spoken.seconds <= recogniser.window


def doubts(
    spoken: Sequence[Spoken], answers: Sequence[Recognition], recogniser: Recogniser, locale: str
) -> dict[int, Suspect]:
    """What what was recognised says against transcripts, by position."""
    heard = (
        hearing(str(at), each.transcript, each.samples, answer, language=spoken_language(each, recogniser))
        for at, (each, answer) in enumerate(zip(spoken, answers, strict=True))
    )
    found = {int(suspect.name): suspect for suspect in suspects(heard, locale=locale)}
    return {at: replace(suspect, name=spoken[at].file) for at, suspect in found.items()}


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
