"""What the studio's forms do: the same as the REST API, for whoever may."""

import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.testclient import TestClient
from sqlalchemy import select

from lect.core.entities import DatasetKind, Training
from lect.core.errors import AccessError
from lect.jobs import queue
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS, MODELS
from lect.store.tables import audit
from lect.studio.visits import PageRoute


def id_in(response):
    assert response.status_code == 303, response.text
    return response.headers["Location"].rpartition("/")[2]


def read(service, repository, id):
    with service.storage.database.read() as connection:
        return repository.get(connection, id), queue.of_resource(connection, id)


@pytest.mark.parametrize("kind", DatasetKind)
def test_each_kind_is_uploaded_by_a_plain_form(browser, service, kind):
    sent = browser.fill("/datasets/upload", {"kind": kind.value}, files={"data": ("pears.x", b"some data")})

    dataset, jobs = read(service, DATASETS, id_in(sent))
    assert (dataset.kind, dataset.display_name, dataset.locale) == (kind, "pears", "en-US")
    assert [job.kind for job in jobs] == ["import"]
    assert "It waits for its turn." in browser.page(f"/datasets/{dataset.id}").text


def test_an_upload_without_a_file_says_so_on_the_form(browser):
    sent = browser.fill("/datasets/upload", {"kind": "text"}, files={"data": ("a.txt", b"")})

    assert sent.status_code == 400
    assert "the file is empty" in sent.text
    assert 'class="card stack upload"' in sent.text


def test_who_did_what_is_written_down(browser, service):
    id = id_in(browser.fill("/datasets/upload", {"kind": "text"}, files={"data": ("a.txt", b"pears")}))

    with service.storage.database.read() as connection:
        assert (("create", f"datasets/{id}")) in connection.execute(
            select(audit.c.action, audit.c.resource)
        ).all()


def test_the_sample_is_two_datasets(browser, service):
    assert browser.fill("/sample").headers["Location"] == "/"

    with service.storage.database.read() as connection:
        text, heard = sorted(DATASETS.page(connection), key=lambda each: each.kind, reverse=True)
        blob = queue.of_resource(connection, heard.id)[0].arguments["blob"]["sha256"]
    assert (text.kind, heard.kind) == (DatasetKind.TEXT, DatasetKind.ACOUSTIC)
    with zipfile.ZipFile(BytesIO(b"".join(service.storage.blobs.read(blob)))) as archive:
        assert "trans.txt" in archive.namelist()


def test_a_model_is_trained_on_data_and_typed_sentences(browser, service, world):
    form = {
        "locale": "en-US",
        "name": "mine",
        "base": world.base,
        "dataset": [world.lines.id],
        "text": "ripe pears",
    }

    model, jobs = read(service, MODELS, id_in(browser.fill("/models/new", form)))

    assert (model.display_name, model.datasets, model.text) == ("mine", (world.lines.id,), "ripe pears")
    assert [job.kind for job in jobs] == ["train"]


def test_a_training_without_data_is_refused_and_keeps_what_was_said(browser, world):
    sent = browser.fill("/models/new", {"locale": "en-US", "name": "keep me", "base": world.base})

    assert sent.status_code == 400
    assert "there is nothing to train on" in sent.text
    assert "keep me" in sent.text


def test_models_are_compared_on_recordings(browser, service, world):
    form = {"name": "x", "dataset": world.heard.id, "model": [world.model.id, world.base]}

    evaluation, jobs = read(service, EVALUATIONS, id_in(browser.fill("/evaluations/new", form)))

    assert evaluation.models == (world.model.id, world.base)
    assert [job.kind for job in jobs] == ["evaluate"]


def test_a_test_without_models_says_what_is_missing(browser, world):
    sent = browser.fill("/evaluations/new", {"name": "x", "dataset": world.heard.id})

    assert sent.status_code == 400
    assert "at least one model" in sent.text


def test_a_model_is_deployed_changed_and_rolled_back(browser, service, world):
    _endpoint, jobs = read(
        service, ENDPOINTS, id_in(browser.fill("/endpoints/new", {"name": "e", "model": world.base}))
    )
    assert [job.kind for job in jobs] == ["deploy"]

    path = f"/endpoints/{world.endpoint.id}"
    assert browser.fill(f"{path}/rollback").headers["Location"] == path
    _, jobs = read(service, ENDPOINTS, world.endpoint.id)
    assert [job.arguments["model"] for job in jobs] == [world.base]
    assert "My endpoint" not in browser.page(path).text


