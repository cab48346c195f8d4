"""Where our own routes are, and in which version they speak of resources."""

from typing import Any

from lect.api.service import Call
from lect.api.versions import V3_2

PREFIX = "/lect/v1"
SPOKEN = V3_2  # the version whose resources and references these routes show


def link(call: Call, path: str, **parameters: Any) -> str:
    """The address of a path below the prefix, such as `/evaluations/ID`."""
    return call.links.at(f"{PREFIX}{path}", **parameters)
