"""Transcripts are corrected in pages: least sure first, saved by scripts and without, never over what nobody has seen."""

import html
import re
from dataclasses import replace

import pytest

from api_services import BASE
from lect.core.entities import Segment
from lect.core.status import Status
from lect.jobs import queue
from lect.models.locales import id_of
from lect.store import drafts
from lect.store.keys import Role
from lect.store.repositories import CORRECTIONS, DATASETS
from lect.studio.corrections import WINDOW

MODEL = id_of(BASE, "en-US")
SHOWN = {"first": "1", "total": "2"}  # segments of a form: the first, and how many there are
LONG = 2 * WINDOW + 5


def path(world, rest=""):
    return f"/corrections/{world.correction.id}{rest}"


def get(service, world, number=1):
    with service.storage.database.read() as connection:
        return drafts.get(connection, world.correction.id, number)


def send(browser, world, text, *, number=2, revision=1, is_done=False):
    """What the script of the page sends."""
    token = re.search(r'data-token="([0-9a-f]{64})"', browser.page("/").text)[1]
    body = {"revision": revision, "segments": [{"offset": 0, "duration": 2, "text": text}], "isDone": is_done}
    headers = {"X-Form-Token": token, "HX-Request": "true"}
    return browser.post(path(world, f"/recordings/{number}/draft"), json=body, headers=headers)


def test_a_correction_begins_with_a_form(browser, service, world):
    form = {"name": "calls", "dataset": world.heard.id, "model": MODEL}

    sent = browser.fill("/corrections/new", form, on="/corrections/new")

    id = sent.headers["Location"].removeprefix("/corrections/")
    with service.storage.database.read() as connection:
        made = CORRECTIONS.get(connection, id)
        [job] = queue.of_resource(connection, id)
    assert (made.dataset, made.model, made.display_name, job.kind) == (
        world.heard.id,
        MODEL,
        "calls",
        "draft",
    )
    assert "It waits for its turn." in browser.page(sent.headers["Location"]).text
    assert "Writes first drafts of transcripts" in browser.page("/operate/jobs").text


def test_what_cannot_be_corrected_is_said_in_the_form(browser, world):
    sent = browser.fill("/corrections/new", {"name": "x", "dataset": world.lines.id}, on="/corrections/new")

    assert (sent.status_code, "holds text data" in sent.text) == (400, True)


def test_recordings_are_listed_with_the_least_sure_first(browser, world):
    page = browser.page(path(world)).text

    assert page.index("b.wav") < page.index("a.wav")
    assert f'{path(world)}/recordings/2">Begin</a>' in page
    assert "50 %" in page
    assert f"{path(world)}" in browser.page(f"/datasets/{world.heard.id}").text


def test_what_is_done_or_to_do_is_listed_alone_and_searched(browser, world):
    send(browser, world, "ripe pears", is_done=True)

    def files(**parameters):
        text = browser.get(path(world), params=parameters, headers={"HX-Request": "true"}).text
        assert "<html" not in text
        return re.findall(r"([ab])\.wav</a>", text)

    assert (files(which="done"), files(which="to-do"), files(search="PEARS")) == (["b"], ["a"], ["b"])


def test_the_editor_has_each_segment_with_its_time_as_text(browser, world):
    page = browser.page(path(world, "/recordings/1")).text

    assert 'data-offset="1.0" data-duration="1.0"' in page
    assert html.escape(world.correction.display_name, quote=False).replace('"', "&#34;")[:20] in page
    assert page.count('class="segment"') == 3  # one of them for those that scripts add
    assert 'aria-label="What is said at 0:01"' in page


def test_a_script_saves_and_is_told_the_revision(browser, service, world):
    saved = send(browser, world, "ripe pears", is_done=True)

    assert saved.status_code == 200, saved.text
    assert saved.json()["revision"] == 2
    draft = get(service, world, 2)
    assert (draft.text, draft.is_done, draft.revision) == ("ripe pears", True, 2)


def test_a_script_that_saves_an_old_revision_gets_what_is_there(browser, service, world):
    send(browser, world, "the first")

    refused = send(browser, world, "the second")

    assert refused.json()["current"]["text"] == "the first"
    assert get(service, world, 2).text == "the first"


def test_undo_finds_what_was_before_a_visit(browser, world):
    send(browser, world, "one")
    send(browser, world, "two", revision=2)

    def before(revision):
        return browser.get(path(world, "/recordings/2/revisions"), params={"before": revision})

    assert before(3).json()["segments"][0]["text"] == "one"
    assert before(2).json()["segments"][0]["text"] == "ripe pairs"
    assert before(1).status_code == 204


