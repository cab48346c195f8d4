"""Many utterances through their searches side by side, on a very small random Whisper."""

from __future__ import annotations

import numpy as np
import pytest

from lect.engines.whisper.decoding import LANES, Decoded, Decoding, Request, Utterance
from lect.engines.whisper.features import SAMPLE_RATE
from lect.engines.whisper.recogniser import WINDOW_FRAMES, WindowPolicy
from lect.engines.whisper.search import Finished, SearchOptions
from lect.engines.whisper.tokens import Tokens

REQUEST = Request(search=SearchOptions(beam=3), keep_attention=True)


@pytest.fixture(scope="module")
def tokens(checkpoint, sessions):
    return Tokens(checkpoint / "tokenizer.json", sessions.dimensions.vocabulary)


@pytest.fixture(scope="module")
def decoding(sessions, tokens):
    return Decoding(sessions, tokens, suppress=[ord("e")], suppress_first=[ord(" "), tokens.end])


def utterance(seconds, *, seed=0, window=None, language="en"):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.1, round(seconds * SAMPLE_RATE)).astype(np.float32)
    frames = 2 * round((window or seconds) * 50)
    return Utterance(samples=samples, frames=frames, language=language)


def test_utterances_of_any_length_come_out_in_order_and_as_each_alone(decoding):
    """More of them than lanes, in windows of two buckets."""
    utterances = [utterance(1 + seed % 4 * 1.7, seed=seed) for seed in range(2 * LANES + 1)]
    together = decoding.decode(utterances, REQUEST)
    alone = [decoding.decode([each], REQUEST)[0] for each in utterances]

    for ours, expected, each in zip(together, alone, utterances, strict=True):
        assert [finished.tokens for finished in ours.finished] == [
            finished.tokens for finished in expected.finished
        ]
        assert ours.score == pytest.approx(expected.score, abs=1e-3)
        assert ours.frames == each.frames


def test_no_utterances_are_no_work(decoding):
    assert decoding.decode([], REQUEST) == []


def test_suppressed_tokens_times_and_special_tokens_are_never_text(decoding, tokens):
    written = {
        token
        for decoded in decoding.decode([utterance(3, seed=seed) for seed in range(6)], REQUEST)
        for finished in decoded.finished
        for token in finished.tokens
    }

    assert written
    assert ord("e") not in written
    assert max(written) < tokens.end


def test_a_text_does_not_open_with_what_may_not_open_it(decoding):
    for decoded in decoding.decode([utterance(3, seed=seed) for seed in range(6)], REQUEST):
        assert all(finished.tokens and finished.tokens[0] != ord(" ") for finished in decoded.finished)


def test_a_request_may_forbid_more(decoding, sessions):
    first = decoding.decode([utterance(3)], REQUEST)[0].finished[0].tokens
    bias = np.zeros(sessions.dimensions.vocabulary, np.float32)
    bias[list(set(first))] = -1e9
    request = Request(search=REQUEST.search, bias=bias)
    (decoded,) = decoding.decode([utterance(3)], request)

    assert not set(first) & {token for finished in decoded.finished for token in finished.tokens}


def test_attention_is_kept_for_every_token_over_the_frames_that_hold_audio(decoding):
    short = utterance(1.0, window=4.0)
    (decoded,) = decoding.decode([short], REQUEST)

    for finished in decoded.finished:
        rows = [decoded.attention[step][:, row] for step, row in finished.places]
        assert len(rows) in {len(finished.tokens), len(finished.tokens) + 1}
        assert {row.shape for row in rows} == {(2, short.heard)}
    assert short.heard == 51


def test_attention_is_not_kept_where_nobody_wants_word_times(decoding):
    (decoded,) = decoding.decode([utterance(1)], Request(search=REQUEST.search))

    assert decoded.attention == []


