"""The HTTP door on a storage of the tests' own, with nobody at work behind it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime

from fastapi.testclient import TestClient

from lect.api.app import create_app
from lect.api.beyond.work import Streams
from lect.api.connections import Connections
from lect.api.service import Service
from lect.api.signing import Signer
from lect.jobs.watching import Watch
from lect.models import catalogue, customs
from lect.settings import Settings
from storages import new_storage

BASE = "whisper-tiny.en"


@contextmanager
def api_service(folder, database=None):
    """The parts of a server: one base model is listed, whether its weights are here or not."""
    storage = new_storage(settings := Settings(data=folder, database=database, offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get(BASE)], at=datetime.now(UTC))
    try:
        yield Service(storage=storage, signer=Signer(secret=b"secret"), settings=settings)
    finally:
        storage.database.close()


def app_of(service):
    """An app of its own, which takes long to make."""
    return create_app(service, host="testserver")


def client_of(app, service):
    """A client of the app, behind which are these parts from now on."""
    app.state.service = service
    app.state.connections = Connections(service.settings.live.connections_per_key)
    app.state.streams = Streams(Watch(service.storage.database))
    return TestClient(app)
