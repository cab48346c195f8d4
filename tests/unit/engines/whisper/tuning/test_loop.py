"""Training learns, can be stopped anywhere and goes on to the same bytes, and never keeps numbers that are none."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors import safe_open

torch = pytest.importorskip("torch")

from lect.core.errors import Conflict, InvalidAudio, ModelLoadFailed, TrainingDiverged  # noqa: E402 - it needs torch
from lect.engines.whisper.tuning import trainer  # noqa: E402
from lect.engines.whisper.tuning.batches import Collator  # noqa: E402
from lect.engines.whisper.tuning.loop import tune  # noqa: E402
from lect.engines.whisper.tuning.model import Whisper  # noqa: E402
from lect.engines.whisper.tuning.options import TuneOptions  # noqa: E402
from lect.engines.whisper.tuning.plan import BatchOptions, Planned  # noqa: E402

QUICK = TuneOptions(rank=4, epochs=4, batches=BatchOptions(frames=120, padded=0), precision="fp32")
DENSE = replace(QUICK, rank=0, learning_rate=1e-3)
WHOLE = BatchOptions(frames=1000, padded=0)


def digest(tuned):
    return hashlib.sha256(b"".join(array.tobytes() for array in tuned.weights.arrays.values())).hexdigest()


def stopping(after):
    """A watcher that interrupts after so many steps."""

    def watch(step):
        if step.step == after:
            raise KeyboardInterrupt

    return watch


def stop(*arguments, after, **options):
    with pytest.raises(KeyboardInterrupt):
        tune(*arguments, progress=stopping(after), **options)


def foretold(weights, examples):
    """The likeliest next tokens where the labels stand, and the labels."""
    everything = Planned(members=tuple(range(len(examples))), padded=False, draw=0)
    collator = Collator(examples=examples, mels=80, options=WHOLE, augmentation=None)
    batch = collator.batch(everything)
    with torch.no_grad():
        arrays = (torch.from_numpy(each) for each in (batch.mel(), batch.tokens, batch.rows))
        return Whisper(weights)(*arrays).argmax(-1).tolist(), batch.labels.tolist()


@pytest.mark.parametrize("rank", [0, 8])
def test_it_learns_what_four_tones_say(small, tones, rank):
    options = TuneOptions(
        rank=rank, learning_rate=3e-3, epochs=60, batches=WHOLE, augmentation=None, precision="fp32"
    )
    tuned = tune(small, tones, options=options)
    said, labels = foretold(tuned.weights, tones)

    assert foretold(small, tones)[0] != labels
    assert said == labels
    assert tuned.losses[0] > 3
    assert tuned.losses[-1] < 0.1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    "options", [QUICK, DENSE, replace(QUICK, part="decoder")], ids=["lora", "dense", "dec"]
)
@pytest.mark.parametrize("after", [1, 7])
def test_resumed_training_ends_in_the_same_bytes(small, tones, tmp_path, options, precision, after):
    options = replace(options, precision=precision)
    unbroken = tune(small, tones, options=options)
    stop(small, tones, options=options, checkpoint=tmp_path / "state", after=after)
    resumed = tune(small, tones, options=options, checkpoint=tmp_path / "state", resume=True)

    assert len(unbroken.losses) > 7
    assert digest(resumed) == digest(unbroken) != digest(SimpleNamespace(weights=small))
    assert resumed.losses == unbroken.losses


@pytest.mark.parametrize("was", [True, False])
def test_a_training_goes_on_in_the_precision_that_it_began_in(small, tones, tmp_path, monkeypatch, was):
    """Which one is quicker is tried anew, and may be close."""
    unbroken = tune(small, tones, options=replace(QUICK, precision="bf16" if was else "fp32"))
    options = replace(QUICK, precision="auto")
    monkeypatch.setattr(trainer, "computes_in_bf16", lambda device: was)
    stop(small, tones, options=options, checkpoint=tmp_path / "state", after=3)
    monkeypatch.setattr(trainer, "computes_in_bf16", lambda device: not was)
    resumed = tune(small, tones, options=options, checkpoint=tmp_path / "state", resume=True)

    assert digest(resumed) == digest(unbroken)


def test_checkpoints_of_the_same_step_are_the_same_bytes(small, tones, tmp_path):
    for name in ("a", "b"):
        stop(small, tones, options=QUICK, checkpoint=tmp_path / name, after=2)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_checkpoint_is_written_every_while(small, tones, tmp_path):
    """A clock that goes on by 10 s whenever it is read: twice a step."""
    path, seen, time = tmp_path / "state", [], iter(range(0, 100_000, 10))

    def watch(step):
        if path.exists():
            with safe_open(path, "numpy") as file:
                seen.append(file.metadata()["lect-training"])

    options = replace(QUICK, checkpoint_seconds=30)
    tune(small, tones, options=options, checkpoint=path, progress=watch, clock=lambda: next(time))

    assert len(set(seen)) > 1
    assert len(set(seen)) < len(seen)


def test_a_finished_training_is_not_done_again(small, tones, tmp_path):
    first = tune(small, tones, options=QUICK, checkpoint=tmp_path / "state")
    steps = []
    again = tune(
        small, tones, options=QUICK, checkpoint=tmp_path / "state", resume=True, progress=steps.append
    )

    assert digest(again) == digest(first)
    assert steps == []


def test_resuming_without_a_checkpoint_begins_at_the_start(small, tones, tmp_path):
    tuned = tune(small, tones, options=QUICK, checkpoint=tmp_path / "state", resume=True)

    assert digest(tuned) == digest(tune(small, tones, options=QUICK))


def test_a_checkpoint_of_another_training_is_refused(small, tones, tmp_path):
    path = tmp_path / "state"
    stop(small, tones, options=QUICK, checkpoint=path, after=1)

    for examples, options in ((tones, replace(QUICK, seed=1)), (tones[::-1], QUICK)):
        with pytest.raises(Conflict, match="state: .*other data or other options"):
            tune(small, examples, options=options, checkpoint=path, resume=True)
    louder = {**small.arrays, "encoder.norm.bias": small.arrays["encoder.norm.bias"] + 1}
    with pytest.raises(Conflict):
        tune(replace(small, arrays=louder), tones, options=QUICK, checkpoint=path, resume=True)


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: b"\xff" * 100])
def test_a_damaged_checkpoint_is_refused(small, tones, tmp_path, damage):
    path = tmp_path / "state"
    stop(small, tones, options=QUICK, checkpoint=path, after=1)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(ModelLoadFailed, match="state: not a usable checkpoint"):
        tune(small, tones, options=QUICK, checkpoint=path, resume=True)


@pytest.fixture
def heeds_ctrl_c():
    """As in a terminal: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_during_an_update_waits_for_its_end(small, tones, tmp_path, monkeypatch):
    step = torch.optim.AdamW.step

    def interrupted(self, *arguments):
        os.kill(os.getpid(), signal.SIGINT)
        return step(self, *arguments)

    path = tmp_path / "state"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch.optim.AdamW, "step", interrupted)
        tune(small, tones, options=QUICK, checkpoint=path)
    resumed = tune(small, tones, options=QUICK, checkpoint=path, resume=True)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert digest(resumed) == digest(tune(small, tones, options=QUICK))


