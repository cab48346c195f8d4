"""Candidates take the disk space of one of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lect.engines.whisper.delta import Delta, Difference
from lect.models import candidates
from lect.models.candidates import Candidates
from lect.settings import Settings


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """Candidates whose graphs are a file each, and the names of those that were built."""
    built = []

    def load(base, tuned, *, settings):
        graphs = settings.cache / "graphs"
        if not graphs.exists():
            graphs.parent.mkdir(parents=True)
            graphs.write_bytes(tuned.read())
            built.append(tuned.name)
        return SimpleNamespace(name=tuned.name, shortest_window=tuned.shortest_window)

    monkeypatch.setattr(candidates, "load_tuned", load)
    learned = Delta({"weight": Difference.of(np.ones((2, 2), np.float32))})
    return built, Candidates(
        base=None, before=Delta({}), learned=learned, folder=tmp_path / "candidates", settings=Settings()
    )


def test_the_graphs_of_earlier_candidates_leave_the_disk(tried, tmp_path):
    _, tries = tried
    for alpha in (0.3, 0.5, 0.7):
        tries.load(alpha)

    (graphs,) = (tmp_path / "candidates").rglob("graphs")
    assert graphs.read_bytes() == tries.delta(0.7)


def test_the_last_candidate_is_built_once_whatever_its_window(tried):
    built, tries = tried
    tries.load(0.5)

    assert tries.load(0.5, 0.0).shortest_window == 0.0
    assert built == ["alpha 0.5"]


def test_a_candidate_that_made_room_for_another_is_built_again(tried):
    built, tries = tried
    for alpha in (0.3, 0.5, 0.3):
        tries.load(alpha)

    assert built == ["alpha 0.3", "alpha 0.5", "alpha 0.3"]
