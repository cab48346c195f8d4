"""A plain transcript takes the dress of what a recogniser wrote, and never another word."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lect.speech.text import normaliser
from lect.speech.text.recasing import recased

WORDS = (
    "a flat white please two 2 sixteen 16-ounce ounce I i'd Berlin Americano americano, milk. um uh twenty five 25 "
    "$5 five dollars don't do not 'quoted' (loud) - ... and? Mr. mister colour color ¿ é OK"
).split()
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def english(reference, written):
    return recased(reference, written, locale="en-US")


@pytest.mark.parametrize(
    ("reference", "written", "expected"),
    [
        pytest.param("a flat white please", "A flat white, please.", "A flat white, please.", id="equal words"),
        pytest.param(
            "can I get a dark roast", "Can I get a dark rose?", "Can I get a dark roast?", id="a word misheard"
        ),
        pytest.param(
            "brew two sixteen ounce lattes", "Brew 2 16-ounce lattes.", "Brew 2 16-ounce lattes.", id="figures"
        ),
        pytest.param("she is twenty five", "She is 25.", "She is 25.", id="numbers of several words"),
        pytest.param("call berlin", "Call Berlin.", "Call Berlin.", id="names"),
        pytest.param("AND I'M HERE I SAY", "And I'm there, I say.", "And I'm here, I say.", id="capitals"),
        pytest.param("coffee with milk", "Coffee.", "Coffee with milk.", id="the end is missed"),
        pytest.param("thank you for the tea", "Thank you. The tea.", "Thank you for. The tea.", id="words missed inside"),
        pytest.param("please may I go", "May I go?", "Please may I go?", id="the beginning is missed"),
        pytest.param("with milk", "With milk. Thank you.", "With milk.", id="the recogniser adds"),
        pytest.param("so it is", "So it", "So it is", id="no end"),
        pytest.param("go on stop now", "Go on. Stop now!", "Go on. Stop now!", id="two sentences"),
        pytest.param("the colour is grey", "The color is gray.", "The colour is grey.", id="another spelling stays"),
        pytest.param("we are gonna go", "We're going to go.", "We are gonna go.", id="a contraction stays"),
        pytest.param("he said no", 'He said "no."', "He said no.", id="no quotes"),
        pytest.param("tea", "", "Tea", id="nothing heard"),
        pytest.param("", "Thank you.", "", id="nothing said"),
        pytest.param("he looked at the hotel", "So let's, Aund, Hothar", "He looked at the hotel", id="noise"),
    ],
)  # fmt: skip
def test_the_form_is_taken_where_the_words_are_equal(reference, written, expected):
    assert english(reference, written) == expected


@pytest.mark.parametrize(
    ("reference", "written", "expected"),
    [
        ("Call Dr. Miller.", "call doctor miller", "Call Dr. Miller."),
        ("call Ada Lund now", "Call ada lund, now!", "Call Ada Lund, now!"),
        ("a coffee, with milk", "A Coffee with Milk.", "A Coffee, with Milk"),
        ("(a pause)", "you", "(A pause)"),
    ],
)
def test_a_reference_keeps_the_capitals_and_the_marks_that_it_has(reference, written, expected):
    assert english(reference, written) == expected


@pytest.mark.parametrize(
    ("locale", "reference", "written", "expected"),
    [
        ("de-DE", "wo ist der bahnhof", "Wo ist der Bahnhof?", "Wo ist der Bahnhof?"),
        ("es-ES", "puedo tomar un café", "¿Puedo tomar un cafe?", "¿Puedo tomar un café?"),
        ("zh-CN", "我要一杯咖啡谢谢", "我要一杯咖啡,谢谢。", "我要一杯咖啡,谢谢。"),
        ("ko-KR", "커피 한 잔 주세요", "커피 한 잔 주세요.", "커피 한 잔 주세요."),
    ],
)
def test_other_languages(locale, reference, written, expected):
    assert recased(reference, written, locale=locale) == expected


@given(texts, texts)
def test_the_words_never_change(reference, written):
    for locale in ("en-US", "de-DE", "zh-CN", "sv-SE"):
        words = normaliser(locale).words

        assert words(recased(reference, written, locale=locale)) == words(reference)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_words_never_change_whatever_the_text(reference, written):
    words = normaliser("en-US").words

    assert words(english(reference, written)) == words(reference)


@given(texts, texts)
@example("\u00bf a", "\u00bf")
def test_done_twice_it_is_the_same(reference, written):
    once = english(reference, written)

    assert english(once, written).casefold() == once.casefold()


@given(
    st.lists(st.sampled_from("Give me One large coffee. Now, please! And milk?".split()), min_size=1).map(
        " ".join
    )
)
def test_a_recogniser_that_heard_all_is_taken_whole(written):
    plain = " ".join(normaliser("en-US").words(written))

    assert english(plain, written).casefold() == written.casefold()