def test_a_sample_that_is_no_number_is_an_error(small, tones):
    broken = replace(tones[1], samples=np.full(8000, np.nan, np.float32))

    with pytest.raises(InvalidAudio, match=r"^700\.wav: "):
        tune(small, [tones[0], broken], options=QUICK)


@pytest.mark.parametrize("options", [QUICK, DENSE], ids=["lora", "dense"])
def test_a_training_that_runs_away_names_the_step_and_writes_no_wrong_number(small, tones, tmp_path, options):
    path = tmp_path / "state"
    options = replace(options, learning_rate=1e30, checkpoint_seconds=0)

    with pytest.raises(TrainingDiverged, match=r"^step [2-9] of \d+: the .* is (nan|inf) on .*\.wav"):
        tune(small, tones, options=options, checkpoint=path)
    with safe_open(path, "numpy") as file:
        assert all(np.isfinite(file.get_tensor(name)).all() for name in file.keys())  # noqa: SIM118 - no dictionary


def test_a_gradient_that_is_not_finite_leaves_the_weights_alone(small, tones, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(float("inf")))

    with pytest.raises(TrainingDiverged, match=r"^step 1 of \d+: the gradient is inf"):
        tune(small, tones, options=QUICK, checkpoint=tmp_path / "state")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("part", "trained"),
    [
        ("all", lambda name: not name.endswith("positions")),
        ("decoder", lambda name: name.startswith(("decoder.layers", "decoder.norm"))),
        ("language", lambda name: name.startswith("decoder.layers") and "cross" not in name),
    ],
)
def test_dense_training_changes_its_part_alone(small, tones, part, trained):
    tuned = tune(small, tones, options=replace(DENSE, part=part, epochs=1)).weights.arrays

    changed = {name for name in small.arrays if not np.array_equal(tuned[name], small.arrays[name])}
    assert changed == {name for name in small.arrays if trained(name)}


def test_progress_tells_loss_speed_and_what_is_left(small, tones):
    seconds, told = iter(range(1000)), []
    tuned = tune(small, tones, options=QUICK, progress=told.append, clock=lambda: next(seconds))

    assert [step.loss for step in told] == list(tuned.losses)
    assert [step.step for step in told] == list(range(1, told[0].steps + 1))
    assert told[-1].seconds_left == 0
    assert told[-1].words_per_second == pytest.approx(4 * 8 / len(told))


def test_the_learning_rate_rises_to_its_peak_and_falls_to_almost_nothing():
    options = TuneOptions(learning_rate=1e-3)
    rates = [trainer.learning_rate(step, 100, options) for step in range(100)]

    assert rates[0] == pytest.approx(1e-4)
    assert max(rates) == pytest.approx(1e-3) == pytest.approx(rates[9])
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(2e-5)
    assert trainer.learning_rate(0, 1, options) == 1e-3


def test_other_threads_get_their_number_back(small, tones):
    before = torch.get_num_threads()
    tune(small, tones, options=replace(QUICK, epochs=1, threads=before + 1))

    assert torch.get_num_threads() == before
