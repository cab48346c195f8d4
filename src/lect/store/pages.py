"""Parts of lists: filters as SQL, and the rows of one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, not_, or_

from lect.core.errors import InvalidInput
from lect.core.queries import Both, Comparison, Filter, Not, Page

_OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
}


def read_page(
    connection: Connection, query: Select[Any], table: Table, page: Page, allowed: frozenset[str]
) -> list[dict[str, Any]]:
    """A part of the rows that a query asks a table for, in the order of creation; one more than `page.top` if there are more.

    Args:
        allowed: columns that the page may be filtered by

    Raises:
        InvalidInput: it is filtered by another.
    """
    if page.filter is not None:
        query = query.where(condition(table, page.filter, allowed))
    query = query.order_by(table.c.created, table.c.id).offset(page.skip).limit(page.top + 1)
    return [dict(row) for row in connection.execute(query).mappings()]


def condition(table: Table, filter: Filter, allowed: frozenset[str]) -> ColumnElement[bool]:
    """What a filter asks of the rows of a table.

    Args:
        allowed: columns that it may ask for: no other is ever compared, or a filter could read secrets letter by letter

    Raises:
        InvalidInput: it asks for another.
    """
    if isinstance(filter, Not):
        return not_(condition(table, filter.filter, allowed))
    if isinstance(filter, Both):
        join = and_ if filter.operator == "and" else or_
        return join(condition(table, filter.left, allowed), condition(table, filter.right, allowed))
    return _comparison(table, filter, allowed)


def _comparison(table: Table, comparison: Comparison, allowed: frozenset[str]) -> ColumnElement[bool]:
    if comparison.field not in allowed:
        raise InvalidInput(
            f"{comparison.field} cannot be filtered by", hint=f"Filter by {', '.join(sorted(allowed))}."
        )
    column: ColumnElement[Any] = table.c[comparison.field]
    if comparison.field == "description":  # nothing is not equal to something, which SQL leaves open
        column = func.coalesce(column, "")
    return _OPERATORS[comparison.operator](column, comparison.value)
