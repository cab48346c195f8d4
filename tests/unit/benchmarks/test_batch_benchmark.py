"""The parts of the throughput benchmark that need no model: weights in whisper.cpp's form, and the table."""

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.ggml import _names, _quantised
from benchmarks.speed.batch import Found, remarks, table

BLOCK = np.dtype([("scale", "<f2"), ("steps", "i1", 32)])


def test_blocks_of_8_bits_give_back_each_number_to_half_a_step():
    array = np.random.default_rng(0).normal(size=(6, 64)).astype(np.float32)
    array[2] = 0

    blocks = np.frombuffer(_quantised(array), BLOCK)

    found = (blocks["scale"].astype(np.float32)[:, None] * blocks["steps"]).reshape(array.shape)
    step = np.repeat(blocks["scale"].astype(np.float32), 32).reshape(array.shape)
    assert np.all(np.abs(found - array) <= 0.5 * step + 1e-3 * np.abs(array))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("encoder.conv1.weight", ["encoder.conv1.weight"]),
        ("encoder.norm.bias", ["encoder.ln_post.bias"]),
        ("decoder.norm.bias", ["decoder.ln.bias"]),
        ("decoder.embedding", ["decoder.token_embedding.weight"]),
        (
            "decoder.layers.3.cross_kv.weight",
            ["decoder.blocks.3.cross_attn.key.weight", "decoder.blocks.3.cross_attn.value.weight"],
        ),
    ],
)
def test_arrays_have_the_names_of_whisper_cpp(ours, theirs):
    assert list(_names(ours)) == theirs


def found(system, wall, cpu, wer=0.05):
    return Found(
        base="whisper-tiny.en", set="many files", system=system, threads=2, files=9,
        audio_seconds=60.0, wall_seconds=wall, cpu_seconds=cpu, wer=wer,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cpu", "told"),
    [
        (10.0, "Lect takes 2.5 times fewer CPU seconds than b"),
        (2.0, "Lect takes 2.0 times as many CPU seconds as b"),
        (3.9, "Lect takes about as many CPU seconds as b"),
    ],
)
def test_lect_is_told_beside_the_cheapest_of_the_others(cpu, told):
    remark = remarks([found("Lect", 2.0, 4.0), found("a", 1.0, 20.0), found("b", 5.0, cpu, wer=0.04)])

    assert remark == f"* tiny.en, many files: {told}, the cheapest of the others, with +1.0 points of WER."


def test_each_system_is_told_by_what_lect_took_on_the_same_files():
    *_, ours, theirs = table([found("Lect", 2.0, 4.0), found("whisper.cpp", 5.0, 10.0)]).splitlines()

    assert ours == "| many files (9) | tiny.en | Lect | 5.0 | 4.0 | 1.0 | 2.0 | 1.0 | 30 |"
    assert theirs == "| many files (9) | tiny.en | whisper.cpp | 5.0 | 10.0 | 2.5 | 5.0 | 2.5 | 12 |"
