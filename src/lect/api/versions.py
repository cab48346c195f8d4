"""Versions of the API: where each begins, and what goes over its wire."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from lect.api.schemas import v3, v2024

ROOT = "/speechtotext"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the API."""

    name: str
    prefix: str  # of its paths
    query: str  # what every call says besides, such as `api-version=2024-11-15`
    schemas: ModuleType
    signed_for: str  # parameter that says how long links to files are good
    signed_unit: float  # of that parameter, seconds

    @property
    def is_v3(self) -> bool:
        """Whether it knows projects, logs, text to train on and so on."""
        return self.schemas is v3

    def __str__(self) -> str:
        return self.name


def _v3(name: str) -> Version:
    return Version(
        name=name,
        prefix=f"{ROOT}/{name}",
        query="",
        schemas=v3,
        signed_for="sasValidityInSeconds",
        signed_unit=1.0,
    )


V3_1 = _v3("v3.1")
V3_2 = _v3("v3.2")
V2024 = Version(
    name="2024-11-15",
    prefix=ROOT,
    query="api-version=2024-11-15",
    schemas=v2024,
    signed_for="sasLifetimeMinutes",
    signed_unit=60.0,
)
VERSIONS = (V3_1, V3_2, V2024)
