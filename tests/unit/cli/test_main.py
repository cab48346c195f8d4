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


def test_training_heeds_the_limit_on_text(monkeypatch, tmp_path, capsys):
    (tmp_path / "orders.txt").write_text("a flat white please\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LECT_LIMITS_TEXT_BYTES", "5")
    monkeypatch.setattr(sys, "argv", ["lect", "train", "-o", "a.lect", "--text", "orders.txt", "--dry-run"])

    with pytest.raises(SystemExit) as end:
        run()

    assert end.value.code == 1
    assert "no line can be used" in capsys.readouterr().err
