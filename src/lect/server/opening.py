"""Opens what the processes of a server share."""

from __future__ import annotations

from lect.models import catalogue, customs, resolver
from lect.settings import Settings
from lect.store.opening import open_storage
from lect.store.storage import Storage


def open_with_bases(settings: Settings) -> Storage:
    """Rows and blobs, with every base model listed that is on this machine.

    Raises:
        StoreError: they cannot be reached, or were made by a newer version.
    """
    storage = open_storage(settings)
    present = [base for base in catalogue.BASE_MODELS if resolver.is_present(base, settings=settings)]
    with storage.database.begin() as connection:
        customs.list_bases(connection, present, at=storage.clock())
    return storage
