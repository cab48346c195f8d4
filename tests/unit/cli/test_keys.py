"""`lect keys`: who may use a server, from where its data are."""

from __future__ import annotations

import json

import pytest

from lect.settings import Settings
from lect.store import audit, keys
from lect.store.opening import open_storage


@pytest.fixture
def run(lect, tmp_path):
    def run(*options):
        ran = lect("keys", *options, "--data", str(tmp_path / "server"))
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    return run


@pytest.fixture
def rows(tmp_path):
    storage = open_storage(Settings(data=tmp_path / "server"))
    with storage.database.read() as connection:
        yield connection
    storage.database.close()


def test_a_key_takes_the_place_of_another(run, tmp_path):
    before = json.loads(run("create", "--role", "owner", "--name", "ci", "--json"))
    after = json.loads(run("rotate", before["id"], "--json"))

    listed = json.loads(run("list", "--json"))["keys"]
    assert [(each["name"], each["role"]) for each in listed] == [("ci", "owner")] * 2
    assert [bool(each["revoked"]) for each in listed] == [True, False]
    assert after["key"] != before["key"]


def test_what_is_done_where_the_data_are_is_written_down_too(run, rows):
    made = json.loads(run("create", "--json"))["id"]
    run("revoke", made)

    noted = [(each.action, each.resource, each.key) for each in audit.page(rows)]
    assert noted == [("create", f"keys/{made}", None), ("revoke", f"keys/{made}", None)]
    assert keys.get(rows, made) is None
