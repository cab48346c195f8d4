"""A very small random Whisper in every precision."""

from __future__ import annotations

import pytest
import whisper_makers

from lect.engines.whisper.build import ensure_build
from lect.engines.whisper.sessions import Sessions


@pytest.fixture(scope="session")
def model():
    return whisper_makers.weights()


@pytest.fixture(scope="session")
def checkpoint(model, tmp_path_factory):
    """Its folder in the CTranslate2 layout."""
    folder = tmp_path_factory.mktemp("checkpoint")
    whisper_makers.write_ctranslate2(model, folder)
    return folder


@pytest.fixture(scope="session")
def build(checkpoint, tmp_path_factory):
    """build("int8") -> its graph files."""
    cache = tmp_path_factory.mktemp("cache")
    return lambda precision: ensure_build(
        checkpoint, weights_sha256="random", precision=precision, cache=cache
    )


@pytest.fixture(scope="session")
def sessions(build):
    """Its graphs in float32, loaded."""
    return Sessions(build("fp32"), threads=1)
