"""Locks by name."""

from __future__ import annotations

from lect.core.locks import Locks


def test_a_name_has_one_lock_as_long_as_somebody_uses_it():
    locks = Locks[str]()
    with locks["a"]:
        assert locks["a"].locked()
        assert not locks["b"].locked()
    assert not locks["a"].locked()
