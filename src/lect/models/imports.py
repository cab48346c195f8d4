"""Bundles from elsewhere as custom models: checked byte for byte, then listed like those that were trained here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.entities import FileKind, Model
from lect.core.errors import InvalidInput, ModelLoadFailed, NotFound
from lect.core.locale import language_of
from lect.core.status import Status
from lect.jobs.following import Emit, tell_nobody
from lect.models import catalogue
from lect.models.bundles import open_bundle
from lect.models.customs import BUNDLE
from lect.models.locales import LOCALES, id_of
from lect.models.manifest import Manifest
from lect.store import files
from lect.store.blobs import Blob
from lect.store.repositories import MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection


def import_bundle(
    storage: Storage, model: Model, bundle: Blob, folder: Path, *, emit: Emit = tell_nobody
) -> Model:
    """Store a custom model whose bundle was uploaded.

    Args:
        model: its names and project; what it is, its bundle says
        folder: an empty one to work in

    Raises:
        InvalidInput: the bundle is damaged, or this server has not the base model that it was made for.
    """
    manifest = examine(storage, bundle, folder)
    report = storage.blobs.put([manifest.to_json()])
    with storage.database.begin() as connection:
        model = settled(connection, model, manifest, bundle)
        keep(storage, connection, model, report, emit=emit)
    return model


def settled(connection: Connection, model: Model, manifest: Manifest, bundle: Blob) -> Model:
    """A model with all that its bundle says of it.

    Raises:
        InvalidInput: this server has not the base model that the bundle was made for.
    """
    return replace(
        model,
        locale=manifest.locale,
        base=_base(connection, manifest).id,
        bundle=bundle.sha256,
        bundle_size=bundle.size,
        status=Status.SUCCEEDED,
        properties={"id": manifest.id, "kinds": manifest.recipe.get("kinds")},
    )


def keep(storage: Storage, connection: Connection, model: Model, report: Blob, *, emit: Emit) -> None:
    """Store a model that came whole, with its manifest as report.

    Raises:
        Conflict: there is one of this id.
        QuotaExceeded: there is no room for it.
    """
    storage.add(connection, MODELS, model, size=model.bundle_size or 0)
    kept = storage.new_file(model.id, FileKind.MODEL_REPORT, "manifest.json", report)
    files.put(connection, model.id, [kept])
    emit(connection, "modelCreation", model.id)
    emit(connection, "modelCompletion", model.id)


def examine(storage: Storage, bundle: Blob, folder: Path) -> Manifest:
    """The manifest of a bundle whose every byte was checked.

    Raises:
        InvalidInput: it is damaged.
    """
    path = storage.place(bundle.sha256, folder / BUNDLE)
    try:
        return open_bundle(path).manifest
    except ModelLoadFailed as error:  # whoever sent it calls it otherwise than we do
        raise InvalidInput(
            error.message.replace(f"{path}: ", ""),
            hint=error.hint,
            detailed_code="InvalidPayload",
            target="data",
        ) from None


def _base(connection: Connection, manifest: Manifest) -> Model:
    """The base model that a bundle was made for, in its locale or in another of its language."""
    name = manifest.base.name
    known = catalogue.find(name)
    if known is not None and known.weights.sha256 == manifest.base.weights_sha256:
        language = language_of(manifest.locale)
        for locale in (manifest.locale, *(each for each in LOCALES if language_of(each) == language)):
            try:
                return MODELS.get(connection, id_of(name, locale))
            except NotFound:
                continue
    raise InvalidInput(
        f"the bundle is made for the base model {name} ({manifest.base.weights_sha256[:12]}), "
        f"which this server has not in {manifest.locale}",
        hint="Install it on the server, or train again on a base that GET /models/base lists.",
        detailed_code="InvalidBaseModel",
        target="data",
    )
