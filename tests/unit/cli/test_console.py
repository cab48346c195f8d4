"""What people are told on a terminal."""

import sys

import pytest
from rich.console import Console

from lect.cli import console
from lect.cli.console import complain, print_table, progress
from lect.cli.signs import SignsOfLife
from lect.core.errors import InvalidInput


def test_what_follows_the_first_line_of_an_error_is_indented(capsys):
    complain(InvalidInput("the server refuses: it is in use\nDelete what uses it.", hint="Or wait."))

    assert capsys.readouterr().err == (
        "error: the server refuses: it is in use\n  Delete what uses it.\n  Or wait.\n"
    )


def test_names_that_others_gave_move_no_cursor(capsys):
    complain(InvalidInput("there is no \x1b[2Jmodel\r"))
    print_table(("name",), [("orders\x1b]0;x\x07 caf\u00e9 \U0001f468\u200d\U0001f469",), ("\x9b31m",)])

    told = capsys.readouterr()
    assert told.err == "error: there is no \\x1b[2Jmodel\\x0d\n"
    assert told.out.splitlines()[1:] == [
        "orders\\x1b]0;x\\x07 caf\u00e9 \U0001f468\u200d\U0001f469",
        "\\x9b31m",
    ]


def test_a_name_is_no_markup(monkeypatch, capsys):
    """Progress of work with such a name would end in an error of the bar."""
    monkeypatch.setattr(console, "console", lambda: Console(file=sys.stdout, force_terminal=True))
    with progress() as tell:
        tell("[/red] \x1b[2J · Running", 0.5)

    assert "[/red] \\x1b[2J" in capsys.readouterr().out


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
