"""A large file goes to the studio from a real browser, whatever happens on the way."""

import hashlib
import random
import re
import wave
import zipfile

import pytest

from browsers import browsing

BLOCK = re.compile(r"/blocks/(\d+)$")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """A zip of three blocks, some 20 MB, most of it no sound, so that its import is quick."""
    folder = tmp_path_factory.mktemp("recordings")
    with wave.open(str(folder / "silence.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    path = folder / "silence.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.write(folder / "silence.wav", "silence.wav")
        archive.writestr("trans.txt", "silence.wav\tripe pears\n")
        archive.writestr("notes.bin", random.Random(1).randbytes(20_440_000))
    return path


def sent_blocks(page):
    """The numbers of the blocks that the page sends from now on."""
    numbers = []

    def note(request):
        if request.method == "PUT" and (found := BLOCK.search(request.url)):
            numbers.append(int(found[1]))

    page.on("request", note)
    return numbers


def drop(page, path):
    """Let a file fall onto the form, as from a folder's window."""
    page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('input'), {type: 'file', id: 'hand'}))"
    )
    page.locator("#hand").set_input_files(path)
    held = page.evaluate_handle(
        "() => { const held = new DataTransfer(); held.items.add(document.getElementById('hand').files[0]); return held; }"
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": held})


def assert_stored(page, address, path):
    """What the server has is the file, to the byte."""
    page.wait_for_url(re.compile(r"/datasets/[0-9a-f]+-"))
    page.locator(".progress").wait_for(state="detached")
    id = page.url.rpartition("/")[2]
    data = page.request.get(f"{address}/datasets/{id}/data").body()
    assert hashlib.sha256(data).digest() == hashlib.sha256(path.read_bytes()).digest()


def test_a_file_that_is_dropped_arrives_although_the_connection_breaks(chromium, address, recordings):
    with browsing(chromium, address, expected="Failed to load resource") as page:
        page.goto(f"{address}/datasets")
        blocks = sent_blocks(page)
        page.route("**/blocks/2", lambda route: route.abort("connectionreset"), times=1)
        drop(page, recordings)
        assert page.locator("[name=kind][value=acoustic]").is_checked()
        page.get_by_role("button", name="Upload").click()
        page.get_by_text("The connection is lost.").wait_for()
        assert "% · 8.4 MB of 20.5 MB" in page.locator(".figures").inner_text()
        assert_stored(page, address, recordings)
        assert blocks == [1, 2, 2, 3]


def test_after_a_reload_the_same_file_goes_on_where_it_stood(chromium, address, recordings, tmp_path):
    with browsing(chromium, address) as page:
        page.goto(f"{address}/datasets")
        page.route("**/blocks/2", lambda _route: None)  # it stays on the way
        page.locator(".drop input").set_input_files(recordings)
        with page.expect_request("**/blocks/2"):  # the first was answered
            page.get_by_role("button", name="Upload").click()
        page.get_by_text("· 8.4 MB of 20.5 MB").wait_for()
        page.reload()
        page.unroute("**/blocks/2")  # not before: what is on the way would go on
        page.get_by_text("silence.zip: 8.4 MB of 20.5 MB are here.").wait_for()
        blocks = sent_blocks(page)
        other = tmp_path / "pears.txt"
        other.write_text("Ripe pears.\n")
        name = page.locator("[name=name]")
        name.fill("of pears")
        page.locator(".drop input").set_input_files(recordings)
        assert (name.input_value(), name.is_disabled()) == ("silence", True)
        page.locator(".drop input").set_input_files(other)
        assert (name.input_value(), name.is_disabled()) == ("of pears", False)
        assert page.locator("[name=kind][value=text]").is_checked()
        page.locator(".drop input").set_input_files(recordings)
        page.get_by_role("button", name="Go on").click()
        assert_stored(page, address, recordings)
        assert blocks == [2, 3]
        page.goto(f"{address}/datasets")
        assert page.locator(".begun li").count() == 0


def test_an_upload_is_cancelled_on_its_way_and_leaves_nothing(chromium, address, recordings):
    with browsing(chromium, address) as page:
        page.goto(f"{address}/datasets")
        before = page.locator("table.list tbody tr").count()
        page.route("**/blocks/2", lambda _route: None)
        page.locator(".drop input").set_input_files(recordings)
        with page.expect_request("**/blocks/2"):  # the first was answered
            page.get_by_role("button", name="Upload").click()
        page.get_by_text("· 8.4 MB of 20.5 MB").wait_for()
        with page.expect_navigation():
            page.get_by_role("button", name="Cancel").click()
        assert page.locator("table.list tbody tr").count() == before
        assert page.evaluate("Object.keys(localStorage).length") == 0


def test_cancelled_while_it_is_begun_it_is_removed_as_soon_as_it_has(chromium, address, recordings):
    with browsing(chromium, address) as page:
        page.goto(f"{address}/datasets")
        before = page.locator("table.list tbody tr").count()
        held = []

        def hold(route):
            held.append(route)

        page.route("**/datasets/begin", hold)
        page.locator(".drop input").set_input_files(recordings)
        with page.expect_request("**/datasets/begin"):
            page.get_by_role("button", name="Upload").click()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("It is cancelled as soon as the server answers.").wait_for()
        with page.expect_navigation():
            held[0].continue_()
        assert page.locator("table.list tbody tr").count() == before
        assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.long  # a race
def test_cancelled_while_it_is_committed_it_leads_to_no_dataset(chromium, address, recordings):
    with browsing(chromium, address) as page:
        page.goto(f"{address}/datasets")
        before = page.locator("table.list tbody tr").count()
        page.route("**/commit", lambda _route: None)
        page.locator(".drop input").set_input_files(recordings)
        with page.expect_request("**/commit") as asked:
            page.get_by_role("button", name="Upload").click()
        with (
            page.expect_event("requestfailed", lambda request: request == asked.value),
            page.expect_navigation(url=f"{address}/datasets"),
        ):
            page.get_by_role("button", name="Cancel").click()
        assert page.locator("table.list tbody tr").count() == before


PROBLEM = '<div class="problem"><p><strong>too many jobs</strong></p><p>Wait for one.</p></div>'


@pytest.mark.long  # it waits as long as the server says
def test_what_the_server_cannot_do_now_is_told_in_its_words_and_asked_again_when_it_says(
    chromium, address, recordings
):
    words = "too many jobs. Wait for one."
    refusal = {"status": 429, "headers": {"Retry-After": "3"}}
    with browsing(chromium, address, expected="Failed to load resource") as page:
        page.goto(f"{address}/datasets")
        told = {"code": "TooManyRequests", "message": "too many jobs\nWait for one."}
        page.route("**/datasets/begin", lambda route: route.fulfill(**refusal, json=told), times=1)
        page.route("**/commit", lambda route: route.fulfill(**refusal, body=PROBLEM), times=1)
        page.locator(".drop input").set_input_files(recordings)
        page.get_by_role("button", name="Upload").click()
        page.get_by_text(words, exact=True).wait_for()
        page.get_by_role("button", name="Upload").click()
        page.get_by_text(f"{words} It is tried again in 3 s; what was sent stays.").wait_for()
        assert_stored(page, address, recordings)


@pytest.mark.parametrize(
    ("answer", "words", "times"),
    [
        ({"status": 500, "body": PROBLEM}, "too many jobs. Wait for one.", 3),
        ({"status": 200, "body": "<p>Pay for this network"}, "What the server answered cannot be read", 1),
    ],
)
def test_mistakes_are_not_asked_for_again_for_ever(chromium, address, recordings, answer, words, times):
    with browsing(chromium, address, expected="Failed to load resource") as page:
        page.goto(f"{address}/datasets")
        asked = []
        page.route("**/blocks", lambda route: (asked.append(route), route.fulfill(**answer)))
        page.locator(".drop input").set_input_files(recordings)
        page.get_by_role("button", name="Upload").click()
        page.get_by_role("button", name="Cancel").wait_for()
        page.locator(".words").get_by_text(re.compile(f"{words}(?!.*tried again)")).wait_for()
        page.get_by_role("button", name="Cancel").wait_for(state="hidden")
        assert len(asked) in {times, times + 1}  # the last one looks what can be gone on with


def test_what_another_project_began_is_not_forgotten_and_what_cannot_be_read_is_in_nobodys_way(
    chromium, address
):
    begun = {
        "kind": "text",
        "locale": "en-US",
        "name": "pears",
        "file": "pears.txt",
        "size": 9,
        "modified": 1,
    }
    with browsing(chromium, address, expected="Failed to load resource") as page:
        page.goto(f"{address}/datasets")
        page.evaluate(
            """begun => {
              localStorage.setItem("lect.upload.1", "{");
              for (const [id, project] of [["2", "plums"], ["3", "pears"], ["4", "pears"]])
                localStorage.setItem(`lect.upload.${id}`, JSON.stringify({ ...begun, id, project }));
            }""",
            begun,
        )
        there = {"json": {"waits": True, "blocks": {"1": 4}}}
        page.route(
            "**/blocks",
            lambda route: route.fulfill(**(there if "/4/" in route.request.url else {"status": 404})),
        )
        page.route("**/datasets", _as_seen_by_pears)
        page.reload()
        page.get_by_text("pears.txt: 4 bytes of 9 bytes are here.").wait_for()
        kept = page.evaluate("Object.keys(localStorage).sort()")
        assert kept == ["lect.upload.1", "lect.upload.2", "lect.upload.4"]


def _as_seen_by_pears(route):
    answer = route.fetch()
    body = answer.text()
    assert 'data-project=""' in body
    route.fulfill(response=answer, body=body.replace('data-project=""', 'data-project="pears"'))


def test_a_file_of_another_kind_is_refused_before_any_of_it_is_sent(chromium, address, tmp_path):
    path = tmp_path / "pears.zip"
    path.write_text("Ripe pears.\n")
    with browsing(chromium, address, expected="Failed to load resource") as page:
        page.goto(f"{address}/datasets")
        blocks = sent_blocks(page)
        page.locator(".drop input").set_input_files(path)
        page.get_by_role("button", name="Upload").click()
        page.get_by_text("the file is no zip").wait_for()
        assert blocks == []
