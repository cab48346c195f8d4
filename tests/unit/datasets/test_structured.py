"""Structured text: lists, sentences and a lexicon."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dataset_makers import codes, problem
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, NotFound
from lect.datasets.checking import check
from lect.datasets.structured import read_structured
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Reference, Text

BOM = "\ufeff"
SAMPLE = f"""{BOM}// orders at a counter
@ list food =
- ice cream
- pizza

@list drink=
- tea

@ speech:phoneticlexicon
- cat/k ae t
- .net/D AO T N EH T

#Orders
- I like {{@food}} with {{@drink}}
- {{@food}}
- nothing, please
"""
BAD = """text above
@ list a =
- one
- {@b} two
pizza
* star
@ list my food =
@lst q =
- gone
- gone too
@ speech:phoneticlexicon
- cat/k ae tt
- /k
# Bad name!
- I like {@a} and {@A} and {@nope}
- {a} or {@a
- oh } {} {@a}
- go go go go
- see http://x.org
"""
FOUND = """
1:1    error   before_section    the line stands before any heading, so nobody can tell what it is
2:1    warning list_unused       no good sentence refers to the list 'a': nothing says where its items are expected
4:3    error   reference_syntax  an item of a list cannot refer to a list
5:1    error   dash_missing      the line does not begin with a dash
6:3    error   dash_missing      the line does not begin with a dash
7:10   error   section_name      the name 'my food' holds ' '
7:1    error   list_empty        the list 'my_food' has no item that can be used
8:1    error   heading_syntax    '@lst q =' begins neither a list nor the lexicon; nothing under it is used
12:12  error   phone_unknown     there is no phone 'tt'
13:3   error   lexicon_syntax    there is no word before the /
14:6   error   section_name      the name 'Bad name!' holds ' '
15:19  error   list_undefined    there is no list 'A'
15:28  error   list_undefined    there is no list 'nope'
16:3   error   reference_syntax  {a} is no reference to a list
16:10  error   braces            this { has no partner
17:6   error   braces            this } has no partner
17:8   error   reference_syntax  {} is no reference to a list
18:3   warning too_many_repeats  'go' comes more than 3 times in a row
19:7   error   url_in_line       the line holds the web address http://x.org
"""
REPAIRED = f"""{BOM}
@ list a =
- one
- pizza
- star

