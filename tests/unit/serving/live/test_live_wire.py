"""Messages of the Speech protocol, read and written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, LimitExceeded
from lect.serving.live.wire import Message, pieces, read, write
from live_clients import RID, sound, text

LONGEST = 1 << 20


def parse(message):
    return read(message, longest=LONGEST)


@pytest.mark.parametrize("colon", [":", ": "])
def test_both_ways_of_writing_headers_are_read(colon):
    assert parse(text("speech.context", '{"a":1}', colon=colon)) == Message(
        path="speech.context", request_id=RID, body='{"a":1}'
    )


def test_names_of_headers_and_paths_are_the_same_in_any_case():
    message = parse("PATH:Speech.Context\r\nx-requestid:AbC\r\n\r\n{}")

    assert (message.path, message.request_id) == ("speech.context", "AbC")


def test_a_request_id_keeps_its_case_and_dashes():
    assert parse(text("audio", rid="D533-af8E")).request_id == "D533-af8E"


def test_a_configuration_may_come_without_a_request_id():
    assert parse(text("speech.config", rid="")).request_id == ""


def test_a_body_may_hold_empty_lines_and_colons():
    assert parse("Path:x\r\n\r\na:b\r\n\r\nc").body == "a:b\r\n\r\nc"


def test_binary_messages_are_headers_by_their_length_and_then_sound():
    assert parse(sound(b"\r\n\r\n\x00\xff")) == Message(
        path="audio", request_id=RID, body=b"\r\n\r\n\x00\xff"
    )


def test_the_end_of_sound_is_an_empty_binary_body():
    assert parse(sound(b"")).body == b""


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "do not end"),
        ("Path:audio", "do not end"),
        ("Path:audio\n\n{}", "do not end"),  # LF alone
        ("\r\n\r\n{}", "no Path"),
        ("X-RequestId:1\r\n\r\n{}", "no Path"),
        ("Path:\r\n\r\n{}", "no Path"),
        ("Path\r\n\r\n{}", "Name:Value"),
        ("Pa th:x\r\n\r\n{}", "Name:Value"),
        (":x\r\n\r\n{}", "Name:Value"),
        (text("audio", rid="a b"), "X-RequestId"),
        (text("audio", rid="a\nb"), "X-RequestId"),
        (text("audio", rid="a\x00"), "X-RequestId"),
        (text("audio", rid="é"), "X-RequestId"),
        (text("audio", rid="a" * 65), "X-RequestId"),
        ("X:" + "y" * 70_000 + "\r\n\r\n", "do not end"),
        (b"", "shorter"),
        (b"\x00", "shorter"),
        (b"\x00\x05Path", "shorter"),
        (b"\xff\xffPath:audio\r\n", "shorter"),
        (b"\x00\x00", "no Path"),
        (b"RIFF\x00\x00\x00\x00WAVE", "shorter"),  # sound without headers
        (b"\x00\x03\xff\xfe\xfd", "UTF-8"),
        (b"\x00\x04abcd", "Name:Value"),
    ],
)
def test_what_is_no_message_says_why(message, why):
    with pytest.raises(InvalidInput, match=why):
        parse(message)


@pytest.mark.parametrize("make", [lambda size: "a" * size, bytes])
def test_a_message_longer_than_allowed_is_not_looked_at(make):
    with pytest.raises(LimitExceeded, match="1,000"):
        read(make(1_001), longest=1_000)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_message_is_read_or_refused(message):
    try:
        parse(message)
    except InvalidInput:
        return


@given(st.text(max_size=50).filter(lambda each: each.isprintable()), st.integers())
def test_what_is_written_holds_one_empty_line_and_reads_back(words, number):
    body = {"Text": f"{words}\r\n\r\n", "Offset": number}
    written = write("speech.hypothesis", RID, body)

    assert written.count("\r\n\r\n") == 1
    message = parse(written)
    assert (message.path, message.request_id, json.loads(message.body)) == ("speech.hypothesis", RID, body)


def test_text_goes_out_as_it_is_written():
    assert write("speech.phrase", RID, {"DisplayText": "größe 你好"}).endswith('{"DisplayText":"größe 你好"}')


@given(st.binary(max_size=100), st.integers(1, 120))
def test_a_message_in_pieces_is_the_same_sound(body, longest):
    cut = [parse(piece) for piece in pieces(sound(body), longest=longest)]

    assert b"".join(each.body for each in cut) == body
    assert all(len(each.body) <= longest for each in cut)
    assert {(each.path, each.request_id) for each in cut} == {("audio", RID)}


@pytest.mark.parametrize("message", [text("speech.context", "x" * 500), b"", b"\0", b"\xff\xff" + bytes(500)])
def test_a_text_and_what_is_no_message_stay_whole(message):
    assert list(pieces(message, longest=10)) == [message]
