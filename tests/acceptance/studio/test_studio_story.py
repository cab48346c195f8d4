"""The studio in a real browser: the loop from the sample to an endpoint, uploads, the microphone, and pages without scripts."""

import re
import wave
import zipfile

import numpy as np
import pytest
import soundfile

from browsers import browsing
from lect.sample import folder as sample_folder
from servers import lect, serving

MARGIN = 0.08  # seconds before and after a word that are played with it
# Keeps what the page shows, at each change: the partial, and how many finals there are.
_REMEMBER = """() => {
  const live = document.querySelector(".live");
  const look = () => seen.push([live.querySelector(".partial").textContent, live.querySelectorAll(".finals p").length]);
  window.seen = [];
  new MutationObserver(look).observe(live, { childList: true, subtree: true, characterData: true });
}"""


@pytest.mark.long  # a minute or two
def test_from_an_empty_server_to_an_endpoint_that_answers(chromium, tmp_path, tiny_en, root):
    """The pictures of each page are kept in build/studio."""
    from tools.studio_pictures import shooter, walk

    pictures = root / "build" / "studio"
    pictures.mkdir(parents=True, exist_ok=True)
    with (
        serving(tmp_path / "data") as address,
        browsing(chromium, address, viewport={"width": 1280, "height": 860}) as page,
    ):
        walk(page, address, shooter(page, pictures, every=True))

        page.goto(f"{address}/evaluations")
        page.get_by_role("link", name="Comparison").first.click()
        assert "Orchard beats whisper-tiny.en (en-US) by" in page.locator(".verdict").inner_text()
        page.get_by_label("Search").fill("Zindle")
        page.locator(".marks .soft").filter(has_text="28 of 28").wait_for(state="detached")
        page.locator("#wrong-utterances").select_option("substitution")
        page.wait_for_function("document.querySelectorAll('.utterance mark').length > 0")
        page.locator(".diff dd").first.click()
        page.wait_for_function("!document.querySelector('.utterance audio').paused")
        for form, ending in (
            ("Table (CSV)", ".csv"),
            ("One page", ".html"),
            ("Files for sclite", ".sclite.zip"),
        ):
            with page.expect_download() as download:
                page.get_by_role("link", name=form).click()
            assert download.value.suggested_filename.endswith(ending)
            assert download.value.path().stat().st_size > 500


def test_what_is_wrong_with_an_upload_is_told_and_repaired(chromium, address, tmp_path):
    path = tmp_path / "<b>names.txt"
    path.write_bytes(b"The Fandoro is ripe.\n" + "na\u00efve \u200b pears\n".encode("utf-16"))
    with browsing(chromium, address) as page:
        page.goto(f"{address}/datasets")
        page.locator("input[type=file]").set_input_files(path)
        assert page.locator("[name=kind][value=text]").is_checked()
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url("**/datasets/*-*")
        page.locator(".progress").wait_for(state="detached")
        assert page.locator("h1").inner_text() == "<b>names"
        page.get_by_role("button", name="Make a repaired copy").click()
        page.get_by_role("heading", name="<b>names (repaired)").wait_for()
        assert "made of" in page.locator("main").inner_text()


def test_what_is_said_into_the_microphone_is_written_while_it_is_said(chromium, address, tmp_path):
    """A partial is there before its final, which takes its place."""
    with browsing(chromium, address, *_speaking(tmp_path), permissions=["microphone"]) as page:
        page.goto(f"{address}/microphone")
        page.evaluate(_REMEMBER)
        page.get_by_role("button", name="Speak").click()
        page.locator(".live .partial").filter(has_text=re.compile(r"\w+ \w+")).wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator(".about").filter(has_text="model").wait_for()
        assert len(page.locator(".live .finals").inner_text().split()) > 3
        seen = page.evaluate("seen")
        partial = next(index for index, [text, _] in enumerate(seen) if text)
        final = next(index for index, [_, finals] in enumerate(seen) if finals > seen[partial][1])
        assert final > partial
        assert seen[final][0] == "", "which takes the place of the partial"
        assert page.locator(".live .partial").inner_text() == ""
        assert page.get_by_role("button", name="Speak").is_enabled()


