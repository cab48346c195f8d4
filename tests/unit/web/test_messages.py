"""What receivers of web hooks are sent, byte by byte."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.entities import Delivery, WebHook
from lect.core.status import Status
from lect.web import hooks, messages
from lect.web.fetching import Reply
from lect.web.messages import EVENTS, challenging, is_answered, path_of, pause_after, sign, telling

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SELF = "https://lect.example/speechtotext/v3.2/datasets/7"


def hook(**fields):
    common = {
        "id": "h",
        "display_name": "ours",
        "created": NOON,
        "last_action": NOON,
        "status": Status.SUCCEEDED,
        "web_url": "https://receiver.example/in?key=1",
        "events": frozenset({"datasetCompletion", "ping"}),
        "secret": "s3cret",
    }
    return WebHook(**(common | fields))


def delivery(**fields):
    return Delivery(
        **(
            {
                "id": "i",
                "web_hook": "h",
                "event": "datasetCompletion",
                "resource": "/datasets/7",
                "created": NOON,
            }
            | fields
        )
    )


def reply(body, status=200):
    return Reply(status=status, reason=str(status), headers={}, body=body)


def test_an_event_is_told_with_the_resource_and_the_invocation():
    message = telling(hook(), delivery(), SELF)

    assert message.url == "https://receiver.example/in?key=1"
    assert json.loads(message.body) == {"self": SELF, "invocationId": "i"}
    assert message.headers["X-MicrosoftSpeechServices-Event"] == "DatasetCompletion"
    assert message.headers["Content-Type"] == "application/json"


def test_the_signature_is_that_of_the_standard_library():
    message = telling(hook(), delivery(), SELF)

    expected = base64.b64encode(hmac.digest(b"s3cret", message.body, hashlib.sha256)).decode()
    assert message.headers["X-MicrosoftSpeechServices-Signature"] == expected


@pytest.mark.parametrize(
    ("key", "data", "digest"),
    [  # RFC 4231, cases 2 and 4 of those whose key is text
        (
            "Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        ("\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    ],
)
def test_the_signature_is_that_of_the_standard(key, data, digest):
    assert base64.b64decode(sign(key, data)).hex() == digest


@given(st.text(min_size=1), st.binary(), st.binary())
def test_another_body_has_another_signature(secret, one, other):
    assert (sign(secret, one) == sign(secret, other)) == (one == other)


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_nothing_is_signed(secret):
    for message in (telling(hook(secret=secret), delivery(), SELF), challenging(hook(secret=secret), "t")):
        assert "X-MicrosoftSpeechServices-Signature" not in message.headers


def test_a_ping_shows_the_web_hook_but_not_its_secret():
    message = telling(hook(), delivery(event="ping"), SELF)

    document = json.loads(message.body)
    assert document["displayName"] == "ours"
    assert document["events"] == {"datasetCompletion": True, "ping": True}
    assert document["createdDateTime"] == "2026-01-31T12:00:00Z"
    assert b"s3cret" not in message.body
    assert message.headers["X-MicrosoftSpeechServices-Event"] == "Ping"


@pytest.mark.parametrize(
    "url", ["https://a.example", "https://a.example/x?key=1", "https://a.example/?k=a%26b#part"]
)
def test_a_challenge_has_its_token_in_the_query_beside_what_was_there(url):
    message = challenging(hook(web_url=url), "a-token_1")

    before, after = urlsplit(url), urlsplit(message.url)
    assert parse_qs(after.query) == parse_qs(before.query) | {"validationToken": ["a-token_1"]}
    assert (after.netloc, after.path) == (before.netloc, before.path)
    assert message.headers["X-MicrosoftSpeechServices-Event"] == "Challenge"


def test_the_signature_of_a_challenge_is_that_of_its_token_and_of_its_body():
    message = challenging(hook(), "token")

    expected = base64.b64encode(hmac.digest(b"s3cret", b"token", hashlib.sha256)).decode()
    assert message.headers["X-MicrosoftSpeechServices-Signature"] == expected
    assert message.body == b"token"


@pytest.mark.parametrize("body", [b"token", b"token\r\n", b' "token" ', b'"token"'])
def test_a_challenge_is_answered_by_its_token(body):
    assert is_answered(reply(body), "token")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"token", 201),
        (b"token", 204),
        (b"token", 404),
        (b"", 200),
        (b"tok", 200),
        (b"tokens", 200),
        (b"<p>token</p>", 200),
        ("tökén".encode(), 200),
    ],
)
def test_nothing_else_answers_it(body, status):
    assert not is_answered(reply(body, status), "token")


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ("datasetCreation", "/datasets/7"),
        ("evaluationDeletion", "/evaluations/7"),
        ("ping", "/webhooks/7"),
        ("challenge", "/webhooks/7"),
    ],
)
def test_an_event_leads_to_what_it_is_about(event, path):
    assert path_of(event, "7") == path


def test_the_events_are_those_of_the_api():
    from lect.api.schemas.shared import WebHookEvents

    names = {field.alias or name for name, field in WebHookEvents.model_fields.items()}
    assert set(EVENTS) == {to_camel(name) for name in names}


def to_camel(name):
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


@given(st.integers(1, messages.TRIES), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_pauses_grow_and_stay_within_bounds(attempts, jitter, asked):
    pause = pause_after(attempts, jitter=jitter, asked=asked)
    longest = messages.FIRST_PAUSE * messages.GROWTH ** (attempts - 1)

    assert longest / 2 <= pause <= max(longest, messages.LONGEST_REQUEST)
    assert pause >= min(asked or 0, messages.LONGEST_REQUEST)
    assert pause_after(attempts + 1, jitter=0, asked=None) > pause_after(attempts, jitter=1, asked=None)


def test_neither_address_nor_secret_is_shown_by_a_message():
    assert "key=1" not in repr(telling(hook(), delivery(), SELF))


@pytest.fixture
def page(root):
    """What receivers are told."""
    return (root / "docs" / "reference" / "web-hooks.md").read_text("utf-8")


def test_receivers_can_verify_what_we_sign_as_the_page_says(page):
    code = re.search(r"```python\n(.*?)```", page, re.S)[1]
    names = {}
    exec(code, names)

    for message in (telling(hook(), delivery(), SELF), challenging(hook(), "token")):
        signature = message.headers["X-MicrosoftSpeechServices-Signature"]
        assert names["is_genuine"]("s3cret", message.body, signature)
        assert not names["is_genuine"]("another", message.body, signature)
        assert not names["is_genuine"]("s3cret", message.body + b" ", signature)


@pytest.mark.parametrize("event", EVENTS)
def test_the_page_names_each_event(page, event):
    assert f"`{event}`" in page


def test_the_page_tells_the_numbers_that_hold(page):
    text = " ".join(page.split())
    pauses = [pause_after(number, jitter=1, asked=None) for number in range(1, messages.TRIES)]

    assert f"A delivery is tried {messages.TRIES} times" in text
    assert f"It is tried {messages.CHALLENGE_TRIES} times" in text
    assert (
        f"waits {hooks.SEND_SECONDS:.0f} seconds and reads no more than {hooks.REPLY_BYTES // 1024} kB"
        in text
    )
    assert f"at most {hooks.AT_ONCE_TO_ONE} attempts to one" in text
    assert f"for which {hooks.MAX_WAITING:,} deliveries wait" in text
    assert f"about {', '.join(map(rounded, pauses[:-1]))} and {rounded(pauses[-1])};" in text


def rounded(seconds):
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds:.0f} s"
