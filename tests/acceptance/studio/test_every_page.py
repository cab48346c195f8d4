"""What every page of the studio keeps to in a real browser, full of the sample and of the worst of names."""

import pytest

from browsers import axe, browsing, issues, weight
from lect.settings import Settings
from lect.store.opening import open_storage
from servers import serving
from worlds import make_world

HEAVIEST = 200_000  # bytes
PAGES = (
    "/",
    "/datasets",
    "/datasets/{world.lines.id}",
    "/datasets/{world.heard.id}",
    "/models",
    "/models/new?dataset={world.lines.id}",
    "/models/{world.model.id}",
    "/evaluations",
    "/evaluations/new?model={world.model.id}",
    "/evaluations/{world.evaluation.id}",
    "/endpoints",
    "/endpoints/new?model={world.model.id}",
    "/endpoints/{world.endpoint.id}",
    "/endpoints/{world.endpoint.id}/logs",
    "/corrections",
    "/corrections/new?dataset={world.heard.id}",
    "/corrections/{world.correction.id}",
    "/corrections/{world.correction.id}/recordings/1",
    "/microphone",
    "/sign-in",
    "/operate",
    "/operate/jobs",
    "/operate/keys",
    "/operate/webhooks",
    "/operate/webhooks/{world.hook.id}",
    "/operate/audit",
    "/operate/settings",
    "/nothing",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory, tiny_en, chromium):
    """The addresses of all pages, once there is something on each."""
    data = tmp_path_factory.mktemp("data")
    with serving(data) as address:
        with browsing(chromium, address) as page:
            page.goto(address)
            page.get_by_role("button", name="Take the sample").click()
            page.get_by_role("link", name="Train a model").wait_for()
            page.goto(f"{address}/datasets")
            sample = page.get_by_role("link", name="Orchard: test recordings").get_attribute("href")
        storage = open_storage(Settings(data=data, offline=True))
        world = make_world(storage)
        storage.database.close()
        yield [f"{address}{sample}", *(address + path.format(world=world) for path in PAGES)]


def test_no_page_keeps_anybody_out_in_light_or_in_dark(chromium, pages, root):
    script = axe(root)
    found = []
    # axe-core styles what it measures.
    with browsing(chromium, _host(pages), bypass_csp=True) as page:
        for each in pages:
            page.goto(each, wait_until="networkidle")
            found += [f"{each}: {issue}" for issue in issues(page, script)]
    assert not found, "\n\n".join(found)


def test_pages_are_light_and_ask_nobody_else(chromium, pages):
    """What goes wrong on a page, a breach of its policy among it, `browsing` says."""
    weights = {}
    with browsing(chromium, _host(pages)) as page:
        for each in pages:
            page.goto(each, wait_until="networkidle")
            weights[each] = weight(page)
    assert min(weights.values()) > 1000
    assert {place: size for place, size in weights.items() if size > HEAVIEST} == {}


def _host(pages):
    return pages[0].rpartition("/datasets/")[0]
