"""Durations on the wire: ISO 8601, and ticks of 100 ns. In Python they are seconds."""

from __future__ import annotations

import re

from lect.core.errors import InvalidInput

_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_UNITS = (7 * 86_400, 86_400, 3600, 60, 1)  # seconds


def iso8601(seconds: float) -> str:
    """A duration as ISO 8601: `PT1H2M3.5S`."""
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, milliseconds = divmod(rest, 60_000)
    text = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    if milliseconds or not text:
        text += f"{milliseconds / 1000:g}S"
    return f"PT{text}"


def parse_iso8601(text: str) -> float:
    """Seconds of a duration such as `P2D`, `PT12H` or `PT1H2M3.5S`.

    Raises:
        InvalidInput: it is none. Years and months are none here: how long they are depends on when they begin.
    """
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise InvalidInput(
            "this is no duration",
            hint="Write ISO 8601 with weeks, days, hours, minutes or seconds: P2D, PT12H.",
        )
    return sum(float(part or 0) * unit for part, unit in zip(match.groups(), _UNITS, strict=True))


def ticks(seconds: float) -> int:
    """A duration in units of 100 ns."""
    return round(seconds * 10_000_000)
