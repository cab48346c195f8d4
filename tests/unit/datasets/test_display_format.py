"""Display formats: the syntax of patterns, rewriting, phrases to mask and tests."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dataset_makers import codes, problem
from hypothesis import given
from hypothesis import strategies as st

from lect.datasets.checking import check
from lect.datasets.display import read_display
from lect.datasets.itn import pattern_problems
from lect.settings import Limits
from lect.speech.text.display.rules.matching import Matcher

BOM = "\ufeff"
SAMPLE = (
    BOM
    + r"""// rules
# ITN
cat-\d
\d\d{to >-}\d\d {K>cadence}
#Rewrite
end to end	E2E
murdock michael A dpm	Murdock, Michael A., Dpm
# profanity
fake word
#test
do you like cat nine	Do you like cat-9
"""
)

GOOD = r"""
JO:500
[5-7]
\d\d\d-\d\d\d
{zippy>ZPI}-\d\d
\d[05]{ to >-}\d[05]
{write} (\u.)+
(\d|\l)?-(a(b|c)*)+
\\ \( \) \{ \} \| \+ \? \*
[0-9A-Fa-f] $5.00 & #1
{what \> is>a}
"""
BAD = r"""
1   \w\d           \w means nothing
3   ab\            the pattern ends in a backslash
2   a(b|c          the ( is never closed
2   a)b            the ) closes nothing
2   a[5-           the [ is never closed
2   a]             the ] closes nothing
1   []             [] is no range of digits or letters
1   [a-9]          [a-9] is no range of digits or letters
1   [7-5]          the range 7-5 runs backwards
1   {zippy>Z       the { is never closed
2   a}             the } closes nothing
1   {}             the braces hold nothing that is spoken
1   { >x}          the braces hold nothing that is spoken
1   {a>b>c}        the braces hold more than one >
3   \d{2}          {2} repeats nothing here: braces hold {spoken>written}
3   \d{2,}         {2,} repeats nothing here: braces hold {spoken>written}
3   \d+            + follows something that is no group
1   ?a             ? follows something that is no group
5   (a)?*          * follows something that is no group
2   a|b            the | stands outside of a group
2   ()             there is nothing in the group
2   (|a)           there is nothing before the |
4   (a|)           there is nothing in the group
"""


@pytest.mark.parametrize("pattern", GOOD.strip().splitlines())
def test_a_good_pattern_has_no_problem(pattern):
    assert list(pattern_problems(pattern)) == []


@pytest.mark.parametrize("row", BAD.strip().splitlines())
def test_what_is_wrong_with_a_pattern_is_told_with_its_column(row):
    column, pattern, message = re.split(r"\s{2,}", row)
    found = next(iter(pattern_problems(pattern)))
    assert (found.column, found.message) == (int(column), message)
    assert found.suggestion


def test_all_problems_of_a_pattern_are_told():
    assert [it.column for it in pattern_problems(r"a+ \q (b")] == [2, 4, 7]


def test_a_good_file_passes_its_own_tests(write):
    report = check(write("data.txt", SAMPLE))
    assert (report.kind, report.ok, report.accepted) == ("display", True, 6)
    assert report.problems == ()


def test_a_test_that_fails_is_told_with_its_line_what_was_expected_and_what_came(write):
    path = write("data.txt", SAMPLE + "the cat nine sat\tThe cat 9 sat\nend to end\tE2E\n")
    report = check(path)
    assert (report.ok, report.accepted, report.rejected) == (False, 7, 1)
    found = problem(report, "test_failed")
    assert (found.line, found.column) == (12, 18)
    assert found.message == "expected 'The cat 9 sat', got 'The cat-9 sat'"


def test_a_copy_that_is_repaired_has_no_test_that_fails(write, tmp_path):
    path = write("data.txt", SAMPLE + "the cat nine sat\tThe cat 9 sat\nend to end\tE2E\n")
    copy = tmp_path / "copy.txt"
    check(path, fix=copy)
    assert "cat 9" not in copy.read_text("utf-8-sig")
    assert check(copy).ok


@pytest.mark.parametrize(
    ("spoken", "display"),
    [
        ("end to end it is", "E2E it is"),
        ("end to end it is", "E2E it is."),
        ("dog nine", "Dog 9"),
        ("dog nine", "Dog nine"),
        ("a fake word", "A **** ****"),
    ],
)
def test_a_test_leaves_open_what_is_not_for_rules_to_say(write, spoken, display):
    assert check(write("data.txt", f"{SAMPLE}{spoken}\t{display}\n")).problems == ()


def test_outside_of_english_the_first_letter_of_a_test_may_be_small_or_a_capital(write):
    path = write(
        "data.txt", f"{BOM}#rewrite\npe ka we\tPkw\n#test\nmein pe ka we\tMein Pkw\nmein pe ka we\tmein Pkw\n"
    )
    assert check(path, locale="de-DE").problems == ()


def test_tests_use_the_rules_that_are_good_alone(write):
    path = write(
        "data.txt", f"{BOM}#test\ntea for two\tTea 4 two\n#rewrite\ntea for\tTea 4\nfor two\tfor\t2\n"
    )
    assert codes(check(path)) == {"several_tabs"}


def test_what_is_read_for_training_is_what_is_good(write):
    good = write("good.txt", SAMPLE)
    bad = write("bad.txt", f"{BOM}#rewrite\na b\tA\nab\n#test\na b\tB\n")
    found = read_display([good, bad])
    assert found.rules.itn == (r"cat-\d", r"\d\d{to >-}\d\d {K>cadence}")
    assert found.rules.rewrites[-1] == ("a b", "A")
    assert found.rules.profanity == ("fake word",)
    assert [(file.accepted, file.rejected) for file in found.files] == [(6, 0), (1, 2)]


@pytest.mark.parametrize("pattern", ["a" * 251, "(" * 21 + "a" + ")" * 21])
def test_a_pattern_that_nobody_would_say_is_refused(pattern):
    assert [*pattern_problems(pattern)]


@given(
    st.text(alphabet=st.sampled_from(r"\\(){}|+?*[]>-ab12 dlu"), min_size=1, max_size=30).filter(str.strip)
)
def test_a_pattern_without_a_problem_can_be_compiled_and_run(pattern):
    if not [*pattern_problems(pattern)]:
        assert isinstance(Matcher([pattern]).find("a b twelve 12 a1"), list)


@pytest.mark.parametrize(
    ("section", "line", "code", "column"),
    [
        ("itn", r"  cat-(\d", "itn_syntax", 7),
        ("rewrite", "end to end E2E", "no_tab", 15),
        ("rewrite", "end\tto\tend", "several_tabs", 7),
        ("rewrite", "end\t", "empty_column", 5),
        ("rewrite", ", .\tx", "empty_after_normalisation", 1),
        ("rewrite", "A, b.\tx", "rewrite_conflict", 1),
        ("rewrite", "A b\tAB", "entry_repeated", 1),
        ("profanity", "fake, word", "profanity_syntax", 5),
        ("profanity", "fake\tword", "profanity_syntax", 5),
        ("test", "cat nine", "no_tab", 9),
        ("test", "\tCat-9", "empty_column", 1),
        ("tset", "cat nine\tCat-9", "before_section", 1),
    ],
)
def test_each_problem_has_its_place(write, section, line, code, column):
    content = f"{BOM}#rewrite\na b\tAB\n# {section}\n{line}\n"
    found = problem(check(write("data.txt", content), kind="display"), code)
    assert (found.line, found.column) == (4, column)


def test_punctuation_inside_of_words_counts(write):
    path = write("data.txt", f"{BOM}#rewrite\na.b\tone\nab\ttwo\na b\tthree\n")
    assert check(path).problems == ()


def test_a_misspelt_section_is_told_with_the_right_name(write):
    report = check(write("data.txt", "#itn\n\\d\n#profanty\nword\n"), kind="display")
    assert problem(report, "section_unknown").suggestion == "Did you mean #profanity?"


def test_an_english_phrase_cannot_be_masked_in_chinese(write):
    path = write("data.txt", f"{BOM}#profanity\nfake\nfake word\n")
    assert check(path).ok
    report = check(path, locale="zh-CN")
    assert problem(report, "profanity_syntax").line == 3


def test_a_line_above_all_sections_is_told(write):
    report = check(write("data.txt", f"{BOM}cat\n#itn\n\\d\n"))
    assert problem(report, "before_section").line == 1


@pytest.mark.parametrize(
    ("limits", "section", "line"),
    [
        ({"itn_rules": 1}, "itn", "x"),
        ({"rewrite_rules": 1}, "rewrite", "x\ty"),
        ({"profanity_phrases": 1}, "profanity", "x"),
    ],
)
def test_rules_are_limited(write, limits, section, line):
    content = f"{BOM}#{section}\nab{line}\ncd{line}\n"
    report = check(write("data.txt", content), limits=Limits(**limits))
    assert (problem(report, "too_many_rules").line, report.accepted) == (3, 1)


def test_the_size_is_limited(write):
    report = check(write("data.txt", SAMPLE), limits=Limits(display_bytes=10))
    assert codes(report) == {"too_large"}


def test_a_repaired_copy_keeps_comments_and_written_quotes(write, tmp_path):
    content = SAMPLE.replace("E2E", "“E2E”").replace("fake word", "fake word\nbad, word")
    check(write("data.txt", content.encode("utf-16")), fix=tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text("utf-8") == SAMPLE.replace("E2E", "“E2E”")


@given(st.text(r"ab\()[]{}|?+*>-5d ", max_size=20))
def test_any_pattern_is_judged(pattern):
    assert all(1 <= it.column <= len(pattern) for it in pattern_problems(pattern))


LINES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["#itn", "# Rewrite", "#profanity", "#test", "#x", "//", "a\tb", "a,\tc", r"\d{2}(", "\t"]
    ),
)


@given(st.lists(LINES, max_size=10), st.sampled_from(["en-US", "zh-CN"]))
def test_any_lines_are_judged_and_can_be_repaired(lines, locale):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.txt"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        report = check(path, kind="display", locale=locale, fix=Path(folder) / "out")
    last = sum(line.count("\n") + line.count("\r") + 1 for line in lines)
    assert all(it.line is None or 1 <= it.line <= max(last, 1) for it in report.problems)
