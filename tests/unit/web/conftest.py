"""Receivers that are closed when a test ends, and a fetcher that may ask them."""

from __future__ import annotations

import pytest
from servers import Receiver, fetching


@pytest.fixture
def serve():
    """serve(answer) -> a receiver, closed when the test ends."""
    receivers = []

    def start(answer, **options):
        receivers.append(Receiver(answer, **options))
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.close()


@pytest.fixture
def pauses():
    """The pauses that fetchers wanted to make, seconds."""
    return []


@pytest.fixture
def fetcher(pauses):
    return fetching(pauses)
