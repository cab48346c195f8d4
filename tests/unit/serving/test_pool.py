"""Bundles find the base that they were made for, by its weights."""

from __future__ import annotations

import hashlib

import pytest

from lect.core.errors import ModelLoadFailed, NotFound
from lect.engines.toy import ToyRecogniser
from lect.models import bundles, resolver
from lect.models.bases import Base
from lect.models.knowledge import CASING, PRONUNCIATIONS
from lect.models.plan import TrainOptions
from lect.models.training import train
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
    def load_base(name, *, settings, progress):
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


@pytest.fixture
def with_member(bundle, tmp_path):
    """with_member(name, data) -> the bundle with one more member, whole as far as its hashes tell."""

    def write(name, data):
        plain = bundles.open_bundle(tmp_path / "coffee.lect")
        members = {member: bytes(plain.read(member)) for member in plain.views} | {name: data}
        bundles.write(tmp_path / "other.lect", manifest=plain.manifest, members=members, provenance={})
        return str(tmp_path / "other.lect")

    return write


def test_terms_are_written_as_they_are_displayed(with_member, settings):
    path = with_member(PRONUNCIATIONS, b'[["3CPO","three c p o"]]')
    assert Pool(settings).open(path).written.written("ask Three C.P.O.") == "ask 3CPO."


def test_a_model_without_terms_writes_what_it_hears(bundle, settings):
    assert Pool(settings).open(bundle).written.written("ask three c p o") == "ask three c p o"


@pytest.mark.parametrize("member", [PRONUNCIATIONS, CASING])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"7",
        b"null",
        b'"3CPO"',
        b"\xff",
        b"[" * 100_000,
        b'{"3CPO": 3}',
        b'[["3CPO"]]',
        b'[["3CPO", 3]]',
    ],
)
def test_a_member_that_is_not_what_it_should_be_is_named(with_member, settings, member, data):
    path = with_member(member, data)
    with pytest.raises(ModelLoadFailed, match=f"other.lect: {member} cannot be read") as caught:
        Pool(settings).open(path)
    assert "Train the model again" in caught.value.hint


@pytest.mark.parametrize(
    "data", [b'[["3CPO", ""]]', b'[["", "x"]]', b'[[" ", "the"]]', b'[["a", "b", "c"]]', b'["ab"]']
)
def test_half_a_pronunciation_is_refused(with_member, settings, data):
    path = with_member(PRONUNCIATIONS, data)
    with pytest.raises(ModelLoadFailed, match=PRONUNCIATIONS):
        Pool(settings).open(path)
