"""Several utterances in one decoder call.

A lane holds one utterance: its cross keys and values and its pool of cache entries. Lanes are freed and filled one by one, so
the batch stays full while utterances of different length come and go. Lanes in use are always the first ones: releasing a lane
moves the last one into its place, and every array handed to the decoder is a plain leading view, never a copy.

What a lane gives must not depend on the others, or a doubtful word would change with the file that happens to be decoded beside
it: int8 rounding makes the order of a sum visible in the third digit of a score. So a lane keeps its entries where it would keep
them alone, and each step runs as many rows as a search can have, those that it has not seeing nothing. Neighbours add zeros
behind, which change no sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from .sessions import HIDDEN, Encoded, Sessions
from .weights import Array

ENTRIES = 64  # by so many the pool grows


@dataclass(frozen=True, kw_only=True)
class Output:
    """What one step of a lane gives."""

    log_probs: Array  # of the likeliest next tokens, shape = (rows, k)
    tokens: npt.NDArray[np.int64]  # these tokens, shape = (rows, k)
    end: Array  # log-probability of the end, shape = (rows,)
    attention: Array  # of the alignment heads, shape = (heads, rows, frames)


class Lanes:
    """A batch of utterances under one search."""

    def __init__(self, sessions: Sessions, *, lanes: int, frames: int, rows: int) -> None:
        """
        Args:
            lanes: utterances at once
            frames: longest encoder output among them, frames of 20 ms
            rows: hypotheses of each
        """
        size = sessions.dimensions
        self._sessions, self._rows, self.capacity, self.used = sessions, rows, lanes, 0
        heads, depth, layers = size.decoder_heads, size.head_width, size.decoder_layers
        self._cross_keys = [np.zeros((lanes, heads, frames, depth), np.float32) for _ in range(layers)]
        self._cross_values = [np.zeros((lanes, heads, depth, frames), np.float32) for _ in range(layers)]
        self._cross_mask = np.full((lanes, 1, 1, frames), HIDDEN, np.float32)
        self._keys = [np.zeros((lanes, heads, ENTRIES, depth), np.float32) for _ in range(layers)]
        self._values = [np.zeros((lanes, heads, ENTRIES, depth), np.float32) for _ in range(layers)]
        # What each row sees of its lane's pool.
        self._mask = np.full((lanes, rows, ENTRIES), HIDDEN, np.float32)
        self._filled = [0] * lanes
        self._room = [ENTRIES] * lanes  # entries that a lane may fill
        self._position = [0] * lanes

    def admit(self, encoded: Encoded, new_keys: Array, new_values: Array) -> int:
        """Put an utterance into the next lane.

        Args:
            new_keys, new_values: of its prompt, shape = (layers, 1, heads, n_prompt, head_width)
        """
        lane, frames, n = self.used, encoded.frames, new_keys.shape[3]
        for i, (key, value) in enumerate(zip(encoded.keys, encoded.values, strict=True)):
            self._cross_keys[i][lane, :, :frames] = key[0]
            self._cross_keys[i][lane, :, frames:] = 0
            self._cross_values[i][lane, :, :, :frames] = value[0]
            self._cross_values[i][lane, :, :, frames:] = 0
            self._keys[i][lane, :, :n] = new_keys[i, 0]
            self._values[i][lane, :, :n] = new_values[i, 0]
        self._cross_mask[lane, ..., :frames] = 0
        self._cross_mask[lane, ..., frames:] = HIDDEN
        self._mask[lane] = HIDDEN
        self._mask[lane, :, :n] = 0
        self._filled[lane] = self._position[lane] = n
        self._room[lane] = ENTRIES
        self.used += 1
        return lane

    def encoded(self, lane: int) -> Encoded:
        """What was admitted to a lane, as views."""
        frames = int((self._cross_mask[lane] == 0).sum())
        return Encoded(
            keys=[array[lane : lane + 1, :, :frames] for array in self._cross_keys],
            values=[array[lane : lane + 1, :, :, :frames] for array in self._cross_values],
        )

    def release(self, lane: int) -> None:
        """Free a lane; the last lane in use takes its number."""
        self.used -= 1
        last = self.used
        if lane != last:
            for array in (*self._cross_keys, *self._cross_values, *self._keys, *self._values):
                array[lane] = array[last]
            self._cross_mask[lane], self._mask[lane] = self._cross_mask[last], self._mask[last]
            self._filled[lane], self._position[lane] = self._filled[last], self._position[last]
            self._room[lane] = self._room[last]

    def step(
        self,
        tokens: Sequence[Sequence[int]],
        parents: Sequence[Sequence[int]],
        *,
        bias: Array,
        k: int,
        end: int,
    ) -> list[Output]:
        """Run one step of every lane in use.

        Args:
            tokens: a lane's newest token of each row, at most `rows` of them
            parents: the row of the step before that each row continues
            bias: added to the logits, shape = (vocabulary,)

        Returns:
            what came out of each lane
        """
        counts, n, rows = [len(lane) for lane in tokens], self.used, self._rows
        self._make_room(rows)
        entries = self._mask.shape[2]
        ids = np.full((n, rows), end, np.int64)
        positions = np.empty((n, 1), np.int64)
        mask = np.full((n, 1, rows, entries + rows), HIDDEN, np.float32)
        diagonal = np.arange(rows)
        for lane, count in enumerate(counts):
            ids[lane, :count] = tokens[lane]
            positions[lane] = self._position[lane]
            self._mask[lane, :count] = self._mask[lane, parents[lane]]
            self._mask[lane, count:] = HIDDEN
        mask[:, 0, :, :entries] = self._mask[:n, :rows]
        mask[:, 0, diagonal, entries + diagonal] = 0
        output = self._sessions.decode(
            x=self._sessions.embed(ids, positions),
            mask=mask,
            keys=[array[:n] for array in self._keys],
            values=[array[:n] for array in self._values],
            cross_keys=[array[:n] for array in self._cross_keys],
            cross_values=[array[:n] for array in self._cross_values],
            cross_mask=self._cross_mask[:n],
            # The next tokens cost more than all before them, so only of rows that are there.
            rows=np.concatenate([lane * rows + np.arange(count) for lane, count in enumerate(counts)]),
            bias=bias,
            extra=np.full((sum(counts), 1), end),
            k=k,
        )
        self._store(output.new_keys, output.new_values, rows)
        ends = accumulate(counts)
        return [
            Output(
                log_probs=output.log_probs[at - count : at],
                tokens=output.tokens[at - count : at],
                end=output.extra[at - count : at, 0],
                attention=output.attention[lane, :, :count],
            )
            for lane, (count, at) in enumerate(zip(counts, ends, strict=True))
        ]

    def _store(self, new_keys: Array, new_values: Array, rows: int) -> None:
        diagonal = np.arange(rows)
        for lane in range(self.used):
            at = self._filled[lane]
            for i in range(len(self._keys)):
                self._keys[i][lane, :, at : at + rows] = new_keys[i, lane]
                self._values[i][lane, :, at : at + rows] = new_values[i, lane]
            self._mask[lane, diagonal, at + diagonal] = 0
            self._filled[lane] = at + rows
            self._position[lane] += 1

    def _make_room(self, rows: int) -> None:
        """Where a lane is full, drop the entries that no row of it sees any more; give it more room if that is not enough.

        Each lane by its own count, as if it were alone: where its entries lie decides how its sums are rounded.
        """
        for lane in range(self.used):
            if self._filled[lane] + rows <= self._room[lane]:
                continue
            seen = np.flatnonzero((self._mask[lane, :, : self._filled[lane]] == 0).any(axis=0))
            for array in (*self._keys, *self._values):
                array[lane, :, : len(seen)] = array[lane][:, seen]
            kept = self._mask[lane][:, seen]
            self._mask[lane] = HIDDEN
            self._mask[lane, :, : len(seen)] = kept
            self._filled[lane] = len(seen)
            # Room for a while, not for one step.
            while self._filled[lane] + 4 * rows > self._room[lane]:
                self._room[lane] += ENTRIES
        while max(self._room[: self.used]) > self._mask.shape[2]:
            self._grow()

    def _grow(self) -> None:
        def longer(array: Array, axis: int, fill: float) -> Array:
            shape = list(array.shape)
            shape[axis] = ENTRIES
            return np.concatenate([array, np.full(shape, fill, np.float32)], axis=axis)

        self._keys = [longer(array, 2, 0.0) for array in self._keys]
        self._values = [longer(array, 2, 0.0) for array in self._values]
        self._mask = longer(self._mask, 2, float(HIDDEN))
