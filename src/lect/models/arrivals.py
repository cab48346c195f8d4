"""Models that other servers send: allowed beforehand, whole with the hash that was told, and once for each authorisation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lect.core.entities import Model
from lect.core.errors import AccessError, Conflict, InvalidInput, NotFound
from lect.jobs.following import Emit, tell_nobody
from lect.models import imports
from lect.models.copying import covers
from lect.store import arrivals
from lect.store.blobs import Blob
from lect.store.repositories import MODELS
from lect.store.storage import Storage


@dataclass(frozen=True, kw_only=True)
class Authorisation:
    """What allows one model to be copied to this server, once."""

    id: str  # also of the model, once it is here
    source: str  # address of the model there, or of its server: then it may be any of its models
    expires: datetime
    project: str | None = None  # that the model will belong to
    key: str | None = None  # id of the key that allows it; None: nobody had to show one


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What the other server tells of the model that it sends."""

    source: str  # its address there
    sha256: str  # of its bundle
    display_name: str
    description: str | None = None


def receive(
    storage: Storage,
    authorisation: Authorisation,
    sent: Sent,
    bundle: Blob,
    folder: Path,
    *,
    emit: Emit = tell_nobody,
) -> Model:
    """Store a model that another server sent. Sent again because the answer was lost, it is the same model.

    Args:
        authorisation: signed here and not expired
        bundle: what came
        folder: an empty one to work in

    Raises:
        AccessError: another model is sent than the one that was allowed.
        Conflict: the authorisation was used for something else, or its model was deleted since.
        InvalidInput: something was lost on the way, the bundle is damaged, or its base model is not here.
    """
    if not covers(authorisation.source, sent.source):
        raise AccessError(
            f"the authorisation is for {authorisation.source}, and not for {sent.source}",
            hint="Ask for one with the `self` of the model as sourceResourceId.",
        )
    if bundle.sha256 != sent.sha256:
        raise InvalidInput(
            "the bundle did not arrive as it was sent: its SHA-256 is not the one that was told",
            hint="Copy the model again.",
            target="data",
        )
    if (known := _known(storage, authorisation, bundle)) is not None:
        return known
    manifest = imports.examine(storage, bundle, folder)
    report = storage.blobs.put([manifest.to_json()])
    now = storage.clock()
    model = Model(
        id=authorisation.id,
        display_name=sent.display_name,
        description=sent.description,
        created=now,
        last_action=now,
        locale=manifest.locale,
        project=authorisation.project,
    )
    with storage.database.begin() as connection:
        arrivals.add(connection, authorisation.id, bundle.sha256, expires=authorisation.expires, now=now)
        model = imports.settled(connection, model, manifest, bundle)
        imports.keep(storage, connection, model, report, emit=emit)
    return model


def _known(storage: Storage, authorisation: Authorisation, bundle: Blob) -> Model | None:
    """The model that came by an authorisation before; None: it was not used."""
    with storage.database.read() as connection:
        came = arrivals.bundle_of(connection, authorisation.id)
        if came is None:
            return None
        try:
            model = MODELS.get(connection, authorisation.id)
        except NotFound:
            model = None
    if model is None or came != bundle.sha256:
        raise Conflict(
            f"the authorisation {authorisation.id} was used already",
            hint="Each is good for one model: ask for another with POST /models:authorizecopy.",
        )
    return model
