import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation import items, storage
from lect.adaptation.items import items_of
from lect.adaptation.text import INFLECTED
from lect.adaptation.vocabulary import pack
from lect.core.errors import ModelLoadFailed

DRINKS = {"flat white": 1.0, "flat iron": 1.0, "flatbread": 1.0, "tea": 4.0, "latte": 1.0}


@pytest.mark.parametrize(
    ("letters", "beginning", "whole"),
    [
        ("fl", 3 / 8, 0),
        ("flat", 3 / 8, 0),
        ("flat ", 2 / 8, 0),
        ("flat w", 1 / 8, 0),
        ("flat white", 1 / 8, 1 / 8),
        ("flat white ", 0, 0),
        ("tea", 4 / 8, 4 / 8),
        ("coffee", 0, 0),
    ],
)
def test_the_share_of_what_begins_so_and_of_what_is_just_that(letters, beginning, whole):
    drinks = items_of(DRINKS, language="en")
    assert (drinks.beginning(letters), drinks.whole(letters)) == pytest.approx((beginning, whole))


@pytest.mark.parametrize("letters", ["lattes", "latte's", "flat whites"])
def test_an_inflected_item_is_expected_a_little(letters):
    assert items_of(DRINKS, language="en").whole(letters) == pytest.approx(INFLECTED / 8)


def test_an_item_of_another_language_than_english_is_not_inflected():
    assert items_of({"luca": 1.0}, language="it").whole("lucas") == 0


def test_a_listed_word_is_no_inflection_of_another_and_a_short_one_has_none():
    listed = items_of({"lattes": 1.0, "latte": 1.0, "a": 2.0}, language="en")
    assert listed.whole("lattes") == pytest.approx(1 / 4)
    assert listed.whole("as") == 0


@given(
    st.dictionaries(
        st.lists(st.sampled_from(["a", "ab", "b", "über", "'n"]), min_size=1, max_size=3).map(" ".join),
        st.floats(0.1, 10),
        min_size=1,
        max_size=12,
    )
)
def test_shares_are_those_of_a_plain_count(weights):
    listed, total = items_of(weights, language="en"), sum(weights.values())
    for letters in {item[:length] for item in weights for length in range(1, len(item) + 1)} | {"a ", "zz"}:
        expected = sum(weight for item, weight in weights.items() if item.startswith(letters)) / total
        assert listed.beginning(letters) == pytest.approx(expected, abs=1e-12)
        assert listed.whole(letters) == pytest.approx(weights.get(letters, 0) / total, abs=1e-12)


def test_classes_come_back_from_their_file_and_the_same_classes_give_the_same_bytes(tmp_path):
    items.write(tmp_path / "a.bin", [DRINKS, {"oat milk": 1.0}])
    items.write(tmp_path / "b.bin", [dict(reversed(DRINKS.items())), {"oat milk": 3.0}])
    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes()
    drinks, milk = items.read(memoryview((tmp_path / "a.bin").read_bytes()), language="en", name="a.bin")
    assert drinks.whole("tea") == pytest.approx(0.5)
    assert milk.beginning("oat ") == 1


def test_every_changed_byte_is_an_error_or_leaves_shares_between_0_and_1(tmp_path):
    items.write(tmp_path / "a.bin", [DRINKS])
    good = (tmp_path / "a.bin").read_bytes()
    for at in range(0, len(good), 3):
        damaged = bytearray(good)
        damaged[at] ^= 0x41
        try:
            read = items.read(memoryview(bytes(damaged)), language="en", name="a.bin")
        except ModelLoadFailed:
            continue
        assert 0 <= read[0].beginning("flat ") <= 1


@pytest.mark.parametrize("sums", [[0.0, 0.5, 0.4, 1.0], [0.1, 0.2, 0.3, 1.0], [0.0, 0.5, float("nan"), 1.0]])
def test_shares_that_do_not_sum_to_one_are_refused(tmp_path, sums):
    text, offsets = pack(["a", "b", "c"])
    arrays = {"text0": text, "offsets0": offsets, "sums0": np.array(sums)}
    storage.write(tmp_path / "a.bin", meta={"kind": items.KIND, "classes": 1}, arrays=arrays)
    with pytest.raises(ModelLoadFailed, match="do not sum to one"):
        items.read(memoryview((tmp_path / "a.bin").read_bytes()), language="en", name="a.bin")