def test_the_page_of_an_endpoint_has_programs_that_name_it(browser, world):
    text = browser.page(f"/endpoints/{world.endpoint.id}").text

    for name in ("Python", "JavaScript", "C#", "curl", "OpenAI client"):
        assert f"<summary>{name}</summary>" in text
    assert text.count(world.endpoint.id) > 5
    assert "ws://testserver" in text


def test_work_is_cancelled_and_what_is_done_is_deleted(browser, service, world):
    made = id_in(browser.fill("/models/new", {"locale": "en-US", "base": world.base, "text": "ripe"}))
    assert browser.fill(f"/models/{made}/cancel").headers["Location"] == f"/models/{made}"
    _, [job] = read(service, MODELS, made)
    assert job.is_cancelling

    assert browser.fill(f"/evaluations/{world.evaluation.id}/delete").headers["Location"] == "/evaluations"
    assert browser.page(f"/evaluations/{world.evaluation.id}").status_code == 404
    used = browser.fill(f"/datasets/{world.lines.id}/delete")
    assert (used.status_code, "is used by 1 model" in used.text) == (409, True)


def test_a_repaired_copy_is_a_dataset_of_its_own(browser, service, world):
    dataset, _ = read(service, DATASETS, id_in(browser.fill(f"/datasets/{world.lines.id}/fix")))

    assert dataset.made_of == world.lines.id
    assert "made of" in browser.page(f"/datasets/{dataset.id}").text


def test_progress_is_a_part_of_the_page_that_ends_with_a_reload(browser, world):
    ask = {"headers": {"HX-Request": "true"}}
    made = id_in(browser.fill("/models/new", {"locale": "en-US", "base": world.base, "text": "ripe"}))

    waiting = browser.get(f"/models/{made}/progress", **ask)
    done = browser.get(f"/models/{world.model.id}/progress", **ask)

    assert "It waits for its turn." in waiting.text
    assert "HX-Refresh" not in waiting.headers
    assert done.headers["HX-Refresh"] == "true"


# Keys, sessions and other pages


