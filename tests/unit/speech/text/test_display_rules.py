"""Display rules give what the golden table says, and nothing ever what they must not."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidInput
from lect.speech.text.display import DisplayForms, DisplayRules, Formatter, ProfanityFilter, ProfanityMode
from lect.speech.text.display.rules.automaton import Automaton
from lect.speech.text.display.rules.changes import Change, changed, merged, moved, overlaps, tidied
from lect.speech.text.display.rules.matching import MOST_WORDS, Matcher
from lect.speech.text.lexical import lexical

GOLDEN = Path(__file__).parents[3] / "golden" / "display" / "rules.tsv"
MODES = {"none": None} | {mode: ProfanityMode(mode) for mode in ("removed", "tagged", "raw")}


def rows():
    return [*_rows()]


def _rows():
    for line in GOLDEN.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield pytest.param(*line.split("\t"), id=line.replace("\t", " | "))


def rules(spec):
    """`~cat-\\d ~dog-\\d ;; end to end => E2E ;; !fake word`."""
    itn, rewrites, profanity = [], [], []
    for each in spec.split(" ;; "):
        if "=>" in each:
            old, new = each.split("=>")
            rewrites.append((old.strip(), new.strip()))
        elif each.startswith("!"):
            profanity.append(each[1:])
        else:
            itn += each.removeprefix("~").split(" ~")
    return DisplayRules(itn=tuple(itn), rewrites=tuple(rewrites), profanity=tuple(profanity))


def forms(spec, locale="en-US", mode=ProfanityMode.MASKED):
    return DisplayForms(locale, profanity=mode, rules=Formatter(rules(spec), locale=locale))


@pytest.mark.parametrize(("kind", "spec", "text", "display", "masked_itn"), rows())
def test_rules_give_what_the_golden_table_says(kind, spec, text, display, masked_itn):
    locale = kind if "-" in kind else "en-US"
    made = forms(spec, locale, MODES.get(kind, ProfanityMode.MASKED))
    found = made.forms_of_lexical(text) if kind == "spoken" else made.forms(text)
    assert (found.display, found.masked_itn) == (display, masked_itn)
    assert found.lexical == lexical(text, locale)


def test_the_golden_table_has_150_cases():
    assert len(rows()) >= 150


# Laws

WORDS = (
    "a b c cat dog nine twenty five oh hundred 12 105 to K fake word end zippy x. dash. Dog, ABC uh".split()
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
PATTERN = st.recursive(
    st.sampled_from(
        [r"\d", r"\u", r"\l", r"\a", "cat", "-", " ", "[5-7]", "{zippy>ZPI}", "{uh}", "{fake>f@ke}", "a", "5"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(st.lists(inner, min_size=1, max_size=3), st.sampled_from(["", "?", "+", "*"])).map(
            lambda group: f"({'|'.join(group[0])}){group[1]}"
        ),
    ),
    max_leaves=8,
)
PHRASE = st.lists(
    st.sampled_from("cat dog fake word end to a b F4KE W0rd".split()), min_size=1, max_size=3
).map(" ".join)
RULES = st.builds(
    DisplayRules,
    itn=st.lists(PATTERN, max_size=4).map(tuple),
    rewrites=st.lists(st.tuples(PHRASE, PHRASE), max_size=4).map(tuple),
    profanity=st.lists(PHRASE, max_size=3).map(tuple),
)


@given(RULES, TEXTS)
@settings(max_examples=150, deadline=None)
def test_no_masked_phrase_is_ever_shown(some, text):
    made = DisplayForms("en-US", rules=Formatter(some))
    found = made.forms(text)
    for shown in (found.display, found.masked_itn):
        assert ProfanityFilter(some.profanity).spans(shown) == []


@given(RULES, TEXTS)
@settings(max_examples=100, deadline=None)
def test_what_is_written_grows_with_the_text_alone_and_comes_from_one_reading(some, text):
    made = Formatter(some)
    for changes in (made.patterns(text), made.rewrites(text)):
        assert all(a.end <= b.start for a, b in pairwise(changes))
        assert all(0 <= each.start < each.end <= len(text) for each in changes)
        longest = max([len(part) for part in (*some.itn, *(new for _, new in some.rewrites))], default=0)
        assert len(changed(text, changes)) <= len(text) * (1 + longest)


@given(RULES, TEXTS)
@settings(max_examples=100, deadline=None)
def test_the_lexical_form_is_never_touched(some, text):
    made = DisplayForms("en-US", rules=Formatter(some))
    assert made.forms(text).lexical == lexical(text, "en-US")
    assert made.forms_of_lexical(text).lexical == lexical(text, "en-US")


@given(st.lists(PATTERN, min_size=1, max_size=4), TEXTS)
@settings(max_examples=100, deadline=None)
def test_what_was_remembered_makes_no_difference(patterns, text):
    used = Matcher(patterns)
    used.find("cat nine 105 a b c zippy")
    assert used.find(text) == Matcher(patterns).find(text)


@given(st.text("ab c", max_size=20), st.data())
def test_stretches_move_with_the_changes_of_a_text(text, data):
    places = st.integers(0, len(text))
    spans = merged(
        [tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(places, places), max_size=4))]
    )
    edges = merged(
        [tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(places, places), max_size=4))]
    )
    changes = [Change(start=start, end=end, written="XY") for start, end in edges]
    after = changed(text, changes)
    for span, (start, end) in zip(spans, moved(spans, changes), strict=True):
        assert 0 <= start <= end <= len(after)
        if not overlaps(span, edges):
            assert after[start:end] == text[slice(*span)]


# Conflicts and limits


def test_of_patterns_that_read_as_far_the_first_counts():
    assert Matcher([r"cat-\d", r"{cat>dog}-\d"]).find("cat nine")[0].written == "cat-9"
    assert Matcher([r"{cat>dog}-\d", r"cat-\d"]).find("cat nine")[0].written == "dog-9"


def test_of_two_rules_for_one_phrase_the_first_counts():
    assert forms("a b => X ;; A b. => Y").forms("Say a b.").display == "Say X."


HOSTILE = [
    r"((((\a)*)*)*)*x",
    r"((\a)+)+((\a)+)+((\a)+)+x",
    r"(\d|\d|\d)+(\d|\d)+(\d)+x",
    r"((\d)?(\d)?(\d)?(\d)?(\d)?(\d)?(\d)?(\d)?)+x",
    "(a|a|a|a)*" * 20 + "z",
    "((-)*)*(( )*)*x",
    r"({a>aaaaaaaaaaaaaaaaaaaa})+x",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_takes_more_steps_for_a_word_than_the_limit(pattern):
    matcher = Matcher([pattern])
    text = "a b c one two three 1 2 3 " * 40
    assert matcher.find(text) == []
    assert matcher.work <= 2 * MOST_WORDS * len(pattern) * len(text)


def test_a_search_that_looks_at_too_many_steps_is_given_up(monkeypatch):
    matcher = Matcher([r"((\a)?(\a)?(\a)?(\a)?)*z"])
    assert [each.written for each in matcher.find("a b c d e f z")] == ["abcdefz"]
    monkeypatch.setattr("lect.speech.text.display.rules.matching.MOST_WORK", 20)
    assert "abcdefz" not in [each.written for each in matcher.find("a b c d e f z")]


def test_what_is_remembered_is_forgotten_in_time(monkeypatch):
    monkeypatch.setattr("lect.speech.text.display.rules.automaton._MOST_REMEMBERED", 5)
    forgotten = []
    forget = Automaton.forget
    monkeypatch.setattr(Automaton, "forget", lambda self: (forgotten.append(1), forget(self)))
    matcher = Matcher([r"cat-\d", r"(\d)+-dog"])
    text = "cat nine. One two three dog. Cat 5. " * 20
    assert [each.written for each in matcher.find(text)][:3] == ["cat-9", "123-dog", "cat-5"]
    assert len(forgotten) > 1


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"itn": "x"},
        {"rewrite": [["a"]]},
        {"rewrite": [["a", 1]]},
        {"profanity": [1]},
        {"more": []},
    ],
)
def test_what_is_no_set_of_rules_is_refused(document):
    with pytest.raises(InvalidInput):
        DisplayRules.from_json(document)


def test_a_pattern_that_cannot_be_read_is_refused():
    with pytest.raises(InvalidInput, match="cannot be read"):
        Formatter(DisplayRules(itn=("(a",)))


@given(RULES)
def test_rules_are_read_as_they_were_written(some):
    assert DisplayRules.from_json(some.to_json()) == some


def test_what_is_left_out_takes_a_mark_and_a_blank_away():
    text = "One, two, three."
    assert changed(text, tidied([Change(start=5, end=8, written="")], text)) == "One, three."
    assert changed(text, tidied([Change(start=10, end=15, written="")], text)) == "One, two,."


def test_a_custom_phrase_is_masked_beside_the_list_that_lect_brings():
    assert forms("!fake word").forms("Damn, a fake word.").display == "****, a **** ****."
    assert not re.search("fake|damn", forms("!fake word").forms("Damn, a fake word.").masked_itn)
