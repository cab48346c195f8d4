"""Text that the model makes up when it hears nothing: a sample of its inner language model.

With the encoder output set to zero, a cross key is its bias (zero) and a cross value its bias, one frame long; what the decoder
then writes follows its language model alone. The sample is general, free of licences and close to what the decoder expects, so
it tells which words of a domain the model already favours.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lect.engines.contract import GeneralText

from .sessions import HIDDEN, Decoded, Sessions
from .tokens import Tokens
from .weights import Array

WRITERS = 48  # texts written side by side
LONGEST = 60  # tokens of a text
BEST = 400  # tokens that a draw chooses from


def write_texts(
    sessions: Sessions,
    tokens: Tokens,
    *,
    cross_bias: Array,
    bias: Array,
    first_bias: Array,
    language: str,
    n_tokens: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> GeneralText:
    """Write about so many tokens; the same for the same seed.

    A writer whose text ends begins its next one at once, so that every row of every step is of use. All write into one ring of
    cache entries; the mask lets each see its prompt and its own text.

    Args:
        cross_bias: of every decoder layer's cross value projection, shape = (layers, width)
        bias, first_bias: suppression of tokens, later in and at the start of a text, shape = (vocabulary,)
    """
    rng = np.random.default_rng(seed)
    # Expected counts are far smoother than counts of what was drawn.
    desk = _Desk(sessions, tokens.prompt(language), cross_bias)
    expected = np.zeros(sessions.dimensions.vocabulary, np.float32)
    texts: list[str] = []
    drafts: list[list[int]] = [[] for _ in range(WRITERS)]
    output = desk.begin(first_bias)
    openings = output.log_probs, output.tokens
    steps = max(n_tokens // WRITERS, 1)
    for step in range(steps):
        np.add.at(expected, output.tokens, np.exp(output.log_probs))
        drawn = _draw(output.log_probs, output.tokens, rng)
        over = (drawn == tokens.end) | np.array([len(draft) >= LONGEST for draft in drafts])
        for writer in np.flatnonzero(over).tolist():
            texts.append(tokens.text(drafts[writer]).strip())
            drafts[writer] = []
        fresh = _draw(*openings, rng)
        drawn = np.where(over, fresh, drawn)
        for writer, token in enumerate(drawn.tolist()):
            drafts[writer].append(token)
        output = desk.write(drawn, over, bias)
        if progress:
            progress((step + 1) / steps)
    return GeneralText(texts=tuple(text for text in texts if text), token_weights=expected)


class _Desk:
    """The decoder state of all writers."""

    def __init__(self, sessions: Sessions, prompt: list[int], cross_bias: Array) -> None:
        size = sessions.dimensions
        heads, depth, layers = size.decoder_heads, size.head_width, size.decoder_layers
        self._sessions, self._prompt, self._entries = sessions, prompt, len(prompt) + LONGEST + 1
        self._keys = [np.zeros((WRITERS, heads, self._entries, depth), np.float32) for _ in range(layers)]
        self._values = [np.zeros_like(array) for array in self._keys]
        self._cross_keys = [np.zeros((WRITERS, heads, 1, depth), np.float32)] * layers
        self._cross_values = [
            np.tile(row.reshape(1, heads, depth, 1), (WRITERS, 1, 1, 1)) for row in cross_bias
        ]
        self._mask = np.full((WRITERS, self._entries), HIDDEN, np.float32)
        self._mask[:, : len(prompt)] = 0
        self._positions = np.full(WRITERS, len(prompt))
        self._place = 0  # in the ring

    def begin(self, bias: Array) -> Decoded:
        """Run the prompt; the answer opens every text."""
        n = len(self._prompt)
        mask = np.full((WRITERS, 1, n, self._entries + n), HIDDEN, np.float32)
        mask[..., self._entries :] = np.where(np.tri(n, dtype=bool), 0, HIDDEN)
        output = self._decode(np.tile(self._prompt, (WRITERS, 1)), np.arange(n)[None], mask, bias)
        self._store(output, slice(0, n))
        return output

    def write(self, drawn: np.ndarray, opening: np.ndarray, bias: Array) -> Decoded:
        """Write a token of each text; `opening` tells which texts it opens."""
        n = len(self._prompt)
        self._mask[opening, n:] = HIDDEN
        self._positions[opening] = n
        at = n + self._place
        self._mask[:, at] = HIDDEN
        mask = np.concatenate([self._mask, np.zeros((WRITERS, 1), np.float32)], axis=1)[:, None, None]
        output = self._decode(drawn[:, None], self._positions[:, None], mask, bias)
        self._store(output, slice(at, at + 1))
        self._mask[:, at] = 0
        self._positions += 1
        self._place = (self._place + 1) % (self._entries - n)
        return output

    def _decode(self, ids: np.ndarray, positions: np.ndarray, mask: Array, bias: Array) -> Decoded:
        rows = ids.shape[1]
        return self._sessions.decode(
            x=self._sessions.embed(ids, positions),
            mask=mask,
            keys=self._keys,
            values=self._values,
            cross_keys=self._cross_keys,
            cross_values=self._cross_values,
            cross_mask=np.zeros((WRITERS, 1, 1, 1), np.float32),
            rows=np.arange(WRITERS) * rows + rows - 1,
            bias=bias,
            extra=np.zeros((WRITERS, 1), np.int64),
            k=BEST,
        )

    def _store(self, output: Decoded, entries: slice) -> None:
        for layer in range(len(self._keys)):
            self._keys[layer][:, :, entries] = output.new_keys[layer]
            self._values[layer][:, :, entries] = output.new_values[layer]


def _draw(log_probs: Array, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A token for each row, drawn by its probability among the best. (rows, k) -> (rows,)"""
    best = (log_probs + rng.gumbel(size=log_probs.shape)).argmax(axis=1)
    drawn: np.ndarray = tokens[np.arange(len(tokens)), best]
    return drawn
