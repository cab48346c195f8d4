"""Pronunciations: a display form and what is said for it."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dataset_makers import codes, problem
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import NotFound
from lect.datasets.checking import check
from lect.datasets.pronunciation import read_pronunciations
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation

BOM = "\ufeff"
SAMPLE = f"{BOM}3CPO\tthree c p o\r\n\r\nIEEE\ti  triple e \r\n"


def test_entries_are_read_with_and_without_a_byte_order_mark(write):
    entries = (
        Pronunciation(display="3CPO", spoken="three c p o"),
        Pronunciation(display="IEEE", spoken="i triple e"),
    )
    assert tuple(read_pronunciations([write("a.txt", SAMPLE)])) == entries
    assert read_pronunciations([write("b.txt", SAMPLE.removeprefix(BOM))]).entries == entries
    assert codes(check(write("b.txt", SAMPLE.removeprefix(BOM)))) == {"missing_bom"}


def test_several_files_are_read_in_order_and_counted(write):
    one, two = write("one.txt", SAMPLE), write("two.txt", "no tab\nCNTK\tc n t k\n")
    read = read_pronunciations([one, two])
    assert [entry.display for entry in read] == ["3CPO", "IEEE", "CNTK"]
    assert len(read) == 3
    assert [(it.name, it.kind, it.accepted, it.rejected, it.first_rejected) for it in read.files] == [
        ("one.txt", "pronunciation", 2, 0, None),
        ("two.txt", "pronunciation", 1, 1, 1),
    ]
    assert read.files[0].sha256 == hashlib.sha256(one.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("3CPO three c p o", "no_tab", 17),
        ("3CPO\tthree\tc p o", "several_tabs", 11),
        ("\tthree c p o", "empty_column", 1),
        ("3CPO\t", "empty_column", 6),
        ("3CPO\t...", "empty_after_normalisation", 6),
        ("3CPO\t3 c p o", "ambiguous_number", 6),
        ("R&D\tr & d", "symbol", 7),
        ("CN\tsee http://x.org", "url_in_line", 8),
        ("  3CPO\t  go go go go", "too_many_repeats", 10),
    ],
)
def test_each_problem_has_its_column(write, line, code, column):
    found = problem(check(write("data.txt", f"{BOM}A\ta\n{line}\n"), kind="pronunciation"), code)
    assert (found.line, found.column) == (2, column)


WARNED = [  # display, spoken, code, column in the spoken form, what the message or the suggestion says
    ("US", "us", "letters_as_word", 1, "write: u s"),
    ("The", "the", "said_everywhere", 1, "'The' is written wherever it is"),
    ("i phone", "iPhone", "columns_swapped", 1, "3CPO<TAB>three c p o"),
    ("SQL", "Sql", "letters_as_word", 1, "write: s q l"),
    ("U.S.", "us", "letters_as_word", 1, "'U.S.' is written wherever that is said"),
    ("3CPO", "TH R IY S IY P IY OW", "phones_in_spoken", 1, "Write it so: three c p o"),
    ("cat", "k ae t", "phones_in_spoken", 1, "Write it so: cat"),
    ("cat", "the kæt", "phones_in_spoken", 6, "'æ' is of the phonetic alphabet"),
    ("cat", "ˈkat", "phones_in_spoken", 1, "'ˈ' is of the phonetic alphabet"),
    ("A.B.", "a. b.", "symbol", 2, "'.'"),
    ("snake_case", "snake_case", "symbol", 6, "'_'"),
    ("C3", "c - 3", "symbol", 3, "'-'"),
    ("C3", "c 3 -", "ambiguous_number", 3, "'3'"),
    ("R&D", "r (and) d", "symbol", 3, "'('"),
]


@pytest.mark.parametrize(("display", "spoken", "code", "column", "said"), WARNED)
def test_what_is_probably_meant_otherwise_is_a_warning(write, display, spoken, code, column, said):
    report = check(write("data.txt", f"{BOM}{display}\t{spoken}\n"), kind="pronunciation")
    found = problem(report, code)
    assert (found.line, found.column) == (1, len(display) + 1 + column)
    assert said in found.message + found.suggestion
    assert report.ok
    assert report.accepted == 1


@pytest.mark.parametrize(
    ("locale", "entry"),
    [
        ("en-US", "UNESCO\tunesco"),  # too long to be said letter by letter
        ("en-US", "US\tu s"),
        ("en-US", "iPad\tipad"),
        ("en-US", "I\ti"),
        ("en-US", "IBM\tI B M"),
        ("en-US", "AI\tA I"),
        ("en-US", "Um\tuh oh"),
        ("en-US", "SQL\tsequel"),
        ("en-US", "RnR\trock 'n' roll"),
        ("en-US", "21st\ttwenty-first"),
        ("en-US", "USA\tu.s.a"),
        ("hi-IN", "भारत\tहिन्दी"),  # its vowel signs are no letters to Python
        ("th-TH", "ไทย\tภาษาไทย"),
        ("az-AZ", "3D\tüç də"),
        ("de-DE", "UKW\tu ka we"),
        ("fr-FR", "CNRS\tcé enne erre esse"),
        ("ja-JP", "ABC\tエービーシー"),
    ],
)
def test_how_terms_are_said_has_no_problem(write, locale, entry):
    assert check(write("data.txt", f"{BOM}{entry}\n"), kind="pronunciation", locale=locale).problems == ()


def test_more_than_200_letters_are_no_term(write):
    fits, long = "ab" * 100, "ab" * 100 + "c"
    lines = [f"{fits}\tx ray", f"{long}\ty ray", f"X\t{fits}", f"Y\t{long}", f"Z\t{'one two ' * 100}"]
    report = check(write("data.txt", BOM + "\n".join(lines)), kind="pronunciation")
    found = [each for each in report.problems if each.code.value == "term_too_long"]
    assert [(each.line, each.column) for each in found] == [(2, 1), (4, 3)]  # numbers are figures: 200 digits
    assert "all of them are written" in found[0].message
    assert "never written" in found[1].message


def test_a_web_address_and_signs_may_be_displayed(write):
    path = write("data.txt", f"{BOM}http://x.org\tx dot org\n.NET\tdot net\n+1\tplus one\n")
    assert check(path, kind="pronunciation").problems == ()


def test_wide_text_is_repaired(write, tmp_path):
    report = check(write("data.txt", SAMPLE.encode("utf-16")), kind="pronunciation", fix=tmp_path / "out.txt")
    assert codes(report) == {"bad_encoding"}
    assert (tmp_path / "out.txt").read_text("utf-8") == f"{BOM}3CPO\tthree c p o\nIEEE\ti  triple e\n"


def test_the_size_is_limited(write):
    report = check(write("data.txt", SAMPLE), limits=Limits(pronunciation_bytes=10))
    assert problem(report, "too_large").suggestion.endswith("LECT_LIMITS_PRONUNCIATION_BYTES.")


def test_an_empty_file_is_told(write):
    assert "empty" in codes(check(write("data.txt", "\n"), kind="pronunciation"))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(NotFound):
        read_pronunciations([tmp_path / "nothing.txt"])


CELLS = st.one_of(st.text(max_size=10), st.sampled_from(["3CPO", "three c p o", "a", "", " ", "5 %"]))


@given(st.lists(st.lists(CELLS, max_size=3).map("\t".join), max_size=8), st.sampled_from(["en-US", "ja-JP"]))
def test_any_lines_are_judged_and_can_be_repaired(lines, locale):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.txt"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        report = check(path, kind="pronunciation", locale=locale, fix=Path(folder) / "out")
        read = read_pronunciations([path], locale=locale)
    last = sum(line.count("\n") + line.count("\r") + 1 for line in lines)
    assert all(it.line is None or 1 <= it.line <= max(last, 1) for it in report.problems)
    assert len(read) == report.accepted
    assert all(entry.display and entry.spoken for entry in read)
