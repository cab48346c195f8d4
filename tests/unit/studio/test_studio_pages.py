"""What every page of the studio keeps to."""

import html
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from lect.core.entities import Dataset, DatasetKind, FileKind
from lect.core.files import json_bytes
from lect.core.status import Status
from lect.store import files
from lect.store.repositories import DATASETS
from lect.studio.assets import assets

EMOJI = "\U0001f350" * 2560  # 10 KB
TEXTS = [
    "<script>alert(1)</script>",
    "</textarea></title><svg onload=alert(1)>",
    "<b>bold</b> &lt;i&gt; &amp;",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    '=HYPERLINK("http://evil.example")',
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    EMOJI,
]
EMPTY = [
    "/",
    "/datasets",
    "/models",
    "/models/new",
    "/evaluations",
    "/evaluations/new",
    "/endpoints",
    "/endpoints/new",
]
EMPTY += ["/corrections", "/corrections/new"]
EMPTY += ["/microphone", "/sign-in", "/nowhere"]
EMPTY += ["/operate", "/operate/jobs", "/operate/keys", "/operate/webhooks", "/operate/settings"]
FULL = [
    "/",
    "/datasets",
    "/datasets/{world.heard.id}",
    "/datasets/{world.lines.id}",
    "/datasets/{world.lines.id}/contents",
    "/models",
    "/models/new?dataset={world.lines.id}",
    "/models/{world.model.id}",
    "/evaluations",
    "/evaluations/new?model={world.model.id}",
    "/evaluations/{world.evaluation.id}",
    "/evaluations/{world.evaluation.id}?wrong=any&order=rate&search=pear&word=red",
    "/endpoints",
    "/endpoints/new?model={world.model.id}",
    "/endpoints/{world.endpoint.id}",
    "/endpoints/{world.endpoint.id}/logs",
    "/corrections",
    "/corrections/new?dataset={world.heard.id}",
    "/corrections/{world.correction.id}",
    "/corrections/{world.correction.id}?which=to-do&search=script",
    "/corrections/{world.correction.id}/recordings/1",
    "/operate",
    "/operate/jobs",
    "/operate/webhooks",
    "/operate/webhooks/{world.hook.id}",
]


