"""Transcripts are corrected in a real browser: a model writes the first drafts, two are put right by keys, and become data."""

import io
import re
import time
import wave
import zipfile
from dataclasses import replace
from itertools import islice
from random import Random

import httpx
import pytest

from browsers import browsing, weight
from lect.core.entities import FileKind, Segment
from lect.datasets import uploads
from lect.sample import folder
from lect.settings import Settings
from lect.store import drafts, files
from lect.store.opening import open_storage
from servers import PATIENCE, serving
from worlds import make_world

RECORDINGS = 3
HOUR = 3600  # seconds
SEGMENTS = 1_211  # that an hour has
OUTLINE = 72_000  # bytes that an hour has
RATE = 8_000  # Hz
HEAVIEST = 200_000  # bytes of a page and all it fetches, but for sound


@pytest.fixture
def recordings(tmp_path):
    """A zip of recordings without transcripts."""
    path = tmp_path / "calls.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each in sorted((folder() / "testing" / "audio-and-trans").glob("*.flac"))[:RECORDINGS]:
            archive.write(each, each.name)
    return path


def wait_for_work(page):
    page.locator(".progress").wait_for(state="detached")


def begin(page, address, recordings):
    """Upload the recordings and let a model write the first drafts."""
    page.goto(f"{address}/datasets")
    page.locator("input[type=file]").set_input_files(recordings)
    page.locator("[name=kind][value=audio]").check()
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/datasets/*-*")
    wait_for_work(page)
    page.get_by_role("link", name="Correct its transcripts").click()
    page.get_by_label("whisper-tiny.en").check()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/corrections/*-*")
    wait_for_work(page)
    page.locator("table.list").wait_for()


def wait_until(page, said):
    page.locator(".saved").filter(has_text=re.compile(f"^{said}")).wait_for()


def draft_of(page):
    return page.evaluate("async () => (await fetch(location.pathname + '/draft')).json()")


def test_two_recordings_are_corrected_by_keys_and_become_data(chromium, address, recordings):
    with browsing(chromium, address, viewport={"width": 1280, "height": 860}) as page:
        begin(page, address, recordings)
        sure = [int(each.split()[0]) for each in page.locator("td[data-label=Sure]").all_inner_texts()]
        assert len(sure) == RECORDINGS
        assert sure == sorted(sure)

        page.get_by_role("link", name="Begin").click()
        for text in ("The first, as it was said.", "The second one."):
            page.locator(".waveform > div").wait_for()
            wait_until(page, "Saved")
            first = page.locator(".segment textarea").first
            first.fill(text)
            first.press("Escape")
            page.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")
            first.press("Escape")
            assert page.evaluate("document.querySelector('audio').paused")
            here = page.url
            page.keyboard.press("Control+Enter")
            page.wait_for_url(lambda url, here=here: url != here)
        page.get_by_role("link", name="calls").click()
        assert page.locator(".facts").inner_text().split()[:6] == ["Recordings", "3", "Done", "2", "To", "do"]

        page.get_by_role("button", name="Make data of 2 recordings").click()
        page.wait_for_url("**/datasets/*-*")
        wait_for_work(page)
        page.locator(".utterance").first.wait_for()
        assert sorted(page.locator(".utterance .said").all_inner_texts()) == [
            "The first, as it was said.",
            "The second one.",
        ]
        data = httpx.get(f"{page.url}/data", timeout=60).content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        lines = archive.read("trans.txt").decode("utf-8-sig").splitlines()
    assert {line.split("\t")[1] for line in lines} == {"The first, as it was said.", "The second one."}


@pytest.fixture(scope="module")
def corrected(address):
    """The place of a recording that is corrected, another one each time: `corrected()`."""
    samples = folder() / "testing" / "audio-and-trans"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        names = [each.name for each in sorted(samples.glob("*.flac"))[:RECORDINGS]]
        for name in names:
            archive.write(samples / name, name)
        lines = (samples / "trans.txt").read_text("utf-8-sig").splitlines(keepends=True)
        archive.writestr("trans.txt", "".join(line for line in lines if line.split("\t")[0] in names))
    form = {"displayName": "calls", "locale": "en-US", "kind": "Acoustic"}
    with httpx.Client(base_url=address, timeout=60) as client:
        upload = client.post(
            "/speechtotext/v3.2/datasets/upload", data=form, files={"data": ("a.zip", packed.getvalue())}
        )
        dataset = wait_for(client, upload.raise_for_status().json()["self"])
        body = {"displayName": "calls", "dataset": {"self": dataset["self"]}}
        made = wait_for(
            client, client.post("/lect/v1/corrections", json=body).raise_for_status().json()["self"]
        )
    id, numbers = made["self"].rpartition("/")[2], iter(range(1, RECORDINGS + 1))
    return lambda: f"{address}/corrections/{id}/recordings/{next(numbers)}"


def wait_for(client, address):
    until = time.monotonic() + PATIENCE
    while (found := client.get(address).json())["status"] in {"NotStarted", "Running"}:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert found["status"] == "Succeeded", found
    return found


def test_what_is_written_is_saved_split_merged_and_undone(chromium, address, corrected):
    with browsing(chromium, address) as page:
        page.goto(corrected())
        wait_until(page, "Saved")
        original = draft_of(page)

        text = page.locator(".segment textarea").first
        text.fill("one two three four")
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "one two three four"

        text.evaluate("field => field.setSelectionRange(8, 8)")
        text.press("Alt+Enter")
        wait_until(page, "Saved")
        one, two = draft_of(page)["segments"][:2]
        assert (one["text"], two["text"]) == ("one two", "three four")
        assert two["offset"] == pytest.approx(one["offset"] + one["duration"])
        page.locator(".segment textarea").first.press("Alt+m")
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "one two three four"

        for left in ("one two", "one two three four", original["segments"][0]["text"]):
            page.keyboard.press("Control+z")
            wait_until(page, "Saved")
            assert draft_of(page)["segments"][0]["text"] == left
        page.keyboard.press("Control+Shift+Z")
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "one two three four"

        page.reload()  # undo reaches back before the visit
        wait_until(page, "Saved")
        page.locator(".segment textarea").first.press("Control+z")
        page.wait_for_function(
            "text => document.querySelector('.segment textarea').value === text",
            arg=original["segments"][0]["text"],
        )


def test_of_two_tabs_the_second_is_asked_and_both_texts_are_kept(chromium, address, corrected):
    with browsing(chromium, address) as page:
        page.goto(corrected())
        wait_until(page, "Saved")
        other = page.context.new_page()
        other.goto(page.url)
        wait_until(other, "Saved")

        other.locator(".segment textarea").first.fill("theirs")
        wait_until(other, "Saved")
        # a tab that is looked at again takes what was saved elsewhere; this one never was away
        page.locator(".segment textarea").first.fill("mine")
        page.locator(".conflict").wait_for()
        assert "theirs" in page.locator(".theirs").inner_text()
        assert "mine" in page.locator(".yours").inner_text()
        page.get_by_role("button", name="Take theirs").click()
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "theirs"

        page.keyboard.press("Control+z")
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "mine"


def test_while_the_server_is_away_nothing_is_lost(chromium, address, corrected):
    with browsing(chromium, address, expected="net::ERR_FAILED") as page:
        page.goto(corrected())
        wait_until(page, "Saved")
        away = {"is": True}

        def answer(route):
            route.abort() if away["is"] else route.continue_()

        page.route("**/draft", answer)
        page.locator(".segment textarea").first.fill("written meanwhile")
        wait_until(page, "Not saved. The server does not answer")
        away["is"] = False
        wait_until(page, "Saved")
        assert draft_of(page)["segments"][0]["text"] == "written meanwhile"


