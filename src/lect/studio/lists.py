"""Parts of lists, the newest first, and where the next part is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query

from lect.core.queries import Filter, Page
from lect.store.resources import Entity, Repository
from lect.studio.visits import Visit

TOP = 25  # rows of a part
_RECENT = 200  # of all kinds that a form offers to choose from

Row = TypeVar("Row")
Number = Annotated[int, Query(ge=1, le=1_000_000)]  # of a part, as addresses have it


@dataclass(frozen=True, kw_only=True)
class Part(Generic[Row]):
    """A part of a list."""

    rows: Sequence[Row]
    number: int  # of the part, from 1
    total: int  # rows of the whole list
    top: int = TOP  # rows of a part

    @property
    def parts(self) -> int:
        """How many parts there are; an empty list is one."""
        return max(1, -(-self.total // self.top))

    @property
    def first(self) -> int:
        """The number of its first row, from 1."""
        return (self.number - 1) * self.top + 1

    @property
    def last(self) -> int:
        """The number of its last row."""
        return self.first + len(self.rows) - 1


def part_of(rows: Sequence[Row], number: int, top: int = TOP) -> Part[Row]:
    """A part of a list that is here as a whole."""
    number = min(max(number, 1), max(1, -(-len(rows) // top)))
    return Part(rows=rows[(number - 1) * top : number * top], number=number, total=len(rows), top=top)


def turned(read: Callable[[int, int], tuple[Sequence[Row], int]], number: int) -> Part[Row]:
    """A part of a list that the store gives with its total, the newest first.

    Args:
        read: (rows to skip, rows at most) -> rows, and how many there are in all
    """
    rows, total = read((number - 1) * TOP, TOP)
    last = max(1, -(-total // TOP))
    if number > last:
        rows, total = read((last - 1) * TOP, TOP)
    return Part(rows=rows, number=min(number, last), total=total)


def newest(
    visit: Visit, connection: Any, repository: Repository[Entity], number: int, **equal: Any
) -> Part[Entity]:
    """A part of the resources of a noun, the newest first: the store lists them in the order of creation."""
    call = visit.call
    at = call.storage.clock()
    total = repository.count(connection, project=call.project, at=at, **equal)
    number = min(max(number, 1), max(1, -(-total // TOP)))
    end = total - (number - 1) * TOP
    begin = max(0, end - TOP)
    page = Page(skip=begin, top=end - begin)
    rows = repository.page(connection, page, project=call.project, at=at, **equal)[: end - begin]
    return Part(rows=rows[::-1], number=number, total=total)


def recent(
    visit: Visit,
    connection: Any,
    repository: Repository[Entity],
    filter: Filter | None = None,
    *,
    everybodys: bool = False,
    **equal: Any,
) -> list[Entity]:
    """The newest resources of a noun, for a form to choose from.

    Args:
        everybodys: they belong to no project
    """
    project = None if everybodys else visit.call.project
    at = visit.call.storage.clock()
    total = repository.count(connection, project=project, at=at, **equal)
    page = Page(skip=0 if filter else max(0, total - _RECENT), top=_RECENT, filter=filter)
    return repository.page(connection, page, project=project, at=at, **equal)[:_RECENT][::-1]
