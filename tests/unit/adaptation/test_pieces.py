"""Tokens as operations on words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from lect.adaptation import pieces, text
from lect.adaptation.pieces import PieceTable


def operations_of(parts):
    """What the parts of a text do one after the other."""
    table, carry, found = PieceTable(parts), b"", []
    for token in range(len(parts)):
        operations, carry = table.operations(carry, token)
        found += operations
    return found, carry


def spelled(operations):
    """The sentences of the operations as lists of words; letters may come in other portions, and a word end may be told twice.

    An apostrophe where no word is open is none of a word, as whoever reads operations knows.
    """
    sentences = "".join(operations).replace(text.STOP, "\n").split("\n")
    return [words for sentence in sentences if (words := [word.lstrip("'") for word in sentence.split()])]


@example(line=".'3", cuts=[2])
@given(
    st.text(alphabet="abé 'ü.\u4e2dA-3", max_size=12),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_a_text_means_the_same_however_tokens_cut_it(line, cuts):
    data = (line + " end").encode()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parts = [data[begin:end] for begin, end in pairwise(places)]
    found, carry = operations_of(parts)
    whole, open_end = text.operations(data)
    assert (spelled(found), carry) == (spelled(whole), open_end)


def test_a_letter_that_two_tokens_share_is_whole_only_with_the_second():
    first, second = "\u00e9".encode()[:1], "\u00e9".encode()[1:]
    table = PieceTable([first, second])
    operations, carry = table.operations(b"", 0)
    assert (operations, carry) == ((), first)
    assert "\u00e9" in "".join(table.operations(carry, 1)[0])


def test_what_is_remembered_is_bounded_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(pieces, "_REMEMBERED", 2)
    table = PieceTable([b" a", b" b", b" c"])
    first = [table.operations(b"", token) for token in range(3)]
    assert [table.operations(b"", token) for token in range(3)] == first
    assert len(table._known) <= 2
