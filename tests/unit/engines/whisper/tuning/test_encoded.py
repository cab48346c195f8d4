"""What the encoder made comes back as it was kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lect.core.errors import StoreError
from lect.engines.whisper.tuning.encoded import EncodedFile

RNG = np.random.default_rng(0)
FIRST, SECOND = (RNG.normal(0, 3, shape).astype(np.float32) for shape in ((2, 35, 64), (1, 150, 64)))


def test_it_comes_back_in_half_precision(tmp_path):
    with (tmp_path / "encoded").open("w+b") as file:
        kept = EncodedFile(file)
        kept.put(7, FIRST)
        kept.put(3, SECOND)

        assert 7 in kept
        assert 0 not in kept
        assert np.array_equal(kept.get(7), FIRST.astype(np.float16))
        assert np.array_equal(kept.get(3), SECOND.astype(np.float16))
        assert kept.get(3).dtype == np.float32
    assert (tmp_path / "encoded").stat().st_size == 2 * (FIRST.size + SECOND.size)


def test_a_full_disk_is_told():
    with Path("/dev/full").open("w+b", buffering=0) as file, pytest.raises(StoreError, match="no room"):
        EncodedFile(file).put(0, FIRST)