def test_what_was_understood_stays_when_the_connection_is_lost(chromium, address, tmp_path):
    blocks = []

    def hear(socket):
        def take(sound):
            blocks.append(len(sound))
            if len(blocks) == 3:
                socket.send('{"kind": "start", "model": "Orchard"}')
                socket.send('{"kind": "partial", "text": "ripe pears"}')
            if not sound:
                socket.close(code=1011)

        socket.on_message(take)

    with browsing(chromium, address, *_speaking(tmp_path), permissions=["microphone"]) as page:
        page.goto(f"{address}/microphone")
        page.route_web_socket(re.compile("/live"), hear)
        page.get_by_role("button", name="Speak").click()
        page.locator(".live .partial").filter(has_text="ripe pears").wait_for()
        assert "of 10 min at most" in page.locator(".seconds").inner_text()
        page.get_by_role("button", name="Stop").click()
        page.locator(".heard .problem").filter(has_text="The connection was lost").wait_for()
        assert page.locator(".live .finals p.soft").inner_text() == "ripe pears"
        assert page.locator(".live .partial").inner_text() == ""
    *whole, rest, end = blocks
    assert set(whole) == {3200}
    assert 0 < rest <= 3200  # what was left when Stop was pressed
    assert end == 0


def test_why_the_microphone_is_not_heard_is_said(chromium, address, tmp_path):
    with browsing(chromium, address) as page:
        page.goto(f"{address}/microphone")
        page.get_by_role("button", name="Speak").click()
        page.locator(".heard .problem").filter(has_text="microphone").wait_for()
    with browsing(chromium, address, *_speaking(tmp_path), permissions=["microphone"]) as page:
        page.goto(f"{address}/microphone")
        form = page.locator("form.listen")
        form.evaluate("form => (form.dataset.live = '/endpoints/00000000-0000-4000-8000-000000000000/live')")
        page.get_by_role("button", name="Speak").click()
        page.locator(".heard .problem").filter(has_text="endpoint").wait_for()
        assert page.get_by_role("button", name="Speak").is_enabled()


def test_without_scripts_forms_and_lists_work(chromium, address, tmp_path):
    path = tmp_path / "plain.txt"
    path.write_text("Ripe pears.\n")
    with browsing(chromium, address, java_script_enabled=False) as page:
        page.goto(f"{address}/datasets")
        page.locator("input[type=file]").set_input_files(path)
        page.locator("[name=kind][value=text]").check()
        page.get_by_role("button", name="Upload").click()
        assert page.locator("h1").inner_text() == "plain"
        page.get_by_role("button", name="Dark colours").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_with_keys_a_person_signs_in_and_out(chromium, tmp_path, tiny_en):
    data = tmp_path / "data"
    key = lect("keys", "create", "--role", "owner", "--data", str(data), "--json")["key"]
    with serving(data) as address, browsing(chromium, address) as page:
        page.goto(f"{address}/models")
        assert page.title() == "Sign in · Lect"
        page.get_by_label("Key").fill(key)
        page.keyboard.press("Enter")
        page.wait_for_url("**/models")
        page.goto(f"{address}/operate/keys")
        page.get_by_label("What it is for").fill("the order desk")
        page.get_by_role("button", name="Make a key").click()
        assert len(page.locator("#made").inner_text()) > 40
        page.get_by_role("row").filter(has_text="the order desk").get_by_text("Revoke").first.click()
        page.get_by_role("button", name="Revoke").click()
        page.get_by_text("Revoked").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        assert page.goto(f"{address}/").url.endswith("/sign-in?next=%2F")


def test_words_of_a_result_are_heard_by_click_and_by_key(chromium, address, tmp_path):
    """Each line is one stop of the Tab key, and arrows go on from there."""
    with browsing(chromium, address) as page:
        _test_on_a_few_recordings(page, address, tmp_path)
        _hear_words(page)
        _look_at_the_sound(page)


def _speaking(folder):
    """What makes Chromium's microphone hear a recording, again and again."""
    said = min((sample_folder() / "dev" / "audio-and-trans").glob("*.flac"))
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={_as_wav(said, folder / 'said.wav')}",
    )