def test_once_a_key_exists_pages_lead_to_the_sign_in_page_and_back(browser, key):
    _, text = key()

    asked = browser.page("/models", follow_redirects=False)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in?next=%2Fmodels")
    assert browser.page("/sign-in").status_code == 200

    signed = browser.sign_in(text, next="/models")
    assert signed.headers["Location"] == "/models"
    cookie = signed.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert text not in cookie
    assert browser.page("/models").status_code == 200

    assert browser.fill("/sign-out").headers["Location"] == "/sign-in"
    assert browser.page("/models", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_server(browser, key, next):
    _, text = key()

    assert browser.sign_in(text, next=next).headers["Location"] == "/"


def test_a_wrong_key_is_told_and_not_shown(browser, key):
    key()

    wrong = browser.sign_in("no such key")

    assert wrong.status_code == 401
    assert "not known here" in wrong.text
    assert "no such key" not in wrong.text


def test_a_key_that_is_revoked_ends_its_sessions(browser, service, key):
    made, text = key()
    browser.sign_in(text)
    with service.storage.database.begin() as connection:
        keys.revoke(connection, made.id, at=service.storage.clock())

    assert browser.page("/", follow_redirects=False).status_code == 303


def test_the_session_of_a_browser_opens_no_door_of_programs(browser, key):
    _, text = key()
    browser.sign_in(text)

    assert browser.get("/speechtotext/v3.2/datasets").status_code == 401


def test_a_reader_sees_pages_and_changes_nothing(browser, world, key):
    _, text = key(Role.READER)
    browser.sign_in(text)

    page = browser.page(f"/datasets/{world.lines.id}").text
    assert "Delete this dataset" not in page
    assert 'class="card stack upload"' not in browser.page("/datasets").text
    refused = browser.fill(f"/datasets/{world.lines.id}/delete", on="/datasets")
    assert (refused.status_code, "needs contributor" in refused.text) == (403, True)


def test_forms_of_other_pages_are_refused(browser, world):
    browser.page("/")

    for data in ({}, {"token": ""}, {"token": "0" * 64}):
        refused = browser.post(f"/datasets/{world.lines.id}/delete", data=data)
        assert (refused.status_code, "another session" in refused.text) == (403, True)
    evil = browser.post("/theme", headers={"Origin": "https://evil.example"})
    assert evil.status_code == 403


def test_every_form_of_every_page_wants_the_token_of_its_session(app, browser, world):
    browser.page("/")
    asked = set(_changes(app.routes))
    assert len(asked) > 25
    assert {method for method, _path in asked} == {"POST", "PUT"}
    for method, path in asked:
        refused = browser.request(method, re.sub(r"\{.*?\}", "1", path))
        assert (path, refused.status_code, "another session" in refused.text) == (path, 403, True)


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_the_token_is_wanted_by_methods_that_no_page_uses_yet(service, method):
    pages = APIRouter(route_class=PageRoute)
    pages.add_api_route("/pears", lambda: "gone", methods=[method])
    app = FastAPI()
    app.state.service = service
    app.include_router(pages)
    app.add_exception_handler(AccessError, lambda _request, error: Response(error.message, 403))

    refused = TestClient(app).request(method, "/pears")

    assert (refused.status_code, "another session" in refused.text) == (403, True)


def _changes(routes):
    """Method and path of all that pages can change."""
    for route in routes:
        if isinstance(route, PageRoute):
            yield from ((method, route.path) for method in route.methods - {"GET", "HEAD"})
        yield from _changes(getattr(getattr(route, "original_router", None), "routes", ()))


def test_a_recording_is_sound_to_browsers_whatever_is_in_it(browser, world):
    sent = browser.page(f"/corrections/{world.correction.id}/recordings/1/audio")

    assert sent.headers["Content-Type"] == "audio/wav"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_browser_whose_session_is_over_gets_another_one(browser):
    browser.cookies.set("lect_session", "no session of ours", domain="testserver.local")

    browser.page("/")

    assert browser.fill("/theme", {"theme": "dark"}).status_code == 303


def test_pages_answer_to_no_other_host(browser):
    assert browser.get("/", headers={"Host": "evil.example", "Accept": "text/html"}).status_code == 403


@pytest.mark.parametrize(("sent", "kept"), [("dark", "dark"), ("light", "light"), ("<script>", "auto")])
def test_the_chosen_colours_are_kept(browser, sent, kept):
    browser.fill("/theme", {"theme": sent, "next": "/models"})

    assert (f'data-theme="{kept}"' in browser.page("/").text) == (kept != "auto")


def test_a_model_that_is_trained_anew_keeps_its_settings_and_says_what_of_its_data_is_gone(
    browser, service, world
):
    gone = "99999999-0000-4000-8000-000000000000"
    before = replace(
        world.model,
        id="88888888-0000-4000-8000-000000000000",
        datasets=(world.lines.id,),
        training=Training(seed=7, epochs=3, guard=gone, times={gone: 2.0}),
        weight=30,
    )
    with service.storage.database.begin() as connection:
        MODELS.add(connection, before)

    page = browser.page(f"/models/new?like={before.id}").text

    assert "--epochs 3 --weight 30 --seed 7" in page
    assert "1 dataset of it is gone" in page
    form = {
        "locale": "en-US",
        "name": "Anew",
        "dataset": world.lines.id,
        "base": world.base,
        "text": "a pear",
    }
    # Epochs do nothing with a text; no field shows them, so nobody is told to leave them out.
    for like, wanted, weight in ((before.id, Training(seed=7), 30), ("", Training(), None)):
        made, _ = read(service, MODELS, id_in(browser.fill("/models/new", {**form, "like": like})))
        assert (made.training, made.weight) == (wanted, weight)


def test_a_model_that_began_with_a_custom_one_is_trained_anew_on_that_one(browser, service, world):
    further = replace(world.model, id="88888888-0000-4000-8000-000000000001", base=world.model.id)
    with service.storage.database.begin() as connection:
        MODELS.add(connection, further)

    page = browser.page(f"/models/new?like={further.id}").text

    assert f'name="base" value="{world.model.id}" checked' in page
    assert f'name="base" value="{world.base}" checked' not in page
