"""Without torch, the hint is the line that installs it; and nothing but the training itself needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lect.core.errors import MissingExtra
from lect.engines.whisper import tuning


def test_a_missing_torch_is_an_error_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(tuning, "find_spec", lambda name: None)

    with pytest.raises(MissingExtra, match=r"torch.*\n.*pip install 'lect\[train\]'"):
        tuning.require_torch()


def test_plans_are_made_without_torch():
    modules = ", ".join(
        f"lect.engines.whisper.tuning.{name}"
        for name in ("augment", "batches", "byte_pairs", "checkpoint", "options")
    )
    script = f"import sys, {modules}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
