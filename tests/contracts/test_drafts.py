"""The drafts of corrections, on SQLite and on Postgres: of two who change the same one neither loses anything."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lect.core.entities import Correction, Dataset, DatasetKind, Draft, Segment
from lect.core.errors import Conflict, InUse, NotFound
from lect.core.status import Status
from lect.store import drafts, lineage
from lect.store.repositories import CORRECTIONS, DATASETS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DONE = {
    "created": NOON,
    "last_action": NOON,
    "status": Status.SUCCEEDED,
    "locale": "en-US",
    "display_name": "orders",
}


def said(text, **more):
    return Segment(offset=0.0, duration=1.5, text=text, **more)


def draft(correction, number, text="ripe pears", **more):
    given = {"confidence": None, "segments": (said(text),), "outline": (10 * number, 10)} | more
    return Draft(
        correction=correction, number=number, file=f"{number}.wav", duration=2.0, changed=NOON, **given
    )


@pytest.fixture
def dataset(database):
    dataset = Dataset(id=str(uuid4()), kind=DatasetKind.AUDIO, **DONE)
    with database.begin() as connection:
        DATASETS.add(connection, dataset)
    return dataset


@pytest.fixture
def correction(database, dataset):
    correction = Correction(id=str(uuid4()), dataset=dataset.id, **DONE)
    with database.begin() as connection:
        CORRECTIONS.add(connection, correction)
        sure = [0.9, 0.2, 0.2, None]
        found = [draft(correction.id, number, confidence=each) for number, each in enumerate(sure, start=1)]
        drafts.put(connection, correction.id, found)
    return correction.id


def change(database, before, text, *, since=None, **more):
    after = replace(before, segments=(said(text),), changed=NOON + timedelta(minutes=1), **more)
    with database.begin() as connection:
        return drafts.change(connection, after, since=before.revision if since is None else since)


def get(database, correction, number):
    with database.read() as connection:
        return drafts.get(connection, correction, number)


def numbers(database, correction, **wanted):
    with database.read() as connection:
        found, total = drafts.page(connection, correction, **wanted)
    return [each.number for each in found], total


def test_a_draft_comes_back_as_it_was_put(database, correction):
    whole = said("na\u00efve \U0001f350", speaker="Ann", confidence=0.5, heard="naive")
    with database.begin() as connection:
        drafts.put(
            connection,
            correction,
            [wanted := draft(correction, 7, segments=(whole,), confidence=0.5, key="k")],
        )

    assert get(database, correction, 7) == wanted
    with pytest.raises(NotFound):
        get(database, correction, 1)


def test_what_the_model_is_least_sure_of_comes_first(database, correction):
    assert numbers(database, correction) == ([2, 3, 1, 4], 4)
    assert numbers(database, correction, skip=1, top=2) == ([3, 1], 4)
    with database.read() as connection:
        found = [drafts.get(connection, correction, number) for number in (2, 3, 1, 4)]
        assert [drafts.following(connection, each) for each in found] == [3, 1, 4, None]
        assert [drafts.preceding(connection, each) for each in found] == [None, 2, 3, 1]


def test_lists_are_of_what_is_done_or_is_to_do_and_of_what_is_searched(database, correction):
    change(database, get(database, correction, 2), "100 % RIPE", is_done=True)

    assert numbers(database, correction, is_done=True) == ([2], 1)
    assert numbers(database, correction, is_done=False) == ([3, 1, 4], 3)
    assert numbers(database, correction, search="0 % ripe") == ([2], 1)
    assert numbers(database, correction, search="%") == ([2], 1)
    assert numbers(database, correction, search="4.WAV") == ([4], 1)
    with database.read() as connection:
        assert drafts.counts(connection, [correction, "none"]) == {correction: (1, 4)}
        assert [each.number for each in drafts.all_of(connection, correction, is_done=False)] == [1, 3, 4]
        assert drafts.following(connection, get(database, correction, 2), is_done=True) is None


def test_a_change_is_the_next_revision_and_what_was_before_is_kept(database, correction):
    first = get(database, correction, 1)
    second = change(database, first, "ripe bears", key="k")
    third = change(database, second, "ripe peas", is_done=True)

    assert get(database, correction, 1) == third
    assert (third.revision, third.text) == (3, "ripe peas")
    with database.read() as connection:
        history = drafts.history(connection, correction, 1)
    assert [(each.revision, each.segments[0].text, each.key) for each in history] == [
        (2, "ripe bears", "k"),
        (1, "ripe pears", None),
    ]


def test_a_change_of_an_old_revision_is_refused_with_the_draft_as_it_is_now(database, correction):
    before = get(database, correction, 1)
    theirs = change(database, before, "theirs")

    with pytest.raises(Conflict) as refused:
        change(database, before, "mine")

    assert refused.value.details["draft"] == get(database, correction, 1) == theirs
    mine = change(database, before, "mine", since=theirs.revision)
    with database.read() as connection:
        kept = [each.segments[0].text for each in drafts.history(connection, correction, 1)]
    assert [mine.text, *kept] == ["mine", "theirs", "ripe pears"]


def test_of_many_who_change_the_same_revision_at_once_one_does(database, correction):
    before, outcomes = get(database, correction, 1), []

    def race(name):
        try:
            outcomes.append(change(database, before, name).text)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=race, args=(f"of {name}",)) for name in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    [won] = filter(None, outcomes)
    assert len(outcomes) == 6
    now = get(database, correction, 1)
    assert (now.text, now.revision) == (won, 2)


def test_the_first_revision_and_the_newest_are_kept(database, correction, monkeypatch):
    monkeypatch.setattr(drafts, "KEPT", 3)
    at = get(database, correction, 1)
    for number in range(2, 9):
        at = change(database, at, f"{number}")

    with database.read() as connection:
        assert [each.revision for each in drafts.history(connection, correction, 1)] == [7, 6, 5, 1]


def test_the_drafts_of_a_recording_go_with_all_that_they_were(database, correction):
    change(database, get(database, correction, 1), "secret")
    with database.begin() as connection:
        assert [each.number for each in drafts.of_files(connection, correction, ["1.wav", "x"])] == [1]
        assert drafts.drop(connection, correction, ["1.wav", "x"]) == 1
        assert drafts.history(connection, correction, 1) == []
    assert numbers(database, correction) == ([2, 3, 4], 3)


def test_a_correction_goes_with_its_drafts_and_keeps_its_dataset(database, dataset, correction):
    change(database, get(database, correction, 1), "x")
    with pytest.raises(InUse, match="1 correction"), database.begin() as connection:
        DATASETS.delete(connection, dataset.id)

    with database.begin() as connection:
        CORRECTIONS.delete(connection, correction)
        DATASETS.delete(connection, dataset.id)
        assert drafts.all_of(connection, correction) == drafts.history(connection, correction, 1) == []


def test_a_correction_that_is_at_work_keeps_recordings_from_being_erased(database, dataset, correction):
    with database.begin() as connection:
        assert lineage.working(connection, dataset.id) == []
        CORRECTIONS.restart(connection, correction)
        assert lineage.working(connection, dataset.id) == [f"correction {correction}"]
        assert lineage.hold(connection, [correction]) == [correction]
