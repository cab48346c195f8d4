"""What the decoder learns of a text: a sample of its sentences, dressed, amid as many of what the base would say."""

from __future__ import annotations

import pytest

from lect.core.errors import InvalidDataset
from lect.models import deep_text
from lect.models.deep_text import DeepText, sample
from lect.models.plan import TrainOptions, plan

GENERAL = [f"General {n}." for n in range(50)]


@pytest.fixture
def read(tmp_path):
    """read(text="...", structured="...") -> the deep text of these files."""

    def make(*, epochs=None, seed=0, **contents):
        files = {}
        for kind, content in contents.items():
            path = tmp_path / f"{kind}.txt"
            path.write_text(content, "utf-8-sig")
            files[kind] = (path,)
        planned = plan(TrainOptions(**files))
        return DeepText.of(planned, GENERAL, locale="en-US", seed=seed, epochs=epochs)

    return make


def test_sentences_are_those_of_plain_and_of_structured_text_as_recognisers_write(read):
    text = read(
        text="brew a mocha\nA latte, please.\n",
        structured="@ list drink =\n- cappuccino\n- espresso\n\n# Order\n- I want a {@drink}\n",
    )
    assert sorted(text.sentences) == [
        "A latte, please.",
        "Brew a mocha.",
        "I want a cappuccino.",
        "I want a espresso.",
    ]


def test_as_many_sentences_of_the_base_are_among_them(read):
    text = read(text="one two\nthree four\n")
    assert len(text.replayed) == 2
    assert set(text.replayed) <= set(GENERAL)


@pytest.mark.parametrize(("lines", "epochs"), [(2, 4), (400, 2), (500, 2), (3000, 1)])
def test_little_text_is_read_more_often(read, lines, epochs):
    assert read(text="".join(f"order number {n}\n" for n in range(lines))).epochs == epochs


def test_the_epochs_that_are_asked_for_are_read(read):
    assert read(text="one two\n", epochs=7).epochs == 7


def test_much_text_is_sampled_and_leaves_room_for_both_kinds(read, monkeypatch):
    monkeypatch.setattr(deep_text, "MOST", 100)
    items = "".join(f"- item{n}\n" for n in range(300))
    text = read(
        text="".join(f"line {n}\n" for n in range(1000)),
        structured=f"@ list thing =\n{items}\n# S\n- I want {{@thing}}\n",
    )
    assert len(text.sentences) == 100
    assert sum(sentence.startswith("Line") for sentence in text.sentences) == 50


def test_items_of_a_list_that_no_sentence_refers_to_are_said_by_themselves(read):
    said = read(structured="@ list drink =\n- cappuccino\n# Order\n- no thanks\n").sentences
    assert set(said) == {"Cappuccino.", "No thanks."}


def test_terms_alone_are_no_text(read, tmp_path):
    path = tmp_path / "terms.txt"
    path.write_text("3CPO\tthree c p o\n", "utf-8-sig")
    with pytest.raises(InvalidDataset, match="no sentence"):
        DeepText.of(plan(TrainOptions(pronunciation=(path,))), GENERAL, locale="en-US", seed=0)


def test_a_sample_is_all_of_a_few_lines_and_keeps_their_order():
    assert sample(iter("abc"), 5, seed=0) == ["a", "b", "c"]
    drawn = sample(map(str, range(1000)), 100, seed=0)
    assert len(set(drawn)) == 100
    assert drawn == sorted(drawn, key=int)
    assert drawn == sample(map(str, range(1000)), 100, seed=0)
    assert drawn != sample(map(str, range(1000)), 100, seed=1)


def test_each_line_is_as_likely_as_any_other():
    counts = [0] * 20
    for seed in range(400):
        for line in sample(range(20), 5, seed=seed):
            counts[line] += 1
    assert 60 < min(counts) <= max(counts) < 150  # 100 each on average, 9 standard deviation


def test_nothing_is_sampled_where_there_is_no_room():
    assert sample("abc", 0, seed=0) == []
