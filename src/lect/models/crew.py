"""Several processes that train one model, as torchrun starts them: one leads, the others learn along.

The leader alone reads the data, hears, judges and writes. When the first step is to come it tells the others what to learn:
where the decoded recordings lie in its workplace, which all must see, and the tokens of their transcripts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lect.core.errors import TrainingDiverged
from lect.core.progress import silent
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.batches import Example
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.models.acoustic import Start
from lect.models.lessons import Lesson, teach
from lect.speech.audio import Samples

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.processes import Processes


class Crew:
    """All processes of a training, seen from one of them; the leader is the first."""

    def __init__(self, processes: Processes) -> None:
        self._processes, self._is_waiting = processes, processes.count > 1
        self.count = processes.count

    @property
    def follows(self) -> bool:
        """Whether another process leads."""
        return self._processes.rank > 0

    def tell(self, lessons: Sequence[Lesson], folder: Path, *, resume: bool, or_anew: bool = False) -> None:
        """Let the others learn along, who wait for it."""
        if self._is_waiting:
            self._is_waiting = False
            self._processes.say(pack(lessons, folder, resume=resume, or_anew=or_anew))

    def dismiss(self) -> None:
        """Let the others go if they still wait: there is nothing to learn."""
        if self._is_waiting:
            self._is_waiting = False
            self._processes.say()

    def follow(self, start: Callable[[], Start]) -> None:
        """Learn along with the leader, who says what there is to say.

        Args:
            start: gives the model that training begins with
        """
        if said := self._processes.say():
            weights, before = start().read()
            with suppress(TrainingDiverged):  # it did so for the leader, too
                lessons, folder, resume, or_anew = unpack(said)
                teach(
                    before.applied(weights),
                    lessons,
                    folder,
                    resume=resume,
                    or_anew=or_anew,
                    progress=silent,
                )


def pack(lessons: Sequence[Lesson], folder: Path, *, resume: bool, or_anew: bool = False) -> bytes:
    """What `teach` is given as bytes, recordings as places in files."""
    documents = [
        {
            "name": lesson.name,
            "examples": [
                [each.name, each.prompt, each.answer, each.words, each.times, _place(each.samples)]
                for each in lesson.examples
            ],
            "options": asdict(lesson.options),
            "noises": [_place(noise) for noise in lesson.noises],
        }
        for lesson in lessons
    ]
    document = {
        "lessons": documents,
        "folder": str(folder.absolute()),
        "resume": resume,
        "or_anew": or_anew,
    }
    return json.dumps(document).encode()


def unpack(data: bytes) -> tuple[list[Lesson], Path, bool, bool]:
    """The same lessons, their recordings mapped; the folder of their checkpoints, whether to resume, and if so whether or anew."""
    document, recordings = json.loads(data), _Recordings()
    lessons = [
        Lesson(
            name=each["name"],
            examples=[
                Example(
                    name=name,
                    samples=None if place is None else recordings.at(place),
                    prompt=tuple(prompt),
                    answer=tuple(answer),
                    words=words,
                    times=times,
                )
                for name, prompt, answer, words, times, place in each["examples"]
            ],
            options=_options(each["options"]),
            noises=tuple(map(recordings.at, each["noises"])),
        )
        for each in document["lessons"]
    ]
    return lessons, Path(document["folder"]), document["resume"], document["or_anew"]


class _Recordings:
    """Files of decoded recordings, each mapped once."""

    def __init__(self) -> None:
        self._files: dict[str, Samples] = {}

    def at(self, place: Sequence[Any]) -> Samples:
        file, start, length = place
        if file not in self._files:
            self._files[file] = np.memmap(file, np.float32, "r")
        return self._files[file][start : start + length]


def _place(samples: Samples | None) -> tuple[str, int, int] | None:
    """The file that a part of a memory map lies in, its first sample there, and how many there are; None of what nobody says."""
    if samples is None:
        return None
    if not isinstance(samples, np.memmap) or not isinstance(whole := samples.base, np.memmap):
        raise TypeError("only decoded recordings in a file can be shared")
    start = (samples.ctypes.data - whole.ctypes.data) // samples.itemsize
    return str(Path(str(samples.filename)).absolute()), start, len(samples)


def _options(document: dict[str, Any]) -> TuneOptions:
    changed = {**document, "batches": BatchOptions(**document["batches"])}
    if document["augmentation"]:
        ranges: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document["augmentation"].items()
        }
        changed["augmentation"] = AugmentOptions(**ranges)
    return TuneOptions(**changed)
