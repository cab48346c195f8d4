"""On Postgres, too, who changes a resource works with what it is, and not with what it was a moment before."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lect.core.entities import Transcription
from lect.core.status import Status
from lect.store.repositories import TRANSCRIPTIONS

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_new_name_does_not_keep_a_transcription_from_expiring(database):
    """Its work ended between the look at it and the change, which wrote that there is no end yet."""
    transcription = Transcription(
        id=str(uuid4()),
        display_name="x",
        created=NOW,
        last_action=NOW,
        status=Status.RUNNING,
        locale="en-US",
        time_to_live=DAY.total_seconds(),
    )
    with database.begin() as connection:
        TRANSCRIPTIONS.add(connection, transcription)
    is_read, ended = threading.Event(), threading.Event()

    class Slow(type(TRANSCRIPTIONS)):
        """Reads, and then lets others work for a moment."""

        def get(self, *arguments, **options):
            found = super().get(*arguments, **options)
            is_read.set()
            ended.wait(timeout=1.0)  # who is held up by this one does not end before it
            return found

    def rename():
        with database.begin() as connection:
            Slow(**vars(TRANSCRIPTIONS)).change(connection, transcription.id, display_name="new")

    def end():
        is_read.wait()
        with database.begin() as connection:
            TRANSCRIPTIONS.move(connection, transcription.id, Status.SUCCEEDED, at=NOW)
        ended.set()

    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(rename), threads.submit(end)]:
            each.result()

    with database.begin() as connection:
        assert TRANSCRIPTIONS.expired(connection, NOW + DAY) == [transcription.id]
        assert TRANSCRIPTIONS.get(connection, transcription.id).display_name == "new"
