"""The beam search alone, on made-up distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lect.engines.whisper.search import (
    HOPELESS,
    IMPROBABLE,
    BeamSearch,
    Finished,
    SearchOptions,
    Step,
    loudest_frames,
)

END = 0
OPTIONS = SearchOptions(beam=3, candidates=4)


def step(*rows: dict[int, float], frames: tuple[int, ...] = ()) -> Step:
    """A decoder's answer from {token: probability} for each row; the end's probability is its entry for token 0."""
    k = max(len(row) for row in rows)
    ordered = [sorted(row.items(), key=lambda item: -item[1]) for row in rows]
    padded = [entries + [(99, 1e-9)] * (k - len(entries)) for entries in ordered]
    return Step(
        log_probs=np.log(np.array([[p for _, p in row] for row in padded], np.float32)),
        tokens=np.array([[token for token, _ in row] for row in padded]),
        end=np.log(np.array([row.get(END, 1e-9) for row in rows], np.float32)),
        frames=np.array(frames or (0,) * len(rows)),
    )


def run(search: BeamSearch, model: dict[tuple[int, ...], dict[int, float]]) -> list[Finished]:
    """Search a model given as {text so far: {next token: probability}}; unknown texts end."""
    texts: list[tuple[int, ...]] = [()]
    for _ in range(50):
        parents = search.advance(step(*(model.get(text, {END: 1.0}) for text in texts)))
        if not parents:
            return search.done
        texts = [(*texts[parent], token) for parent, token in zip(parents, search.rows, strict=True)]
    raise AssertionError("the search did not end")


def search(scorer: object = None, options: SearchOptions = OPTIONS, n_tokens: int = 100) -> BeamSearch:
    return BeamSearch(options, end=END, folds=list(range(n_tokens)), scorer=scorer)  # type: ignore[arg-type]


def test_the_most_probable_text_per_token_wins() -> None:
    model = {(): {1: 0.6, 2: 0.4}, (1,): {END: 0.5, 3: 0.5}, (2,): {END: 0.9, 3: 0.1}, (1, 3): {END: 1.0}}
    done = run(search(), model)
    assert done[0].tokens == (1, 3)
    assert done[0].mean_log_prob == pytest.approx(math.log(0.6 * 0.5) / 3)


def test_log_probs_of_tokens_and_end_add_up() -> None:
    done = run(search(), {(): {1: 0.7, 2: 0.3}, (1,): {END: 0.8, 2: 0.2}})
    best = done[0]
    assert best.log_prob == pytest.approx(sum(best.log_probs) + math.log(0.8), abs=1e-6)
    assert len(best.places) == len(best.tokens) + 1


def test_a_word_said_again_at_the_same_place_in_the_audio_is_cut_before_it_repeats() -> None:
    beam = search(options=SearchOptions(beam=1))
    tokens = [1, 2, 3, 4, 1, 2, 3, 4]
    frames = [10, 20, 30, 40, 12, 22, 32, 44]
    for token, frame in zip(tokens, frames, strict=True):
        parents = beam.advance(step({token: 0.999, END: 0.001}, frames=(frame,)))
        if not parents:
            break
    assert [done.tokens for done in beam.done if done.cut] == [(1, 2, 3, 4)]


def test_a_text_that_is_cut_keeps_the_bonus_of_its_own_words_alone() -> None:
    beam = search(Favour(token=1, bonus=1.0), SearchOptions(beam=1, promising=0))
    for token, frame in zip([1, 2, 3, 4, 1, 2, 3, 4], [10, 20, 30, 40, 12, 22, 32, 44], strict=True):
        beam.advance(step({token: 0.999, END: 0.001}, frames=(frame,)))
    assert [done.bonus for done in beam.done if done.cut] == [1.0]


def test_the_same_words_later_in_the_audio_are_kept() -> None:
    beam = search(options=SearchOptions(beam=1))
    for token, frame in zip([1, 2, 3, 4, 1, 2, 3, 4], [10, 20, 30, 40, 110, 120, 130, 140], strict=True):
        assert beam.advance(step({token: 0.999, 5: 0.001}, frames=(frame,)))
    assert not any(done.cut for done in beam.done)
    assert beam.rows == [4]


def test_a_text_that_never_ends_stops_at_the_longest() -> None:
    beam = search(options=SearchOptions(beam=1, longest=6))
    steps = 0
    while beam.advance(step({steps + 1: 1.0}, frames=(steps * 100,))):
        steps += 1
    assert len(beam.done[0].tokens) == 6


@dataclass
class Favour:
    """A scorer that gives a bonus for each occurrence of one token."""

    token: int
    bonus: float

    @dataclass
    class State:
        total: float
        promising: bool = False

        @property
        def certain(self) -> float:
            return self.total

    def start(self) -> State:
        return self.State(0.0)

    def extend(self, state: State, token: int) -> State:
        return self.State(state.total + (self.bonus if token == self.token else 0.0))

    def finish(self, state: State) -> float:
        return state.total


def test_a_scorer_lifts_what_the_model_ranks_second_and_leaves_the_acoustic_score_alone() -> None:
    model = {(): {1: 0.7, 2: 0.3}, (1,): {END: 1.0}, (2,): {END: 1.0}}
    assert run(search(), model)[0].tokens == (1,)
    best = run(search(Favour(2, 2.0)), model)[0]
    assert best.tokens == (2,)
    assert best.log_prob == pytest.approx(math.log(0.3), abs=1e-6)
    # The text took two steps and the search one more: the bonus is shared among all three.
    assert best.score == pytest.approx(math.log(0.3) / 2 + 2.0 / 3, abs=1e-6)


def test_text_gains_nothing_by_what_is_said_again() -> None:
    """Elsewhere in the audio, so that it is not cut: sound alone tells whether it was."""
    words = (1, 2, 3, 4)
    model: dict[tuple[int, ...], dict[int, float]] = {
        (*words, *words)[:n]: {(*words, *words)[n]: 1.0} for n in range(8)
    }
    model[words] = {END: 0.1, 1: 0.9}
    beam = search(Favour(token=2, bonus=6.0))
    texts: list[tuple[int, ...]] = [()]
    at = 0
    while parents := beam.advance(
        step(*(model.get(text, {END: 1.0}) for text in texts), frames=(100 * at,) * len(texts))
    ):
        texts = [(*texts[parent], token) for parent, token in zip(parents, beam.rows, strict=True)]
        at += 1
    once, twice = (next(each for each in beam.done if each.tokens == text) for text in (words, words * 2))

    assert once.bonus == twice.bonus == 6.0


def test_the_text_is_not_asked_of_what_is_far_below_the_best() -> None:
    def best(probability: float) -> tuple[int, ...]:
        model = {(): {1: 0.9, 2: probability}, (1,): {END: 1.0}, (2,): {END: 1.0}}
        return run(search(Favour(2, 50.0)), model)[0].tokens

    assert best(math.exp(1 - HOPELESS)) == (2,)
    assert best(math.exp(-1 - HOPELESS)) == (1,)
    assert math.exp(-1 - HOPELESS) > math.exp(IMPROBABLE), "it would be looked at without that rule"


@dataclass
class Name:
    """A scorer of one name: its bonus comes with its last token, and its beginning is promising."""

    tokens: tuple[int, ...]
    bonus: float

    @dataclass
    class State:
        tokens: tuple[int, ...] = ()
        total: float = 0.0
        promising: bool = False

        @property
        def certain(self) -> float:
            return self.total

    def start(self) -> State:
        return self.State()

    def extend(self, state: State, token: int) -> State:
        tokens = (*state.tokens, token)
        begun = tokens == self.tokens[: len(tokens)]
        done = tokens[: len(self.tokens)] == self.tokens
        return self.State(tokens, self.bonus if done else 0.0, promising=begun and not done)

    def finish(self, state: State) -> float:
        return state.total


# A name (7 8) whose first token ranks third, behind all that a beam of two has places for.
UNUSUAL = {
    (): {1: 0.6, 2: 0.37, 7: 0.03},
    (1,): {END: 0.3, 3: 0.4, 4: 0.3},
    (2,): {END: 0.3, 5: 0.4, 6: 0.3},
    (7,): {8: 0.9, END: 0.1},
    (7, 8): {END: 1.0},
} | {(a, b): {END: 1.0} for a, b in ((1, 3), (1, 4), (2, 5), (2, 6), (7, 9))}


def test_a_promising_hypothesis_goes_on_beside_the_beam_until_its_bonus_comes() -> None:
    narrow = SearchOptions(beam=2, candidates_with_text=6)
    name = Name((7, 8), 8.0)
    assert run(search(name, narrow), UNUSUAL)[0].tokens == (7, 8)
    assert run(search(name, replace(narrow, promising=0)), UNUSUAL)[0].tokens != (7, 8)


def test_a_promise_is_worth_nothing_by_itself() -> None:
    narrow = SearchOptions(beam=2, candidates_with_text=6)
    kept_back = Name((7, 8), 0.0)
    plain = run(search(Name((99, 98), 0.0), narrow), UNUSUAL)
    assert run(search(kept_back, narrow), UNUSUAL)[0] == plain[0]


def test_what_is_far_behind_the_best_is_not_kept_beside_the_beam() -> None:
    narrow = SearchOptions(beam=2, candidates_with_text=6, deficit=2.0)
    assert run(search(Name((7, 8), 8.0), narrow), UNUSUAL)[0].tokens != (7, 8)


@dataclass
class Promise:
    """A scorer that promises much of any token above 1 and never keeps it; for the text of token 1 it gives nothing."""

    @dataclass
    class State:
        total: float = 0.0
        certain: float = 0.0
        promising: bool = False

    def start(self) -> State:
        return self.State()

    def extend(self, state: State, token: int) -> State:
        return self.State(5.0 if token > 1 else 0.0)

    def finish(self, state: State) -> float:
        return 0.0


def test_promises_do_not_crowd_out_what_is_said() -> None:
    # Token 1 is what is said, though another sounds better at first; all others are promised a bonus.
    first = {1: 0.35, 2: 0.4} | dict.fromkeys(range(3, 8), 0.05)
    model = {(): first, (1,): {END: 1.0}} | {(token,): {END: 0.1, 9: 0.1} for token in range(2, 8)}
    options = SearchOptions(beam=3, certain=1, candidates_with_text=8, patience=10)
    assert run(search(Promise(), options), model)[0].tokens == (1,)
    assert run(search(Promise(), replace(options, certain=0)), model)[0].tokens != (1,)


@dataclass
class Once(Promise):
    """A scorer that gives much for token 7, wherever it comes first."""

    def extend(self, state: Promise.State, token: int) -> Promise.State:
        total = 8.0 if token == 7 else state.total
        return self.State(total, total)

    def finish(self, state: Promise.State) -> float:
        return state.total


def test_a_text_that_leaves_words_out_and_so_comes_early_to_a_name_does_not_push_out_the_one_that_says_them() -> (
    None
):
    # 1 and 2 are said before the name, which is 7; without them the name comes two steps earlier.
    skipping = dict.fromkeys(range(3, 7), 0.2)
    model = {
        (): {1: 0.9, 7: 0.1},
        (1,): {2: 0.9},
        (1, 2): {7: 0.9, END: 0.1},
        (7,): skipping,
        **{(7, token): dict.fromkeys(range(10, 14), 0.2) for token in skipping},
    }
    options = SearchOptions(beam=2, certain=1, candidates_with_text=8, patience=10)
    assert run(search(Once(), options), model)[0].tokens == (1, 2, 7)


@pytest.mark.parametrize("beam", [1, 2, 3, 5])
@pytest.mark.parametrize("certain", [0, 2, 4])
def test_no_more_hypotheses_are_open_than_there_is_room_for(beam: int, certain: int) -> None:
    """A greedy search with a scorer once kept four where there was room for three."""

    @dataclass
    class Everything(Name):
        def extend(self, state: Name.State, token: int) -> Name.State:
            return self.State((*state.tokens, token), promising=True)

    options = SearchOptions(beam=beam, certain=certain, candidates_with_text=8)
    names = Everything((), 0.0)
    running = search(names, options)
    parents = running.advance(step({token: 0.2 - 0.02 * token for token in range(1, 9)}))

    assert beam <= len(parents) <= options.rows(names)  # type: ignore[arg-type]
    assert running.rows[0] == 1, "the best of all stays"


def test_the_loudest_frame_is_that_of_the_heads_together() -> None:
    attention = np.zeros((2, 1, 4), np.float32)
    attention[0, 0, 1], attention[1, 0, 2], attention[0, 0, 2] = 0.6, 0.5, 0.4
    assert loudest_frames(attention).tolist() == [2]
