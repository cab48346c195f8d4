"""Uploads in blocks, as the studio's script sends them: what it asks for, and what it is told."""

import re
from dataclasses import replace

import pytest

from lect.core.errors import TooManyRequests
from lect.datasets import uploads
from lect.datasets.uploads import BLOCK_BYTES
from lect.jobs import queue
from lect.settings import Limits, Quotas
from lect.store.keys import Role
from lect.store.repositories import DATASETS

FORM = {"kind": "text", "name": "pears", "locale": "en-US", "size": "15", "head": b"ripe".hex()}


@pytest.fixture
def ask(browser):
    """Asks as a script does, with the token of a page in a header."""

    def send(method, path, **options):
        token = re.search(r'data-token="([0-9a-f]{64})"', browser.page("/datasets").text)[1]
        headers = {"HX-Request": "true", "X-Form-Token": token}
        return browser.request(method, path, headers=headers, **options)

    return send


@pytest.fixture
def begun(ask):
    return ask("POST", "/datasets/begin", data=FORM).json()["id"]


def test_a_file_is_sent_in_blocks_in_any_order_and_then_imported(ask, begun, service, browser):
    for number, data in ((2, b"are sweet"), (1, b"pears ")):
        assert ask("PUT", f"/datasets/{begun}/blocks/{number}", content=data).status_code == 201
    there = browser.get(f"/datasets/{begun}/blocks").json()
    assert there == {"waits": True, "blocks": {"1": 6, "2": 9}}

    led = ask("POST", f"/datasets/{begun}/commit", data={"count": "2"})

    assert led.headers["HX-Redirect"] == f"/datasets/{begun}"
    with service.storage.database.read() as connection:
        dataset = DATASETS.get(connection, begun)
        jobs = queue.of_resource(connection, begun)
    assert (dataset.display_name, dataset.awaits_blocks) == ("pears", False)
    assert [job.kind for job in jobs] == ["import"]


def test_a_commit_whose_answer_was_lost_may_be_asked_for_again(ask, begun, service):
    ask("PUT", f"/datasets/{begun}/blocks/1", content=b"pears")
    for _ in range(2):
        led = ask("POST", f"/datasets/{begun}/commit", data={"count": "1"})
        assert led.headers["HX-Redirect"] == f"/datasets/{begun}"
    with service.storage.database.read() as connection:
        assert len(queue.of_resource(connection, begun)) == 1


def test_of_two_commits_at_once_the_slower_one_is_led_on_too(ask, begun, service, monkeypatch):
    """The page asks again when an answer stays away, and the first request may be on its way still."""
    commit = uploads.commit_blocks

    def commit_after_another(storage, id, wanted):
        commit(storage, id, wanted)
        commit(storage, id, wanted)

    ask("PUT", f"/datasets/{begun}/blocks/1", content=b"pears")
    monkeypatch.setattr(uploads, "commit_blocks", commit_after_another)

    led = ask("POST", f"/datasets/{begun}/commit", data={"count": "1"})

    assert led.headers["HX-Redirect"] == f"/datasets/{begun}"
    with service.storage.database.read() as connection:
        assert len(queue.of_resource(connection, begun)) == 1


def test_too_many_jobs_at_the_commit_are_told_with_the_time_to_wait(ask, begun, monkeypatch):
    def refuse(*_):
        raise TooManyRequests("too many jobs", retry_after=7)

    monkeypatch.setattr(uploads, "commit_blocks", refuse)

    refused = ask("POST", f"/datasets/{begun}/commit", data={"count": "1"})

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert 'class="problem"' in refused.text


def test_what_is_not_complete_is_not_committed(ask, begun):
    ask("PUT", f"/datasets/{begun}/blocks/1", content=b"pears")

    refused = ask("POST", f"/datasets/{begun}/commit", data={"count": "2"})

    assert refused.status_code == 400
    assert "Send it, then commit again." in refused.text


def test_a_block_without_the_token_of_a_page_is_refused(browser, ask, begun):
    assert browser.put(f"/datasets/{begun}/blocks/1", content=b"pears").status_code == 403
    assert browser.get(f"/datasets/{begun}/blocks").json()["blocks"] == {}


def test_a_block_may_be_as_large_as_one_and_no_larger(ask, begun, browser):
    assert ask("PUT", f"/datasets/{begun}/blocks/1", content=bytes(BLOCK_BYTES)).status_code == 201
    assert ask("PUT", f"/datasets/{begun}/blocks/2", content=bytes(BLOCK_BYTES + 1)).status_code == 413
    assert browser.get(f"/datasets/{begun}/blocks").json()["blocks"] == {"1": BLOCK_BYTES}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": "0", "head": ""}, "the file is empty"),
        ({"head": b"PK\3\4".hex()}, "the file is a zip, and text data come as text"),
        ({"kind": "acoustic"}, "the file is no zip, and acoustic data come as one"),
        ({"size": "1000"}, "the file has 1,000 bytes, and text data have 999 at most"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(ask, service, browser, given, said):
    limits = Limits(text_bytes=999)
    browser.app.state.service = replace(
        service, settings=service.settings.model_copy(update={"limits": limits})
    )

    refused = ask("POST", "/datasets/begin", data=FORM | given)

    assert (refused.status_code, said in refused.text) == (400, True)
    with service.storage.database.read() as connection:
        assert not DATASETS.ids(connection)


def test_what_the_quota_has_no_room_for_is_refused_before_it_is_sent(ask, service, browser):
    storage = replace(service.storage, quotas=Quotas(stored_bytes=14))
    browser.app.state.service = replace(service, storage=storage)

    assert "LECT_QUOTAS_STORED_BYTES" in ask("POST", "/datasets/begin", data=FORM).text


def test_an_upload_that_was_begun_has_a_page_that_says_so_and_removes_it(ask, begun, browser):
    ask("PUT", f"/datasets/{begun}/blocks/1", content=bytes(15))
    page = browser.page(f"/datasets/{begun}").text
    assert "15 bytes of it are here" in page
    assert "Being sent" in browser.page("/datasets").text

    assert ask("POST", f"/datasets/{begun}/delete").headers["HX-Redirect"] == "/datasets"
    assert browser.page(f"/datasets/{begun}").status_code == 404
    assert ask("PUT", f"/datasets/{begun}/blocks/2", content=b"x").status_code == 404


def test_a_reader_begins_nothing(browser, ask, key):
    browser.sign_in(key(Role.READER)[1])

    assert ask("POST", "/datasets/begin", data=FORM).status_code == 403
