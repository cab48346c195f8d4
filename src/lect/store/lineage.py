"""What was made of a dataset, and what still works with it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from lect.core.entities import HEARD, FileKind
from lect.core.status import Status
from lect.store.tables import (
    corrections,
    datasets,
    erasures,
    evaluations,
    files,
    model_copies,
    model_datasets,
    models,
    transcriptions,
)

_DONE = [str(status) for status in Status if status.is_final]


def working(connection: Connection, dataset: str) -> list[str]:
    """What is being made of a dataset: `model ID` and so on."""
    trains = select(models.c.id).join(model_datasets, model_datasets.c.model == models.c.id)
    queries = {
        "model": trains.where(model_datasets.c.dataset == dataset, models.c.status.not_in(_DONE)),
        **{
            noun: select(table.c.id).where(table.c.dataset == dataset, table.c.status.not_in(_DONE))
            for noun, table in (
                ("evaluation", evaluations),
                ("transcription", transcriptions),
                ("correction", corrections),
            )
        },
    }
    queries["dataset"] = select(datasets.c.id).where(
        datasets.c.made_of == dataset, datasets.c.status.not_in(_DONE)
    )
    open_models = select(models.c.id).where(models.c.status.not_in(_DONE))
    unfinished = set(connection.execute(open_models).scalars())
    heard = [f"model {id}" for id in heard_by(connection, dataset) if id in unfinished]
    return heard + [
        f"{noun} {id}" for noun, query in queries.items() for id in connection.execute(query).scalars()
    ]


def erasing(connection: Connection, dataset: str) -> bool:
    """Whether recordings of a dataset are being erased."""
    query = select(erasures.c.id).where(erasures.c.dataset == dataset, erasures.c.status.not_in(_DONE))
    return connection.execute(query.limit(1)).first() is not None


def hold(connection: Connection, ids: Collection[str]) -> list[str]:
    """Those of a dataset and of what was made of it that are still there; none is deleted until this unit of work ends."""
    return [
        id
        for table in (datasets, models, evaluations, transcriptions, corrections)
        for id in connection.execute(
            select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update(key_share=True)
        ).scalars()
    ]


def heard_by(connection: Connection, dataset: str) -> list[str]:
    """The models whose training hears a dataset without learning it: as dev data, as guard or as noise."""
    query = select(models.c.id, models.c.training).where(models.c.training.is_not(None))
    return [
        row.id for row in connection.execute(query) if dataset in {row.training.get(name) for name in HEARD}
    ]


def trained_on(connection: Connection, dataset: str) -> list[str]:
    """The models that name a dataset."""
    query = select(model_datasets.c.model).where(model_datasets.c.dataset == dataset).distinct()
    return list(connection.execute(query).scalars())


def started_from(connection: Connection, ids: Collection[str]) -> list[str]:
    """The models that were trained from these."""
    return list(connection.execute(select(models.c.id).where(models.c.base.in_(ids))).scalars())


def twins(connection: Connection, ids: Collection[str]) -> list[str]:
    """The models with the same bundle as one of these."""
    bundles = select(models.c.bundle).where(models.c.id.in_(ids), models.c.bundle.is_not(None))
    return list(connection.execute(select(models.c.id).where(models.c.bundle.in_(bundles))).scalars())


def sent(connection: Connection, ids: Collection[str]) -> list[str]:
    """The addresses of these models' copies on other servers."""
    query = select(model_copies.c.result).where(
        model_copies.c.model.in_(ids), model_copies.c.result.is_not(None)
    )
    return list(connection.execute(query).scalars())


def manifests(connection: Connection) -> list[tuple[str, str]]:
    """`(model, blob)` of the manifests of models that were not trained here."""
    query = select(files.c.owner, files.c.blob).where(
        files.c.kind == str(FileKind.MODEL_REPORT), files.c.name == "manifest.json"
    )
    return [(owner, blob) for owner, blob in connection.execute(query)]


def repaired_copies(connection: Connection, dataset: str) -> list[str]:
    """The datasets that are repaired or corrected copies of one, and copies of these."""
    found: list[str] = []
    left = [dataset]
    while left:
        query = select(datasets.c.id).where(datasets.c.made_of.in_(left))
        left = [id for id in connection.execute(query).scalars() if id not in {dataset, *found}]
        found += left
    return found


def holders(connection: Connection, blob: str) -> list[str]:
    """Whose files have these bytes."""
    return list(connection.execute(select(files.c.owner).where(files.c.blob == blob).distinct()).scalars())
