"""What forms say of new resources, as the use cases take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form

from lect.api.schemas.shared import DisplayName, LocaleTag
from lect.core.errors import LectError
from lect.core.locale import language_of

Name = Annotated[DisplayName, Form()]
Locale = Annotated[LocaleTag, Form()]
Id = Annotated[str, Form(max_length=64)]
Ids = Annotated[list[str], Form(max_length=200)]

Told = tuple[str, str]  # what is wrong, and what to do about it


@dataclass(frozen=True, kw_only=True)
class Given:
    """What every new resource is given."""

    display_name: str
    description: str | None = None
    custom_properties: None = None
    project: None = None


def told(error: LectError) -> Told:
    """An error as pages show it."""
    return error.message, error.hint


def is_same_language(one: str, other: str) -> bool:
    """Whether data of one locale fits another."""
    return language_of(one) == language_of(other)
