"""What the weights learn from, one lesson after another: text that nobody says, then recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from lect.core.errors import Conflict, ModelLoadFailed
from lect.core.locale import language_of
from lect.core.progress import Progress
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning.batches import Example, example
from lect.engines.whisper.tuning.byte_pairs import BytePairs
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.weights import Weights
from lect.models.bases import Base
from lect.models.workplace import checkpoint, peak_memory
from lect.speech.audio import Samples
from lect.telemetry import get_log

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.loop import Step

_log = get_log(__name__, action="train")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Examples of one kind, and how they are learned."""

    name: str  # "text" or "audio"
    examples: Sequence[Example]
    options: TuneOptions
    noises: Sequence[Samples] = ()


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What lessons ended with."""

    delta: Delta
    losses: dict[str, tuple[float, ...]]  # of all steps, by lesson


def teach(
    weights: Weights,
    lessons: Sequence[Lesson],
    folder: Path,
    *,
    resume: bool,
    or_anew: bool = False,
    progress: Progress,
) -> Taught:
    """Learn one lesson after another, each from where the one before it ended.

    Args:
        folder: for the checkpoint of each lesson
        resume: go on from these checkpoints, where they are
        or_anew: begin a lesson anew if its checkpoint does not fit, which else is an error

    Raises:
        TrainingDiverged: the loss is no longer finite.
        Conflict, ModelLoadFailed: a checkpoint is of another training, or damaged.
    """
    from lect.engines.whisper.tuning.loop import tune

    taught = Taught(delta=Delta({}), losses={})
    for lesson in lessons:

        def tell(step: Step, name: str = lesson.name) -> None:
            progress(f"Learning from the {name} · {_detail(step)}", step.step / step.steps)

        learn = partial(
            tune,
            taught.delta.applied(weights),
            lesson.examples,
            options=lesson.options,
            noises=lesson.noises,
            checkpoint=checkpoint(folder, lesson.name),
            progress=tell,
        )
        tuned = None
        try:
            tuned = learn(resume=resume)
        except (Conflict, ModelLoadFailed) as error:
            if not (resume and or_anew):
                raise
            _log.warning(
                "A checkpoint does not fit: a lesson begins anew.", lesson=lesson.name, reason=error.message
            )
        if tuned is None:  # no longer where the error would keep the first attempt in memory
            progress(f"Learning from the {lesson.name} anew: its checkpoint does not fit", 0.0)
            tuned = learn(resume=False)
        taught = Taught(
            delta=taught.delta.stacked(tuned.delta), losses={**taught.losses, lesson.name: tuned.losses}
        )
    return taught


def _detail(step: Step) -> str:
    left = f"{step.seconds_left / 60:.0f} min" if step.seconds_left >= 90 else f"{step.seconds_left:.0f} s"
    return f"loss {step.loss:.2f}, {step.words_per_second:.0f} words/s, {left} left, {peak_memory():.0f} MB"


class Said(Protocol):
    """Words, and perhaps the sound of them."""

    @property
    def file(self) -> str: ...
    @property
    def transcript(self) -> str: ...
    @property
    def samples(self) -> Samples | None: ...
    @property
    def times(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Words that nobody says."""

    file: str
    transcript: str
    samples: None = None
    times: float = 1.0


_Said = TypeVar("_Said", bound=Said)


def examples_of(
    said: Iterable[_Said], weights: Weights, base: Base, locale: str
) -> tuple[list[tuple[_Said, Example]], list[tuple[_Said, str]]]:
    """What can be learned, with its tokens; and what cannot because it has too many of them, with the reason."""
    tokens = Tokens(base.folder.path / "tokenizer.json", weights.dimensions.vocabulary)
    encoding, language = BytePairs(tokens.pieces), language_of(locale)
    kept, left_out = list[tuple[_Said, Example]](), list[tuple[_Said, str]]()
    for each in said:
        made = example(
            each.file,
            each.samples,
            encoding.encode(each.transcript),
            words=len(each.transcript.split()),
            language=language,
            tokens=tokens,
            times=each.times,
        )
        if len(made.prompt) + len(made.answer) > weights.dimensions.positions:
            left_out.append((each, f"its transcript is {len(made.answer)} tokens long"))
        else:
            kept.append((each, made))
    return kept, left_out
