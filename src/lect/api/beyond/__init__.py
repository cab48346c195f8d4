"""What the API that we are compatible with cannot do, under `/lect/v1`: cancel, progress, comparisons, plans, bundles, corrections, keys.

A resource has one address, that of v3.2, and these routes speak of it by that. Where a noun has a form of its own here (an
evaluation of more than two models), its `self` is here, too.
"""

from fastapi import APIRouter

from lect.api.beyond import (
    arrivals,
    corrections,
    datasets,
    endpoints,
    erasures,
    evaluations,
    keys,
    models,
    records,
    retries,
    work,
)
from lect.api.beyond.addresses import PREFIX


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix=PREFIX)
    for part in (
        work,
        evaluations,
        models,
        arrivals,
        retries,
        endpoints,
        datasets,
        corrections,
        erasures,
        keys,
        records,
    ):
        routes.include_router(part.router())
    return routes
