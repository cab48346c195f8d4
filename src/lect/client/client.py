"""The client: a collection for each noun of the API."""

from __future__ import annotations

from typing import Any

from lect.client.collection import Collection
from lect.client.http import Http
from lect.client.nouns import Datasets, Endpoints, Models
from lect.core.closing import Closing


class Client(Closing):
    """A server, by noun."""

    def __init__(self, server: str, *, key: str | None = None, **options: Any) -> None:
        """Take the server's address, such as `http://localhost:8080`, and a key if it wants one.

        Args:
            options: see `lect.client.http.Http`
        """
        self.http = Http(server, key=key, **options)
        self.projects = Collection(self.http, "projects")
        self.datasets = Datasets(self.http, "datasets")
        self.models = Models(self.http, "models")
        self.evaluations = Collection(self.http, "evaluations")
        self.endpoints = Endpoints(self.http, "endpoints")
        self.transcriptions = Collection(self.http, "transcriptions")
        self.web_hooks = Collection(self.http, "webhooks")

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
