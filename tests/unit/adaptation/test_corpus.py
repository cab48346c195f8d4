import pytest

from lect.adaptation import corpus
from lect.core.errors import InvalidInput, NotFound


def test_word_numbers_follow_the_sorted_vocabulary():
    read = corpus.read(["b a. C"], language="en")
    assert read.vocabulary == ["a", "b", "c"]
    assert read.ids.tolist() == [3, 1, 0, 4, 3, 2, 4]
    assert (read.lines, read.words) == (1, 3)


def test_casing_is_learnt_inside_sentences_only():
    lines = [
        "The iOS update of Streptococcus failed.",
        "Update the Streptococcus list. iOS is here",
        "ALL OF IT SHOUTS",
        "nothing here says that fandoro is no name",
    ]
    casing = corpus.read(lines, language="en").casing
    assert (casing["ios"], casing["streptococcus"], casing["update"]) == ("iOS", "Streptococcus", "update")
    assert {"shouts", "fandoro"}.isdisjoint(casing)


def test_a_word_mostly_in_lower_case_stays_so():
    lines = ["We like apple juice", "An apple", "The Apple phone", "my Apple phone"]
    assert corpus.read(lines[:3], language="en").casing["apple"] == "apple"
    assert corpus.read(lines[1:], language="en").casing["apple"] == "Apple"


def test_what_has_no_case_has_no_casing():
    assert corpus.read(["A 16 北 京"], language="zh").casing == {}


def test_the_casing_of_a_word_is_found_as_the_vocabulary_writes_it():
    read = corpus.read(["ο νέος Κόσμος"], language="el")
    assert read.casing == {"νέοσ": "νέος", "κόσμοσ": "Κόσμος"}
    assert read.casing.keys() <= set(read.vocabulary)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfone line\r\nsecond line")
    assert corpus.read(path, language="xx").vocabulary == ["line", "one", "second"]


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"fine\nbad \xff\n")
    with pytest.raises(InvalidInput, match=r"text\.txt: line 2"):
        corpus.read(path, language="en")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.txt"):
        corpus.read(tmp_path / "nowhere.txt", language="en")
