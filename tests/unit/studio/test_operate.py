"""Operating a server in the browser: jobs, keys, web hooks, storage, settings and health, for those who may."""

import html
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from lect.core.jobs import JobState
from lect.jobs import queue
from lect.metrics import RecogniserMetrics
from lect.store import deliveries, jobs, keys
from lect.store.keys import Role
from lect.store.repositories import EVALUATIONS, MODELS, WEB_HOOKS
from lect.store.tables import audit

OWNERS = ["/operate/keys", "/operate/webhooks", "/operate/audit", "/operate/settings"]


def id_in(response):
    assert response.status_code == 303, response.text
    return response.headers["Location"].rpartition("/")[2]


@pytest.fixture
def train(browser, world):
    """The id of a model that waits for its training."""
    return lambda: id_in(
        browser.fill("/models/new", {"locale": "en-US", "name": "ripe", "base": world.base, "text": "ripe"})
    )


def fail(service, id):
    """Let the job of a resource fail as a worker would."""
    with service.storage.database.begin() as connection:
        jobs.add_worker(connection, "w", "p")
        [job] = queue.of_resource(connection, id)
        taken = jobs.claim(connection, kind=job.kind, at_once=1, worker="w", now=service.storage.clock())
        error = {"code": "invalid_dataset", "message": "no line was <b>taken", "hint": "Look at its report."}
        assert jobs.move(connection, replace(taken, state=JobState.FAILED, error=error))


def test_a_job_is_listed_with_what_it_is_for_and_can_be_cancelled(browser, service, train):
    id = train()

    text = browser.page("/operate/jobs?which=unfinished").text
    assert f'<a href="/models/{id}" dir="auto">ripe</a>' in text
    assert "It waits for its turn." in text
    assert browser.fill(f"/operate/jobs/{id}/cancel").headers["Location"] == "/operate/jobs"

    with service.storage.database.read() as connection:
        assert queue.get(connection, id).is_cancelling


def test_why_a_job_failed_is_said_in_words_and_it_is_tried_again(browser, service, train):
    id = train()
    fail(service, id)

    text = html.unescape(browser.page("/operate/jobs?which=failed").text)
    assert "no line was <b>taken" in text
    assert "Look at its report." in text
    assert "Try again" in text
    again = id_in(browser.fill(f"/models/{id}/again"))

    with service.storage.database.read() as connection:
        first, second = (MODELS.get(connection, each) for each in (id, again))
        assert [job.kind for job in queue.of_resource(connection, again)] == ["train"]
    assert (second.text, second.base, second.display_name) == (first.text, first.base, first.display_name)


def test_a_test_is_made_again_without_its_scores(browser, service, world):
    again = id_in(browser.fill(f"/evaluations/{world.evaluation.id}/again"))

    with service.storage.database.read() as connection:
        made = EVALUATIONS.get(connection, again)
    assert (made.models, made.dataset, made.scores) == (
        world.evaluation.models,
        world.evaluation.dataset,
        (),
    )


def test_jobs_are_listed_in_parts_the_newest_first(browser, train):
    ids = [train() for _ in range(27)]

    first, second = browser.page("/operate/jobs").text, browser.page("/operate/jobs?page=2").text

    assert (ids[-1] in first, ids[0] in first) == (True, False)
    assert (ids[-1] in second, ids[0] in second) == (False, True)
    assert browser.page("/operate/jobs?page=9").text.count(ids[0]) == second.count(ids[0])


def test_health_says_what_is_not_well(browser):
    text = browser.page("/operate").text

    assert "no worker is alive" in text
    assert "no base model has passed its self-test yet" in text


def test_storage_is_told_by_what_it_is(browser, world):
    assert "Free on the disk" in browser.page("/operate").text


def test_who_did_what_is_told_the_newest_first(browser, service, train):
    ids = [train() for _ in range(27)]

    text = browser.page("/operate/audit").text

    assert (f"models/{ids[-1]}" in text, f"models/{ids[0]}" in text) == (True, False)
    assert "nobody with a key" in text
    assert f"models/{ids[0]}" in browser.page("/operate/audit?page=2").text


