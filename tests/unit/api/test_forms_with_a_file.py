"""Forms with one file: read in whatever pieces they come, and refused where they are none."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.api import uploads
from lect.core.errors import InvalidInput, LimitExceeded

TYPE = 'multipart/form-data; boundary="cut"'
FILE = b"RIFF\r\n--cu\r\n\x00\xff" * 100


def part(name, data, *, filename=None):
    named = f'; filename="{filename}"' if filename is not None else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def body(*parts):
    return b"".join(parts) + b"--cut--\r\n"


WHOLE = body(
    part("a", b"one"), part("file", FILE, filename="x.wav"), part("b[]", b"1"), part("b[]", "ä".encode())
)


def receive(pieces, into, *, content_type=TYPE):
    async def come():
        for piece in pieces:
            yield piece

    return asyncio.run(uploads.receive(come(), content_type, file="file", into=into))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("form") / "file"


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_how_it_is_cut_into_pieces_changes_nothing(path, lengths):
    pieces, at = [], 0
    for length in lengths:
        pieces.append(WHOLE[at : at + length])
        at += length
    form = receive([*pieces, WHOLE[at:]], path)
    assert (form.filename, form.text("a"), form.texts("b"), form.text("c")) == (
        "x.wav",
        "one",
        ["1", "ä"],
        "",
    )
    assert path.read_bytes() == FILE


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"{}", "application/json"),
        (WHOLE, "multipart/form-data"),
        (b"no form at all", TYPE),
        (WHOLE[:-20], TYPE),
        (body(part("other", b"x", filename="x")), TYPE),
        (body(part("file", b"x", filename="x"), part("file", b"y", filename="y")), TYPE),
        (body(part("a", b"\xff")), TYPE),
        (b"--cut\r\nContent-Disposition: " + b"x" * 10_000, TYPE),
    ],
)
def test_what_is_no_such_form_is_refused(path, data, content_type):
    with pytest.raises(InvalidInput):
        receive([data], path, content_type=content_type)


def test_fields_that_are_too_large_or_too_many_are_refused(path):
    with pytest.raises(LimitExceeded):
        receive([body(part("a", b"x" * (uploads.FIELD_BYTES + 1)))], path)
    with pytest.raises(LimitExceeded):
        receive([body(*[part("a", b"x")] * (uploads.MOST_FIELDS + 1))], path)


def test_a_field_that_may_come_once_may_not_come_twice(path):
    form = receive([body(part("a", b"1"), part("a", b"2"))], path)
    with pytest.raises(InvalidInput, match="2 times"):
        form.text("a")