# Bad_name
- go go go go
"""

NAMES = st.text("abc_", min_size=1, max_size=3)
WORDS = st.sampled_from(["pizza", "ice cream", "I like", "étude", "a", "'s", "//", "-", "http://x.org"])
LINES = st.one_of(
    st.builds("@ list {} =".format, NAMES),
    st.builds("@list {}".format, st.text(max_size=4)),
    st.just("@ speech:phoneticlexicon"),
    st.builds("# {}".format, st.text(max_size=4)),
    st.builds("- {}".format, WORDS),
    st.builds("- {} {{@{}}} {{{}}} {}".format, WORDS, NAMES, st.text(max_size=4), WORDS),
    st.builds("- {}/{}".format, WORDS, st.sampled_from(["k ae t", "K AE1", "qq", "", "S1 D AO T"])),
    st.sampled_from(["", "// comment", "{", "}", "* star", "@", "#", "-", "- }{", "\tx\ty"]),
    st.text(max_size=20),
)


def read(write, content, **options):
    return read_structured([write("data.md", content)], **options)


def places(report):
    return [
        f"{it.line}:{it.column}".ljust(6) + f" {it.severity.value:<7} {it.code.value:<17} {it.message}"
        for it in report.problems
        if it.column
    ]


def test_lists_sentences_and_lexicon_are_read(write):
    read_text = read(write, SAMPLE)
    assert read_text.lists == {"food": ("ice cream", "pizza"), "drink": ("tea",)}
    assert read_text.sentences == (
        (Text("I like "), Reference("food"), Text(" with "), Reference("drink")),
        (Reference("food"),),
        (Text("nothing, please"),),
    )
    assert read_text.lexicon == (
        Pronunciation(display="cat", spoken="cat"),
        Pronunciation(display=".net", spoken="dot net"),
    )
    assert (read_text.accepted, read_text.rejected) == (8, 0)


def test_every_problem_has_its_place(write):
    report = check(write("data.md", BAD))
    expected = FOUND.strip().splitlines()
    assert sorted(places(report)) == sorted(expected)
    assert (report.accepted, report.rejected) == (2, 15)


def test_what_can_be_mended_is_mended_and_passes(write, tmp_path):
    report = check(write("data.md", BAD), fix=tmp_path / "out.md")
    assert (tmp_path / "out.md").read_text("utf-8") == REPAIRED
    assert report.fixed.accepted == 4
    assert check(tmp_path / "out.md").ok


def test_a_repaired_copy_keeps_comments_order_and_meaning(write, tmp_path):
    check(write("data.md", SAMPLE.encode("utf-16")), fix=tmp_path / "out.md")
    copy = (tmp_path / "out.md").read_text("utf-8-sig")
    assert copy.startswith(
        "// orders at a counter\n\n@ list food =\n- ice cream\n- pizza\n\n@ list drink =\n"
    )
    before, after = read(write, SAMPLE), read_structured([tmp_path / "out.md"])
    assert (before.lists, before.sentences, before.lexicon) == (after.lists, after.sentences, after.lexicon)


def test_a_list_may_stand_below_the_sentences_that_refer_to_it(write):
    read_text = read(write, "# Orders\n- I like {@food}\n- nothing\n@ list food =\n- pizza\n")
    assert set(read_text.sentences) == {(Text("nothing"),), (Text("I like "), Reference("food"))}
    assert read_text.rejected == 0


def test_a_list_of_bad_items_costs_the_sentences_that_refer_to_it(write):
    read_text = read(write, "@ list food =\n- ???\n# Orders\n- I like {@food}\n- nothing\n")
    assert read_text.lists == {}
    assert read_text.sentences == ((Text("nothing"),),)


def test_references_that_come_often_are_no_repetition(write):
    path = write(
        "data.md", f"{BOM}@ list digit =\n- one\n# Codes\n- {{@digit}} {{@digit}} {{@digit}} {{@digit}}\n"
    )
    assert check(path).problems == ()


def test_items_under_a_repeated_heading_join_the_list(write, tmp_path):
    path = write("data.md", "@ list a =\n- one\n@ list b =\n- x\n@ list a =\n- two\n# S\n- {@a} {@b}\n")
    assert read_structured([path]).lists == {"a": ("one", "two"), "b": ("x",)}
    assert not check(path, fix=tmp_path / "out.md").ok
    assert (
        (tmp_path / "out.md").read_text("utf-8-sig").startswith("\n@ list a =\n- one\n- two\n\n@ list b =\n")
    )


def test_a_misspelt_reference_is_told_with_the_right_name(write):
    report = check(write("data.md", "@ list food =\n- pizza\n# Orders\n- {@fod} and {@Food} and {@food}\n"))
    assert problem(report, "list_undefined").suggestion == "Did you mean {@food}?"


def test_an_unknown_phone_is_told_with_the_nearest_and_costs_nothing_where_no_set_is_published(write):
    path = write("data.md", "@ speech:phoneticlexicon\n- Kotze/K AO TSS AX\n")
    assert problem(check(path), "phone_unknown").suggestion.startswith("Did you mean")
    report = check(path, locale="de-DE")
    assert report.ok
    assert codes(report) == {"missing_bom", "phone_unknown"}


def test_several_files_make_one_text(write):
    one = write("one.md", "@ list food =\n- pizza\n# A\n- {@food}\n")
    two = write("two.md", "@ list food =\n- pasta\n# A\n- {@food}\n- {@drink}\n")
    read_text = read_structured([one, two])
    assert read_text.lists == {"food": ("pizza", "pasta")}
    assert [(it.name, it.kind, it.accepted, it.rejected, it.first_rejected) for it in read_text.files] == [
        ("one.md", "structured", 2, 0, None),
        ("two.md", "structured", 2, 1, 5),
    ]
    assert read_text.files[0].sha256 == hashlib.sha256(one.read_bytes()).hexdigest()


def test_limits_are_heeded_and_what_is_over_them_is_left_out(write):
    content = "@ list a =\n- x\n- y\n- z\n@ list b =\n- x\n@ list c =\n- x\n# S\n- {@a} {@b}\n- {@c}\n"
    read_text = read(write, content, limits=Limits(lists=2, list_items=2))
    assert read_text.lists == {"a": ("x", "y"), "b": ("x",)}
    assert read_text.sentences == ((Reference("a"), Text(" "), Reference("b")),)


@pytest.mark.parametrize("content", ["", "\n\n", "// only a comment\n", BOM, "# Section\n"])
def test_a_file_without_an_item_is_an_error(write, content):
    report = check(write("data.md", content), kind="structured")
    assert "empty" in codes(report)


def test_a_file_that_is_too_large_is_told(write):
    report = check(write("data.md", SAMPLE), limits=Limits(text_bytes=10))
    assert codes(report) == {"too_large"}


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(NotFound, match=r"nothing\.md"):
        read_structured([tmp_path / "nothing.md"])
    with pytest.raises(InvalidInput, match="folder"):
        read_structured([tmp_path])


def checked(content, name="data.md", kind="structured", locale="en-US"):
    """The report of some content and of its repaired copy, whose places are inside the file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        report = check(path, kind=kind, locale=locale, fix=Path(folder) / "out")
        last = content.count("\n") + content.count("\r") + 1
        for found in report.problems:
            assert found.line is None or 1 <= found.line <= last
            assert found.column is None or found.column >= 1
            assert "\n" not in found.excerpt + found.message + found.suggestion
        return report