def test_a_text_is_no_longer_than_speech_can_be(decoding, sessions):
    (short,) = decoding.decode([utterance(0.2, window=2.0)], REQUEST)
    (long,) = decoding.decode([utterance(9)], REQUEST)

    assert max(len(finished.tokens) for finished in short.finished) <= 17
    assert max(len(finished.tokens) for finished in long.finished) <= sessions.dimensions.positions // 2


def test_the_language_is_heard_where_none_is_named(decoding, tokens):
    (decoded,) = decoding.decode([utterance(2, language="auto")], REQUEST)
    named = utterance(2, language=decoded.language)

    assert decoded.language in tokens.languages
    assert decoding.detect(decoding.encode(named)) == decoded.language
    assert decoding.decode([named], REQUEST)[0].finished == decoded.finished


def test_a_choice_of_languages_leaves_out_all_others(decoding):
    encoded = decoding.encode(utterance(2.0, language="auto"))
    everything = decoding.detect_among(encoded, list(decoding._tokens.languages))
    best, *_, last = everything

    heard = decoding.detect_among(encoded, [last, best])

    assert best == decoding.detect(encoded)
    assert list(heard) == [best, last]
    ratio = everything[best] / everything[last]
    assert heard[best] / heard[last] == pytest.approx(ratio, rel=1e-4)


# --- windows ---


@pytest.mark.parametrize(
    ("seconds", "frames"),
    [(0, 1500), (3, 1500), (14.5, 1500), (14.51, 1502), (20, 2050), (29.5, 3000), (40, 3000)],
)
def test_the_window_is_the_audio_and_its_tail_but_at_least_15_s_and_at_most_30(seconds, frames):
    assert WindowPolicy().frames(round(seconds * SAMPLE_RATE)) == frames


@pytest.mark.parametrize(("seconds", "frames"), [(1.0, 800), (9.0, 950), (20.0, 2050), (30.0, 3000)])
def test_a_draft_has_a_shorter_window(seconds, frames):
    assert WindowPolicy().frames(round(seconds * SAMPLE_RATE), is_draft=True) == frames


def test_a_model_tuned_on_short_windows_has_no_longer_one_for_drafts():
    policy = WindowPolicy(shortest=0.0)
    assert policy.frames(SAMPLE_RATE, is_draft=True) == policy.frames(SAMPLE_RATE) == 150


@pytest.mark.parametrize("n_samples", [0, 1, 159, 161, 100_003])
def test_a_window_of_true_length_is_even_and_holds_the_audio(n_samples):
    frames = WindowPolicy(shortest=0.0).frames(n_samples)

    assert frames % 2 == 0
    assert WINDOW_FRAMES >= frames >= (n_samples + 0.5 * SAMPLE_RATE) / 160


def heard(*texts, frames=1500):
    """What a search ended with: (log-probability of a token, bonus of a token, whether it was cut) for each text."""
    finished = [
        Finished(
            tokens=(1,),
            log_probs=(p,),
            places=((0, 0),),
            log_prob=2 * p,
            bonus=2 * bonus,
            score=p + bonus,
            cut=cut,
        )
        for p, bonus, cut in texts
    ]
    return Decoded(finished=finished, attention=[], language="en", frames=frames, no_speech=0.0)


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ([(-0.2, 0.0, False), (-0.5, 0.0, True)], False),  # the repeat lost against a probable text
        ([(-0.2, 0.0, True), (-0.5, 0.0, False)], True),
        ([(-0.9, 0.0, False)], True),
        ([(-0.9, 1.0, False)], False),  # a name that the domain's text explains
        (
            [(-0.9, 1.0, False), (-0.5, 0.5, True)],
            True,
        ),  # the scorer lifts what sounds worse: words said twice?
        ([(-0.5, 1.0, False), (-0.9, 1.2, True)], False),
    ],
)
def test_the_full_window_is_tried_for_texts_that_are_improbable_or_may_repeat_themselves(texts, wanted):
    assert WindowPolicy().wants_retry(heard(*texts)) is wanted
    assert not WindowPolicy().wants_retry(heard(*texts, frames=WINDOW_FRAMES))
