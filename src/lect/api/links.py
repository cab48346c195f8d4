"""Addresses of resources: written into answers, read from references."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from lect.api.versions import ROOT, Version
from lect.core.errors import InvalidInput

_PATH = re.compile(
    rf"{ROOT}/(?:v3\.[0-9](?:-preview\.[0-9])?/)?(?P<noun>[a-z]+)/(?P<base>base/)?(?P<id>[0-9A-Fa-f-]{{36}})"
)


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses of one version, as one request sees this server."""

    base: str  # scheme and host, without a slash at the end
    version: Version

    def to(self, path: str, **parameters: Any) -> str:
        """The address of a path below the version's prefix, such as `/datasets`."""
        return self.at(f"{self.version.prefix}{path}", **dict(parse_qsl(self.version.query)), **parameters)

    def at(self, path: str, **parameters: Any) -> str:
        """The address of a path outside of all versions; parameters that are None are left out."""
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"{self.base}{path}" + (f"?{query}" if query else "")

    def web_socket(self, path: str, **parameters: Any) -> str:
        """An address of the door for live recognition."""
        return re.sub("^http", "ws", self.at(path, **parameters))


def parse_id(text: str) -> str | None:
    """The canonical form of an id; None: it is none."""
    try:
        return str(uuid.UUID(text)) if len(text) == len(str(uuid.UUID(int=0))) else None
    except ValueError:
        return None


def parse_reference(reference: Any, noun: str, *, target: str) -> str | None:
    """The id in a reference to a resource; the host and the version do not matter.

    Args:
        reference: an EntityReference, or nothing
        noun: as it stands in the address, such as `datasets`
        target: the field it was given in

    Raises:
        InvalidInput: it is no address of such a resource.
    """
    if reference is None:
        return None
    address = reference["self"] if isinstance(reference, Mapping) else reference.self
    match = _PATH.fullmatch(_path_of(address).rstrip("/"))
    found = parse_id(match["id"]) if match and match["noun"] == noun else None
    if found is None:
        raise InvalidInput(
            f"{target}: this is no address of one of the {noun}",
            hint=f"Give the `self` of one, as its list shows it: http://.../{noun}/00000000-0000-0000-0000-000000000000.",
            detailed_code=_DETAILED.get(noun, "InvalidParameterValue"),
            target=target,
        )
    return found


def _path_of(address: str) -> str:
    """The path of an address; empty if it cannot be read."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


_DETAILED = {"datasets": "InvalidDataset", "models": "InvalidModelUri", "projects": "InvalidProject"}
