"""What people are told on a terminal."""

import pytest

from lect.cli.console import complain, progress
from lect.cli.signs import SignsOfLife
from lect.core.errors import InvalidInput


def test_what_follows_the_first_line_of_an_error_is_indented(capsys):
    complain(InvalidInput("the server refuses: it is in use\nDelete what uses it.", hint="Or wait."))

    assert capsys.readouterr().err == (
        "error: the server refuses: it is in use\n  Delete what uses it.\n  Or wait.\n"
    )


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self):
        return self.now


def test_work_of_less_than_half_a_minute_gives_no_sign_and_longer_work_one_each_half_minute():
    clock, lines = Clock(), []
    life = SignsOfLife(lines.append, clock=clock)
    for second in range(100):
        clock.now = 1000.0 + second
        life.tell("Training" if second < 70 else "Measuring", second / 100)
    assert lines == [
        "Training: 30%, after 30 s",
        "Training: 60%, after 1 min 0 s",
        "Measuring: 90%, after 1 min 30 s",
    ]


def test_what_nobody_knows_the_end_of_has_no_percentage():
    clock, lines = Clock(), []
    life = SignsOfLife(lines.append, clock=clock)
    clock.now += 31
    life.tell("Waiting", None)
    assert lines == ["Waiting, after 31 s"]


@pytest.mark.parametrize("quiet", [False, True])
def test_without_a_terminal_long_work_writes_whole_lines_unless_it_is_to_be_quiet(capsys, quiet):
    clock = Clock()
    with progress(quiet=quiet, clock=clock) as tell:
        tell("Training", 0.0)
        clock.now += 45
        tell("Training \u00b7 step 9", 0.5)
    told = capsys.readouterr()
    assert told.err == ("" if quiet else "Training \u00b7 step 9: 50%, after 45 s\n")
    assert told.out == ""
