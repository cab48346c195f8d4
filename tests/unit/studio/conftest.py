"""The studio on a storage of the tests' own, with nobody at work behind it, and a browser that sends forms as browsers do."""

import re

import pytest
from fastapi.testclient import TestClient

from api_services import api_service
from lect.store import keys
from lect.store.keys import Role
from lect.studio.app import create_app
from worlds import make_world

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class Browser(TestClient):
    """Asks for pages, and sends forms with the token of a page."""

    def page(self, path, **options):
        return self.get(path, headers={"Accept": "text/html"}, **options)

    def fill(self, path, data=None, *, on="/", **options):
        token = TOKEN.search(self.page(on).text)[1]
        return self.post(path, data={"token": token, **(data or {})}, follow_redirects=False, **options)

    def sign_in(self, key, **form):
        return self.fill("/sign-in", {"key": key, **form}, on="/sign-in")


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("app")) as service:
        yield create_app(service, host="testserver")


@pytest.fixture
def service(tmp_path):
    with api_service(tmp_path) as service:
        yield service


@pytest.fixture
def browser(app, service):
    app.state.service = service
    return Browser(app)


@pytest.fixture
def world(service):
    """One of each noun, finished, all with the worst of names."""
    return make_world(service.storage)


@pytest.fixture
def key(service):
    def make(role=Role.OWNER, project=None):
        with service.storage.database.begin() as connection:
            return keys.create(connection, name="k", role=role, project=project, at=service.storage.clock())

    return make
