"""What the model writes when it hears nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lect.core.errors import UnsupportedLocale
from lect.engines.whisper.inner import WRITERS, write_texts
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
