"""Bundles find the base that they were made for, by its weights."""

from __future__ import annotations

import hashlib

import pytest

from lect.core.errors import ModelLoadFailed, NotFound
from lect.engines.toy import ToyRecogniser
from lect.models import resolver
from lect.models.bases import Base
from lect.models.training import TrainOptions, train
from lect.serving import pool
from lect.serving.pool import Pool
from lect.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(cache=tmp_path / "cache", offline=True)


@pytest.fixture
def weights(tmp_path):
    """weights("first") -> a folder with a model; the toy engine takes it whatever is in it."""

    def make(name, content=None):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("model.bin", "config.json", "tokenizer.json"):
            (folder / file).write_text(content or name)
        return folder

    return make


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    def load_base(name, *, settings):
        return Base(resolver.resolve(name, settings=settings), ToyRecogniser(), cache=settings.cache)

    monkeypatch.setattr(pool, "load_base", load_base)


@pytest.fixture
def bundle(tmp_path, weights, settings):
    """A bundle made on the folder `first`."""
    (tmp_path / "text.txt").write_text("one large latte\n")
    base = Pool(settings).base(str(weights("first")))
    train(tmp_path / "coffee.lect", TrainOptions(text=(tmp_path / "text.txt",)), base)
    return str(tmp_path / "coffee.lect")


def test_a_base_in_a_folder_is_found_again_wherever_one_is(bundle, settings, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Pool(settings).open(bundle).base.folder.path == tmp_path / "first"


def test_a_base_that_moved_is_found_once_it_was_shown(bundle, settings, tmp_path):
    (tmp_path / "first").rename(tmp_path / "second")
    with pytest.raises(NotFound) as caught:
        Pool(settings).open(bundle)
    sha256 = hashlib.sha256(b"first").hexdigest()
    assert f"made for the base model first (SHA-256 of its weights {sha256})" in caught.value.message
    assert "lect models verify FOLDER" in caught.value.hint

    resolver.verify(str(tmp_path / "second"), settings=settings)
    assert Pool(settings).open(bundle).base.folder.path == tmp_path / "second"


def test_a_base_that_is_loaded_already_is_shared_whatever_its_name(bundle, settings, tmp_path):
    (tmp_path / "first").rename(tmp_path / "second")
    loaded = Pool(settings)
    base = loaded.base(str(tmp_path / "second"))
    assert loaded.open(bundle).base is base


def test_another_model_of_the_same_name_is_refused(bundle, settings, tmp_path, weights, monkeypatch):
    (tmp_path / "first" / "model.bin").write_text("tuned further")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelLoadFailed, match=r"made for the base model first .*not for first"):
        Pool(settings).open(bundle)
