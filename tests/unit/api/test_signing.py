"""Links that expire, and tokens."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.api.signing import LINK_SECONDS, MAX_LINK_SECONDS, SESSION_SECONDS, TOKEN_SECONDS, Session, Signer
from lect.core.errors import AccessError, Unauthenticated

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def signer(*, later=0.0, secret=b"secret"):
    return Signer(secret=secret, clock=lambda: NOON + timedelta(seconds=later))


def query(path="/files/1", **options):
    return {name: value for name, [value] in parse_qs(signer().sign_link(path, **options)).items()}


def test_a_link_is_good_until_it_expires():
    signer(later=LINK_SECONDS - 1).require_link("/files/1", **query())
    with pytest.raises(AccessError, match="expired"):
        signer(later=LINK_SECONDS).require_link("/files/1", **query())


def test_a_link_is_never_good_for_longer_than_a_week():
    with pytest.raises(AccessError, match="expired"):
        signer(later=MAX_LINK_SECONDS + 1).require_link("/files/1", **query(seconds=1e9))


def test_a_link_is_good_for_one_path_one_time_and_one_secret():
    given = query()
    wrong = [
        (signer(), "/files/2", given),
        (signer(), "/files/1", given | {"expires": str(int(given["expires"]) + 1)}),
        (signer(secret=b"other"), "/files/1", given),
        (signer(), "/files/1", given | {"signature": given["signature"][:-1]}),
        (signer(), "/files/1", given | {"signature": "é"}),
        (signer(), "/files/1", given | {"expires": "-1"}),
        (signer(), "/files/1", given | {"expires": "²"}),
        (signer(), "/files/1", given | {"expires": "9" * 400}),
    ]
    for one, path, parameters in wrong:
        with pytest.raises(AccessError, match="damaged"):
            one.require_link(path, **parameters)


def test_a_token_stands_for_its_key_for_ten_minutes():
    token = signer().issue_token("key-1")

    assert signer(later=TOKEN_SECONDS - 1).key_of_token(token) == "key-1"
    with pytest.raises(Unauthenticated, match="expired"):
        signer(later=TOKEN_SECONDS).key_of_token(token)


def test_a_token_of_another_secret_or_of_no_signature_is_refused():
    claims = {"sub": "key-1", "exp": NOON + timedelta(days=1)}
    for token in [
        signer(secret=b"other").issue_token("key-1"),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode({"sub": "key-1"}, signer()._key("token"), algorithm="HS256"),
        jwt.encode(claims, signer()._key("link"), algorithm="HS256"),
    ]:
        with pytest.raises(Unauthenticated, match="not issued by this server"):
            signer().key_of_token(token)


@given(st.text(max_size=60))
def test_any_other_text_is_no_token(text):
    with pytest.raises(Unauthenticated):
        signer().key_of_token(text)


@pytest.mark.parametrize("key", ["some key", None])
def test_a_session_is_read_until_it_is_over_and_is_no_token(key):
    now = datetime(2026, 1, 2, tzinfo=UTC)
    signer = Signer(secret=b"secret", clock=lambda: now)
    session = Session(id="browser", key=key)
    text = signer.sign_session(session)

    assert signer.read_session(text) == session
    with pytest.raises(Unauthenticated):
        signer.key_of_token(text)
    with pytest.raises(Unauthenticated):
        Signer(secret=b"another", clock=lambda: now).read_session(text)
    now += timedelta(seconds=SESSION_SECONDS)
    with pytest.raises(Unauthenticated):
        signer.read_session(text)


def test_forms_of_two_sessions_have_different_tokens():
    signer = Signer(secret=b"secret")

    one, other = (signer.form_token(Session(id=id, key="k")) for id in ("a", "b"))

    assert one != other