class Reading(HTMLParser):
    """The elements of a page, the text of some, and what its form controls are called by."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = {"title": "", "h1": ""}
        self.open = []
        self.unlabelled = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if tag not in {"input", "meta", "link", "img"}:
            self.open.append(tag)
        is_control = tag in {"select", "textarea"} or (tag == "input" and attributes.get("type") != "hidden")
        if is_control and "label" not in self.open and "aria-label" not in attributes:
            self.unlabelled.append((tag, attributes))

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        for name in self.text:
            if name in self.open:
                self.text[name] += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def check(response):
    """One title, one h1, nothing that runs or styles but our own files, and names on all controls."""
    page = Reading(response.text)
    assert len(page.all("title")) - len(page.all("svg")) <= 1
    assert len(page.all("h1")) == 1
    assert page.text["title"].strip(" ·\n") and page.text["h1"].strip()
    assert page.unlabelled == []
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert page.all("style") == []
    assert all(each["src"].startswith("/static/") for each in page.all("script"))
    assert all(each.get("href", "/").startswith(("/", "#")) for each in page.all("a"))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert len(response.content) < 60_000
    return page


@pytest.mark.parametrize("path", EMPTY)
def test_pages_of_an_empty_server_have_a_title_one_heading_and_run_nothing_inline(browser, path):
    response = browser.page(path)

    assert response.status_code == (404 if path == "/nowhere" else 200)
    check(response)


@pytest.mark.parametrize("path", FULL)
def test_hostile_names_are_text_on_every_page(browser, world, path):
    response = browser.page(path.format(world=world))

    assert response.status_code == 200, response.text
    page = check(response)
    assert "<script>alert" not in response.text
    assert not [each for each in page.all("img") if each.get("onerror")]


def test_the_name_is_there_as_it_was_given(browser, world):
    assert world.heard.display_name in html.unescape(browser.page("/datasets").text)


def test_fragments_escape_as_pages_do(browser, world):
    for path in (f"/datasets/{world.lines.id}/contents", f"/evaluations/{world.evaluation.id}"):
        text = browser.get(path, headers={"HX-Request": "true"}).text
        assert "<html" not in text
        assert "alert(1)" in text
        assert "<script>alert" not in text


def test_errors_are_said_in_words_to_screen_readers(browser, world):
    text = re.sub(r"\s+", " ", browser.page(f"/evaluations/{world.evaluation.id}").text)

    assert '<del><span class="hidden">left out: </span>pear</del>' in text
    assert '<ins><span class="hidden">added: </span>now</ins>' in text
    assert '<mark><span class="hidden">instead of red: </span>' in text


def test_words_say_when_they_are_said_and_those_of_older_tests_say_that_they_do_not(browser, service, world):
    path = f"/evaluations/{world.evaluation.id}"

    text = browser.page(path).text

    assert '<span data-at="0.32 0.61">the</span>' in text
    assert "</bdi> · 4.2 s</p>" in text
    assert '</span><span data-at="0.61 0.9">&lt;script&gt;' in text
    assert "Click a word to hear it" in text
    document = browser.get(f"{path}/export/json").json()
    for edit in (
        edit for each in document["utterances"] for model in each["models"] for edit in model["alignment"]
    ):
        edit.pop("offset", None)
    kept = service.storage.blobs.put([json_bytes(document)])
    file = service.storage.new_file(world.evaluation.id, FileKind.EVALUATION_DETAILS, "evaluation.json", kept)
    with service.storage.database.begin() as connection:
        files.put(connection, world.evaluation.id, [file])
    older = browser.page(path).text
    assert "data-at" not in older
    assert "this test keeps no times of words" in older


@pytest.mark.parametrize(
    "text", TEXTS, ids=["script", "ends", "html", "template", "formula", "right-to-left", "emoji"]
)
def test_hostile_transcripts_are_text_as_they_are(browser, service, world, text):
    path = f"/evaluations/{world.evaluation.id}"
    document = browser.get(f"{path}/export/json").json()
    document["utterances"][0] |= {"reference": text, "file": f"{text[:200]}.wav", "speaker": text[:200]}
    document["utterances"][0]["models"][0]["alignment"][1]["hypothesis"] = text
    results, lines = (
        service.storage.blobs.put([data]) for data in (json_bytes(document), f"{text}\n".encode())
    )
    new_file = service.storage.new_file
    with service.storage.database.begin() as connection:
        kept = new_file(world.evaluation.id, FileKind.EVALUATION_DETAILS, "evaluation.json", results)
        files.put(connection, world.evaluation.id, [kept])
        kept = new_file(world.lines.id, FileKind.LANGUAGE_DATA, "data.txt", lines)
        files.put(connection, world.lines.id, [kept])

    for place in (path, f"{path}?{urlencode({'word': text[:200]})}", f"/datasets/{world.lines.id}/contents"):
        response = browser.page(place)
        page = Reading(response.text)
        assert response.status_code == 200
        assert len(response.content) < 200_000
        assert all(each["src"].startswith("/static/") for each in page.all("script"))
        assert not [name for _, given in page.elements for name in given if name.startswith("on")]
        assert {"b", "i"}.isdisjoint(tag for tag, _ in page.elements)
    assert text in html.unescape(browser.page(path).text)
    assert text.strip() in html.unescape(browser.page(f"/datasets/{world.lines.id}/contents").text)


def test_names_that_run_from_right_to_left_turn_nothing_round_that_stands_behind_them(browser, world):
    text = browser.page(f"/evaluations/{world.evaluation.id}").text
    places = re.findall(r'<p class="soft place">(.*?)</p>', text)

    assert places
    for each in places:
        assert "\u202e" not in re.sub("<bdi>.*?</bdi>", "", each)


@pytest.mark.parametrize(
    "path",
    [
        "/models/{world.model.id}/bundle",
        "/models/{world.model.id}/sentences",
        "/datasets/{world.lines.id}/data",
        "/datasets/{world.lines.id}/report.json",
        "/evaluations/{world.evaluation.id}/export/csv",
        "/evaluations/{world.evaluation.id}/export/json",
    ],
)
def test_a_download_is_never_shown_as_a_page(browser, world, path):
    """Whatever it holds: its type is fixed, nothing is guessed of it, and its name is of ours."""
    sent = browser.page(path.format(world=world))

    assert sent.status_code == 200
    assert re.fullmatch(
        r"attachment; filename(\*=UTF-8''[\w.-]+|=\"[\w.-]+\")", sent.headers["Content-Disposition"]
    )
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert not sent.headers["Content-Type"].startswith(("text/html", "image/"))


def test_only_utterances_with_errors_are_shown_if_so_asked(browser, world):
    path = f"/evaluations/{world.evaluation.id}"

    assert "b.wav" in browser.page(path).text
    assert "b.wav" not in browser.page(f"{path}?wrong=any").text
    assert "b.wav" in browser.page(f"{path}?search=RIPE").text


def test_utterances_are_found_by_a_wrong_word_a_kind_of_error_and_a_speaker(browser, world):
    path = f"/evaluations/{world.evaluation.id}"
    for found in ("word=Pear", "wrong=deletion", f"{urlencode({'speaker': world.heard.display_name})}"):
        text = browser.page(f"{path}?{found}").text
        assert ("=the red pear" in text, "b.wav" in text) == (True, False), found
    for nothing in ("word=ripe", "word=pear&wrong=insertion"):
        assert "There is none." in browser.page(f"{path}?{nothing}").text


def test_where_the_errors_are_is_told_once_and_not_again_with_each_filter(browser, world):
    path = f"/evaluations/{world.evaluation.id}"

    whole = browser.page(path).text
    part = browser.get(f"{path}?wrong=any", headers={"HX-Request": "true"}).text

    for heading in ("Kinds of errors", "Words that are wrong most often"):
        assert (heading in whole, heading in part) == (True, False)
    assert f"/evaluations/{world.evaluation.id}?word=pear#differences" in whole


def test_exports_are_files_with_fixed_types_and_no_formula(browser, world):
    path = f"/evaluations/{world.evaluation.id}/export"
    table, whole = browser.get(f"{path}/csv"), browser.get(f"{path}/json")

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "'=the red pear" in table.text
    assert whole.json()["normaliser"] == "en-1"
    for each in (table, whole):
        assert each.headers["Content-Disposition"].startswith("attachment")
        assert each.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_of_a_model_tells_how_it_learned_and_how_to_make_it_again(browser, service, world):
    report = {"losses": {"audio": {"steps": 300, "losses": [4.0, 2.5, 1.25]}}}
    kept = service.storage.blobs.put([json_bytes(report)])
    file = service.storage.new_file(world.model.id, FileKind.MODEL_REPORT, "report.json", kept)
    with service.storage.database.begin() as connection:
        files.put(connection, world.model.id, [file])

    text = browser.page(f"/models/{world.model.id}").text

    assert "in 300 steps: from 4.00 to 1.25 nats a token" in text
    assert "<polyline" in text
    command = f"lect train -o {world.model.id}.lect --base whisper-tiny.en --locale en-US"
    assert f"{command} --text {world.lines.id}-data.txt --text sentences.txt" in text
    typed = browser.get(f"/models/{world.model.id}/sentences")
    assert typed.text == world.model.text
    assert typed.headers["X-Content-Type-Options"] == "nosniff"


def test_a_model_is_trained_anew_from_the_form_that_it_was_made_of(browser, world):
    address = f"/models/new?like={world.model.id}"
    assert f'href="{address}"' in browser.page(f"/models/{world.model.id}").text

    page = check(browser.page(address))

    filled = {
        each.get("value") for each in page.all("input") if "checked" in each or each.get("name") == "name"
    }
    assert {world.lines.id, world.base, world.model.display_name} <= filled
    assert world.model.text in html.unescape(browser.page(address).text)
    assert browser.page("/models/new?like=nothing").status_code == 404


def test_the_form_of_a_new_model_says_what_each_kind_of_data_does(browser, service):
    for number, kind in enumerate(DatasetKind):
        made = Dataset(
            id=f"{number:08}-0000-4000-8000-000000000000",
            kind=kind,
            display_name=kind.value,
            locale="en-US",
            status=Status.SUCCEEDED,
            created=service.storage.clock(),
            last_action=service.storage.clock(),
        )
        with service.storage.database.begin() as connection:
            DATASETS.add(connection, made)

    assert browser.page("/models/new").status_code == 200


def test_a_bundle_and_data_are_downloads(browser, world):
    bundle = browser.get(f"/models/{world.model.id}/bundle")
    data = browser.get(f"/datasets/{world.lines.id}/data")

    assert bundle.content == b"bundle"
    assert "second line" in data.text
    assert all(each.headers["Content-Disposition"].startswith("attachment") for each in (bundle, data))


def test_static_files_are_kept_for_ever_and_no_other_file_is_given(browser):
    [address] = re.findall(r'href="(/static/[^"]+\.css)"', browser.page("/").text)

    found = browser.get(address)

    assert "immutable" in found.headers["Cache-Control"]
    assert found.headers["Content-Type"].startswith("text/css")
    version = address.split("/")[2]
    assert browser.get(f"/static/other/{address.rpartition('/')[2]}").status_code == 404
    assert browser.get(f"/static/{version}/../app.py").status_code == 404
    assert browser.get(f"/static/{version}/%2e%2e/app.py").status_code == 404


@pytest.mark.parametrize(
    ("offered", "is_packed"), [("gzip, br", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("", False)]
)
def test_static_files_are_packed_for_browsers_that_take_it(browser, offered, is_packed):
    [address] = re.findall(r'href="(/static/[^"]+\.css)"', browser.page("/").text)

    found = browser.get(address, headers={"Accept-Encoding": offered})

    assert ("Content-Encoding" in found.headers) is is_packed
    assert found.headers["Vary"] == "Accept-Encoding"
    assert found.content == assets().files["studio.css"]
    assert (int(found.headers["Content-Length"]) < len(found.content) / 2) is is_packed


def test_pages_with_the_token_of_forms_are_not_packed(browser):
    """Their size would tell of it."""
    assert "Content-Encoding" not in browser.page("/").headers


def test_programs_still_get_json_errors(browser):
    assert browser.get("/nowhere").json()["code"] == "NotFound"
    missing = browser.get("/speechtotext/v3.2/datasets/x", headers={"Accept": "text/html"})
    assert missing.json()["code"] == "NotFound"


def test_a_list_is_shown_newest_first_in_parts(browser):
    for number in range(27):
        sent = browser.fill(
            "/datasets/upload", {"kind": "text", "name": f"set {number}"}, files={"data": ("a.txt", b"pears")}
        )
        assert sent.status_code == 303, sent.text

    first, second = browser.page("/datasets").text, browser.page("/datasets?page=2").text

    assert ("set 26" in first, ">set 1<" in first) == (True, False)
    assert (">set 1<" in second, "set 26" in second) == (True, False)
    assert "1–25 of 27" in first
