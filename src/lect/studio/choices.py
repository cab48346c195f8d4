"""What forms offer to choose from: data and models that can be used together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lect.core.entities import Dataset, DatasetKind, Model
from lect.core.errors import LectError, NotFound
from lect.core.queries import Comparison
from lect.core.status import Status
from lect.models import customs
from lect.store.repositories import DATASETS, MODELS
from lect.studio.forms import is_same_language
from lect.studio.lists import recent
from lect.studio.visits import Visit

DEFAULT_LOCALE = "en-US"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What can be used together: everything is of one language."""

    locale: str
    locales: Sequence[str]
    datasets: Sequence[Dataset]
    bases: Sequence[Model]
    customs: Sequence[Model]


def offered(
    visit: Visit,
    connection: Any,
    *,
    kinds: Collection[DatasetKind],
    locale: str = "",
    chosen: Iterable[str] = (),
) -> Offered:
    """Data and models that are ready.

    Args:
        kinds: of data that will do
        locale: of all of them; else that of what is chosen already, or of the newest data
        chosen: ids of data and models
    """
    there = [
        each
        for each in recent(visit, connection, DATASETS)
        if each.status is Status.SUCCEEDED and each.kind in kinds
    ]
    locale = locale or _locale_of(visit, connection, set(chosen), there)
    models = recent(visit, connection, MODELS, is_base=False)
    return Offered(
        locale=locale,
        locales=locales(connection),
        datasets=[each for each in there if is_same_language(each.locale, locale)],
        bases=bases(visit, connection, locale),
        customs=[
            each
            for each in models
            if each.status is Status.SUCCEEDED and is_same_language(each.locale, locale)
        ],
    )


def bases(visit: Visit, connection: Any, locale: str) -> list[Model]:
    """The base models of a locale, the one that it begins with first."""
    wanted = Comparison(field="locale", operator="eq", value=locale)
    found = recent(visit, connection, MODELS, wanted, everybodys=True, is_base=True)
    try:
        first = customs.default_base(connection, locale).id
    except LectError:
        first = ""
    return sorted(found, key=lambda base: (base.id != first, base.name or ""))


def locales(connection: Any) -> list[str]:
    """The locales that forms offer, of which the first is chosen at first."""
    found = customs.locales(connection)
    return sorted(found, key=lambda locale: (locale != DEFAULT_LOCALE, locale)) or [DEFAULT_LOCALE]


def names(connection: Any, ids: Iterable[str]) -> dict[str, str]:
    """What models are called, by their ids."""
    found = {}
    for id in dict.fromkeys(ids):
        try:
            model = MODELS.get(connection, id)
        except NotFound:
            found[id] = "a model that is gone"
        else:
            found[id] = model.name or model.display_name
    return found


def _locale_of(visit: Visit, connection: Any, chosen: set[str], datasets: Sequence[Dataset]) -> str:
    for dataset in datasets:
        if dataset.id in chosen:
            return dataset.locale
    for id in chosen - {""}:
        try:
            model = MODELS.get(connection, id)
        except NotFound:
            continue
        if model.is_base or visit.call.project in {None, model.project}:
            return model.locale
    return datasets[0].locale if datasets else DEFAULT_LOCALE
