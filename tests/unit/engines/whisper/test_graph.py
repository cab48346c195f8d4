"""The graphs compute what a plain Whisper computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import whisper_makers

from lect.engines.whisper.build import ensure_build
from lect.engines.whisper.lanes import Lanes
from lect.engines.whisper.sessions import Sessions

MEL = np.random.default_rng(1).normal(0, 0.5, (120, 80)).astype(np.float32)
TOKENS = [257, 258, 262, 266, 84, 104, 101, 32, 99, 97, 116]
BIAS = np.zeros(whisper_makers.SIZE.vocabulary, np.float32)


def run(sessions, mel=MEL, tokens=TOKENS):
    """All log-probabilities after every token, shape = (n, vocabulary), and the attention."""
    everything = range(sessions.dimensions.vocabulary)
    rows, bias = range(len(tokens)), np.zeros(len(everything), np.float32)
    output = sessions.prefill(sessions.encode(mel), tokens, rows=rows, bias=bias, extra=everything, k=3)
    return output.extra, output.attention[0], output


@pytest.mark.parametrize("frames", [2, 4, 30, 120])
def test_float32_is_a_plain_whisper_for_windows_of_any_even_length(model, sessions, frames):
    log_probs, attention, output = run(sessions, MEL[:frames])
    expected, expected_attention = whisper_makers.decode(
        model, whisper_makers.encode(model, MEL[:frames]), TOKENS
    )
    assert np.allclose(log_probs, expected, atol=2e-3)
    assert np.allclose(attention, expected_attention, atol=1e-4)
    assert np.array_equal(output.tokens[:, 0], expected.argmax(axis=-1))


@pytest.mark.parametrize(("precision", "bound"), [("fp16", 0.02), ("int8", 0.4)])
def test_smaller_numbers_stay_close(build, sessions, precision, bound):
    exact, exact_attention, _ = run(sessions)
    close, attention, _ = run(Sessions(build(precision), threads=1))
    assert np.sqrt(np.mean((close - exact) ** 2)) < bound
    assert np.abs(attention - exact_attention).max() < bound


@pytest.mark.parametrize(("precision", "bound"), [("fp32", 1e-3), ("int8", 0.4)])
def test_the_shape_of_large_v3_and_turbo(tmp_path, precision, bound):
    """128 bands, one more language, a decoder that is shorter than the encoder and follows the audio in its last layer."""
    size = replace(whisper_makers.SIZE, mels=128, vocabulary=51866, encoder_layers=3, decoder_layers=2)
    turbo = whisper_makers.weights(size=size, heads=((1, 0), (1, 1)))
    whisper_makers.write_transformers(turbo, tmp_path)
    build = ensure_build(tmp_path, weights_sha256="turbo", precision=precision, cache=tmp_path)
    mel = np.random.default_rng(1).normal(0, 0.5, (120, 128)).astype(np.float32)

    log_probs, attention, _ = run(Sessions(build, threads=1), mel)

    expected, expected_attention = whisper_makers.decode(turbo, whisper_makers.encode(turbo, mel), TOKENS)
    assert log_probs.shape == (len(TOKENS), 51866)
    assert attention.shape == (2, len(TOKENS), 60)
    assert np.sqrt(np.mean((log_probs - expected) ** 2)) < bound
    assert np.abs(attention - expected_attention).max() < bound


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_matrices_lie_beside_the_graph_and_compute_what_they_would_inside(build, precision, tmp_path):
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    outside = build(precision).folder / "encoder.onnx"
    constants = onnx.load(outside, load_external_data=False).graph.initializer
    assert all(len(constant.raw_data) < 4096 for constant in constants)
    inside = tmp_path / "encoder.onnx"
    onnx.save(onnx.load(outside), inside)

    ran = [
        onnxruntime.InferenceSession(str(path)).run(None, {"mel": MEL[None]}) for path in (outside, inside)
    ]

    assert inside.stat().st_size > outside.stat().st_size + 4096
    assert all(np.array_equal(*pair) for pair in zip(*ran, strict=True))


def test_a_suppressed_token_is_never_among_the_best(sessions):
    best = int(run(sessions)[2].tokens[-1, 0])
    bias = BIAS.copy()
    bias[best] = -1e9
    output = sessions.prefill(
        sessions.encode(MEL), TOKENS, rows=[len(TOKENS) - 1], bias=bias, extra=[best], k=3
    )
    assert best not in output.tokens
    assert output.extra[0, 0] < -1e8


def test_step_by_step_is_the_whole_text_at_once(sessions):
    """So many steps that the pool grows twice."""
    text = [*TOKENS, *np.random.default_rng(2).integers(33, 127, 80).tolist()]
    whole, attention, _ = run(sessions, tokens=text)
    lanes = lanes_of(sessions, [MEL], rows=1)
    for at in range(len(TOKENS), len(text)):
        (output,) = lanes.step([[text[at]]], [[0]], bias=BIAS, k=5, end=256)
        assert np.allclose(output.log_probs[0], whole[at, output.tokens[0]], atol=2e-3)
        assert np.allclose(output.attention[:, 0], attention[:, at], atol=1e-4)


def lanes_of(sessions, mels, *, rows, lanes=None):
    lanes = Lanes(sessions, lanes=lanes or len(mels), frames=max(len(mel) for mel in mels) // 2, rows=rows)
    for mel in mels:
        admit(lanes, sessions, mel)
    return lanes


def admit(lanes, sessions, mel):
    encoded = sessions.encode(mel)
    output = sessions.prefill(encoded, TOKENS, rows=[0], bias=BIAS, extra=[0], k=1)
    return lanes.admit(encoded, output.new_keys, output.new_values)


def test_beams_that_branch_die_and_change_places_see_their_own_past_alone(model, sessions):
    """The pool is compacted on the way: three rows fill its 64 entries in some 20 steps."""
    rng = np.random.default_rng(3)
    encoded = whisper_makers.encode(model, MEL)
    lanes = lanes_of(sessions, [MEL], rows=3)
    texts = [list(TOKENS)] * 3
    for _ in range(60):
        parents = rng.integers(0, len(texts), rng.integers(1, 4)).tolist()
        new = rng.integers(33, 127, len(parents)).tolist()
        texts = [[*texts[parent], token] for parent, token in zip(parents, new, strict=True)]
        (output,) = lanes.step([new], [parents], bias=BIAS, k=4, end=256)
    for row, text in enumerate(texts):
        expected = whisper_makers.decode(model, encoded, text)[0][-1]
        assert np.allclose(output.log_probs[row], expected[output.tokens[row]], atol=3e-3)


def test_lanes_with_more_and_fewer_rows_each_get_their_own(sessions):
    """Only rows that are there are asked for their next tokens."""
    together = lanes_of(sessions, [MEL, MEL[:40]], rows=3)
    alone = [lanes_of(sessions, [mel], rows=3) for mel in (MEL, MEL[:40])]
    for tokens, parents in (([[40, 50, 60], [70]], [[0, 0, 0], [0]]), ([[41], [71, 81]], [[2], [0, 0]])):
        outputs = together.step(tokens, parents, bias=BIAS, k=4, end=256)
        for lane, output in enumerate(outputs):
            (expected,) = alone[lane].step([tokens[lane]], [parents[lane]], bias=BIAS, k=4, end=256)
            assert output.log_probs.shape == (len(tokens[lane]), 4)
            assert np.allclose(output.log_probs, expected.log_probs, atol=1e-3)
            assert np.allclose(output.end, expected.end, atol=1e-3)
            assert np.allclose(
                output.attention[..., : expected.attention.shape[-1]], expected.attention, atol=1e-4
            )


def test_utterances_of_different_length_side_by_side_are_each_as_alone(sessions):
    mels = [MEL, MEL[:40], MEL[:90]]
    together = steps(lanes_of(sessions, mels, rows=2), len(mels))
    for lane, mel in enumerate(mels):
        alone = steps(lanes_of(sessions, [mel], rows=2), 1)
        for ours, expected in zip(together, alone, strict=True):
            assert np.allclose(ours[lane], expected[0], atol=1e-3)


def steps(lanes, n, count=40):
    """Log-probabilities of the end in each step, of each lane, shape = (rows,)."""
    text = np.random.default_rng(4).integers(33, 127, (count, 2)).tolist()
    outputs = [lanes.step([pair] * n, [[0, 1]] * n, bias=BIAS, k=4, end=256) for pair in text]
    return [[output.end for output in lanes_now] for lanes_now in outputs]


def test_a_released_lane_is_taken_over_by_the_last_and_filled_anew(sessions):
    lanes = lanes_of(sessions, [MEL, MEL[:40], MEL[:90]], rows=2, lanes=3)
    steps(lanes, 3, count=30)
    lanes.release(0)
    assert lanes.used == 2
    assert lanes.encoded(0).frames == 45  # the third utterance has moved
    assert admit(lanes, sessions, MEL[:60]) == 2
    fresh = lanes_of(sessions, [MEL[:60]], rows=2)
    for ours, expected in zip(steps(lanes, 3), steps(fresh, 1), strict=True):
        assert np.allclose(ours[2], expected[0], atol=1e-3)


def test_what_was_admitted_can_be_read_again(sessions):
    lanes = lanes_of(sessions, [MEL, MEL[:40]], rows=1)
    for lane, mel in enumerate([MEL, MEL[:40]]):
        encoded, again = sessions.encode(mel), lanes.encoded(lane)
        assert again.frames == encoded.frames
        assert all(np.array_equal(a, b) for a, b in zip(again.keys, encoded.keys, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(again.values, encoded.values, strict=True))
