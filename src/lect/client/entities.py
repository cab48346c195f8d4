"""What the server tells of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lect.core.entities import Problem
from lect.core.status import Status


@dataclass(frozen=True)
class Entity:
    """A resource as it was when the server was asked; `document` is all of it, in the words of the API."""

    document: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.document["self"])

    @property
    def id(self) -> str:
        """Its id, the last part of its address."""
        return self.url.partition("?")[0].rstrip("/").rpartition("/")[2]

    @property
    def display_name(self) -> str:
        """What people call it; a file's name."""
        return str(self.document.get("displayName") or self.document.get("name") or "")

    @property
    def locale(self) -> str | None:
        """Its language; None: the server was not asked, or it has none."""
        return self.document.get("locale")

    @property
    def status(self) -> Status | None:
        """How far its work is; None: it has none."""
        found = self.document.get("status")
        return Status(found) if found else None

    @property
    def error(self) -> Problem | None:
        """Why its work failed."""
        found = self.properties.get("error") or self.document.get("error")
        return Problem(code=found.get("code", ""), message=found.get("message", "")) if found else None

    @property
    def address(self) -> str | None:
        """Where an endpoint listens to live speech, all kinds of it; None: it is none."""
        return self.links.get("webSocketConversation")

    @property
    def made(self) -> Entity:
        """What the work behind it made elsewhere: the copy of a model; itself, if there is no such thing."""
        link = (self.document.get("result") or {}).get("link")
        return Entity({"self": link}) if link else self

    @property
    def properties(self) -> Mapping[str, Any]:
        """What it consists of."""
        return self.document.get("properties") or {}

    @property
    def links(self) -> Mapping[str, str]:
        """Addresses of its parts."""
        return self.document.get("links") or {}
