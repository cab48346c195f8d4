"""Where requests work on files."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lect.api.service import Service


@contextmanager
def scratch(service: Service) -> Iterator[Path]:
    """A folder to work in that is gone afterwards."""
    folder, remove = scratch_folder(service)
    try:
        yield folder
    finally:
        remove()


def scratch_folder(service: Service) -> tuple[Path, Callable[[], None]]:
    """A folder to work in, and what removes it once its files were sent."""
    place = service.settings.scratch_folder
    place.mkdir(parents=True, exist_ok=True)
    folder = tempfile.TemporaryDirectory(dir=place)
    return Path(folder.name), folder.cleanup
