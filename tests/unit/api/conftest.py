"""What tests of the HTTP door share."""

import json

import pytest


@pytest.fixture(scope="session")
def official(shared_data):
    """The published documents of the API, by version."""
    folder = shared_data.parent / "azure-rest"
    if not folder.is_dir():
        pytest.skip("the published documents of the API are not here")
    return {
        version: json.loads((folder / version / "speechtotext.json").read_text("utf-8"))
        for version in ("v3.1", "v3.2", "2024-11-15")
    }
