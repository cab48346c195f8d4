"""Opens the database and the blobs that the settings name."""

from __future__ import annotations

from lect.core.errors import NotFound, StoreError
from lect.settings import Settings
from lect.store.blobs import Blobs, open_blobs
from lect.store.database import Database
from lect.store.migrations import migrate
from lect.store.storage import Storage


def open_storage(settings: Settings) -> Storage:
    """Rows and blobs, with all migrations applied.

    Raises:
        StoreError: they cannot be reached, or were made by a newer version.
    """
    database = database_of(settings)
    migrate(database)
    return Storage(database=database, blobs=blobs_of(settings), quotas=settings.quotas)


def database_of(settings: Settings, *, must_exist: bool = False) -> Database:
    """The database; the folder of a SQLite file is made if need be.

    Args:
        must_exist: whether a SQLite file that is not there is an error rather than a new one

    Raises:
        InvalidInput: its URL is wrong.
        NotFound: it must exist, and does not.
        StoreError: its folder cannot be made.
    """
    database = Database(settings.database_url)
    if (file := database.file) is not None:
        if must_exist and not file.exists():
            raise NotFound(f"{file}: there is no database", hint="Check the data folder.")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the database holds secrets
        except OSError as error:
            raise StoreError(
                f"{file.parent}: cannot be made: {error.strerror}",
                hint="Choose another data folder, with LECT_DATA.",
            ) from None
    return database


def blobs_of(settings: Settings) -> Blobs:
    """The blobs.

    Raises:
        InvalidInput: there is no such kind of place.
    """
    return open_blobs(
        settings.blobs_location, cache=settings.cache / "blobs", cache_bytes=settings.blob_copies
    )
