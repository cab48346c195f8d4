"""The benchmark of windows, as far as it needs neither models nor real recordings."""

from __future__ import annotations

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.trainings import Errors
from benchmarks.wer import windows
from benchmarks.wer.windows import CUT, OWN, Found


def found(kind, bundle, after, cpu=1.0):
    """Of eight speakers with an utterance of ten words each, of which the base gets two wrong."""
    errors = Errors(
        set="barista dev",
        blocks=tuple(f"speaker {n}" for n in range(8)),
        words=(10,) * 8,
        before=(2,) * 8,
        after=(after,) * 8,
        cpu_before=1.0,
        cpu_after=cpu,
    )
    return Found(base="whisper-tiny.en", bundle=bundle, windows=kind, errors=errors)


def test_the_models_of_a_base_count_as_one():
    rows = [found(OWN, "a", 0, 2.0), found(OWN, "b", 1, 2.0), found(CUT, "a", 1), found(CUT, "b", 2)]

    [line] = windows.table(rows).splitlines()[2:]

    assert line.startswith("| tiny.en | barista dev | 2 | 20.0% | 5.0% | 15.0% | +10.0")
    assert line.endswith("| 2.0 |")


def test_a_set_that_was_not_heard_in_both_ways_is_told():
    with pytest.raises(ValueError, match="barista dev was not heard"):
        windows.table([found(OWN, "a", 0)])
