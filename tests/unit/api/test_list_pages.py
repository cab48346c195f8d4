"""Pages of lists: what they ask of the database."""

from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import event

from lect.core.entities import Dataset, DatasetKind, Endpoint, Evaluation, Model, Transcription
from lect.core.status import Status
from lect.models import customs
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS, MODELS, TRANSCRIPTIONS


def common():
    now = datetime.now(UTC)
    return {
        "id": str(uuid4()),
        "display_name": "one",
        "created": now,
        "last_action": now,
        "status": Status.SUCCEEDED,
        "locale": "en-US",
    }


def fill(connection, count):
    """So many of each noun, each model with datasets and each of the others with a model of its own."""
    base = min(customs.base_ids(connection))
    for _ in range(count):
        dataset = Dataset(**common(), kind=DatasetKind.TEXT)
        DATASETS.add(connection, dataset)
        model = Model(**common(), base=base, datasets=(dataset.id,))
        MODELS.add(connection, model)
        EVALUATIONS.add(connection, Evaluation(**common(), dataset=dataset.id, models=(base, model.id)))
        ENDPOINTS.add(connection, Endpoint(**common(), model=model.id))
        TRANSCRIPTIONS.add(
            connection, Transcription(**common(), model=model.id, content_urls=("https://a/b",))
        )


@contextmanager
def statements(engine):
    """What is asked of a database meanwhile."""
    found = []

    def note(connection, cursor, statement, *_):
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("noun", ["datasets", "models", "evaluations", "endpoints", "transcriptions"])
def test_a_long_page_asks_the_database_no_more_often_than_a_short_one(service, client, noun):
    asked = []
    for more in (1, 5):
        with service.storage.database.begin() as connection:
            fill(connection, more)
        with statements(service.storage.database.engine) as found:
            shown = client.get(f"/speechtotext/v3.2/{noun}").json()["values"]
        asked.append((len(shown), len(found)))

    (short, few), (long, many) = asked
    assert (short, long) == (1, 6)
    assert many == few


def test_references_to_models_lead_to_bases_and_to_custom_models(service, client):
    with service.storage.database.begin() as connection:
        fill(connection, 1)

    [evaluation] = client.get("/speechtotext/v3.2/evaluations").json()["values"]

    assert "/models/base/" in evaluation["model1"]["self"]
    assert "/models/base/" not in evaluation["model2"]["self"]
    assert all(client.get(evaluation[name]["self"]).status_code == 200 for name in ("model1", "model2"))
