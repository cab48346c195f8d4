"""Lines of files in any encoding."""

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.datasets.codes import Code
from lect.datasets.lines import LONGEST_LINE, read_lines


def read(content, *, locale="en-US", longest=LONGEST_LINE, repair=False):
    problems = []
    lines = list(
        read_lines(
            io.BytesIO(content),
            name="f.txt",
            locale=locale,
            longest=longest,
            tell=problems.append,
            repair=repair,
        )
    )
    return lines, problems


def texts(content, **options):
    return [line.text for line in read(content, **options)[0]]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    lines, problems = read(codecs.BOM_UTF8 + b"one\ntwo")
    assert [line.text for line in lines] == ["one", "two"]
    assert not problems


def test_a_missing_byte_order_mark_is_a_warning():
    _, [problem] = read(b"one\n")
    assert (problem.code.value, problem.is_error) == ("missing_bom", False)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_line(end):
    assert texts(f"one{end}two{end}{end}four".encode()) == ["one", "two", "", "four"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_an_error_and_no_line_is_usable(encoding):
    lines, problems = read("straße\nnaïve\n".encode(encoding))
    assert [line.text for line in lines] == ["straße", "naïve"]
    assert not any(line.usable for line in lines)
    assert [problem.code.value for problem in problems] == ["bad_encoding"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252"])
def test_repairing_reads_them_all(encoding):
    lines, problems = read("naïve café\nshop\n".encode(encoding), repair=True)
    assert [line.text for line in lines] == ["naïve café", "shop"]
    assert all(line.usable for line in lines)
    assert not problems


def test_a_bad_byte_costs_its_line_alone_and_is_told_exactly():
    lines, problems = read(codecs.BOM_UTF8 + "good\nüber caf".encode() + b"\xe9 now\nfine\n")
    assert [line.usable for line in lines] == [True, False, True]
    [problem] = problems
    assert (problem.line, problem.column, problem.code.value) == (2, 9, "bad_encoding")
    assert "0xE9, byte 10 of the line" in problem.message
    assert "café now" in problem.suggestion


@pytest.mark.parametrize(
    ("locale", "encoding", "text"),
    [
        ("ja-JP", "cp932", "日本語"),
        ("zh-CN", "gb18030", "数据"),
        ("ru-RU", "cp1251", "привет"),
        ("pl-PL", "cp1250", "źle"),
    ],
)
def test_old_code_pages_are_read_by_language(locale, encoding, text):
    assert texts(text.encode(encoding), locale=locale, repair=True) == [text]


def test_a_line_of_ten_megabytes_is_skipped_in_small_parts():
    lines, problems = read(b"short\n" + b"a" * (10 << 20) + b"\nshort again\n")
    assert [line.usable for line in lines] == [True, False, True]
    assert len(lines[1].text) <= LONGEST_LINE + 1
    assert [(problem.code.value, problem.line) for problem in problems] == [
        ("missing_bom", 1),
        ("line_too_long", 2),
    ]


@given(st.binary(max_size=300), st.integers(4, 50), st.booleans())
def test_any_bytes_are_read(content, longest, repair):
    read(content, longest=longest, repair=repair)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"), max_size=20))
)
def test_lines_come_back_as_they_were_written(lines):
    content = codecs.BOM_UTF8 + "".join(f"{line}\n" for line in lines).encode()
    assert texts(content) == lines


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"fLaC", b"RIFF", b"\x1f\x8b", bytes(range(32)) * 20])
def test_binary_data_is_no_text(head):
    lines, problems = read(head + b"some words\nmore words\n")
    assert lines == []
    assert [problem.code for problem in problems] == [Code.BAD_ENCODING]
