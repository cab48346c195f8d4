"""What a model's display rules make of transcripts: all forms, and words with their times."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.engines.contract import Word
from lect.serving.forms import Writing, segment_forms, with_forms
from lect.serving.results import ResultOptions, result_of
from lect.serving.transcriptions import SegmentTranscript, Transcript
from lect.speech.text.display import DisplayForms, DisplayRules, Formatter, ProfanityMode, Punctuation
from lect.speech.text.lexical import lexical

RULES = Formatter(
    DisplayRules(
        itn=(r"\d\d\d-\d\d\d", "{uh}", r"{zippy>ZPI unit}-\d\d"),
        rewrites=(("end to end", "E2E"), ("fake news", "F4KE NEWS"), ("hq", "head quarters")),
        profanity=("fake news", "zippy"),
    )
)


def segment(text, *, step=0.5):
    words = tuple(
        Word(word=word, offset=at * step, duration=step, confidence=0.9 - at / 100)
        for at, word in enumerate(text.split())
    )
    return SegmentTranscript(
        offset=0.0,
        duration=len(words) * step,
        display=text,
        lexical=lexical(text, "en-US"),
        confidence=0.9,
        words=words,
    )


def written(text, mode=ProfanityMode.MASKED):
    return segment_forms(segment(text), Writing(profanity=mode).forms("en-US", RULES))


def timed(made):
    return [(word.word, word.offset, word.duration) for word in made.words]


def test_what_is_written_for_some_words_has_their_time():
    made = written("Test one oh five one fifteen end to end.")

    assert made.display == "Test 105-115 E2E."
    assert timed(made) == [("Test", 0.0, 0.5), ("105-115", 0.5, 2.5), ("E2E.", 3.0, 1.5)]
    assert [word.confidence for word in made.words] == pytest.approx(
        [0.9, 0.85, 0.82]
    )  # of the least sure word
    assert made.itn == "test 105-115 end to end"


def test_what_is_written_as_several_words_shares_the_time_by_letters():
    first, second = timed(written("At hq now."))[1:3]
    assert (first[0], second[0]) == ("head", "quarters")
    assert first[2] + second[2] == pytest.approx(0.5, abs=0.002)


def test_a_word_that_is_left_out_is_no_display_word_but_was_heard():
    made = written("Uh, I see.")

    assert made.display == "I see."
    assert [word.word for word in made.words] == ["I", "see."]
    assert [word.word for word in made.heard] == ["Uh,", "I", "see."]
    assert made.lexical == "uh i see"


def test_what_was_written_for_profanity_is_masked_in_words_too():
    made = written("The fake news, Zippy 22.")

    assert made.display == "The **** ****, *** *******."
    assert [word.word for word in made.words] == ["The", "****", "****,", "***", "*******."]
    assert made.masked_itn == "the **** **** *** *******"
    assert made.lexical == "the fake news zippy twenty two"


def test_without_a_mode_what_the_rules_name_is_masked_alone():
    made = written("Damn fake news.", None)

    assert (made.display, made.masked_itn) == ("Damn **** ****.", "**** **** ****")


def test_in_raw_nothing_is_masked_but_the_masked_form():
    made = written("Damn fake news.", ProfanityMode.RAW)

    assert (made.display, made.masked_itn) == ("Damn F4KE NEWS.", "**** **** ****")


def test_a_result_has_the_words_that_were_said_with_their_times_whatever_is_displayed():
    transcript = Transcript(
        file="a.wav",
        model="m.lect",
        locale="en-US",
        duration=4.0,
        display="",
        lexical="",
        confidence=0.9,
        segments=(segment("Damn, test end to end."),),
        cpu_seconds=0.0,
    )
    made = with_forms(transcript, Writing(profanity=ProfanityMode.REMOVED), RULES)
    options = ResultOptions(profanity=ProfanityMode.REMOVED, words=True, display_words=True)
    channels = {"0": made.to_json(heard=True)}
    [phrase] = result_of(channels, options, source="a", timestamp="t")["recognizedPhrases"]
    best = phrase["nBest"][0]

    assert best["display"] == "test E2E."
    assert [(word["displayText"], word["offset"]) for word in best["displayWords"]] == [
        ("test", "PT0.5S"),
        ("E2E.", "PT1S"),
    ]
    assert [(word["word"], word["duration"]) for word in best["words"]] == [
        (word, "PT0.5S") for word in ("damn", "test", "end", "to", "end")
    ]
    assert "heard" not in made.to_json()["segments"][0]


def test_each_segment_is_written_by_the_rules_of_its_language():
    german = Formatter(DisplayRules(rewrites=(("pe ka we", "Pkw"),)), locale="de-DE")
    made = with_forms(
        Transcript(
            file="a.wav",
            model="m.lect",
            locale="en-US",
            duration=4.0,
            display="",
            lexical="",
            confidence=0.9,
            segments=(segment("End to end."), replace(segment("Der Pe Ka We."), locale="de-DE")),
            cpu_seconds=0.0,
        ),
        Writing(),
        among={"en-US": RULES, "de-DE": german},
    )
    assert made.display == "E2E. Der Pkw."


def test_several_words_that_are_left_out_at_the_end_leave_no_blank():
    made = segment_forms(segment("End Uh. Uh. Uh."), Writing().forms("en-US", RULES))
    assert made.display == "End."


WORDS = st.sampled_from("one oh five 105 end to hq uh, Uh. zippy 22 fake news Damn test, a-b".split())


@given(st.lists(WORDS, min_size=1, max_size=20), st.sampled_from([None, *ProfanityMode]))
@settings(deadline=None)
def test_display_words_stay_in_order_and_are_those_of_the_display_form(words, mode):
    said = segment(" ".join(words))
    made = segment_forms(said, Writing(profanity=mode).forms("en-US", RULES))

    assert made.lexical == said.lexical
    assert all(a.offset + a.duration <= b.offset + 0.002 for a, b in pairwise(made.words))
    assert all(
        word.offset >= 0 and word.offset + word.duration <= said.duration + 0.002 for word in made.words
    )
    if mode not in (ProfanityMode.TAGGED, ProfanityMode.REMOVED):
        assert " ".join(word.word for word in made.words) == made.display


def test_words_of_a_script_without_blanks_are_rewritten_too():
    rules = Formatter(DisplayRules(rewrites=(("中文", "汉语"),)), locale="zh-CN")
    words = tuple(
        Word(word=char, offset=float(at), duration=1.0, confidence=1.0) for at, char in enumerate("说中文。")
    )
    forms = DisplayForms("zh-CN", rules=rules)
    made = segment_forms(
        SegmentTranscript(
            offset=0.0, duration=4.0, display="说中文。", lexical="说中文", confidence=1.0, words=words
        ),
        forms,
    )
    assert made.display == "说汉语。"
    assert "".join(word.word for word in made.words) == "说汉语。"


def test_a_mark_that_was_said_has_the_time_of_its_words_with_the_word_before_it():
    made = segment_forms(
        segment("In town question mark yes."), Writing(punctuation=Punctuation.BOTH).forms("en-US")
    )

    assert made.display == "In town? Yes."
    assert [word.word for word in made.words] == ["In", "town?", "Yes."]
    town, before = made.words[1], segment("In town question mark yes.").words
    assert town.offset == before[1].offset
    assert town.offset + town.duration == pytest.approx(before[3].offset + before[3].duration)
    assert made.lexical == "in town question mark yes"