def test_the_draft_and_its_outline_are_there_for_scripts(browser, world):
    draft = browser.get(path(world, "/recordings/2/draft")).json()
    assert [each["text"] for each in draft["segments"]] == ["ripe pairs", "and so on"]
    assert (draft["revision"], draft["isDone"]) == (1, False)
    outline = browser.get(path(world, "/recordings/2/outline"))
    assert outline.content == bytes([0, 5, 5, 5])  # 4, 5, 6, 7 in steps that can be seen
    assert outline.headers["Content-Type"] == "application/octet-stream"


def test_a_recording_is_played_in_parts(browser, world):
    part = browser.get(path(world, "/recordings/2/audio"), headers={"Range": "bytes=5-"})

    assert (part.status_code, part.content) == (206, b"sound of b.wav")
    assert part.headers["content-type"] == "audio/wav"
    assert browser.get(path(world, "/recordings/9/audio")).status_code == 404


def test_without_scripts_texts_are_saved_by_the_form(browser, service, world):
    on = path(world, "/recordings/2")
    form = {"revision": "1", **SHOWN, "text": ["ripe\r\npears", "and so on"], "then": "done"}

    sent = browser.fill(on, form, on=on)

    assert sent.headers["Location"] == f"{on}/next"
    draft = get(service, world, 2)
    assert [each.text for each in draft.segments] == ["ripe pears", "and so on"]
    assert draft.is_done
    assert draft.segments[0].speaker == world.correction.display_name  # what the form does not send stays
    undone = browser.fill(on, form | {"revision": "2", "then": "undone"}, on=on)
    assert (undone.headers["Location"], get(service, world, 2).is_done) == (on, False)


def test_without_scripts_an_old_form_overwrites_nothing(browser, service, world):
    send(browser, world, "theirs")
    on = path(world, "/recordings/2")

    sent = browser.fill(on, {"revision": "1", "first": "1", "total": "1", "text": ["mine"]}, on=on)

    assert (sent.status_code, "Somebody else has changed" in sent.text) == (409, True)
    assert re.findall(r"<textarea name=.text.[^>]*>([^<]*)", sent.text) == ["mine"], "it is not lost"
    other = browser.fill(on, {"revision": "2", **SHOWN, "text": ["a", "b"]}, on=on)
    assert (other.status_code, '<pre dir="auto">a\nb</pre>' in other.text) == (409, True)
    assert get(service, world, 2).text == "theirs"


def lengthen(service, world):
    """Make the second recording one of more segments than the editor shows at once: two windows and 5."""
    segments = tuple(
        Segment(offset=float(at), duration=1.0, text=f"number {at}", speaker="Ann") for at in range(LONG)
    )
    draft = replace(get(service, world, 2), segments=segments, duration=float(LONG))
    with service.storage.database.begin() as connection:
        drafts.put(connection, world.correction.id, [get(service, world, 1), draft])


def shown(page):
    """The numbers of the segments on a page, and what leads to others."""
    numbers = [int(each) for each in re.findall(r">number (\d+)</textarea>", page)]
    pager = re.search(r'<nav class="pager windows".*?</nav>', page, re.S)[0]
    return (numbers[0], numbers[-1], len(numbers)), re.findall(r'page=(\d+)">', pager)


def test_of_a_long_recording_the_editor_shows_a_window(browser, service, world):
    lengthen(service, world)
    on = path(world, "/recordings/2")

    assert shown(browser.page(on).text) == ((0, WINDOW - 1, WINDOW), ["2"])
    assert shown(browser.page(f"{on}?page=2").text) == ((WINDOW, 2 * WINDOW - 1, WINDOW), ["1", "3"])
    last = browser.page(f"{on}?page=3").text
    assert shown(last) == ((2 * WINDOW, LONG - 1, 5), ["2"])
    assert f"{2 * WINDOW + 1}–{LONG} of {LONG}" in last
    assert browser.page(f"{on}?page=9").text.count("<textarea name") == 5  # what is left of it after a merge


