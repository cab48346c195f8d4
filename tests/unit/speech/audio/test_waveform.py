from __future__ import annotations

import numpy as np
import pytest
import soundfile

from lect.speech.audio import waveform


def test_duration_is_in_seconds():
    assert waveform.duration(np.zeros(24_000, np.float32)) == 1.5


def test_a_full_scale_square_wave_is_0_dbfs():
    assert waveform.level(np.tile(np.float32([1, -1]), 100)) == pytest.approx(0)


def test_a_tenth_of_full_scale_is_minus_20_dbfs():
    assert waveform.level(np.full(100, 0.1, np.float32)) == pytest.approx(-20, abs=1e-4)


@pytest.mark.parametrize("samples", [np.zeros(10, np.float32), np.zeros(0, np.float32)])
def test_silence_and_nothing_have_no_level(samples):
    assert waveform.level(samples) == -np.inf


@pytest.mark.parametrize(
    ("write", "name"), [(waveform.write_wav, "a.wav"), (waveform.write_flac, "a.flac")], ids=["wav", "flac"]
)
def test_what_was_written_reads_the_same(write, name, tmp_path):
    stored = np.arange(-32_768, 32_768, 7, dtype=np.int16)
    write(tmp_path / name, stored.astype(np.float32) / 32_768)
    read, rate = soundfile.read(tmp_path / name, dtype="int16")
    assert rate == 16_000
    assert np.array_equal(read, stored)


def test_louder_than_full_scale_is_clipped(tmp_path):
    waveform.write_wav(tmp_path / "loud.wav", np.float32([3, -3]))
    read, _ = soundfile.read(tmp_path / "loud.wav", dtype="int16")
    assert read.tolist() == [32_767, -32_768]
