"""Who has learned from a dataset: the models trained on it, those trained from these, and their copies."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from lect.core.jobs import Json
from lect.core.status import Status
from lect.models.manifest import Role
from lect.store import lineage
from lect.store.repositories import MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection


def learners(connection: Connection, storage: Storage, dataset: str, hashes: Collection[str]) -> list[Json]:
    """All models of this server that have learned from a dataset, and where their copies were sent.

    Args:
        hashes: SHA-256 of its contents, as manifests note it, now and before earlier erasures

    Returns:
        `{id, name, why, copies}` of each: `trained` on it, `trained elsewhere` on the same data, `started from` a model that has
        learned from it, or the `same bundle` as one; and the addresses of its copies on other servers.
    """
    why = dict.fromkeys(lineage.trained_on(connection, dataset), "trained")
    for id in _imported(connection, storage, hashes):
        why.setdefault(id, "trained elsewhere")
    new = list(why)
    while new:
        found = dict.fromkeys(lineage.started_from(connection, new), "started from")
        found |= {id: "same bundle" for id in lineage.twins(connection, new) if id not in found}
        new = [id for id in found if id not in why]
        why |= {id: found[id] for id in new}
    models = (MODELS.get(connection, id) for id in why)
    return [
        {
            "id": model.id,
            "name": model.display_name,
            "why": why[model.id],
            "copies": lineage.sent(connection, [model.id]),
        }
        for model in models
        if model.status is not Status.FAILED  # such a training left nothing that could have learned
    ]


def _imported(connection: Connection, storage: Storage, hashes: Collection[str]) -> Iterator[str]:
    """The models that came as bundles whose manifests name the data."""
    for model, blob in lineage.manifests(connection):
        manifest: Json = json.loads(b"".join(storage.blobs.read(blob)))
        if any(
            data.get("sha256") in hashes and data.get("role", Role.TRAINING) == Role.TRAINING
            for data in manifest.get("datasets", ())
        ):
            yield model
