"""What `--help` says: every command shows how it is called, and what it shows can be called."""

import re
import shlex

import pytest
import typer
from typer.main import get_command

from lect.cli.main import app

EXAMPLE = re.compile(r"^ +((?:torchrun \S+ \S+ -m )?lect .+)$", re.M)


def walk(command, *path):
    """Every command and group with what is typed to reach it."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, *path, name)


COMMANDS = dict(walk(get_command(app), "lect"))


def examples(command):
    _, found, after = (command.help or "").partition("Examples:\n")
    return EXAMPLE.findall(after) if found else []


@pytest.fixture(params=COMMANDS, ids=" ".join)
def path(request):
    return request.param


def test_every_command_shows_how_it_is_called(path):
    shown = examples(COMMANDS[path])

    assert shown, f"the help of {' '.join(path)} has no `Examples:`"
    assert all(f"{' '.join(path)}" in f"{example} " for example in shown)


def test_every_example_has_arguments_and_options_that_there_are(path):
    for example in examples(COMMANDS[path]):
        words = shlex.split(example.partition(" > ")[0])
        words = words[words.index("lect") :]
        named = max((known for known in COMMANDS if tuple(words[: len(known)]) == known), key=len)
        try:
            COMMANDS[named].make_context(" ".join(named), words[len(named) :])
        except typer.BadParameter as error:
            pytest.fail(f"{example}: {error.format_message()}")


def test_every_option_and_argument_says_what_it_is(path):
    silent = [
        each.name for each in COMMANDS[path].params if not (each.help or each.name.endswith("completion"))
    ]
    hidden = {each.name for each in COMMANDS[path].params if getattr(each, "hidden", False)}

    assert set(silent) - hidden == set()


def test_paragraphs_are_filled_by_the_terminal_and_not_by_the_source(path):
    paragraphs = (COMMANDS[path].help or "").split("\n\n")

    assert [each for each in paragraphs if "\n" in each.strip() and "Examples:" not in each] == []
