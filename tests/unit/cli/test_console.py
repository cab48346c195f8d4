"""What people are told on a terminal."""

from lect.cli.console import complain
from lect.core.errors import InvalidInput


def test_what_follows_the_first_line_of_an_error_is_indented(capsys):
    complain(InvalidInput("the server refuses: it is in use\nDelete what uses it.", hint="Or wait."))

    assert capsys.readouterr().err == (
        "error: the server refuses: it is in use\n  Delete what uses it.\n  Or wait.\n"
    )
