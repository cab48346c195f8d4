"""What some 10,000 utterances make of a page: no more than a few make, for the server sends a part, and htmx asks for the next one."""

import io
import re
import zipfile
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import event

from lect.core.entities import Draft, FileKind, Segment
from lect.core.files import json_bytes
from lect.datasets import uploads
from lect.evaluations.details import Details
from lect.store import drafts, files
from lect.studio.assets import assets
from lect.studio.lists import TOP
from worlds import NOW

MANY = 9_999  # and the transcript: 10,000 files, the most that an archive holds
HEAVIEST = 200_000  # bytes
PAGES = {
    "data": ("/datasets/{world.heard.id}/contents", r'class="utterance"'),
    "corrections": ("/corrections/{world.correction.id}", r'href="[^"]*/recordings/\d+" dir'),
    "test": ("/evaluations/{world.evaluation.id}", r'<audio class="player"'),
}


@contextmanager
def counted(service):
    """The statements that are sent to the database meanwhile."""
    sent = []

    def note(*given):
        sent.append(given[2])

    engine = service.storage.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def fill(storage, world, count):
    """Give the dataset, its correction and its evaluation so many utterances."""
    names = [f"{number:05}.wav" for number in range(count)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, b"RIFF")
        archive.writestr("trans.txt", "".join(f"{name}\tripe pears of {name}\n" for name in names))
    same = {"hypothesis": "ripe pears", "alignment": [], "errors": 0}
    utterances = [
        {"file": name, "reference": "ripe pears", "speaker": None, "models": [same, same]} for name in names
    ]
    made = [
        Draft(
            correction=world.correction.id,
            number=number,
            file=name,
            duration=2.0,
            segments=(Segment(offset=0.0, duration=1.0, text="ripe pears", confidence=0.5),),
            confidence=0.5,
            changed=NOW,
        )
        for number, name in enumerate(names, 1)
    ]
    with storage.database.begin() as connection:
        blob = storage.blobs.put([packed.getvalue()])
        files.put(connection, world.heard.id, [uploads.data_file(storage, world.heard, blob)])
        drafts.put(connection, world.correction.id, made)
        document = Details().document(storage, connection, world.evaluation)
        blob = storage.blobs.put([json_bytes({**document, "utterances": utterances})])
        details = storage.new_file(world.evaluation.id, FileKind.EVALUATION_DETAILS, "evaluation.json", blob)
        files.put(connection, world.evaluation.id, [details])


@pytest.mark.parametrize("name", PAGES)
def test_many_utterances_make_a_page_of_a_few(browser, service, world, name):
    address, row = PAGES[name]
    address = address.format(world=world)

    def look(count):
        fill(service.storage, world, count)
        with counted(service) as sent:
            answer = browser.page(address)
        assert answer.status_code == 200, answer.text
        return answer, len(sent)

    few, statements = look(TOP + 1)
    many, same = look(MANY)

    assert f"of {MANY:,}" in many.text.replace("\u202f", ",").replace("\u00a0", ",")
    assert len(re.findall(row, many.text)) == len(re.findall(row, few.text)) == TOP
    assert same == statements
    assert len(many.content) < min(HEAVIEST, len(few.content) + 1000)


@pytest.mark.skipif("vendor/htmx.js" not in assets(), reason="htmx is not here (python hatch_build.py)")
@pytest.mark.parametrize("name", PAGES)
def test_the_next_utterances_come_without_the_page(browser, service, world, name):
    fill(service.storage, world, 3 * TOP)
    page = browser.page(PAGES[name][0].format(world=world)).text
    pager = re.search(r'<nav class="pager"[^>]*hx-boost="true"[^>]*hx-target="#[a-z]+".*?</nav>', page, re.S)[
        0
    ]
    following = unescape(re.search(r'rel="next" href="([^"]+)"', pager)[1])

    part = browser.get(following.partition("#")[0], headers={"HX-Request": "true"}).text

    assert "<html" not in part
    assert f"{TOP + 1}–{2 * TOP} of {3 * TOP}" in part
    assert f"{TOP:05}.wav" in part and "00000.wav" not in part


def test_a_text_that_is_as_it_was_heard_is_sent_once(browser, service, world):
    same = Segment(offset=0.0, duration=1.0, text="plums", confidence=0.5, heard="plums")
    other = Segment(offset=1.0, duration=1.0, text="apples", confidence=0.5, heard="cherries")
    made = Draft(
        correction=world.correction.id,
        number=1,
        file="a.wav",
        duration=2.0,
        segments=(same, other),
        confidence=0.5,
        changed=NOW,
    )
    with service.storage.database.begin() as connection:
        drafts.put(connection, world.correction.id, [made])

    page = browser.page(f"/corrections/{world.correction.id}/recordings/1").text

    assert page.count("plums") == page.count(" data-as-heard") == 1
    assert ' data-heard="cherries"' in page
