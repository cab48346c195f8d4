"""The transcripts of recordings are learned as text, but for those that judge and those that cannot be right."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from lect.models.plan import TrainOptions
from lect.models.spoken import LeftOut
from lect.models.training import _transcripts


@dataclass(frozen=True)
class Utterance:
    file: str
    transcript: str


OPTIONS = TrainOptions(audio=("one.zip", "two.zip"))
PLANNED = SimpleNamespace(
    audio=[
        [Utterance("001.wav", "a latte"), Utterance("002.wav", "a tea")],
        [Utterance("001.wav", "a mocha"), Utterance("002.wav", "a tea")],
    ]
)


@pytest.fixture
def learned():
    """learned(left_out=..., held_back=...) -> the transcripts that are learned."""

    def run(left_out=(), held_back=()):
        return _transcripts(OPTIONS, PLANNED, SimpleNamespace(left_out=left_out, held_back=held_back))

    return run


def test_a_recording_that_is_left_out_takes_none_of_its_name_in_other_data_along(learned):
    assert learned([LeftOut(file="001.wav", reason="long", dataset=1)]) == ["a latte", "a tea", "a tea"]
    assert len(learned([LeftOut(file="001.wav", reason="it has no transcript")])) == 4


def test_a_recording_that_judges_takes_none_of_its_name_in_other_data_along(learned):
    assert learned(held_back=[(0, "002.wav", "a tea")]) == ["a latte", "a mocha", "a tea"]
