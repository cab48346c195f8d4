"""What a leader tells is what the others learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lect.engines.whisper.tuning.batches import Example
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.models.crew import Crew, pack, unpack
from lect.models.curriculum import tune_options
from lect.models.lessons import Lesson
from lect.models.methods import Recipe


class Processes:
    """Two of them, of which this is the leader; what it says is kept."""

    rank, count = 0, 2

    def __init__(self):
        self.said = []

    def say(self, data=b""):
        self.said.append(data)
        return data


@pytest.fixture
def lessons(tmp_path):
    """Text that nobody says, then two recordings out of three in a file, and a noise in another."""
    for name, n in (("training", 60), ("noise", 8)):
        np.arange(n, dtype=np.float32).tofile(tmp_path / name)
    training, noise = (np.memmap(tmp_path / name, np.float32, "r") for name in ("training", "noise"))
    text = Lesson(
        name="text",
        examples=[Example(name="c", samples=None, prompt=(1, 2), answer=(4, 3), words=1)],
        options=TuneOptions(part="language", augmentation=None),
    )
    audio = Lesson(
        name="audio",
        examples=[
            Example(name="b", samples=training[20:45], prompt=(1, 2), answer=(7, 3), words=1, times=0.5),
            Example(name="a", samples=training[0:20], prompt=(1, 2), answer=(9, 8, 3), words=2),
        ],
        options=tune_options(
            Recipe(method="lora", epochs=3, why=""), seed=5, threads=1, batches=BatchOptions(per_step=2)
        ),
        noises=(noise[2:8],),
    )
    return [text, audio]


def test_lessons_are_the_same_in_another_process(lessons, tmp_path):
    heard, *rest = unpack(pack(lessons, tmp_path, resume=True, or_anew=True))

    assert rest == [tmp_path, True, True]
    for theirs, ours in zip(heard, lessons, strict=True):
        assert (theirs.name, theirs.options) == (ours.name, ours.options)
        assert repr(theirs.options) == repr(ours.options)  # which a checkpoint is known by
        assert [replace(each, samples=None) for each in theirs.examples] == [
            replace(each, samples=None) for each in ours.examples
        ]
    assert heard[0].examples[0].samples is None
    assert np.array_equal(heard[1].examples[0].samples, np.arange(20, 45))
    assert np.array_equal(heard[1].examples[1].samples, np.arange(20))
    assert np.array_equal(heard[1].noises[0], np.arange(2, 8))


def test_recordings_that_lie_in_no_file_cannot_be_shared(lessons, tmp_path):
    example = Example(name="a", samples=np.zeros(9, np.float32), prompt=(1,), answer=(2,), words=1)
    with pytest.raises(TypeError, match="in a file"):
        pack([replace(lessons[1], examples=[example])], tmp_path, resume=False)


def test_who_waits_for_lessons_is_told_once_that_there_are_none():
    processes = Processes()
    crew = Crew(processes)
    crew.dismiss()
    crew.dismiss()

    assert processes.said == [b""]


def test_nobody_is_dismissed_after_the_lessons(lessons, tmp_path):
    processes = Processes()
    crew = Crew(processes)
    crew.tell(lessons, tmp_path, resume=False)
    crew.dismiss()

    assert processes.said == [pack(lessons, tmp_path, resume=False)]
