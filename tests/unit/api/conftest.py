"""The API as most of its tests want it: one application a file, a storage of its own for each test."""

import pytest
from fastapi.testclient import TestClient

from api_services import api_service, app_of
from lect.models import ways


@pytest.fixture(autouse=True)
def _weights_can_be_changed(monkeypatch):
    """Whether torch is installed where the tests run is no matter of theirs."""
    monkeypatch.setattr(ways, "can_change_weights", lambda: True)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("app")) as service:
        yield app_of(service)


@pytest.fixture
def service(tmp_path):
    with api_service(tmp_path) as service:
        yield service


@pytest.fixture
def client(app, service):
    app.state.service = service
    return TestClient(app)
