"""Players get the part of a recording that they ask for."""

import asyncio

import pytest
from starlette.requests import Request

from lect.datasets.contents import Played
from lect.studio.sound import send

DATA = bytes(range(100))


def asked(text=None):
    headers = [(b"range", text.encode())] if text else []
    played = Played(size=len(DATA), read=lambda begin, end: iter([DATA[begin:end]]))
    return send(Request({"type": "http", "headers": headers}), played, "audio/wav")


def body_of(answer):
    async def read():
        return b"".join([block async for block in answer.body_iterator])

    return asyncio.run(read())


@pytest.mark.parametrize("text", [None, "bytes=", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=x-"])
def test_without_a_range_that_can_be_read_it_is_all_of_it(text):
    assert (asked(text).status_code, body_of(asked(text))) == (200, DATA)


@pytest.mark.parametrize(
    ("text", "body", "told"),
    [
        ("bytes=0-", DATA, "bytes 0-99/100"),
        ("bytes=10-19", DATA[10:20], "bytes 10-19/100"),
        ("bytes=90-1000", DATA[90:], "bytes 90-99/100"),
        ("bytes=-5", DATA[-5:], "bytes 95-99/100"),
    ],
)
def test_a_range_is_a_part(text, body, told):
    answer = asked(text)

    assert (answer.status_code, body_of(answer), answer.headers["Content-Range"]) == (206, body, told)


@pytest.mark.parametrize("text", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_what_is_outside_is_refused(text):
    assert (asked(text).status_code, asked(text).headers["Content-Range"]) == (416, "bytes */100")
