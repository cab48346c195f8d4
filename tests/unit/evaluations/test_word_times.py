"""When the words of an evaluation are said."""

from lect.engines.contract import Word
from lect.evaluations.word_times import times_of
from lect.speech.text import normaliser

ENGLISH = normaliser("en-US")


def heard(*texts):
    """Words of a second each, one after another from 10 s on."""
    return [Word(word=text, offset=10.0 + at, duration=1.0, confidence=0.9) for at, text in enumerate(texts)]


def times(*texts, locale="en-US"):
    rules = normaliser(locale)
    words = rules.words(" ".join(texts))
    return list(zip(words, times_of(words, heard(*texts), rules), strict=True))


def test_words_have_the_times_of_what_was_displayed():
    assert times("The", "red,", "pear.") == [("the", (10, 11)), ("red", (11, 12)), ("pear", (12, 13))]


def test_words_that_are_the_same_when_normalised_alone_are_not_aligned(monkeypatch):
    monkeypatch.setattr("lect.evaluations.word_times.align", None)

    assert [said for _, said in times("The", "well-known", "pear.")] == [
        (10, 11),
        (11, 12),
        (11, 12),
        (12, 13),
    ]


def test_the_parts_of_a_word_have_all_its_time():
    assert [said for _, said in times("A", "well-known", "pear")] == [(10, 11), (11, 12), (11, 12), (12, 13)]


def test_one_word_for_several_has_the_time_of_all_of_them():
    found = times("take", "twenty", "five", "pears")

    assert [word for word, _ in found] == ["take", "25", "pears"]
    assert [said for _, said in found] == [(10, 11), (11, 13), (13, 14)]


def test_characters_have_the_time_of_their_word():
    found = times("\u4f60\u597d", "\u4e16\u754c", locale="zh-CN")

    assert [said for _, said in found] == [(10, 11), (10, 11), (11, 12), (11, 12)]


def test_a_word_that_was_displayed_otherwise_has_the_time_of_what_stands_there():
    assert times_of(["the", "green", "pear"], heard("the", "red", "pear"), ENGLISH)[1] == (11, 12)
    assert times_of(["the", "pear", "now"], heard("the", "pear"), ENGLISH)[2] == (11, 12)


def test_without_times_there_are_none():
    assert times_of(["the"], [], ENGLISH) == ()
