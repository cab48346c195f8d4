import pytest

from lect.adaptation import ngram
from lect.adaptation.inflection import Inflecting
from lect.adaptation.text import INFLECTED

MODEL = Inflecting(
    ngram.train(["the latte is good", "the lattes are good", "a boss and a glass"], language="en").model
)


def test_an_unseen_inflected_form_is_a_tenth_of_the_known_word():
    history = MODEL.after(MODEL.start(), "the")
    assert MODEL.word(history, "latte's") == pytest.approx(INFLECTED * MODEL.word(history, "latte"))
    assert MODEL.prefix(history, "latte's") == MODEL.word(history, "latte's")
    assert MODEL.after(history, "latte's") == MODEL.after(history, "latte")


def test_the_rule_is_of_english_alone():
    italian = Inflecting(ngram.train(["vede luca"], language="it").model)
    history = italian.after(italian.start(), "vede")
    assert italian.expects("lucas") == (False, False)
    assert italian.word(history, "lucas") == 0


def test_a_seen_form_is_itself():
    history = MODEL.after(MODEL.start(), "the")
    assert MODEL.word(history, "lattes") == MODEL.model.word(history, "lattes") > 0


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("lat", (True, False)),
        ("latte's", (True, True)),
        ("goods", (True, True)),
        ("zyx", (False, False)),
        ("as", (False, False)),
    ],
)
def test_what_is_expected_at_all(letters, expected):
    assert MODEL.expects(letters) == expected
