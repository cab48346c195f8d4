"""How many requests a caller may make."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api_services import app_of, client_of
from lect.api.rate import Buckets, RateLimit, network_of
from lect.api.service import KEY_HEADER
from lect.settings import Server
from lect.store import keys
from lect.store.keys import Role

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MODELS = "/speechtotext/v3.2/models"
TOKENS = "/sts/v1.0/issueToken"


def test_a_quiet_caller_may_burst_and_then_waits_for_each_token():
    buckets = Buckets(per_second=2, burst=3)

    waits = [buckets.take("a", now) for now in (0, 0, 0, 0, 0.25, 0.5, 0.5, 100, 100, 100, 100)]

    assert waits == pytest.approx([0, 0, 0, 0.5, 0.25, 0, 0.5, 0, 0, 0, 0.5])


def test_callers_have_buckets_of_their_own():
    buckets = Buckets(per_second=1, burst=1)

    assert [buckets.take(caller, 0) for caller in "aabb"] == [0, 1, 0, 1]


def test_full_buckets_are_forgotten_and_those_in_use_are_not():
    buckets = Buckets(per_second=1, burst=5)
    for caller in "abc":
        buckets.take(caller, 0)
    for _ in range(4):
        buckets.take("d", 0)

    for _ in range(3):
        buckets.take("e", 1.5)

    assert len(buckets) == 2
    assert [buckets.take("d", 1.5) for _ in range(3)] == pytest.approx([0, 0, 0.5])


def test_callers_beyond_what_is_remembered_share_one_bucket_and_drive_nobody_out():
    buckets = Buckets(per_second=1, burst=2, most=2)
    for caller in "aabb":
        buckets.take(caller, 0)

    assert [buckets.take(f"new {number}", 0) for number in range(3)] == [0, 0, 1]
    assert buckets.take("a", 0) == 1
    assert len(buckets) == 3


@given(st.lists(st.floats(0, 20), min_size=1).map(sorted), st.integers(1, 5), st.floats(0.5, 5))
def test_never_more_than_the_burst_and_what_time_has_brought(times, burst, per_second):
    buckets = Buckets(per_second=per_second, burst=burst)

    passed = [now for now in times if not buckets.take("a", now)]

    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], start=first):
            assert last - first + 1 <= burst + (end - start) * per_second + 1e-6


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_an_address_stands_for_whoever_has_it(address, network):
    assert network_of(address) == network


@pytest.fixture
def clock():
    return {"now": 0.0}


@pytest.fixture
def client(client, clock):
    """Two requests at once and one a minute."""
    app = RateLimit(client.app, per_second=1 / 60, burst=2, clock=lambda: clock["now"])
    return TestClient(app, base_url="http://testserver")


def new_key(service):
    with service.storage.database.begin() as connection:
        return keys.create(connection, name="k", role=Role.OWNER, project=None, at=NOW)


def statuses(client, count, **headers):
    return [client.get(MODELS, headers=headers).status_code for _ in range(count)]


def test_beyond_its_rate_a_caller_is_told_when_to_ask_again(client, clock):
    assert statuses(client, 2) == [200, 200]

    refused = client.get(MODELS)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.json()["code"] == "TooManyRequests"
    assert "60 s" in refused.json()["message"]
    clock["now"] = 60.0
    assert statuses(client, 2) == [200, 429]


def test_health_and_signed_links_are_always_answered(client):
    statuses(client, 3)

    answers = [client.get(path) for path in ("/livez", "/readyz", "/speechtotext/v3.1/healthstatus")]

    assert 429 not in {answer.status_code for answer in answers}
    assert client.get("/files/a/b?expires=1&signature=x").status_code != 429
    assert client.get("/filesystem").status_code == 429


def test_a_key_has_a_bucket_of_its_own_once_it_was_accepted(service, client, clock):
    (_, first), (_, second) = new_key(service), new_key(service)

    assert statuses(client, 1, **{KEY_HEADER: first}) == [200]  # of the address
    assert statuses(client, 1, **{KEY_HEADER: second}) == [200]  # same
    assert statuses(client, 3, **{KEY_HEADER: first}) == [200, 200, 429]
    assert statuses(client, 3, **{KEY_HEADER: second}) == [200, 200, 429]


def test_the_tokens_of_a_key_share_its_bucket(service, client, clock):
    _, key = new_key(service)
    tokens = []
    for _ in range(2):
        tokens.append(client.post(TOKENS, headers={KEY_HEADER: key}).text)
        clock["now"] += 1_000
    for token in tokens:
        statuses(client, 1, Authorization=f"Bearer {token}")
        clock["now"] += 1_000

    answers = [statuses(client, 1, Authorization=f"Bearer {token}")[0] for token in (*tokens, *tokens)]

    assert answers == [200, 200, 429, 429]


def test_keys_that_are_made_up_are_charged_to_the_address(service, client):
    new_key(service)

    assert [statuses(client, 1, **{KEY_HEADER: f"guess {n}"})[0] for n in range(4)] == [401, 401, 429, 429]


def test_a_key_that_was_revoked_falls_back_to_the_address(service, client, clock):
    made, key = new_key(service)
    new_key(service)  # so that keys are wanted
    statuses(client, 1, **{KEY_HEADER: key})
    with service.storage.database.begin() as connection:
        keys.revoke(connection, made.id, at=NOW)

    assert statuses(client, 4, **{KEY_HEADER: key}) == [401, 401, 429, 429]


def test_without_the_setting_there_is_no_limit(app, service):
    assert set(statuses(client_of(app, service), 120)) == {200}


def test_the_setting_is_heeded(service):
    server = Server(requests_per_second=0.001, request_burst=1)
    limited = replace(service, settings=service.settings.model_copy(update={"server": server}))

    assert statuses(TestClient(app_of(limited)), 2) == [200, 429]
