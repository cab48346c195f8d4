"""What is known of a turn when it begins, and those who look on while it is recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lect.core.entities import Endpoint, Model
from lect.serving.live.requests import TurnRequest
from lect.serving.live.turn import Recognition

Answering = tuple[Endpoint | None, Model]
"""The model that answers, and the endpoint that it is asked at; None: a base model, at none."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, as the door found out."""

    key: str = ""  # its id: callers are served in turn
    project: str | None = None  # the only one whose endpoints are seen; None: all
    connection: str | None = None  # what the client calls its connection
    trace: str | None = None  # `traceparent`, of which the turn is a part


@dataclass(frozen=True, kw_only=True)
class TurnFacts:
    """A turn that begins."""

    request: TurnRequest
    caller: Caller
    answering: Mapping[str, Answering]  # by locale; the first is at work until a language was heard

    @property
    def locale(self) -> str:
        """The language, of several the first."""
        return next(iter(self.answering))

    def endpoint(self, locale: str | None = None) -> Endpoint | None:
        """The endpoint of a language to choose from; None, or one that is none of them: of the first."""
        return self.answering.get(locale or self.locale, self.answering[self.locale])[0]

    @property
    def model(self) -> Model:
        """The model of the first language."""
        return self.answering[self.locale][1]


Watch = Callable[[Recognition, TurnFacts], Recognition]
"""Gives the recognition of a turn back as it is, or in something that looks on and passes everything on, both ways."""
