"""What the API tells the recogniser of who asks."""

from starlette.datastructures import Headers

from lect.server.callers import caller_of
from lect.serving.live.watching import Caller


def test_who_asks_stands_in_headers():
    headers = {"x-lect-key": "k", "x-lect-project": "p", "x-connectionid": "c" * 100, "traceparent": "00-1"}

    assert caller_of(Headers(headers)) == Caller(key="k", project="p", connection="c" * 64, trace="00-1")


def test_nobody_needs_to_be_named():
    assert caller_of(Headers({"x-connectionid": ""})) == Caller()
