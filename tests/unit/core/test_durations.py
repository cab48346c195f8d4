"""Durations on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.durations import iso8601, parse_iso8601, ticks
from lect.core.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P2D", 172_800), ("PT12H", 43_200), ("P1WT1S", 604_801), ("PT1H2M3.5S", 3723.5), ("PT0S", 0)],
)
def test_a_duration_is_read(text, seconds):
    assert parse_iso8601(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P1M", "P1Y", "PT-1S", "P1D ", "PT\u0661S"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(InvalidInput):
        parse_iso8601(text)


@given(st.integers(0, 10**10))
def test_what_is_written_is_read_back(milliseconds):
    assert parse_iso8601(iso8601(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=1e-6)


def test_ticks_are_tenths_of_microseconds():
    assert ticks(1.5) == 15_000_000
