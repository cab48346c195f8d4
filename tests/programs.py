"""Programs of the system that tests run."""

from __future__ import annotations

import shutil

import pytest


def tool(name: str, *, package: str) -> str:
    """The path of a program; without it the test is skipped, and says what installs it."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {package})")
    return path
