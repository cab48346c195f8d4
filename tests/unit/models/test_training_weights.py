"""A training of weights hands each what belongs to it: harm is measured from the base, gain from the start."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lect.core.stages import Stages
from lect.engines.whisper.delta import Delta
from lect.models import audio_training
from lect.models.acoustic import Start
from lect.models.audio_data import AudioData, DecodedData
from lect.models.audio_training import AudioTraining, Ready
from lect.models.crew import Crew
from lect.models.gate import Judgement, Trial
from lect.models.measuring import Heard
from lect.models.methods import AudioOptions, Recipe
from lect.models.self_training import OwnWords
from lect.settings import Settings
from lect.speech.scoring import ErrorCounts

HEARD = Heard(counts=[ErrorCounts(correct=10)], blocks=["a.wav"])


class Court:
    """Takes the whole of what was learned, and keeps what it was asked."""

    def __init__(self):
        self.asked = None

    def judge(self, start, load, *, base, alpha):
        self.asked = (start, base, alpha)
        trial = Trial(alpha=1.0, dev=HEARD, guard=None)
        return Judgement(dev_before=HEARD, guard_before=None, guard=None, trials=(trial,), chosen=trial)


class Candidates:
    """Deltas and recognisers by alpha."""

    def load(self, alpha, window=None):
        return f"recogniser of {alpha}"

    def delta(self, alpha):
        return f"delta of {alpha}".encode()


@pytest.fixture
def asked():
    """What lessons are taught with."""
    return {}


@pytest.fixture
def training(monkeypatch, tmp_path, asked):
    """A training that goes on from a custom model; what is heard and learned is made up."""
    base = SimpleNamespace(recogniser="the base", folder=SimpleNamespace(path=tmp_path))
    taught = SimpleNamespace(delta=Delta({}), losses={"audio": (2.0, 1.0)})

    def teach(weights, lessons, folder, **options):
        asked.update(options)
        return taught

    monkeypatch.setattr(audio_training, "teach", teach)
    return AudioTraining(
        start=Start(base=base, recogniser="a custom model"),
        data=AudioData(),
        options=AudioOptions(alpha=0.7, augment="full", resume=True),
        decoder=None,
        settings=Settings(threads=1),
        device=SimpleNamespace(name="cpu", memory=0),
        crew=Crew(SimpleNamespace(rank=0, count=1)),
        or_anew=True,
    )


@pytest.fixture
def run(training, monkeypatch, tmp_path):
    """run(court) -> what the training ends with, without data."""
    lesson = SimpleNamespace(options=SimpleNamespace(batches=SimpleNamespace(per_step=1)))
    ready = Ready(
        data=DecodedData(
            training=(), audio_only=(), dev=(), guard=None, noises=(), left_out=(), by_speaker=None
        ),
        weights=None,
        before=SimpleNamespace(applied=lambda weights: weights),
        curriculum=None,
        own=OwnWords(),
        training=(),
        lessons=(lesson,),
        recipe=None,
        deep_text=None,
        script=None,
        suspects=(),
        dev_suspects=(),
        left_out=(),
    )  # fmt: skip
    monkeypatch.setattr(AudioTraining, "get_ready", lambda *_, **__: ready)
    monkeypatch.setattr(AudioTraining, "candidates", lambda *_: Candidates())

    def run(court, **more):
        monkeypatch.setattr(AudioTraining, "court", lambda *_: court)
        return training.run(tmp_path, locale="en-US", seed=0, stages=Stages(), **more)

    return run


def test_harm_is_measured_from_the_base_and_gain_from_the_start(run):
    court = Court()
    tuned = run(court)

    assert court.asked == ("a custom model", "the base", 0.7)
    assert (tuned.delta, tuned.recogniser) == (b"delta of 1.0", "recogniser of 1.0")
    assert "augment" not in tuned.to_json()  # nothing was heard
    assert replace(tuned, recipe=Recipe(method="lora", epochs=1, why="")).to_json()["augment"] == "full"


def test_what_is_wrong_with_the_data_is_told_before_anything_is_learned(run, asked):
    told = []
    run(Court(), on_ready=lambda ready: told.append((ready, dict(asked))))

    ((ready, before),) = told
    assert isinstance(ready, Ready)
    assert before == {} != asked


def test_lessons_are_resumed_or_begun_anew_as_the_training_is_told(run, asked):
    run(Court())
    assert (asked["resume"], asked["or_anew"]) == (True, True)