@pytest.fixture(scope="module")
def lasting(tmp_path_factory, chromium, root, tiny_en):
    """The place of a recording of an hour."""
    pages = sorted((root / "docs").glob("*/*.md"))
    words = (word for page in pages for word in re.findall(r"[\w',.]+", page.read_text("utf-8")))
    data = tmp_path_factory.mktemp("lasting")
    with serving(data) as address:
        storage = open_storage(Settings(data=data, offline=True))
        world = make_world(storage)
        last(storage, world, words)
        storage.database.close()
        yield f"{address}/corrections/{world.correction.id}/recordings/1"


def last(storage, world, words):
    """Make the first recording of a correction one of an hour, with as many segments as that has."""
    chance = Random(8)
    texts = [" ".join(islice(words, chance.randint(5, 14))) for _ in range(SEGMENTS)]
    assert texts[-1]
    segments = tuple(
        Segment(
            offset=round(at * HOUR / SEGMENTS, 3),
            duration=round(HOUR / SEGMENTS - 0.2, 3),
            text=text,
            confidence=round(chance.random(), 4),
            heard=text,
        )
        for at, text in enumerate(texts)
    )
    sound, packed = io.BytesIO(), io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 1, RATE, 0, "NONE", ""))
        file.writeframes(bytes([128]) * (RATE * HOUR))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", sound.getvalue())
    with storage.database.begin() as connection:
        [old] = [each for each in drafts.all_of(connection, world.correction.id) if each.number == 1]
        draft = replace(old, segments=segments, duration=float(HOUR), outline=(0, OUTLINE))
        drafts.put(connection, world.correction.id, [draft])
        blob = storage.blobs.put([packed.getvalue()])
        files.put(connection, world.heard.id, [uploads.data_file(storage, world.heard, blob)])
        loud = [round(255 * chance.random() ** 1.5) for _ in range(OUTLINE)]
        blob = storage.blobs.put([bytes(loud)])
        outlines = storage.new_file(world.correction.id, FileKind.AUDIO, "outlines", blob)
        files.put(connection, world.correction.id, [outlines])


