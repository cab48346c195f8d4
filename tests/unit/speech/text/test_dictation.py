"""Punctuation that is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text.display import DisplayForms, DisplayRules, Formatter, ProfanityMode, Punctuation
from lect.speech.text.display.dictation import Dictation
from lect.speech.text.display.marks import MARKS
from lect.speech.text.display.rules.changes import changed

BOTH = [
    ("en-US", "Do you live in town question mark", "Do you live in town?"),
    ("en-US", "Do you live in town? Question mark.", "Do you live in town?"),
    ("en-US", "Hello, comma, how are you question mark i am fine period", "Hello, how are you? I am fine."),
    ("en-US", "It works exclamation point It really does full stop", "It works! It really does."),
    ("en-US", "We need three things colon eggs comma milk semicolon bread.", "We need three things: eggs, milk; bread."),
    ("en-US", "We left at 3 p.m. period then comma we slept.", "We left at 3 p.m. Then, we slept."),
    ("en-US", "He said open quote hello period close quote and left.", 'He said "hello." And left.'),
    ("en-US", "Wait period open parenthesis see below close parenthesis.", "Wait. (See below)."),
    ("en-US", "Hello. Comma. How are you? Colon. Monday.", "Hello, how are you: Monday."),
    ("en-US", "Semi-colon; then ellipsis", "; then\u2026"),
    ("en-US", "I like it period of course I do.", "I like it. Of course I do."),
    ("en-US", "question mark", "?"),
    ("de-DE", "Kommen Sie Fragezeichen Ja Komma gern Punkt", "Kommen Sie? Ja, gern."),
    ("fr-FR", "Comment allez-vous point d'interrogation bien virgule merci point", "Comment allez-vous ? Bien, merci."),
    ("es-ES", "Hola coma abre interrogaci\u00f3n c\u00f3mo est\u00e1s cierra interrogaci\u00f3n", "Hola, \u00bfc\u00f3mo est\u00e1s?"),
    ("it-IT", "Come stai punto interrogativo bene virgola grazie punto", "Come stai? Bene, grazie."),
    ("pt-BR", "Tudo bem ponto de interroga\u00e7\u00e3o sim v\u00edrgula obrigado ponto final", "Tudo bem? Sim, obrigado."),
]  # fmt: skip
WORDS = [
    ("en-US", "The trial period ends in a period of two weeks."),
    ("en-US", "That is a comma, and this is your question mark."),
    ("en-US", "Comma-separated values are read by colon cancer wards."),
    ("en-US", "Commas and periods stay."),
    ("de-DE", "Das ist der Punkt, Punkt 12 und 2 Komma 5."),
    ("en-US", "Period dramas are fun."),
    ("fr-FR", "C'est un bon point de vue."),
    ("fr-FR", "C'est le point virgule qui manque."),
    ("es-ES", "A punto de llegar."),
    ("ja-JP", "\u53e5\u8aad\u70b9\u3001\u3002"),
]
DICTATED = [
    ("Well, I see. You came at 5 p.m. today?", "Well I see you came at 5 p.m. today"),
    ("Dr. Smith, who is in London, left. He, period, Monday is off.", "Dr. Smith who is in London left he. Monday is off"),
    ("Hello. Comma. I'm here. Question mark.", "Hello, I'm here?"),
    ("Is it 5 p.m.? Question mark.", "Is it 5 p.m.?"),
    ("He is from the U.S., I hear.", "He is from the U.S. I hear"),
    ("Pay $3.50, please, colon, 1,000 times.", "Pay $3.50 please: 1,000 times"),
]  # fmt: skip


def display(text, punctuation, locale="en-US", **options):
    return DisplayForms(locale, punctuation=punctuation, **options).forms(text)


@pytest.mark.parametrize(("locale", "text", "expected"), BOTH)
def test_a_mark_that_is_said_is_written_in_the_place_of_those_beside_it(locale, text, expected):
    assert display(text, Punctuation.BOTH, locale).display == expected


@pytest.mark.parametrize(("locale", "text"), WORDS)
def test_words_that_mean_no_mark_stay(locale, text):
    assert display(text, Punctuation.BOTH, locale).display == text


@pytest.mark.parametrize(("text", "expected"), DICTATED)
def test_marks_of_the_model_go_where_the_speaker_alone_says_them(text, expected):
    assert display(text, Punctuation.DICTATED).display == expected


def test_without_dictation_words_are_words():
    text = "Do you live in town question mark"

    assert display(text, Punctuation.AUTOMATIC).display == text


def test_only_the_display_form_has_marks_that_are_said():
    forms = display("Two pounds comma please period", Punctuation.BOTH)

    assert forms.display == "Two pounds, please."
    assert forms.lexical == "two pounds comma please period"
    assert forms.itn == "2 lb comma please period"


def test_no_marks_at_all_is_the_itn_form_with_its_profanity_treated():
    forms = display("Damn, twenty eggs.", Punctuation.NONE, profanity=ProfanityMode.RAW)

    assert forms.display == "damn 20 eggs"
    assert display("Damn, twenty eggs.", Punctuation.NONE).display == "**** 20 eggs"


def test_rules_of_a_domain_read_the_text_with_its_marks():
    rules = Formatter(DisplayRules(rewrites=(("end to end", "E2E"),), profanity=("zippy",)))

    forms = display("End to end question mark zippy comma no", Punctuation.BOTH, rules=rules)

    assert forms.display == "E2E? *****, no"


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("do you live in town question", "do you live in town question"),
        ("do you live in town question mark", "do you live in town question mark"),
        ("do you live in town question mark i", "do you live in town? i"),
        ("do you live in town question mark i do", "do you live in town? I do"),
    ],
)
def test_a_partial_has_a_mark_once_something_follows_it(spoken, expected):
    assert DisplayForms("en-US", punctuation=Punctuation.BOTH).partial(spoken) == expected
    assert DisplayForms("en-US").partial(spoken) == spoken


@given(
    st.lists(st.sampled_from([*"a the Of 3 p.m. Dr. period comma question mark open quote close - , . ? \u2026".split(), "i"])),
    st.sampled_from(sorted(MARKS)),
)  # fmt: skip
def test_changes_are_in_order_and_never_overlap(words, language):
    text, dictation = " ".join(words), Dictation(language)

    for changes in (dictation.written(text), dictation.unmarked(text)):
        places = [place for change in changes for place in (change.start, change.end)]
        assert places == sorted(places)
        assert changed(text, changes).count("period") <= text.count("period")
