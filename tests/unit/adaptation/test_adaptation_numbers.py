import pytest

from lect.adaptation.numbers import NumberForms

LANGUAGES = ["en", "de", "fr", "es", "it", "pt"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a sixteen ounce latte", ["a sixteen ounce latte", "a 16 ounce latte"]),
        ("a 16 ounce latte", ["a 16 ounce latte", "a sixteen ounce latte"]),
        ("one sixteen ounce", ["one sixteen ounce", "1 16 ounce", "one 16 ounce"]),
        ("one hundred and five to five hundred", ["one hundred and five to five hundred", "105 to 500"]),
        ("twenty one twenty", ["twenty one twenty", "21 20"]),
        ("no number", ["no number"]),
        ("007", ["007"]),
    ],
)
def test_english_renderings(line, expected):
    renderings = NumberForms("en").renderings(line.split())
    assert [" ".join(words) for words in renderings[: len(expected)]] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_to_words_and_back_is_the_same_number(language):
    forms = NumberForms(language)
    for value in range(2, 1000):
        spelled = forms.as_words([str(value)])
        assert spelled != [str(value)]
        assert forms.as_digits(spelled) == [str(value)], spelled


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("de", 21, "einundzwanzig"),
        ("de", 317, "dreihundertsiebzehn"),
        ("fr", 71, "soixante et onze"),
        ("fr", 80, "quatre vingts"),
        ("fr", 91, "quatre vingt onze"),
        ("fr", 200, "deux cents"),
        ("es", 31, "treinta y uno"),
        ("es", 555, "quinientos cincuenta y cinco"),
        ("it", 28, "ventotto"),
        ("it", 143, "centoquarantatré"),
        ("pt", 121, "cento e vinte e um"),
        ("en", 999, "nine hundred ninety nine"),
    ],
)
def test_spelling(language, value, words):
    assert " ".join(NumberForms(language).as_words([str(value)])) == words


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("fr", "un café"),
        ("fr", "de centimes et de cents"),
        ("es", "una mesa por ciento"),
        ("pt", "uma mesa por cento"),
    ],
)
def test_an_article_is_not_the_number_one_and_percent_not_a_hundred(language, line):
    assert NumberForms(language).renderings(line.split()) == [line.split()]


def test_a_language_without_rules_keeps_its_numbers():
    assert NumberForms("xx").renderings(["16"]) == [["16"]]