def labels(page):
    """When the segments begin that are shown, as the page has it: the first, the last, and how many they are."""
    times = page.locator(".segment .time").all_text_contents()
    return times[0], times[-1], len(times)


def test_the_page_of_an_hour_is_light(chromium, lasting):
    with browsing(chromium, host_of(lasting)) as page:
        page.goto(lasting, wait_until="networkidle")
        wait_until(page, "Saved")
        page.locator(".waveform > div").wait_for()
        fetched = page.evaluate("() => performance.getEntriesByType('resource').map((each) => each.name)")
        assert any(each.endswith("/draft") for each in fetched)
        assert 50_000 < weight(page) < HEAVIEST


def test_a_segment_of_a_later_window_is_corrected(chromium, lasting):
    with browsing(chromium, host_of(lasting)) as page:
        page.goto(f"{lasting}?page=11")
        wait_until(page, "Saved")
        original = draft_of(page)["segments"]
        assert labels(page) == (at(1000), at(1099), 100)
        text = page.get_by_label(f"What is said at {at(1099)}")
        text.fill("the last that is shown")

        text.press("Enter")  # to the next segment, and to the window that it is in
        here = page.locator(".segment textarea").first
        assert labels(page) == (at(1100), at(1199), 100)
        assert here.evaluate("field => field === document.activeElement")
        assert page.evaluate("document.querySelector('audio').currentTime") >= original[1100]["offset"]
        here.fill("the first of the next")
        wait_until(page, "Saved")
        saved = draft_of(page)["segments"]
        assert [each["text"] for each in saved[1099:1101]] == [
            "the last that is shown",
            "the first of the next",
        ]
        assert (saved[:1099], saved[1101:]) == (original[:1099], original[1101:])
        assert page.url.endswith("?page=12")

        here.press("Alt+m")
        here.press("Shift+Enter")
        assert labels(page) == (at(1000), at(1099), 100)
        page.keyboard.press("Control+z")  # undo shows what it changed
        wait_until(page, "Saved")
        assert labels(page)[0] == at(1100)
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        wait_until(page, "Saved")
        assert draft_of(page)["segments"] == original
        assert labels(page)[1] == at(1099)


def test_windows_are_turned_by_hand_and_follow_the_sound(chromium, lasting):
    with browsing(chromium, host_of(lasting)) as page:
        page.goto(lasting)
        wait_until(page, "Saved")
        assert not page.get_by_role("link", name="Earlier segments").is_visible()
        page.get_by_role("link", name="Later segments").click()
        assert labels(page) == (at(100), at(199), 100)
        assert "101–200 of 1,211" in page.locator(".shown").inner_text()

        page.evaluate("document.activeElement.blur()")
        page.evaluate("document.querySelector('audio').currentTime = 3590")
        page.locator(".segment.current").wait_for()
        assert labels(page)[1:] == (at(1210), 11)
        assert not page.get_by_role("link", name="Later segments").is_visible()
        page.reload()
        wait_until(page, "Saved")
        assert labels(page)[1:] == (at(1210), 11)


def test_what_did_not_come_is_said(chromium, lasting):
    with browsing(chromium, host_of(lasting), expected="net::ERR_FAILED") as page:
        page.route("**/draft", lambda route: route.abort())
        page.goto(lasting)
        wait_until(page, "The other segments did not come")
        assert page.locator(".segment textarea").count() == 100


def at(number):
    """When a segment of the recording of an hour begins, as pages have it."""
    seconds = int(round(number * HOUR / SEGMENTS, 3))
    return f"{seconds // 60}:{seconds % 60:02}"


def host_of(place):
    return place.partition("/corrections/")[0]
