"""What is asked of lists: filters as trees, and pages. Doors parse them, the store answers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A field and what it is compared with; the store refuses fields that it does not list."""

    field: str  # of the entity, such as `display_name`
    operator: Operator
    value: str | datetime | None


@dataclass(frozen=True)
class Not:
    """The opposite of a filter."""

    filter: Filter


@dataclass(frozen=True, kw_only=True)
class Both:
    """Both filters hold (`and`), or at least one does (`or`)."""

    operator: Literal["and", "or"]
    left: Filter
    right: Filter


Filter = Comparison | Not | Both


@dataclass(frozen=True, kw_only=True)
class Page:
    """A part of a list, in the order of creation."""

    skip: int = 0
    top: int = 100
    filter: Filter | None = None


def everything() -> Page:
    """All of a list at once, for lists that are known to be short."""
    return Page(top=1_000_000)
