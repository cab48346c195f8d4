"""The commands on the toy engine, in a folder of their own."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from lect.cli.main import app
from lect.engines.toy import ToyRecogniser
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving import pool

COFFEE = "one large latte with soy milk please"
TEA = "and a cup of tea"


@pytest.fixture
def lect(tmp_path, monkeypatch, tones_are_speech):
    """`lect("check", "a.txt")`; every base model is the toy, which fails where a bomb is named."""

    def load_base(name, *, settings, progress):
        folder = ModelFolder(
            name=name, path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
        )
        return Base(folder, ToyRecogniser(name, fail_on="bomb"), cache=settings.cache)

    monkeypatch.setattr(pool, "load_base", load_base)
    monkeypatch.setenv("LECT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LECT_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)