def test_a_key_is_shown_once_and_the_first_one_signs_its_maker_in(browser, service):
    assert "There is no key yet" in browser.page("/operate/keys").text

    made = browser.fill("/operate/keys", {"role": "owner", "name": "mine"})
    [text] = [line for line in made.text.splitlines() if 'id="made"' in line]
    text = text.partition('id="made">')[2].partition("<")[0]

    with service.storage.database.read() as connection:
        assert keys.find(connection, text).name == "mine"
        assert "create" in connection.execute(select(audit.c.action)).scalars().all()
    listed = browser.page("/operate/keys").text
    assert "mine" in listed
    assert text not in listed
    assert browser.fill("/operate/keys", {"role": "reader"}, on="/operate/keys").status_code == 200


def test_a_key_that_is_revoked_opens_nothing(browser, service, key):
    _, text = key()
    other, opens = key(Role.READER)
    browser.sign_in(text)

    assert browser.fill(f"/operate/keys/{other.id}/revoke").headers["Location"] == "/operate/keys"

    with service.storage.database.read() as connection:
        assert keys.find(connection, opens) is None
    assert "Revoked" in browser.page("/operate/keys").text


@pytest.mark.parametrize("path", OWNERS)
def test_the_server_itself_is_for_owners_of_all_projects(browser, service, key, path):
    for role in (Role.READER, Role.CONTRIBUTOR):
        browser.sign_in(key(role)[1])
        assert browser.page(path).status_code == 403
        assert path not in browser.page("/operate").text


def test_a_web_hook_is_made_and_its_receiver_asked(browser, service):
    form = {"name": "orders", "url": "https://example.com/lect", "event": ["modelCompletion", "nonsense"]}

    id = id_in(browser.fill("/operate/webhooks", form))

    with service.storage.database.read() as connection:
        hook = WEB_HOOKS.get(connection, id)
        [asked] = deliveries.page(connection, id)
    assert (hook.events, hook.display_name) == ({"modelCompletion"}, "orders")
    assert asked.event == "challenge"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"url": "https://example.com/"}, "choose what it is told of"),
        ({"url": "ftp://example.com/", "event": "modelCompletion"}, "neither http:// nor https://"),
    ],
)
def test_a_web_hook_that_cannot_be_told_is_refused_and_keeps_what_was_said(browser, form, told):
    sent = browser.fill("/operate/webhooks", form)

    assert (sent.status_code, told in sent.text, form["url"] in sent.text) == (400, True, True)


def test_what_became_of_deliveries_is_told_and_secrets_are_not(browser, world):
    text = browser.page(f"/operate/webhooks/{world.hook.id}").text

    assert "Given up" in text
    assert "secret" not in text


def test_a_ping_is_one_more_delivery_and_a_web_hook_is_deleted_with_all(browser, service, world):
    path = f"/operate/webhooks/{world.hook.id}"

    assert browser.fill(f"{path}/ping").headers["Location"] == path
    with service.storage.database.read() as connection:
        found, total = deliveries.newest(connection, world.hook.id)
    assert ([each.event for each in found], total) == (["ping", "modelCompletion"], 2)
    assert browser.fill(f"{path}/ask").headers["Location"] == path
    assert browser.fill(f"{path}/delete").headers["Location"] == "/operate/webhooks"
    assert browser.page(path).status_code == 404


def test_settings_are_shown_and_no_secret(browser, service, app):
    text = browser.page("/operate/settings").text

    assert "LECT_QUOTAS_STORED_BYTES" in text
    assert str(service.settings.data) in text
    app.state.service = replace(
        service, settings=service.settings.model_copy(update={"hub_token": SecretStr("hf_word")})
    )
    assert "hf_word" not in browser.page("/operate/settings").text


def test_live_recognition_is_told_with_how_long_results_took(browser, service, app):
    class Pool:
        memory, held, hits, misses, evictions = 0, [], 0, 0, 0

    told = RecogniserMetrics(Pool())
    for seconds in (0.12, 0.14, 0.18, 4.0):
        told.final(seconds)
    told.turn_ended("success")
    app.state.service = replace(service, recogniser_metrics=told.text)

    text = browser.page("/operate").text

    assert "half within 0.15 s, 95 % within 5 s" in text
    assert "Turns with words" in text
    assert "Turns that failed" not in text
