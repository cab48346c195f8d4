"""Text is cut and joined to tokens as byte-pair encodings do it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.engines.whisper.tuning.byte_pairs import BytePairs, split

PIECES = [bytes([byte]) for byte in range(256)]
PIECES += [b"", b"in", b" t", b"he", b" the", b"ing", b"ng"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (" I'll pay 20 dollars.", [" I", "'ll", " pay", " 20", " dollars", "."]),
        ("A1 b2", ["A", "1", " b", "2"]),
        ("two  blanks ", ["two", " ", " blanks", " "]),
        ("tab\tand\nline", ["tab", "\t", "and", "\n", "line"]),
        ("“don't” I'M", ["“", "don", "'t", "”", " I", "'", "M"]),
        ("x² ½ cup", ["x", "²", " ½", " cup"]),
        ("snake_case", ["snake", "_", "case"]),
    ],
)
def test_words_numbers_and_signs_are_apart(text, parts):
    assert list(split(text)) == parts


def test_the_pair_learned_first_is_joined_first():
    encode = BytePairs(PIECES).encode

    assert encode("the") == [260]
    assert encode("thing") == [258, ord("h"), 261]
    assert encode("ng") == [ord(" "), 262]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_has_no_tokens(text):
    assert BytePairs(PIECES).encode(text) == []


@given(st.text(st.characters(codec="utf-8")))
def test_tokens_spell_the_text(text):
    tokens = BytePairs(PIECES).encode(text)
    spelled = b"".join(PIECES[token] for token in tokens)

    assert spelled == (f" {text.strip()}".encode() if text.strip() else b"")
