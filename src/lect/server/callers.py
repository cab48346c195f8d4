"""Who asks, as the API tells the recogniser beside each request."""

from __future__ import annotations

from collections.abc import Mapping

from lect.serving.live.watching import Caller

LONGEST_ID = 64  # characters of what a client calls its connection


def caller_of(headers: Mapping[str, str]) -> Caller:
    """Whoever the headers name; the API has checked it, and lets no client set them."""
    return Caller(
        key=headers.get("X-Lect-Key", ""),
        project=headers.get("X-Lect-Project"),
        connection=headers.get("X-ConnectionId", "")[:LONGEST_ID] or None,
        trace=headers.get("traceparent"),
    )