def test_without_scripts_a_window_is_saved_and_the_other_segments_stay(browser, service, world):
    lengthen(service, world)
    on = path(world, "/recordings/2")
    form = {"revision": "1", "first": f"{2 * WINDOW + 1}", "total": f"{LONG}", "text": list("abcde")}

    sent = browser.fill(on, form | {"then": "stay"}, on=on)

    assert sent.headers["Location"] == f"{on}?page=3"
    after = get(service, world, 2).segments
    assert [each.text for each in after[-6:]] == [f"number {2 * WINDOW - 1}", *"abcde"]
    assert [each.text for each in after[:2]] == ["number 0", "number 1"]
    assert {each.speaker for each in after} == {"Ann"}


@pytest.mark.parametrize(
    "wrong", [{"first": "2"}, {"first": f"{WINDOW + 1}"}, {"total": "7"}, {"text": ["a"]}, {"first": "900"}]
)
def test_a_form_of_other_segments_is_refused(browser, service, world, wrong):
    lengthen(service, world)
    on = path(world, "/recordings/2")
    form = {"revision": "1", "first": f"{2 * WINDOW + 1}", "total": f"{LONG}", "text": list("abcde")}

    sent = browser.fill(on, form | wrong, on=on)

    assert (sent.status_code, "the form is of other segments" in sent.text) == (409, True)
    assert get(service, world, 2).revision == 1


def test_what_the_editor_fetches_is_packed(browser, service, world):
    lengthen(service, world)

    got = browser.get(path(world, "/recordings/2/draft"), headers={"Accept-Encoding": "gzip"})

    assert (got.headers["Content-Encoding"], len(got.json()["segments"])) == ("gzip", LONG)
    assert int(got.headers["Content-Length"]) < len(got.content) / 2


def test_after_the_last_the_way_leads_to_the_first_that_is_to_do_and_then_to_the_list(browser, world):
    def led(number):
        return browser.get(path(world, f"/recordings/{number}/next"), follow_redirects=False).headers[
            "Location"
        ]

    assert (led(2), led(1)) == (path(world, "/recordings/1"), path(world, "/recordings/2"))
    send(browser, world, "x", is_done=True)
    assert led(1) == path(world, "/recordings/1")
    send(browser, world, "x", number=1, is_done=True)
    assert led(1) == path(world)


def test_what_is_done_becomes_data(browser, service, world):
    assert "none is done" in browser.fill(path(world, "/dataset"), {"name": "x"}, on=path(world)).text
    send(browser, world, "ripe pears", is_done=True)

    sent = browser.fill(path(world, "/dataset"), {"name": "corrected"}, on=path(world))

    id = sent.headers["Location"].removeprefix("/datasets/")
    with service.storage.database.read() as connection:
        made = DATASETS.get(connection, id)
        [job] = queue.of_resource(connection, id)
    assert (made.display_name, made.made_of, job.kind) == ("corrected", world.heard.id, "collect")
    assert "made of" in browser.page(f"/datasets/{id}").text


def test_it_is_deleted_from_its_page(browser, service, world):
    assert browser.fill(path(world, "/delete"), on=path(world)).headers["Location"] == "/corrections"

    with service.storage.database.read() as connection:
        assert CORRECTIONS.count(connection) == 0


def test_while_first_drafts_are_written_nothing_is_edited(browser, service, world):
    with service.storage.database.begin() as connection:
        CORRECTIONS.restart(connection, world.correction.id)

    assert send(browser, world, "x").status_code == 409
    assert "data-changes" not in browser.page(path(world, "/recordings/1")).text


def test_a_reader_listens_and_changes_nothing(browser, world, key):
    browser.sign_in(key(Role.READER)[1])

    page = browser.page(path(world, "/recordings/1")).text

    assert "data-changes" not in page
    assert "<textarea name" not in page
    assert send(browser, world, "x").status_code == 403


def test_who_signed_out_is_told_so_and_a_save_without_the_token_is_refused(browser, service, world, key):
    body = {"revision": 1, "segments": [], "isDone": False}
    assert browser.post(path(world, "/recordings/1/draft"), json=body).status_code == 403
    key()

    sent = browser.post(path(world, "/recordings/1/draft"), json=body, headers={"HX-Request": "true"})

    assert sent.headers["HX-Redirect"].startswith("/sign-in")
    assert get(service, world, 1).revision == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.RUNNING])
def test_a_correction_without_drafts_has_a_page(browser, service, world, status):
    with service.storage.database.begin() as connection:
        CORRECTIONS.restart(connection, world.correction.id)
        CORRECTIONS.move(connection, world.correction.id, Status.RUNNING)
        CORRECTIONS.move(connection, world.correction.id, status)

    assert browser.page(path(world)).status_code == 200
