"""Where requests work on files."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lect.api.service import Service


@contextmanager
def scratch(service: Service) -> Iterator[Path]:
    """A folder to work in that is gone afterwards."""
    place = service.settings.scratch_folder
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)
