"""Rules of text, as one table to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.datasets.repair import repair_text
from lect.datasets.rules import line_rules, problems_of, structured_rules, transcript_rules, writing_rules

ERRORS = [  # locale, text, code, column
    ("en-US", "?!", "empty_after_normalisation", 1),
    ("en-US", "see https://contoso.com now", "url_in_line", 5),
    ("en-US", "write to mailto:me@contoso.com", "url_in_line", 10),
    ("en-US", "it was sooooo good", "too_many_repeats", 9),
    ("en-US", "well no no no no thanks", "too_many_repeats", 6),
    ("en-US", "yeah, yeah, yeah, Yeah!", "too_many_repeats", 1),
    ("en-US", "no-no-no-no", "too_many_repeats", 1),
    ("en-US", "go on go on go on go on", "too_many_repeats", 1),
    ("zh-CN", "数据数据数据数据", "too_many_repeats", 1),
    ("zh-CN", "哈哈哈哈", "too_many_repeats", 1),
    ("en-US", "a zero \0 byte", "bad_character", 8),
    ("en-US", "an escape \x1b[31m", "bad_character", 11),
    ("en-US", "lost \ufffd letter", "bad_character", 6),
    ("de-DE", "nach § 5", "bad_character", 6),
    ("de-DE", "20° warm", "bad_character", 3),
    ("ja-JP", "日本語の文章。" + "".join(map(chr, range(0x4E00, 0x4E00 + 91))), "sentence_too_long", 8),
]
WARNINGS = [
    ("en-US", "visit www.contoso.com today", "url_in_line", 7),
    ("en-US", "it\u2019s a café", "bad_character", 3),
    ("en-US", "a smile 😀", "bad_character", 9),
    ("en-US", "soft\u00adhyphen", "invisible_character", 5),
    ("de-DE", "null\u200bbreit", "invisible_character", 5),
    ("zh-CN", "你好,世界", "character_width", 3),
    ("ja-JP", "ＡＢＣの", "character_width", 1),
]
TRANSCRIPT_WARNINGS = [
    ("en-US", "at 104 Elm Street", "ambiguous_number", 4),
    ("en-US", "drink H2O", "ambiguous_number", 7),
    ("en-US", "salt & pepper", "symbol", 6),
    ("en-US", "five % more", "symbol", 6),
]
FINE = [
    ("en-US", "That agent is already logged on.  Please enter your agent number."),
    ("en-US", "it's Contoso.com, version 1.0: ten thousand"),
    ("en-US", "no no no"),
    ("en-US", "10000000 of them"),
    ("en-US", "well.... ---- yes!!!!"),
    ("de-DE", "Äußerungen über Straße, „Anführung“"),
    ("ja-JP", "日本語。これは短い文です。"),
    ("zh-CN", '状态更改为 "成功" 后，你会发现'),
    ("fa-IR", "می\u200cخواهم"),
    ("hi-IN", "क्\u200dष"),
    ("th-TH", "สวัสดี"),
]


def found(locale, text, rules=line_rules):
    return [(each.code.value, each.column, each.is_error) for each in problems_of(text, rules(locale))]


@pytest.mark.parametrize(("locale", "text", "code", "column"), ERRORS)
def test_errors(locale, text, code, column):
    assert found(locale, text) == [(code, column, True)]


@pytest.mark.parametrize(("locale", "text", "code", "column"), WARNINGS)
def test_warnings(locale, text, code, column):
    assert found(locale, text) == [(code, column, False)]


@pytest.mark.parametrize(("locale", "text", "code", "column"), TRANSCRIPT_WARNINGS)
def test_warnings_of_transcripts(locale, text, code, column):
    assert found(locale, text, transcript_rules) == [(code, column, False)]


@pytest.mark.parametrize(("locale", "text"), FINE)
def test_sound_text_has_no_problem(locale, text):
    assert found(locale, text) == []


def test_every_problem_says_what_to_do():
    for locale, text, *_ in ERRORS + WARNINGS + TRANSCRIPT_WARNINGS:
        for problem in problems_of(text, transcript_rules(locale)):
            assert problem.message
            assert problem.suggestion


REPAIRS = [
    ("en-US", "\u201cit\u2019s\u201d a test \u2014 really\u2026", '"it\'s" a test - really...'),
    ("en-US", "zero\u200bwidth and no\u00a0break\x00", "zerowidth and no break"),
    ("en-US", " café ", "café"),
    ("de-DE", "„Straße“", "„Straße“"),
    ("zh-CN", "ＡＢ１２", "AB12"),
    ("fa-IR", "می\u200cخواهم", "می\u200cخواهم"),
]


@pytest.mark.parametrize(("locale", "text", "repaired"), REPAIRS)
def test_repairs(locale, text, repaired):
    assert repair_text(text, locale) == repaired


@given(st.text(), st.sampled_from(["en-US", "de-DE", "ja-JP", "zh-CN", "hi-IN"]))
def test_repairing_twice_changes_nothing_more(text, locale):
    once = repair_text(text, locale)
    assert repair_text(once, locale) == once


@given(st.text(), st.sampled_from(["en-US", "de-DE", "ja-JP", "zh-CN", "hi-IN"]))
def test_columns_lie_in_the_text(text, locale):
    for problem in problems_of(text, transcript_rules(locale)):
        assert 1 <= problem.column <= max(1, len(text))


@given(
    st.from_regex(r"[A-Za-z]{1,20}( [A-Za-z]{1,20}){0,2}", fullmatch=True),
    st.sampled_from(["en-US", "de-DE", "ja-JP"]),
)
def test_what_is_sound_at_a_glance_is_sound_by_every_rule(text, locale):
    for rules in (line_rules(locale), structured_rules(locale), transcript_rules(locale), writing_rules()):
        assert problems_of(text, rules) == [problem for rule in rules for problem in rule(text)]
