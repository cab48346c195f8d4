"""Every error is drawn, described and has its exit code."""

import inspect
import re

import pytest

from lect.core import errors


def subclasses(cls):
    return [cls, *(found for child in cls.__subclasses__() for found in subclasses(child))]


CLASSES = [cls for cls in subclasses(errors.LectError) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", CLASSES)
def test_the_tree_in_the_docstring_shows_it(cls):
    assert re.search(rf"\b{cls.__name__}\b", inspect.getdoc(errors))


@pytest.mark.parametrize("cls", CLASSES)
def test_it_has_a_default_message_and_a_code_of_its_own(cls):
    assert cls().message.endswith(".")
    assert [other for other in CLASSES if other.code == cls.code] == [cls]


@pytest.mark.parametrize("cls", CLASSES)
def test_the_table_of_exit_codes_lists_it(cls, root):
    table = (root / "docs" / "reference" / "exit-codes.md").read_text("utf-8")

    assert re.search(rf"^\| `{cls.__name__}` \| `{cls.code}` \| [12] \|", table, re.M)


def test_errors_are_defined_in_one_place():
    assert [cls for cls in subclasses(errors.LectError) if cls not in CLASSES] == []