@given(st.text(max_size=300), st.sampled_from(["en-US", "de-DE", "ja-JP", "zh-CN"]))
def test_any_text_is_judged(content, locale):
    checked(content, locale=locale)


@given(st.lists(LINES, max_size=12))
def test_anything_like_structured_text_is_judged_and_can_be_repaired(lines):
    report = checked("\n".join(lines))
    assert report.fixed.accepted >= report.accepted - 1


@given(st.lists(LINES, max_size=12))
def test_every_reference_that_is_read_is_to_a_list(lines):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.md"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        read_text = read_structured([path])
    referred = {piece.name for it in read_text.sentences for piece in it if isinstance(piece, Reference)}
    assert referred <= set(read_text.lists)
    assert all(read_text.lists.values())
    assert all(pieces for pieces in read_text.sentences)
    assert read_text.accepted == sum(map(len, read_text.lists.values())) + len(read_text.sentences) + len(
        read_text.lexicon
    )


LISTS = "@ list food =\n- pizza\n- pasta\n"


@pytest.mark.parametrize(
    "sentences", ["", "# Orders\n- eat {@fod}\n", "# Orders\n- eat {@food} with {@drink}\n"]
)
def test_lists_without_a_sentence_that_can_be_used_are_an_error_and_not_learned(write, tmp_path, sentences):
    report = check(write("data.md", LISTS + sentences), kind="structured", fix=tmp_path / "out.md")
    assert problem(report, "lists_alone").line == 1
    assert (report.accepted, report.rejected) == (0, 2 + ("- " in sentences))
    assert "list_unused" not in codes(report)
    assert report.fixed.path is None
    assert read(write, LISTS + sentences).lists == {}


def test_a_list_over_the_limit_is_told_as_such_where_a_sentence_has_it(write):
    lists = "".join(f"@ list c{number} =\n- pizza {number}\n" for number in range(21))
    report = check(write("data.md", f"{lists}# Orders\n- eat {{@c1}} with {{@c20}}\n"))

    assert problem(report, "too_many_lists").line == 41
    assert problem(report, "list_undefined").message == "the list 'c20' is over the limit of 20"


def test_lists_beside_a_lexicon_alone_are_kept_with_a_warning(write):
    report = check(write("data.md", LISTS + "@ speech:phoneticlexicon\n- cat/k ae t\n"))
    assert codes(report) == {"missing_bom", "list_unused"}
    assert report.accepted == 3


def test_a_list_in_a_sentence_that_is_left_out_counts_as_unused(write):
    report = check(write("data.md", LISTS + "# Orders\n- eat {@food} with {@drink}\n- a glass of water\n"))
    assert {"list_undefined", "list_unused"} <= codes(report)
