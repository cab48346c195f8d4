"""A training that cannot go on from its checkpoint says so before any work, in the words of its options."""

from __future__ import annotations

import pytest

from lect.core.errors import Conflict
from lect.models.resuming import keep_command, require_same

COMMAND = {
    "--audio": ["0" * 64], "--dev": True, "--epochs": None, "--leave-out-suspects": False, "--seed": 3,
    "DATA:TIMES of --audio": [1.0],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--seed": 4}, "it was made with --seed 3, this command is with --seed 4"),
        ({"--epochs": 8}, "it was made without --epochs, this command is with --epochs 8"),
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