def _test_on_a_few_recordings(page, address, tmp_path):
    source = sample_folder() / "testing" / "audio-and-trans"
    lines = (source / "trans.txt").read_text(encoding="utf-8-sig").splitlines()[:4]
    path = tmp_path / "few.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trans.txt", "\n".join(lines) + "\n")
        for line in lines:
            archive.write(source / line.partition("\t")[0], line.partition("\t")[0])
    page.goto(f"{address}/datasets")
    page.locator("input[type=file]").set_input_files(path)
    page.locator("[name=kind][value=acoustic]").check()
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/datasets/*-*")
    page.get_by_role("link", name="Test models on it").click()
    page.get_by_label("whisper-tiny.en").check()
    page.get_by_role("button", name="Start the test").click()
    page.wait_for_url("**/evaluations/*-*")
    page.locator(".utterance").first.wait_for()


def _hear_words(page):
    line = page.locator(".utterance .diff dd:has([data-at])").nth(1)
    words = line.get_by_role("button", name="Hear")
    assert words.count() > 3
    assert line.locator("[tabindex='0']").count() == 1
    _plays_alone(words.nth(2), words.nth(2).click)
    page.keyboard.press("ArrowLeft")
    assert words.nth(1).evaluate("word => word === document.activeElement && word.tabIndex === 0")
    assert line.locator("[tabindex='0']").count() == 1
    _plays_alone(words.nth(1), lambda: page.keyboard.press("Enter"))
    _plays_over_and_over(words.last)


def _look_at_the_sound(page):
    """Of the recording that played; its spectrum has something in it, and its levels are those of the file."""
    row = page.locator(".utterance:has(.sound)").first
    row.get_by_label("Speed").select_option("1.5")
    assert row.locator("audio").evaluate("audio => audio.playbackRate") == 1.5
    row.get_by_role("button", name="Over and over").click()
    assert row.locator("audio").evaluate("audio => audio.loop")
    row.get_by_role("button", name="Spectrum and level").click()
    row.locator("figcaption").wait_for()
    name = row.locator(".place").inner_text().split(" ")[0]
    samples, rate = soundfile.read(sample_folder() / "testing" / "audio-and-trans" / name)
    told = row.locator("figcaption").inner_text().split(" \u00b7 ")
    assert told[0] == f"{len(samples) / rate:.1f} s"
    assert told[1:3] == [
        f"{name} {10 * np.log10(power):.1f} dB".replace("-", "\u2212")
        for name, power in (("level", np.mean(samples**2)), ("peak", np.max(samples**2)))
    ]
    assert told[4] == "nothing clipped"
    inked = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, 128).data.filter((_, at) => at % 4 === 3 && _).length"
    assert row.locator(".spectrum canvas").evaluate(inked) > 1000


def _begin(word):
    return float(word.get_attribute("data-at").split()[0])


def _end(word):
    return float(word.get_attribute("data-at").split()[1])


def _plays_alone(word, press):
    """It is heard from its begin to its end and no further."""
    audio = word.locator("xpath=ancestor::li//audio")
    audio.evaluate("""audio => {
        let begin;
        audio.addEventListener("play", () => (begin = audio.currentTime), {once: true});
        audio.heard = new Promise(tell => audio.addEventListener("pause", () => tell([begin, audio.currentTime]), {once: true}));
    }""")
    press()
    begin, end = audio.evaluate("audio => audio.heard")
    # The event comes when it plays, a moment after it began.
    assert max(_begin(word) - MARGIN, 0) - 0.001 <= begin < _end(word) + MARGIN
    assert _end(word) + MARGIN - 0.001 <= end < audio.evaluate("audio => audio.duration")


def _plays_over_and_over(word):
    """Alone, though it may reach to the end of its recording, which a browser begins anew by itself."""
    row = word.locator("xpath=ancestor::li")
    again = row.get_by_role("button", name="Over and over")
    audio = row.locator("audio")
    again.click()
    word.evaluate(
        "(word, begin) => (word.dataset.at = `${begin} ${word.closest('li').querySelector('audio').duration}`)",
        _begin(word),
    )
    audio.evaluate("""audio => {
        const places = [];
        audio.places = new Promise(tell =>
            audio.addEventListener("seeked", () => places.push(audio.currentTime) === 4 && tell(places)));
    }""")
    word.click()
    begin = max(_begin(word) - MARGIN, 0)
    assert any(abs(place - begin) < 0.2 for place in audio.evaluate("audio => audio.places")[1:])
    audio.evaluate("audio => audio.pause()")
    again.click()


def _as_wav(source, target):
    samples, rate = soundfile.read(source, dtype="int16")
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return target
