"""An endpoint in a real browser: deployed, asked, changed and rolled back; what it was asked is counted, told of and learned from."""

import http.server
import threading
from contextlib import contextmanager

from browsers import browsing
from lect.sample import folder as sample_folder
from servers import serving

BASE = "whisper-tiny.en"


def test_an_endpoint_is_asked_changed_and_learned_from(chromium, tmp_path, tiny_en):
    with (
        _receiver() as (url, told),
        serving(tmp_path / "data") as address,
        browsing(chromium, address) as page,
    ):
        _ask_to_be_told(page, address, url)
        _train(page, address)
        endpoint = _deploy(page, address)
        _ask(page)
        _change_and_go_back(page)
        _see_what_was_counted(page, endpoint)
        _make_data_of_what_was_said(page, endpoint)
        page.goto(f"{address}/operate/webhooks")
        page.get_by_role("link", name="Ears").click()
        page.locator(".pill.succeeded").filter(has_text="Delivered").first.wait_for()
    assert {"ModelCompletion", "EndpointCompletion"} <= {f"{kind[:1].upper()}{kind[1:]}" for kind in told}


@contextmanager
def _receiver():
    """An address that is told of events; gives it, and the kinds of those that came."""
    told = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            _, _, token = self.path.partition("validationToken=")
            told.append(self.headers.get("X-MicrosoftSpeechServices-Event", ""))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ears", told
    finally:
        server.shutdown()
        server.server_close()


def _ask_to_be_told(page, address, url):
    page.goto(f"{address}/operate/webhooks")
    page.get_by_label("Address").fill(url)
    page.get_by_label("Name").fill("Ears")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("heading", name="Ears").wait_for()


def _train(page, address):
    page.goto(f"{address}/models/new")
    page.get_by_label(BASE).check()
    page.locator("textarea[name=text]").fill("A Zindle and two Fandoros, please.\n" * 3)
    page.get_by_label("Name").fill("Orchard")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/models/*-*")
    _until_done(page)


def _deploy(page, address):
    page.goto(f"{address}/endpoints/new")
    page.get_by_label(BASE).check()
    page.get_by_label("Keep what is said").check()
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Deploy").click()
    page.wait_for_url("**/endpoints/*-*")
    _until_done(page)
    assert f"Answers with {BASE}" in page.locator("main").inner_text()
    return page.url


def _ask(page):
    page.locator("input[type=file]").set_input_files(
        min((sample_folder() / "testing" / "audio-and-trans").glob("*.flac"))
    )
    page.locator("blockquote.said").wait_for()


def _change_and_go_back(page):
    page.locator("select[name=model]").select_option(label="Orchard")
    page.get_by_role("button", name="Change", exact=True).click()
    _until_done(page)
    page.get_by_text("Answers with Orchard").wait_for()
    page.get_by_role("button", name=f"Back to {BASE}").click()
    page.get_by_text(f"Answers with {BASE}").wait_for()
    assert "rolled back" in page.locator("main").inner_text()


def _see_what_was_counted(page, endpoint):
    """Counts are written down every ten seconds."""
    for _ in range(60):
        page.goto(endpoint)
        if page.locator("#metrics svg").count():
            break
        page.wait_for_timeout(1000)
    assert "1 request by hour" in page.locator("#metrics svg").first.get_attribute("aria-label")


def _make_data_of_what_was_said(page, endpoint):
    page.goto(f"{endpoint}/logs")
    page.get_by_label("Take it").check()
    page.locator("textarea[name=text]").first.fill("A Zindle, please.")
    page.get_by_role("button", name="Make data of what is ticked").click()
    page.wait_for_url("**/datasets/*-*")
    _until_done(page)
    page.get_by_text("A Zindle, please.").wait_for()


def _until_done(page):
    page.locator(".progress").wait_for(state="detached")
