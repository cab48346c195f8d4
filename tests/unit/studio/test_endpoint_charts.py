"""What an endpoint was asked, on its page."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lect.serving.endpoint_metrics import metrics_of
from lect.store import endpoint_metrics
from lect.store.endpoint_metrics import Hour
from lect.studio.charts import WIDTH
from lect.studio.endpoint_metrics import charts

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def count(service, world):
    """count(hours ago, of what ...): counted at the endpoint."""

    def add(ago, **counts):
        hour = Hour(endpoint=world.endpoint.id, hour=NOW - timedelta(hours=ago), **counts)
        with service.storage.database.begin() as connection:
            endpoint_metrics.add(connection, [hour])

    return add


@pytest.fixture
def page(app, service, browser, world):
    """page(query) -> the text of the endpoint's page as it is at noon."""

    def read(query=""):
        storage = replace(service.storage, clock=lambda: NOW + timedelta(minutes=59))
        app.state.service = replace(service, storage=storage)
        return html.unescape(browser.page(f"/endpoints/{world.endpoint.id}{query}").text)

    return read


@pytest.fixture
def drawn(service, world):
    def draw(hours=24):
        with service.storage.database.read() as connection:
            return charts(metrics_of(connection, world.endpoint.id, hours=hours, now=NOW), hours=hours)

    return draw


def test_before_the_first_request_the_page_says_that_there_is_nothing(page):
    text = page()

    assert "Nothing was counted yet." in text
    assert "Requests by hour" not in text


def test_requests_and_latencies_are_drawn_told_in_words_and_listed(page, count):
    count(0, outcomes={"success": 1200, "refused": 2}, finals={"0.3": 19, "5": 1}, first_partials={"0.5": 3})
    count(3, outcomes={"error": 1})
    text = page()

    assert 'aria-label="1,203 requests by hour: 1,200 with words, 1 failed, 2 refused"' in text
    assert "From the end of speech to its final result: half within 0.3 s, 95 % within 0.3 s." in text
    assert "first partial result: half within 0.5 s, 95 % within 0.5 s." in text
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text)
    assert [(hour, re.findall("<td>(.*?)</td>", cells)) for hour, cells in rows] == [
        ("02 Jan 12:00", ["1,200", "0", "2", "0.3 s", "0.3 s", "0.5 s", "0.5 s"]),
        ("02 Jan 09:00", ["0", "1", "0", "–", "–", "–", "–"]),
    ]
    assert "Counts since 02 Jan 09:00 UTC." in text


def test_what_is_older_than_a_day_is_on_the_page_of_the_week(page, count):
    count(30, outcomes={"success": 1})

    assert "Nothing was asked in the last 24 hours." in page()
    assert "1 request by hour: 1 with words" in page("?span=week")


def test_a_week_full_of_everything_is_a_light_page(page, count):
    outcomes = dict.fromkeys(("success", "no_match", "error", "dropped", "refused"), 12_345)
    for ago in range(7 * 24):
        count(ago, outcomes=outcomes, finals={"0.3": 9, "inf": 1}, first_partials={"0.5": 3})

    assert len(page("?span=week").encode()) < 200_000


def test_columns_stand_where_their_hour_is_and_their_pieces_on_each_other(drawn, count):
    count(23, outcomes={"success": 3, "error": 1})
    count(0, outcomes={"success": 4})
    first, last = drawn().columns

    assert first.left < WIDTH / 24 < last.left - 20 * WIDTH / 24
    assert last.left + last.width < WIDTH
    assert first.pieces["success"].begin == 0
    assert first.pieces["error"].begin == first.pieces["success"].width
    assert first.pieces["error"].begin + first.pieces["error"].width == last.pieces["success"].width == WIDTH


def test_lines_are_broken_where_nothing_was_measured(drawn, count):
    for ago in (10, 9, 4):
        count(ago, finals={"0.3": 1})
    count(5, outcomes={"refused": 1})
    final = drawn().final

    assert [len(points.split()) for points in final.p50] == [2, 2]
    assert len(set(final.p50[1].split())) == 1  # a dot
    assert drawn().first_partial.count == 0


def test_what_is_longer_than_all_bounds_stands_at_the_top(drawn, count, page):
    count(1, finals={"0.3": 1})
    count(0, finals={"inf": 1})

    assert drawn().final.p95[0].split()[1].endswith(",0.0")
    assert "half within 0.3 s, 95 % within more" in page()
