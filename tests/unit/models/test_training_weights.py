"""A training of weights hands each what belongs to it: harm is measured from the base, gain from the start."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lect.core.errors import Conflict, InvalidDataset
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
    folder = SimpleNamespace(path=tmp_path, weights_sha256="b" * 64)
    base = SimpleNamespace(recogniser="the base", folder=folder)
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


def test_another_training_is_not_gone_on_with_and_is_told_what_differs_before_the_data_is_read(
    run, training, monkeypatch, tmp_path
):
    run(Court())
    monkeypatch.setattr(AudioTraining, "get_ready", lambda *_, **__: pytest.fail("the data is read"))
    other = replace(training, options=replace(training.options, augment="careful", epochs=3), or_anew=False)

    with pytest.raises(
        Conflict, match="is another one:\n  --augment: full then, careful now\n  --seed: 0 then, 1 now\n"
    ):
        other.run(tmp_path, locale="en-US", seed=1, stages=Stages())


@pytest.mark.parametrize("or_anew", [True, False])
def test_what_was_left_to_the_data_then_or_begins_anew_now_is_no_reason_to_refuse(
    run, training, monkeypatch, tmp_path, or_anew
):
    run(Court())
    monkeypatch.setattr(AudioTraining, "get_ready", lambda *_, **__: pytest.fail("the data is read"))
    other = replace(training, options=replace(training.options, epochs=3), or_anew=or_anew)

    with pytest.raises(pytest.fail.Exception, match="the data is read"):
        other.run(tmp_path, locale="en-US", seed=int(or_anew), stages=Stages())


def test_a_checkpoint_of_an_earlier_release_says_nothing_of_what_was_asked_for(
    training, monkeypatch, tmp_path
):
    (tmp_path / "checkpoint-asked.json").write_text('{"--seed": "1"}')
    monkeypatch.setattr(AudioTraining, "get_ready", lambda *_, **__: pytest.fail("the data is read"))

    with pytest.raises(pytest.fail.Exception, match="the data is read"):
        replace(training, or_anew=False).run(tmp_path, locale="en-US", seed=0, stages=Stages())


@pytest.mark.parametrize(("recordings", "enough"), [(0, True), (1, False), (5, False), (6, True)])
def test_dev_data_that_cannot_tell_a_gain_from_chance_is_refused_before_anything_is_heard(recordings, enough):
    dev = [SimpleNamespace(file=f"{at}.wav", speaker="one") for at in range(recordings)]
    refused = (
        nullcontext()
        if enough
        else pytest.raises(InvalidDataset, match=f"^{recordings} recordings? of dev data")
    )

    with refused:
        audio_training._require_judges(dev)
