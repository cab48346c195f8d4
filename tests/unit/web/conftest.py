"""A fetcher that may ask the servers of a test."""

from __future__ import annotations

import pytest

from receivers import fetching


@pytest.fixture
def pauses():
    """The pauses that fetchers wanted to make, seconds."""
    return []


@pytest.fixture
def fetcher(pauses):
    return fetching(pauses)
