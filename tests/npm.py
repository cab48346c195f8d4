"""Packages of npm that tests use, each set in a folder of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 240  # seconds for an installation on a slow machine
PACKAGES = ("package.json", "package-lock.json")
UNREACHABLE = frozenset(
    {
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENOTCACHED",  # `offline` is set
        "ENOTFOUND",
        "ERR_SOCKET_TIMEOUT",
        "ETIMEDOUT",
    }
)  # what npm says where there is no network


def install(source: Path, folder: Path, *, what: str) -> None:
    """Install what the lock in a folder names into another one; skipped where npm or its registry is missing."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed (Debian: apt-get install npm)")
    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        shutil.copy(source / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{what} cannot be had: npm ci took more than {PATIENCE} s")
    if done.returncode:
        require_network(done.stderr, what=what)
        raise RuntimeError(f"npm ci failed, and not for want of a network:\n{done.stderr}")


def require_network(said: str, *, what: str) -> None:
    """Skip the test if what npm said is that it reached nobody; all else, such as a broken lock file, is our own fault."""
    code = re.search(r"^npm (?:error|ERR!) code (\w+)$", said, re.M)
    if code and code[1] in UNREACHABLE:
        pytest.skip(f"{what} cannot be had: no registry is reached ({code[1]})")
