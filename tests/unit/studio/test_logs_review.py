"""What was said to an endpoint is played, corrected, made data of, and deleted."""

import re

import pytest

from lect.core.entities import DatasetKind, LogOwner
from lect.jobs import queue
from lect.serving.content_logs import ContentLog, LoggedTurn
from lect.settings import Logs
from lect.store import logs
from lect.store.keys import Role
from lect.store.repositories import DATASETS, ENDPOINTS

SECOND = b"\1\0" * 16_000


@pytest.fixture
def turn(service, world, tmp_path):
    """Two seconds with two segments, the first of them with the worst of texts."""
    told = LoggedTurn(endpoint=world.endpoint, model=world.model, locale="en-US")
    log = ContentLog(service.storage, Logs(), scratch=tmp_path).open(told)
    log.write(SECOND * 2)
    for offset, text in ((0.1, world.heard.display_name), (1.2, "ripe bears")):
        log.result({"offset": offset, "duration": 0.5, "nbest": [{"display": text}]})
    log.close()
    with service.storage.database.read() as connection:
        return found(connection, world)[0]


def found(connection, world):
    return [each for each in logs.page(connection, owner(world)) if each.name.endswith("wav")]


def owner(world):
    return LogOwner(endpoint=world.endpoint.id)


def path(world):
    return f"/endpoints/{world.endpoint.id}/logs"


def test_turns_are_listed_with_what_was_heard_as_text(browser, world, turn):
    page = browser.page(path(world)).text

    assert ">ripe bears</textarea>" in page
    assert "<script>alert" not in page
    assert "1 turn</a>" in browser.page(f"/endpoints/{world.endpoint.id}").text


def test_a_turn_is_played_in_parts(browser, world, turn):
    address = f"{path(world)}/{turn.id}/audio"

    part = browser.get(address, headers={"Range": "bytes=44-47"})

    assert (part.status_code, part.content) == (206, b"\1\0\1\0")
    assert len(browser.get(address).content) == turn.size
    assert browser.get(address.replace("_wav/", "_v2_json/")).status_code == 404


def test_what_was_corrected_becomes_data(browser, service, world, turn):
    form = {
        "name": "corrected",
        "turn": [turn.turn],
        "segment": [f"{turn.turn}:0", f"{turn.turn}:1", "other:0"],
        "text": ["", "ripe  pears", "not ticked"],
    }

    sent = browser.fill(f"{path(world)}/dataset", form, on=path(world))

    id = sent.headers["Location"].removeprefix("/datasets/")
    with service.storage.database.read() as connection:
        dataset = DATASETS.get(connection, id)
        [job] = queue.of_resource(connection, id)
    assert (dataset.kind, dataset.display_name) == (DatasetKind.ACOUSTIC, "corrected")
    assert job.arguments["texts"] == {turn.turn: ["", "ripe pears"]}
    assert job.arguments["endpoint"] == world.endpoint.id


def test_the_enter_key_in_a_field_deletes_nothing(browser, world, turn):
    """It presses the first button of the form."""
    form = browser.page(path(world)).text.partition('id="review"')[2].partition("</form>")[0]

    buttons = re.findall(r"<button[^>]*>", form)
    pressed = [each for each in buttons if "form=" not in each and 'type="button"' not in each]
    assert pressed == ['<button class="primary">']


def test_nothing_ticked_is_said(browser, world, turn):
    sent = browser.fill(f"{path(world)}/dataset", {"name": "x"}, on=path(world))

    assert (sent.status_code, "choose what is to be taken" in sent.text) == (400, True)


def test_a_turn_is_deleted_with_what_was_heard_in_it(browser, service, world, turn):
    assert browser.fill(f"{path(world)}/{turn.id}/delete").headers["Location"] == path(world)

    with service.storage.database.read() as connection:
        assert logs.page(connection, owner(world)) == []
    assert "Nothing is kept." in browser.page(path(world)).text


def test_what_is_said_is_kept_or_not_from_now_on(browser, service, world):
    for sent, kept in (({"logged": "true"}, True), ({}, False)):
        browser.fill(f"{path(world)}/keep", sent)
        with service.storage.database.read() as connection:
            assert ENDPOINTS.get(connection, world.endpoint.id).logs_content is kept


def test_a_reader_listens_and_changes_nothing(browser, world, turn, key):
    browser.sign_in(key(Role.READER)[1])

    page = browser.page(path(world)).text

    assert "ripe bears" in page
    assert "Take it" not in page
    assert browser.fill(f"{path(world)}/{turn.id}/delete", on="/datasets").status_code == 403
