"""A cancelled job lets go of a server that hangs."""

from __future__ import annotations

import threading
from uuid import uuid4

from lect.core.entities import Dataset, DatasetKind
from lect.core.status import Status
from lect.datasets import importing, uploads
from lect.jobs import queue
from lect.jobs.worker import Worker
from lect.server.worker import doors_of
from lect.settings import Limits
from lect.store.folder_blobs import FolderBlobs
from lect.store.repositories import DATASETS
from lect.store.storage import Storage
from receivers import fetching

PATIENCE = 60.0  # seconds; what is called off takes far less


def test_an_import_that_is_cancelled_leaves_a_server_that_hangs(database, tmp_path, serve):
    asked, gone = threading.Event(), threading.Event()

    def hang(connection, head, body):
        asked.set()
        connection.recv(1)
        gone.set()

    fetcher = fetching(idle_seconds=PATIENCE, seconds=PATIENCE)
    storage = Storage(database=database, blobs=FolderBlobs(tmp_path / "blobs"))
    kind = importing.import_kind(storage, fetch=doors_of(fetcher).fetch, limits=Limits())
    now = storage.clock()
    with storage.database.begin() as connection:
        dataset = uploads.create(
            storage,
            connection,
            Dataset(
                id=str(uuid4()), display_name="d", created=now, last_action=now, status=Status.NOT_STARTED,
                locale="en-US", kind=DatasetKind.TEXT, content_url=serve(hang).url(),
            ),
        )  # fmt: skip
    working = Worker(database, [kind], folder=tmp_path / "jobs")
    thread = threading.Thread(target=working.run)
    thread.start()
    assert asked.wait(PATIENCE)

    with database.begin() as connection:
        queue.cancel(connection, dataset.id)
    assert gone.wait(PATIENCE / 2)

    working.stop()
    thread.join()
    with database.read() as connection:
        assert DATASETS.get(connection, dataset.id).error.code == "Cancelled"
    assert list((tmp_path / "jobs").glob("*")) == []
