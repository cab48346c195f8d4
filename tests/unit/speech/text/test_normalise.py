"""Normalisers give what the golden tables say, settle at once, and treat equal sounds alike."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.core.errors import UnsupportedLocale
from lect.speech.text import normaliser
from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.american import american

GOLDEN = Path(__file__).parents[3] / "golden" / "normalise"
LOCALES = ["en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "pt-BR", "zh-CN", "ja-JP", "ko-KR", "th-TH", "hi-IN"]
SPELLED = {"en": spelling.english, "de": spelling.german, "fr": spelling.french, "es": spelling.spanish,
           "it": spelling.italian, "pt": spelling.portuguese}  # fmt: skip
ALSO_ARTICLES = {"un", "una", "uno", "um", "uma"}


def golden_rows():
    for table in sorted(GOLDEN.glob("*.tsv")):
        for line in table.read_text("utf-8").splitlines():
            text, expected = line.split("\t")
            yield pytest.param(
                "xx" if table.stem == "generic" else table.stem, text, expected, id=f"{table.stem}: {text}"
            )


@pytest.mark.parametrize(("locale", "text", "expected"), list(golden_rows()))
def test_golden(locale, text, expected):
    normalise = normaliser("sv-SE" if locale == "xx" else locale)

    assert normalise(text) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    "same",
    [
        ["sixteen ounce", "16-ounce", "16 oz", "16oz.", "Sixteen ounces"],
        ["ZERO THREE FIVE ONE", "0351", "0 3 5 1", "zero-three, five one"],
        ["twenty twenty", "2020", "two thousand twenty", "two thousand and twenty", "20 20"],
        ["one hundred and five", "one hundred five", "105", "a hundred and five", "one oh five"],
        ["$2.5 million", "$2.5m", "two point five million dollars"],
        ["I'd rather not", "I would rather not"],
        ["he can't", "he cannot", "he can not"],
        ["the twenty-first", "the 21st"],
        ["colour me grey", "color me gray"],
        ["U.S.A.", "USA", "u s a"],
        ["10:30 p.m.", "ten thirty PM", "ten thirty p m"],
        ["um, well", "well uh"],
        ["1960s", "nineteen sixties", "1960's"],
        ["50%", "fifty percent", "fifty per cent"],
    ],
    ids=lambda same: same[0],
)
def test_what_sounds_the_same_is_the_same(same):
    assert len({normaliser("en-US")(text) for text in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sixteen", "sixty"),
        ("this one", "this won"),
        ("a double shot", "a shot"),
        ("two million", "two billion"),
        ("the second", "the seconds"),
        ("thirty second", "thirty first"),
        ("there", "their"),
        ("and", "end"),
    ],
)
def test_what_sounds_different_stays_different(one, other):
    assert normaliser("en-US")(one) != normaliser("en-US")(other)


@pytest.mark.parametrize("language", SPELLED)
def test_every_spelling_of_a_number_is_the_number(language):
    normalise = normaliser(language)
    for number in range(1000):
        digits = normalise(str(number))
        for text in SPELLED[language](number):
            if text not in ALSO_ARTICLES:
                assert normalise(text) == digits, text


@pytest.mark.parametrize(
    ("language", "thousand"),
    [
        ("en", " thousand "),
        ("de", "tausend"),
        ("fr", " mille "),
        ("es", " mil "),
        ("it", "mila"),
        ("pt", " mil "),
    ],
)
def test_numbers_to_a_million_are_their_digits(language, thousand):
    normalise, spell = normaliser(language), SPELLED[language]
    for number in (2_005, 16_016, 20_000, 99_999, 350_350, 999_999):
        head, tail = divmod(number, 1000)
        assert normalise(spell(head)[0] + thousand + (spell(tail)[0] if tail else "")) == normalise(
            str(number)
        )


WORDS = st.sampled_from(
    "one two five twenty thirty hundred thousand million and a i o oh point first second fifth 0 5 05 100 1000 20 2nd 21st 60s "
    "u m h p oz um mm percent don't ok i'd 'em 5's sixties un mille cent et mil ein tausend und eins".split()
)


@pytest.mark.parametrize("locale", LOCALES)
@given(words=st.lists(WORDS, max_size=12), joint=st.sampled_from([" ", "-", ", ", "."]))
@settings(max_examples=200, deadline=None)
def test_a_second_pass_changes_nothing(locale, words, joint):
    normalise = normaliser(locale)
    once = normalise(joint.join(words))

    assert normalise(once) == once


@pytest.mark.parametrize("locale", LOCALES)
@given(text=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_normalised_and_settles(locale, text):
    normalise = normaliser(locale)
    once = normalise(text)

    assert normalise(once) == once
    assert once.split() == normalise.words(text)


def test_huge_numbers_are_no_trouble():
    normalise = normaliser("en-US")

    assert normalise("9" * 10_000) == " ".join("9" * 10_000)
    assert normalise("7" * 5_000 + "th").endswith("7th")
    assert normalise("5 " + "million " * 50).startswith("5 trillion")


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("en-GB", "en"),
        ("de-CH", "de"),
        ("zh-Hans-CN", "zh"),
        ("yue-HK", "yue"),
        ("sv-SE", "generic"),
        ("xh", "generic"),
    ],
)
def test_a_locale_gets_the_normaliser_of_its_language(locale, name):
    found = normaliser(locale)

    assert (found.name, found.locale) == (name, locale)
    assert found.version.isdigit()


def test_a_malformed_locale_is_an_error():
    with pytest.raises(UnsupportedLocale):
        normaliser("not a locale")


@pytest.mark.parametrize(
    "word",
    "rise advise promise surprise exercise our four hour tour pour devour analysis filled called serial our's".split(),
)
def test_american_words_are_left_alone(word):
    assert american(word) == word


@pytest.mark.parametrize(
    ("british", "expected"),
    [("organisations", "organizations"), ("favourite", "favorite"), ("travelling", "traveling"), ("centres", "centers"),
     ("kilometre", "kilometer"), ("defence", "defense"), ("cheques", "checks"), ("anaesthetic", "anesthetic"),
     ("neighbourhood", "neighborhood"), ("realised", "realized"), ("dialogues", "dialogs")],
)  # fmt: skip
def test_british_words_become_american(british, expected):
    assert american(british) == expected
    assert american(expected) == expected
