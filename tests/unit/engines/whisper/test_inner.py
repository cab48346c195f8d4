"""What the model writes when it hears nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lect.core.errors import UnsupportedLocale
from lect.engines.whisper.inner import LONGEST, WRITERS, _Desk, write_texts
from lect.engines.whisper.sessions import Encoded
from lect.engines.whisper.tokens import Tokens


@pytest.fixture
def write(build, sessions):
    folder = build("fp32").folder
    tokens = Tokens(folder / "tokenizer.json", sessions.dimensions.vocabulary)
    bias = np.zeros(sessions.dimensions.vocabulary, np.float32)
    bias[tokens.end + 1 :] = -1e9

    def run(seed, n_tokens=WRITERS * 90, **options):
        arguments = {"language": "en", "n_tokens": n_tokens, "seed": seed, "bias": bias, "first_bias": bias}
        return write_texts(
            sessions, tokens, cross_bias=np.load(folder / "cross_bias.npy"), **arguments | options
        )

    return run


def test_a_seed_gives_the_same_text_each_time_and_another_seed_another(write):
    first, again, other = write(1), write(1), write(2)
    assert first.texts == again.texts
    assert np.array_equal(first.token_weights, again.token_weights)
    assert first.texts != other.texts


def test_weights_are_expected_counts_of_tokens_that_may_be_written(write):
    found = write(1, WRITERS * 10)
    assert found.token_weights.sum() == pytest.approx(WRITERS * 10, rel=1e-3)
    assert not found.token_weights[257:].any()


def test_progress_rises_to_one(write):
    told = []
    write(1, WRITERS * 5, progress=told.append)
    assert told == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_a_language_that_the_model_lacks_is_refused(write):
    with pytest.raises(UnsupportedLocale, match="'fr'"):
        write(1, language="fr")


def test_each_writer_continues_its_own_text_alone(build, sessions):
    """More steps than the ring has entries; texts end and begin on the way."""
    folder, size = build("fp32").folder, sessions.dimensions
    prompt = Tokens(folder / "tokenizer.json", size.vocabulary).prompt("en")
    cross_bias, bias = np.load(folder / "cross_bias.npy"), np.zeros(size.vocabulary, np.float32)
    desk, rng = _Desk(sessions, prompt, cross_bias), np.random.default_rng(5)
    output, texts = desk.begin(bias), [[] for _ in range(WRITERS)]
    for step in range(LONGEST + 30):
        opening = (rng.random(WRITERS) < 0.05) | [step == 0 or len(text) >= LONGEST for text in texts]
        drawn = rng.integers(32, 127, WRITERS)
        texts = [
            [token] if opens else [*text, token]
            for text, token, opens in zip(texts, drawn.tolist(), opening.tolist(), strict=True)
        ]
        output = desk.write(drawn, opening, bias)
    heads, depth, layers = size.decoder_heads, size.head_width, size.decoder_layers
    nothing = Encoded(
        keys=[np.zeros((1, heads, 1, depth), np.float32)] * layers,
        values=[row.reshape(1, heads, depth, 1) for row in cross_bias],
    )
    for writer in range(0, WRITERS, 7):
        text = [*prompt, *texts[writer]]
        alone = sessions.prefill(nothing, text, rows=[len(text) - 1], bias=bias, extra=[0], k=5)
        assert np.allclose(output.log_probs[writer, :5], alone.log_probs[0], atol=2e-3)
