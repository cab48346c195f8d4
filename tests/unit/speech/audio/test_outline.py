"""What waveforms are drawn from."""

import numpy as np
import pytest

from lect.speech.audio import outline as module
from lect.speech.audio.outline import outline

RATE = 16_000


def test_a_part_is_as_loud_as_its_loudest_sample_whatever_the_blocks():
    samples = np.zeros(RATE // 2, np.float32)
    samples[161] = -0.5
    samples[-1] = 0.25

    for size in (100, 160, 4_000, len(samples)):
        data, duration = outline(np.split(samples, range(size, len(samples), size)))
        assert duration == 0.5
        assert len(data) == 50
        assert [place for place, value in enumerate(data) if value] == [1, 49]
        assert (data[1], data[49]) == (255, 128)


def test_what_is_left_at_the_end_is_a_part():
    data, duration = outline([np.full(170, 0.1, np.float32)])

    assert (list(data), duration) == ([255, 255], 170 / RATE)


def test_an_hour_has_no_more_parts_than_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "MOST", 30)
    samples = np.zeros(RATE, np.float32)
    samples[-1] = 1.0

    data, _ = outline([samples])

    assert list(data) == [0] * 24 + [255]


@pytest.mark.parametrize("blocks", [[], [np.zeros(320, np.float32)]])
def test_silence_and_nothing_are_flat(blocks):
    assert not any(outline(blocks)[0])
