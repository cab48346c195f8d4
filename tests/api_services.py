"""The HTTP door on a storage of the tests' own, with nobody at work behind it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime

from lect.api.app import create_app
from lect.api.service import Service
from lect.api.signing import Signer
from lect.models import catalogue, customs
from lect.settings import Settings
from lect.store.opening import open_storage

BASE = "whisper-tiny.en"


@contextmanager
def api_service(folder, database=None):
    """The parts of a server: one base model is listed, whether its weights are here or not."""
    storage = open_storage(settings := Settings(data=folder, database=database, offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get(BASE)], at=datetime.now(UTC))
    try:
        yield Service(storage=storage, signer=Signer(secret=b"secret"), settings=settings)
    finally:
        storage.database.close()


def app_of(service):
    return create_app(service, host="testserver")
