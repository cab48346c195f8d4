"""Base models in memory: what is made once, and what the log says of it."""

from __future__ import annotations

import logging
import lzma
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from threading import Event

import pytest

from lect.engines.toy import ToyRecogniser
from lect.engines.whisper.build import identity_of
from lect.models import bases, catalogue
from lect.models.bases import load_base
from lect.settings import Settings


@pytest.fixture
def base(tmp_path, monkeypatch, caplog):
    """base() -> a folder of nothing as a base model on the toy engine, loaded anew."""
    (tmp_path / "mine").mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / "mine" / file).write_text("weights")
    monkeypatch.setattr(bases.registry, "load", lambda engine, *, name, **options: ToyRecogniser(name))
    caplog.set_level(logging.INFO, "lect")
    return lambda: load_base(str(tmp_path / "mine"), settings=Settings(cache=tmp_path / "cache"))


def test_the_log_tells_which_model_was_loaded_and_how_long_it_took(base, caplog):
    base()
    (record,) = caplog.records
    assert record.message == "Model loaded."
    assert record.lect_fields["model"] == "mine"
    assert record.lect_fields["seconds"] > 0


def test_the_general_language_model_is_made_once_in_the_life_of_a_cache(base, caplog):
    first, again = base().general("en"), base().general("en")
    made = [record for record in caplog.records if record.message == "General language model made."]
    assert [(each.lect_fields["model"], each.lect_fields["language"]) for each in made] == [("mine", "en")]
    assert list(first.vocabulary) == list(again.vocabulary)


def test_while_the_model_of_one_language_is_made_that_of_another_is_given(base, monkeypatch):
    loaded, making, done = base(), Event(), Event()
    write = loaded.write_general

    def write_slowly(path, language, progress):
        if language == "de":
            making.set()
            assert done.wait(10)
        write(path, language, progress)

    monkeypatch.setattr(loaded, "write_general", write_slowly)
    with ThreadPoolExecutor() as threads:
        german = threads.submit(loaded.general, "de")
        try:
            assert making.wait(10)
            made = threads.submit(loaded.general, "en").result(5)
            assert threads.submit(loaded.general, "en").result(5) is made
        finally:
            done.set()
        assert loaded.general("de") is german.result(10)


PACKED = [model for model in catalogue.BASE_MODELS if isinstance(model.source, catalogue.PackageSource)]


@pytest.mark.parametrize("model", PACKED, ids=lambda model: model.name)
def test_the_general_english_of_base_models_that_come_by_pip_comes_with_lect(model, base, tmp_path, caplog):
    loaded = base()
    loaded.recogniser.identity = identity_of(model.weights.sha256, "int8")
    general = loaded.general("en")
    assert len(general.vocabulary) > 10_000
    assert {"the", "coffee", "morning"} <= set(general.vocabulary)
    assert "General language model made." not in caplog.messages
    (kept,) = (tmp_path / "cache").glob("general*.bin")
    packed = resources.files("lect.models") / "general" / f"{kept.name}.xz"
    assert kept.read_bytes() == lzma.decompress(packed.read_bytes())


def test_general_models_of_older_builders_are_not_packed():
    """`python tools/make_general.py` makes them anew."""
    wanted = {f"{bases.general_file(identity_of(model.weights.sha256, 'int8'), 'en')}.xz" for model in PACKED}
    assert {file.name for file in (resources.files("lect.models") / "general").iterdir()} == wanted
