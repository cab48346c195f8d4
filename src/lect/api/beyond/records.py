"""What was done: the log of who did what, and that of what web hooks were told."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.resources import FilterText, Route, Skip, Top, find, paginate, read_page
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import Page
from lect.api.service import Call, manager
from lect.api.web_hooks import WEB_HOOKS
from lect.core.entities import Delivery
from lect.store import audit, deliveries
from lect.store.audit import Entry

_AUDIT = {"createdDateTime": "time", "key": "key", "action": "action", "resource": "resource"}
_DELIVERIES = {"createdDateTime": "created", "deliveredDateTime": "delivered", "event": "event"}


def router() -> APIRouter:
    """The routes; an owner of all projects alone may take them."""
    routes = APIRouter(route_class=Route)
    owner = manager(SPOKEN)

    @routes.get("/audit", name="audit_list", response_model=Page[schemas.AuditEntry], tags=["audit"])
    def list_audit(
        call: Annotated[Call, Depends(owner)], skip: Skip = None, top: Top = None, filter: FilterText = None
    ) -> Any:
        """Who did what, in the order in which it was done."""
        page = read_page(skip, top, filter, _AUDIT)
        with call.storage.database.read() as connection:
            found = audit.page(connection, page)
        return paginate(
            partial(link, call, "/audit", filter=filter), page, [_show_entry(each) for each in found]
        )

    @routes.get(
        "/webhooks/{id}/deliveries",
        name="webhooks_deliveries",
        response_model=Page[schemas.Delivery],
        tags=["webhooks"],
    )
    def list_deliveries(
        call: Annotated[Call, Depends(owner)],
        id: str,
        skip: Skip = None,
        top: Top = None,
        filter: FilterText = None,
    ) -> Any:
        """What a web hook was told, is to be told and could not be told, in the order in which it happened."""
        page = read_page(skip, top, filter, _DELIVERIES)
        with call.storage.database.read() as connection:
            hook = find(call, connection, WEB_HOOKS, id)
            found = deliveries.page(connection, hook.id, page)
        address = partial(link, call, f"/webhooks/{hook.id}/deliveries", filter=filter)
        return paginate(address, page, [_show_delivery(call, each) for each in found])

    return routes


def _show_entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "created_date_time": entry.time,
        "key": entry.key,
        "key_name": entry.name or None,
        "action": entry.action,
        "resource": entry.resource,
    }


def _show_delivery(call: Call, delivery: Delivery) -> dict[str, Any]:
    return {
        "invocation_id": delivery.id,
        "event": delivery.event,
        "resource": delivery.resource,
        "created_date_time": delivery.created,
        "attempts": delivery.attempts,
        "tried_date_time": delivery.tried,
        "outcome": delivery.outcome,
        "delivered_date_time": delivery.delivered,
        "due_date_time": delivery.due,
    }
