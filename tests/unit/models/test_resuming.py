"""A training that cannot go on from its checkpoint says so before any work, in the words of its options."""

from __future__ import annotations

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


class Unreadable:
    """A file of recordings that says no hash."""

    @property
    def sha256(self):
        raise InvalidAudio("../b.wav leads out of the archive")

    name, kind, accepted, rejected = "a.zip", "audio", 1, 0


def test_data_that_cannot_be_read_is_no_reason_before_its_turn():
    training = SimpleNamespace(
        start=SimpleNamespace(
            base=SimpleNamespace(folder=SimpleNamespace(weights_sha256="b")),
            tuned=SimpleNamespace(sha256="t"),
        ),
        data=AudioData(audio_only=[Unreadable()]),
        crew=SimpleNamespace(count=2),
        device=SimpleNamespace(name="cpu"),
        settings=SimpleNamespace(threads=3),
    )
    options = TrainOptions(audio_only=("a.zip",), tuning=AudioOptions(epochs=4), seed=5)
    command = command_of(training, None, options)

    assert command["--audio-only"] is None
    given = {
        option: command[option] for option in ("--base", "--epochs", "--per-step", "--threads", "--seed")
    }
    assert given == {"--base": ["b", "t"], "--epochs": 4, "--per-step": 2, "--threads": 3, "--seed": 5}
