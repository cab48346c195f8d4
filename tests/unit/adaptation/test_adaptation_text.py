import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation import text

# Letters with traps: cased, accented, outside the alphabet, unspaced, in several bytes; and all that parts words.
TEXTS = st.text(alphabet="abIÉßΣİ1 2.?!,'’\"-_\n好ก้ी。😀e\u0301", max_size=40)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A 16-ounce Latte, please!", [["a", "16", "ounce", "latte", "please"]]),
        ("Don't rush the dogs' 'bowl'.", [["don't", "rush", "the", "dogs", "bowl"]]),
        ("It\u2019s here.", [["it's", "here"]]),
        ("One. Two? (Three!) Four", [["one"], ["two"], ["three"], ["four"]]),
        ("Version 3.5 of lect.org", [["version", "3", "5", "of", "lect", "org"]]),
        ("snake_case", [["snake", "case"]]),
        ("你好。GPU很快", [["你", "好"], ["gpu", "很", "快"]]),
        ("हिन्दी में", [["हिन्दी", "में"]]),
        ("Cafe\u0301", [["caf\u00e9"]]),
        ("", []),
        (" ... !? ", []),
    ],
)
def test_words_of_a_line(line, expected):
    assert text.sentences(line) == expected


@given(st.text(alphabet="abIZ 12", max_size=20))
def test_a_line_of_plain_words_takes_the_short_way_to_the_same_sentences(line):
    with_punctuation = f"{line},"
    assert list(text.written_sentences(line)) == list(text.written_sentences(with_punctuation))


def words_by_pieces(pieces):
    """What a consumer of `operations` makes of a text in pieces."""
    carry, word, sentence, sentences = b"", "", [], []
    for piece in [*pieces, b" "]:
        operations, carry = text.operations(carry + piece)
        for operation in operations:
            if operation in (text.BREAK, text.STOP):
                sentence += [word] if word else []
                word = ""
                if operation == text.STOP:
                    sentences.append(sentence)
                    sentence = []
            else:
                word = word + operation if word else operation.lstrip("'")
    return [words for words in [*sentences, sentence] if words]


@given(TEXTS, st.lists(st.integers(0, 160), max_size=12))
def test_any_cutting_of_a_text_into_bytes_gives_the_words_of_the_whole(line, cuts):
    line = unicodedata.normalize("NFC", line)
    data = line.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    assert words_by_pieces(pieces) == text.sentences(line)


@given(st.lists(st.binary(max_size=4), max_size=6))
def test_bytes_that_are_no_text_do_no_harm(pieces):
    words_by_pieces(pieces)


@pytest.mark.parametrize(
    "line", ["." * 1_000_000, "a." * 500_000, "'" * 1_000_000, "\"'.,-" * 200_000, "x" * 1_000_000]
)
def test_a_line_made_to_be_slow_is_not(line):
    started = time.process_time()
    text.sentences(line)
    assert time.process_time() - started < 2
