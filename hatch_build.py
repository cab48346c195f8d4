"""Puts the JavaScript of others that the studio uses beside its own: from npm, whose lock file has the hash of each package.

None of it is in the repository. Where npm is missing, or answers nothing, the build goes on without: the studio's pages then do
without what those scripts add, and say so.

    python hatch_build.py    fetches it for this checkout
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/lect/studio/static/vendor")
FILES = {  # as the studio calls them, and where npm puts them
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "wavesurfer.js": "wavesurfer.js/dist/wavesurfer.esm.js",
    "wavesurfer.LICENSE.txt": "wavesurfer.js/LICENSE",
}
STAMP = "package-lock.sha256"  # of the lock file that they were fetched by
_SECONDS = 300.0


class StudioScripts(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Runs before a wheel is packed, and before a checkout is installed as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is not there yet."""
        if self.target_name == "wheel" and (problem := fetch(Path(self.root))):
            self.app.display_warning(f"The studio comes without htmx and wavesurfer.js: {problem}")


def fetch(root: Path) -> str:
    """Put the files in place unless they are there already; returns what went wrong, if anything."""
    lock, vendor = root / "package-lock.json", root / VENDOR
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = vendor / STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            if (root / name).is_file():
                shutil.copy(root / name, folder)
        command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            ran = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return "npm takes too long"
        if ran.returncode:
            return f"npm failed: {ran.stderr.strip()[-300:]}"
        vendor.mkdir(parents=True, exist_ok=True)
        for name, source in FILES.items():
            shutil.copyfile(Path(folder, "node_modules", source), vendor / name)
    stamp.write_text(wanted, "utf-8")
    return ""


if __name__ == "__main__":
    sys.exit(fetch(Path(__file__).parent) or 0)
