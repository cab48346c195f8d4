"""The weight packages as they are installed."""

import time

import pytest

from lect.core.errors import ModelLoadFailed
from lect.models import catalogue, resolver
from lect.settings import Settings


@pytest.mark.parametrize("name", ["whisper_base", "tiny_en"])
def test_the_installed_weights_are_the_pinned_ones(name, request, settings):
    folder = request.getfixturevalue(name)
    model = catalogue.get(folder.name)

    assert folder.weights_sha256 == model.weights.sha256
    assert folder.layout == "ctranslate2"
    assert {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"} <= set(folder.files)
    assert resolver.is_present(model, settings=settings)
    for file in model.files:
        assert (folder.path / file.name).stat().st_size == file.size


def test_a_later_start_does_not_read_the_weights_again(whisper_base, settings):
    start = time.process_time()
    again = resolver.resolve("whisper-base", settings=settings)

    assert again == whisper_base
    assert time.process_time() - start < 0.05  # reading and hashing 145 MB takes longer on any machine


def test_a_flipped_bit_in_the_weights_is_found(whisper_base, tmp_path):
    settings = Settings(cache=tmp_path, offline=True)
    weights = resolver.resolve("whisper-base", settings=settings).path / "model.bin"
    with weights.open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))

    checks = resolver.verify("whisper-base", settings=settings)

    assert [check.file.name for check in checks if not check.ok] == ["model.bin"]
    with pytest.raises(ModelLoadFailed, match=r"model\.bin: damaged.*expected SHA-256 d01c.*, got "):
        resolver.resolve("whisper-base", settings=settings)
