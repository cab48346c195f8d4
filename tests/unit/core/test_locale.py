import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import UnsupportedLocale
from lect.core.locale import blank_of, canonicalise, canonicalise_known, language_of, parse

CANONICAL = {
    "en-US": "en-US",
    "en-us": "en-US",
    "EN_us": "en-US",
    " de ": "de",
    "zh-hans-cn": "zh-Hans-CN",
    "zh-yue-hk": "yue-HK",
    "zh-cmn-Hans": "zh-Hans",
    "es-419": "es-419",
    "sl-rozaj-biske": "sl-rozaj-biske",
    "de-1996": "de-1996",
    "de-DE-1901": "de-DE-1901",
    "ar-u-nu-latn": "ar-u-nu-latn",
    "en-x-house": "en-x-house",
    "iw-IL": "he-IL",
    "haw-US": "haw-US",
    "en-UK": "en-GB",
}


@pytest.mark.parametrize(("tag", "canonical"), CANONICAL.items())
def test_a_tag_has_one_canonical_form(tag, canonical):
    assert canonicalise(tag) == canonical
    assert canonicalise(canonical) == canonical


def test_the_parts_of_a_tag():
    locale = parse("zh-Hans-CN")

    assert (locale.language, locale.script, locale.region) == ("zh", "Hans", "CN")
    assert language_of("pt_br") == "pt"


@pytest.mark.parametrize(
    "tag", ["", "e", "en-", "en--US", "english language", "en-US-", "12", "en/US", "ü-DE", "../x"]
)
def test_what_is_no_tag_is_refused_with_an_example(tag):
    with pytest.raises(UnsupportedLocale, match="en-US"):
        parse(tag)


@given(st.text(alphabet="abcxyzUS1-_", max_size=14))
def test_canonical_forms_stay_as_they_are(tag):
    try:
        canonical = canonicalise(tag)
    except UnsupportedLocale:
        return
    assert canonicalise(canonical) == canonical


@pytest.mark.parametrize(
    ("tag", "blank"), [("zh-TW", ""), ("JA", ""), ("ko-KR", " "), ("en-US", " "), ("und", " ")]
)
def test_words_stand_together_where_the_language_has_no_blanks(tag, blank):
    assert blank_of(tag) == blank


@pytest.mark.parametrize("tag", ["klingon", "xx", "xx-YY", "english", "qq-Latn"])
def test_a_language_that_there_is_not_is_refused_and_known_ones_are_named(tag):
    with pytest.raises(UnsupportedLocale, match="en-US, de-DE"):
        parse(tag)


def test_three_letters_are_a_language_and_two_where_there_are_two():
    assert (canonicalise("swc-CD"), canonicalise("deu-AT")) == ("swc-CD", "de-AT")


def test_of_a_text_the_locale_must_be_named():
    assert (canonicalise("AUTO"), canonicalise_known("de_at")) == ("auto", "de-AT")
    with pytest.raises(UnsupportedLocale, match="must be named"):
        canonicalise_known("auto")


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("English", "en-US"),
        ("deutsch", "de-DE"),
        ("en-USA", "en-US"),
        ("de_DEU", "de-DE"),
        ("日本語", "ja-JP"),
    ],
)
def test_who_names_a_language_or_three_letters_of_a_region_is_told_what_to_write(tag, meant):
    with pytest.raises(UnsupportedLocale, match=rf"Did you mean {meant}\?"):
        parse(tag)


def test_only_languages_with_members_have_three_letters_behind_them():
    assert canonicalise("ar-arz-EG") == "arz-EG"
    with pytest.raises(UnsupportedLocale):
        parse("en-usa")
