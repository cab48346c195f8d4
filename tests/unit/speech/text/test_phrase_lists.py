"""Phrase lists: what is read, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lect.core.errors import InvalidInput, LimitExceeded, NotFound
from lect.speech.text.phrases import (
    LONGEST_PHRASE,
    MOST_PHRASES,
    Phrase,
    PhraseList,
    phrases_of,
    read_phrases,
)


def test_a_file_has_a_phrase_a_line_and_perhaps_a_weight(tmp_path):
    (tmp_path / "a.txt").write_text("\ufeffLena Overby\r\n\n  AX-40B \t 2.5\ntea\n", encoding="utf-8")
    assert read_phrases(tmp_path / "a.txt") == (
        Phrase(text="Lena Overby"),
        Phrase(text="AX-40B", weight=2.5),
        Phrase(text="tea"),
    )


def test_files_and_single_phrases_are_one_set(tmp_path):
    (tmp_path / "a.txt").write_text("tea\nlatte\n")
    assert phrases_of([tmp_path / "a.txt"], ["latte", "mocha"]) == {
        Phrase(text="tea"),
        Phrase(text="latte"),
        Phrase(text="mocha"),
    }


@pytest.mark.parametrize("weight", ["nan", "inf", "-inf", "1e30", "0", "5e-324", "0.009", "-1", "100.1"])
def test_a_weight_that_is_none_is_named_with_its_line(tmp_path, weight):
    (tmp_path / "a.txt").write_text(f"tea\nlatte\t{weight}\n")
    with pytest.raises(
        InvalidInput, match=r"a\.txt:2: the weight of 'latte' is .*; a weight is a number from 0.01 to 100"
    ):
        read_phrases(tmp_path / "a.txt")


def test_every_wrong_line_is_counted_and_the_first_are_named(tmp_path):
    (tmp_path / "a.txt").write_text("tea\theavy\n" * 7)
    with pytest.raises(InvalidInput) as caught:
        read_phrases(tmp_path / "a.txt")
    assert "a.txt:1: 'heavy' is no weight; a weight is a number from 0.01 to 100" in caught.value.message
    assert "... and 2 more" in caught.value.message


@pytest.mark.parametrize("strength", [float("nan"), -0.1, 2.1, 1e30])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(InvalidInput, match="strength"):
        PhraseList(phrases=frozenset(), strength=strength)


def test_a_phrase_of_ten_kilobytes_is_refused():
    with pytest.raises(InvalidInput, match="10,000 characters"):
        Phrase(text="a" * 10_000)


def test_too_many_phrases_are_an_error_and_not_cut():
    phrases = frozenset(Phrase(text=f"p{number}") for number in range(MOST_PHRASES + 1))
    with pytest.raises(LimitExceeded, match="20,001 phrases"):
        PhraseList(phrases=phrases)


def test_the_same_phrases_have_the_same_digest_and_others_another():
    phrases = [Phrase(text=text) for text in ("tea", "latte", "mocha", "Ole\u0301")]
    digest = PhraseList(phrases=frozenset(phrases)).digest
    assert digest == PhraseList(phrases=frozenset(phrases[::-1])).digest
    others = [
        PhraseList(phrases=frozenset(phrases), strength=2),
        PhraseList(phrases=frozenset(phrases[1:])),
        PhraseList(phrases=frozenset([*phrases[1:], Phrase(text="tea", weight=2)])),
        PhraseList(phrases=frozenset([*phrases[1:], Phrase(text="tea latte")])),
    ]
    assert len({digest, *(other.digest for other in others)}) == 5


@pytest.mark.parametrize("content", [b"a" * 10_000_000, b"tea\n" * (2 * MOST_PHRASES + 1)])
def test_a_file_that_is_no_list_is_not_read_to_its_end(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(LimitExceeded, match="no phrase list"):
        read_phrases(tmp_path / "a.txt")


def test_the_longest_phrase_is_read(tmp_path):
    (tmp_path / "a.txt").write_text("a" * LONGEST_PHRASE + "\n")
    assert len(read_phrases(tmp_path / "a.txt")[0].text) == LONGEST_PHRASE


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"missing\.txt: there is no such phrase list"):
        read_phrases(tmp_path / "missing.txt")


def test_a_folder_is_called_one(tmp_path):
    with pytest.raises(InvalidInput, match="this is a folder, not a phrase list"):
        read_phrases(tmp_path)


def test_too_many_phrases_name_the_files_that_hold_them(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("".join(f"{name}{number}\n" for number in range(MOST_PHRASES // 2)))
    assert len(phrases_of([tmp_path / "a.txt", tmp_path / "b.txt"], ["a.txt0"])) == MOST_PHRASES
    with pytest.raises(
        LimitExceeded, match=r"a\.txt, .*b\.txt, 1 phrase beside: 20,001 phrases are too many"
    ):
        phrases_of([tmp_path / "a.txt", tmp_path / "b.txt"], ["tea"])


@pytest.mark.parametrize(
    ("char", "named"),
    [
        ("\x07", "U+0007"),
        ("\t", "U+0009"),
        ("\x00", "U+0000"),
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\u00ad", "U+00AD SOFT HYPHEN"),
        ("\ufeff", "U+FEFF"),
        ("\ufffd", "U+FFFD REPLACEMENT CHARACTER"),
        ("\U000f0000", "U+F0000"),  # stands for a class in language models
        ("\udcff", "U+DCFF"),  # bytes of the command line that are no UTF-8
    ],
)
def test_a_character_that_nobody_sees_is_refused_and_named(char, named):
    with pytest.raises(InvalidInput, match=re.escape(f"{named}") + ".* has no place in a phrase"):
        Phrase(text=f"Fan{char}doro")


def test_characters_that_nobody_sees_are_told_with_their_lines(tmp_path):
    (tmp_path / "a.txt").write_text("tea\nFan\x07doro\nlat\u200bte\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_phrases(tmp_path / "a.txt")
    assert "a.txt:2: U+0007" in caught.value.message
    assert "a.txt:3: U+200B" in caught.value.message


def test_joiners_marks_and_signs_are_part_of_phrases():
    for text in (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Ole\u0301",
        "caf\u00e9 \u2615\ufe0f",
    ):
        assert Phrase(text=text).text == text


def test_other_encodings_are_told(tmp_path):
    (tmp_path / "a.txt").write_bytes("tea\n".encode("utf-16"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_phrases(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("\t3", "there is no phrase before the tab"),
        ("Quorvex\t", "there is no weight behind the tab"),
        ("Quorvex\t1_0", "'1_0' is no weight; a weight is a number from 0.01 to 100"),
        ("Quorvex\t\u0663", "is no weight; a weight is a number from 0.01 to 100"),
        ("Quorvex\t2\t3", "is no weight; a weight is a number from 0.01 to 100"),
    ],
)
def test_a_line_that_is_neither_a_phrase_nor_a_phrase_with_a_weight_is_refused(tmp_path, line, why):
    (tmp_path / "a.txt").write_text(f"tea\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"a\.txt:2: ") as caught:
        read_phrases(tmp_path / "a.txt")
    assert why in caught.value.message
    assert "a tab and a weight" in caught.value.hint


def test_the_advice_is_of_what_is_wrong(tmp_path):
    (tmp_path / "a.txt").write_text("lat\u200bte\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_phrases(tmp_path / "a.txt")
    assert caught.value.hint == "Remove it, or type the right character."


def test_a_no_break_space_in_a_phrase_is_a_blank():
    assert Phrase(text="10\u00a0000\u202fm") == Phrase(text="10 000 m")


def test_a_tab_in_a_single_phrase_is_named_with_the_place_of_weights():
    with pytest.raises(InvalidInput, match="TAB has no place") as caught:
        Phrase(text="Quorvex\t5")
    assert "--phrases FILE" in caught.value.hint


def test_that_standard_input_is_not_read_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound) as caught:
        read_phrases(Path("-"))
    assert "Standard input is not read" in caught.value.hint
