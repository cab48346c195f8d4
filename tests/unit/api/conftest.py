"""The API as most of its tests want it: one application for all, a storage of its own for each test."""

import pytest

from api_services import api_service, app_of, client_of
from lect.models import ways


@pytest.fixture(autouse=True)
def _weights_can_be_changed(monkeypatch):
    """Whether torch is installed where the tests run is no matter of theirs."""
    monkeypatch.setattr(ways, "can_change_weights", lambda: True)


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("app")) as service:
        yield app_of(service)


@pytest.fixture
def service(tmp_path):
    with api_service(tmp_path) as service:
        yield service


@pytest.fixture
def client(app, service):
    return client_of(app, service)
