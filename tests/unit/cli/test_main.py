"""What every command has in common: errors become messages and exit codes."""

from __future__ import annotations

import sys

import pytest

from lect.cli.main import run


def test_a_path_that_cannot_be_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lect", "transcribe", "a" * 300])

    with pytest.raises(SystemExit) as end:
        run()

    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("error: aaa")
