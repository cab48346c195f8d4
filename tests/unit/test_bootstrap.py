"""The parts are put together as they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from lect.bootstrap import Parts
from lect.models.acoustic import Start
from lect.models.audio_data import AudioData
from lect.models.plan import TrainOptions
from lect.settings import Settings


@pytest.mark.parametrize("or_anew", [False, True])
def test_a_training_knows_whether_it_may_begin_anew_where_a_checkpoint_does_not_fit(or_anew):
    pytest.importorskip("torch")
    options = TrainOptions(text=(Path("orders.txt"),), deep_text=True, or_anew=or_anew)
    with Parts(settings=Settings(threads=1)) as lect:
        training = lect._audio_training(Start(base=None, recogniser=None), AudioData(), options)
    assert training.or_anew is or_anew
