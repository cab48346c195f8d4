"""Plain text: the lines that training gets."""

import hashlib
from itertools import islice

import pytest
from dataset_makers import codes

from lect.core.errors import InvalidInput, NotFound
from lect.datasets.checking import check
from lect.datasets.text import read_text

BOM = "\ufeff"


def test_good_lines_come_without_blank_ones_and_bad_ones(write):
    content = f"{BOM}one sentence\n\n  another one \n???\nsee http://x.org\nthe last one"
    lines = read_text(write("lines.txt", content))
    assert list(lines) == ["one sentence", "another one", "the last one"]
    assert (lines.name, lines.accepted, lines.rejected, lines.first_rejected) == ("lines.txt", 3, 2, 4)
    assert lines.sha256 == hashlib.sha256(content.encode()).hexdigest()


def test_lines_can_be_read_again(write):
    lines = read_text(write("lines.txt", "one\ntwo\n"))
    assert list(islice(lines, 1)) == ["one"]
    assert list(lines) == list(lines) == ["one", "two"]


def test_a_repeated_line_is_right_since_it_gives_weight(write):
    report = check(write("lines.txt", f"{BOM}one\none\none\none\none\n"))
    assert report.problems == ()
    assert report.accepted == 5


def test_wide_text_gives_no_line(write):
    lines = read_text(write("lines.txt", "one\ntwo\n".encode("utf-16")))
    assert list(lines) == []
    assert (lines.accepted, lines.rejected) == (0, 2)


@pytest.mark.parametrize("content", ["", "\n\n \n", BOM])
def test_a_text_without_a_line_is_an_error(write, content):
    report = check(write("lines.txt", content), kind="text")
    assert "empty" in codes(report)
    assert not report.ok


def test_problems_name_file_line_and_column(write):
    report = check(write("lines.txt", f"{BOM}fine\n  so sooooo good\n"))
    [problem] = report.problems
    assert problem.to_json() == {
        "file": "lines.txt",
        "line": 2,
        "column": 7,
        "severity": "error",
        "code": "too_many_repeats",
        "excerpt": "  so sooooo good",
        "message": "'o' comes more than 3 times in a row",
        "suggestion": "Write it 3 times at most. To give a sentence more weight, repeat the line.",
    }


def test_a_long_line_is_shown_around_the_problem(write):
    words = " ".join(f"word {number}" for number in range(100))
    report = check(write("lines.txt", f"{BOM}{words} http://x.org {words}"))
    [problem] = report.problems
    assert len(problem.excerpt) <= 62
    assert problem.excerpt[0] == problem.excerpt[-1] == "…"
    assert "http://x.org" in problem.excerpt


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(NotFound, match=r"nothing\.txt"):
        read_text(tmp_path / "nothing.txt")
    with pytest.raises(InvalidInput, match="folder"):
        read_text(tmp_path)
