"""A step is the same however its batches are cut, kept or shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from conftest import tone  # noqa: E402 - it needs torch
from lect.core.errors import InvalidInput, TrainingDiverged  # noqa: E402
from lect.engines.whisper.tuning import loop  # noqa: E402
from lect.engines.whisper.tuning.batches import Collator  # noqa: E402
from lect.engines.whisper.tuning.encoded import EncodedFile  # noqa: E402
from lect.engines.whisper.tuning.loop import tune  # noqa: E402
from lect.engines.whisper.tuning.model import Encoder, Whisper  # noqa: E402
from lect.engines.whisper.tuning.options import TuneOptions  # noqa: E402
from lect.engines.whisper.tuning.plan import BatchOptions, Planned  # noqa: E402
from lect.engines.whisper.tuning.trainer import Trainer  # noqa: E402

PLAIN = TuneOptions(
    rank=4,
    learning_rate=1e-3,
    epochs=6,
    batches=BatchOptions(frames=120, padded=0, silence=0),
    augmentation=None,
    precision="fp32",
)
DECODER = replace(PLAIN, part="decoder")
LANGUAGE = replace(PLAIN, part="language")


def collator(examples, options=PLAIN):
    return Collator(examples=examples, mels=80, options=options.batches, augmentation=options.augmentation)


def planned(*members, draw=0):
    return Planned(members=members, padded=False, draw=draw)


def silent(examples):
    return [replace(each, samples=None) for each in examples]


def trained(trainer):
    return trainer.snapshot("").arrays


def weights_of(trainer):
    return np.concatenate(
        [each.ravel() for name, each in trained(trainer).items() if name.startswith("weight/")]
    )


def close(ours, others):
    assert ours.keys() == others.keys()
    assert all(np.allclose(ours[name], others[name], atol=1e-5) for name in ours)


@pytest.mark.parametrize("rank", [0, 4])
@pytest.mark.parametrize("cut", [[(0, 1, 2, 3)], [(0,), (1, 2, 3)], [(3, 1), (0, 2)]])
def test_a_step_does_not_depend_on_how_it_is_cut_into_batches(small, tones, rank, cut):
    options = replace(PLAIN, rank=rank)
    whole, parts = Trainer(small, options, 9), Trainer(small, options, 9)
    before = weights_of(whole)
    make = collator(tones, options).batch
    for _ in range(3):
        whole.learn([make(planned(0, 1, 2, 3))], tones)
        parts.learn([make(planned(*members)) for members in cut], tones)

    assert parts.losses == pytest.approx(whole.losses, rel=1e-5)
    # Weight by weight, Adam makes a whole step of a gradient that is nothing but rounding.
    apart = np.linalg.norm(weights_of(parts) - weights_of(whole))
    assert apart < 1e-3 * np.linalg.norm(weights_of(whole) - before)


def test_several_batches_a_step_are_fewer_steps(small, tones):
    single = tune(small, tones, options=PLAIN)
    double = tune(small, tones, options=replace(PLAIN, batches=replace(PLAIN.batches, per_step=2)))

    assert len(double.losses) * 2 == len(single.losses)


def test_the_recordings_of_a_step_that_runs_away_are_named(small, tones, monkeypatch):
    trainer = Trainer(small, PLAIN, 9)
    monkeypatch.setattr(trainer, "_loss", lambda _: torch.tensor(float("nan"), requires_grad=True))

    with pytest.raises(TrainingDiverged, match=r"^step 1 of 9: the loss is nan on 300.wav, 700.wav"):
        trainer.learn([collator(tones).batch(planned(0))], tones[:2])


# --- text alone ------------------------------------------------------------------------------------------------------


def test_one_frame_of_zeros_says_as_little_as_many(small):
    model, tokens, rows = Whisper(small), torch.tensor([[290, 291, 7]]), torch.arange(3)
    with torch.no_grad():
        one, many = (model.decoder(torch.zeros(1, n, 64), tokens, rows) for n in (1, 40))

    assert torch.allclose(one, many, atol=1e-5)


def test_text_alone_teaches_the_language_and_nothing_else(small, tones):
    options = replace(LANGUAGE, epochs=40, learning_rate=3e-3)
    tuned = tune(small, silent(tones), options=options)

    assert np.mean(tuned.losses[-4:]) < 0.5 * np.mean(tuned.losses[:4])
    assert tuned.delta.changes
    assert all(name.startswith("decoder.layers") and "cross" not in name for name in tuned.delta.changes)


def test_only_language_can_be_learned_from_text_alone(small, tones):
    with pytest.raises(InvalidInput, match=r"^300\.wav: nobody says it"):
        tune(small, silent(tones), options=DECODER)


# --- a frozen encoder ------------------------------------------------------------------------------------------------


def test_the_loss_is_the_same_from_what_the_encoder_made_before(small, tones, tmp_path):
    make = collator(tones, DECODER).batch
    steps = [(0, 1), (2, 3), (0, 1), (2, 3), (0, 1)]
    with (tmp_path / "encoded").open("w+b") as file:
        fresh, keeping = Trainer(small, DECODER, 9), Trainer(small, DECODER, 9, kept=EncodedFile(file))
        for trainer in (fresh, keeping):
            for members in steps:
                trainer.learn([make(planned(*members, draw=members[0]))], [tones[i] for i in members])

    assert keeping.losses == pytest.approx(fresh.losses, rel=1e-3)
    assert len(set(fresh.losses)) == len(steps)


@pytest.mark.parametrize(
    ("options", "times"),
    [(DECODER, 2), (replace(DECODER, copies=3), 3), (replace(DECODER, copies=9), 6), (PLAIN, 6)],
)
def test_a_frozen_encoder_hears_each_recording_so_often(small, tones, monkeypatch, options, times):
    heard, forward = [], Encoder.forward

    def counting(self, mel):
        heard.append(len(mel))
        return forward(self, mel)

    monkeypatch.setattr(Encoder, "forward", counting)
    tune(small, tones, options=options)

    assert sum(heard) == times * len(tones)


@pytest.mark.parametrize("part", ["decoder", "language"])
def test_a_training_on_kept_outputs_resumes_to_the_same_bytes(small, tones, tmp_path, part):
    options = TuneOptions(part=part, rank=4, epochs=5, batches=PLAIN.batches)
    unbroken = tune(small, tones, options=options)

    def stop(step):
        if step.step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(small, tones, options=options, checkpoint=tmp_path / "state", progress=stop)
    resumed = tune(small, tones, options=options, checkpoint=tmp_path / "state", resume=True)

    assert len(unbroken.losses) > 8
    assert resumed.losses == unbroken.losses
    assert resumed.delta.to_bytes() == unbroken.delta.to_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


# --- noise -----------------------------------------------------------------------------------------------------------


def test_noise_belongs_to_the_training(small, tones):
    noise = tone("noise", 100, [1]).samples
    recipes = {loop._recipe(small.arrays, tones, noises, PLAIN) for noises in ((), (noise,), (0.5 * noise,))}

    assert len(recipes) == 3


def test_noise_that_is_no_sound_is_named(small, tones):
    with pytest.raises(InvalidInput, match="^noise 2: it holds samples that are no numbers"):
        tune(small, tones, noises=[tones[0].samples, np.full(9, np.nan, np.float32)], options=PLAIN)
