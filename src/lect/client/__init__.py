"""A small client of the server, for programs, the command line and tests.

    from lect.client import Client

    with Client("http://localhost:8080", key="...") as client:
        project = client.projects.create(display_name="orders", locale="en-US")
        data = client.datasets.upload(Path("training.zip"), kind="Acoustic", locale="en-US", project=project)
        client.datasets.wait(data)

It speaks v3.2 of the API, so it works with any server that does. Imports `core` alone.
"""

from lect.client.client import Client
from lect.client.entities import Entity

__all__ = ["Client", "Entity"]
