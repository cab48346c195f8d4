"""A training that cannot go on from its checkpoint says so before any work, in the words of its options."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lect.core.errors import Conflict, InvalidAudio
from lect.models.audio_data import AudioData
from lect.models.methods import AudioOptions
from lect.models.plan import TrainOptions
from lect.models.resuming import command_of, keep_command, require_same
from lect.models.workplace import command_file

COMMAND = {
    "--audio": ["0" * 64], "--dev": True, "--epochs": 2, "--method": None, "--leave-out-suspects": False, "--seed": 3,
    "DATA:TIMES of --audio": [1.0],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--seed": 4}, "it was made with --seed 3, this command is with --seed 4"),
        ({"--epochs": 8}, "it was made with --epochs 2, this command is with --epochs 8"),
        ({"--dev": False}, "it was made with --dev, this command is without --dev"),
        ({"--leave-out-suspects": True}, "this command is with --leave-out-suspects"),
        ({"--audio": ["1" * 64]}, "other data: --audio"),
        ({"DATA:TIMES of --audio": [3.0]}, "other numbers: DATA:TIMES of --audio"),
    ],
)
def test_what_differs_is_named_as_the_option_that_says_it(tmp_path, changed, said):
    keep_command(tmp_path, COMMAND)
    with pytest.raises(Conflict) as caught:
        require_same(tmp_path, COMMAND | changed)
    assert said in caught.value.message
    assert "begin anew without --resume" in caught.value.hint


def test_all_differences_are_told_at_once(tmp_path):
    keep_command(tmp_path, COMMAND)
    with pytest.raises(Conflict) as caught:
        require_same(tmp_path, COMMAND | {"--seed": 4, "--epochs": 8})
    assert len(caught.value.message.splitlines()) == 3


def test_the_same_command_goes_on_and_so_does_one_of_which_nothing_is_noted(tmp_path):
    require_same(tmp_path, COMMAND)
    keep_command(tmp_path, COMMAND)
    require_same(tmp_path, dict(COMMAND))


def test_what_was_left_to_the_data_is_for_the_checkpoint_to_say(tmp_path):
    keep_command(tmp_path, COMMAND)
    require_same(tmp_path, COMMAND | {"--epochs": None, "--method": "lora"})


@pytest.mark.parametrize("note", [b"", b"[]", b'{"--seed": 3}', b"null"])
def test_a_note_that_cannot_be_read_tells_nothing(tmp_path, note):
    command_file(tmp_path).write_bytes(note)
    require_same(tmp_path, COMMAND | {"--seed": 4})


class File:
    """Some data."""

    name, kind, accepted, rejected = "a.zip", "acoustic", 1, 0

    def __init__(self, sha256, path="a.zip"):
        self.sha256, self.path = sha256, path


class Unreadable(File):
    """A file of recordings that says no hash."""

    def __init__(self):
        self.path = "a.zip"

    @property
    def sha256(self):
        raise InvalidAudio("../b.wav leads out of the archive")


BASE = SimpleNamespace(folder=SimpleNamespace(weights_sha256="b"))
START = SimpleNamespace(base=BASE, tuned=None)
DATA = AudioData(training=[File("1")], dev=File("2"), audio_only=[File("3")], noises=[File("4")])
OPTIONS = TrainOptions(
    text=("t.txt",),
    audio=("a.zip",),
    deep_text=True,
    tuning=AudioOptions(method="lora", epochs=2, per_step=3),
)
PLANNED = SimpleNamespace(text=[File("5")], structured=SimpleNamespace(files=[File("6")]))


def command(*, start=START, data=DATA, planned=PLANNED, device="cpu", threads=1, **changed):
    tuning = {
        name: changed.pop(name)
        for name in ("method", "augment", "epochs", "per_step", "leave_out_suspects")
        if name in changed
    }
    options = replace(OPTIONS, tuning=replace(OPTIONS.tuning, **tuning), **changed)
    training = SimpleNamespace(
        start=start,
        data=data,
        crew=SimpleNamespace(count=1),
        device=SimpleNamespace(name=device),
        settings=SimpleNamespace(threads=threads),
    )
    return command_of(training, planned, options)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"start": SimpleNamespace(base=BASE, tuned=SimpleNamespace(sha256="t"))}, "another model: --base"),
        ({"locale": "en-GB"}, "--locale en-GB"),
        ({"data": replace(DATA, training=[File("9")])}, "other data: --audio"),
        ({"data": replace(DATA, times={"a.zip": 3.0})}, "DATA:TIMES"),
        ({"data": replace(DATA, audio_only=[])}, "--audio-only"),
        ({"data": replace(DATA, noises=[])}, "--noise"),
        ({"data": replace(DATA, dev=None)}, "without --dev"),
        ({"planned": SimpleNamespace(**vars(PLANNED) | {"text": []})}, "other data: --text"),
        (
            {"planned": SimpleNamespace(text=PLANNED.text, structured=SimpleNamespace(files=[]))},
            "--structured",
        ),
        ({"deep_text": False}, "without --deep-text"),
        ({"synthetic_speech": True}, "with --synthetic-speech"),
        ({"method": "full"}, "--method full"),
        ({"augment": "full"}, "--augment full"),
        ({"epochs": 1}, "--epochs 1"),
        ({"per_step": 1}, "--per-step 1"),
        ({"leave_out_suspects": True}, "with --leave-out-suspects"),
        ({"device": "cuda"}, "--device cuda"),
        ({"threads": 2}, "--threads 2"),
        ({"seed": 1}, "--seed 1"),
    ],
)
def test_whatever_decides_what_is_learned_must_be_the_same(tmp_path, changed, said):
    keep_command(tmp_path, command())
    require_same(tmp_path, command())
    with pytest.raises(Conflict) as caught:
        require_same(tmp_path, command(**changed))
    assert said in caught.value.message
    assert len(caught.value.message.splitlines()) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"data": replace(DATA, dev=File("8"), guard=File("7"))},
        {"weight": 30},
        {"method": "auto"},
        {"epochs": None},
        {"data": replace(DATA, audio_only=[Unreadable()])},
    ],
)
def test_what_judges_may_be_another_and_what_cannot_be_told_yet_is_for_the_checkpoint(tmp_path, changed):
    keep_command(tmp_path, command())
    require_same(tmp_path, command(**changed))
