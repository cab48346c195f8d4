import hashlib
import json

import pytest

from lect.core.errors import InvalidInput, ModelLoadFailed, NotFound
from lect.models import catalogue, resolver
from lect.models.resolver import resolve
from lect.settings import Settings

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def settings(tmp_path):
    return Settings(cache=tmp_path / "cache", offline=True)


def fill(folder, weights="model.safetensors"):
    folder.mkdir(parents=True)
    for name in [weights, "config.json", "generation_config.json", "tokenizer.json"]:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """The cache of the hub library, as it looks after downloads."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))

    def download(repository, commit):
        return fill(tmp_path / "hub" / f"models--{repository.replace('/', '--')}" / "snapshots" / commit)

    return download


@pytest.mark.parametrize(
    ("weights", "layout"), [("model.bin", "ctranslate2"), ("model.safetensors", "transformers")]
)
def test_a_folder_is_a_base_model_by_its_weights(tmp_path, settings, weights, layout):
    folder = resolve(str(fill(tmp_path / "mine", weights)), settings=settings)

    assert (folder.name, folder.path, folder.layout) == ("mine", tmp_path / "mine", layout)
    assert folder.weights_sha256 == hashlib.sha256(weights.encode()).hexdigest()
    assert weights in folder.files


def test_sharded_weights_have_one_identity(tmp_path, settings):
    folder = fill(tmp_path / "mine", "model-00001-of-00002.safetensors")
    one = resolve(str(folder), settings=settings).weights_sha256
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"more")

    assert resolve(str(folder), settings=settings).weights_sha256 != one


def test_pickled_weights_are_refused_with_the_way_out(tmp_path, settings):
    fill(tmp_path / "mine", "pytorch_model.bin")

    with pytest.raises(ModelLoadFailed, match=r"mine: .*\nPickled weights .* never loaded"):
        resolve(str(tmp_path / "mine"), settings=settings)


def test_a_file_is_no_base_model(tmp_path, settings):
    (tmp_path / "model.bin").write_bytes(b"")

    with pytest.raises(InvalidInput, match="Give the folder"):
        resolve(str(tmp_path / "model.bin"), settings=settings)


@pytest.mark.parametrize("name", ["whisper-bse", "", "a/b/c", "https://example.org/x", "../nowhere"])
def test_an_unknown_model_is_answered_with_the_known_ones(settings, name):
    with pytest.raises(NotFound, match=r"no such model.*\n.*whisper-base, whisper-tiny\.en"):
        resolve(name, settings=settings)


@pytest.mark.parametrize("name", ["me/mine", "me/mine@main", "me/mine@0123abc"])
def test_a_hub_model_needs_a_whole_commit(settings, name):
    with pytest.raises(InvalidInput, match="me/mine@COMMIT"):
        resolve(name, settings=settings)


def test_a_hub_model_that_is_here_needs_no_network(settings, hub_cache):
    path = hub_cache("me/mine", COMMIT)

    folder = resolve("me/mine", revision=COMMIT, settings=settings)

    assert folder.path == path
    assert folder.name == folder.source == f"me/mine@{COMMIT}"
    assert resolve(f"me/mine@{COMMIT}", settings=settings) == folder


@pytest.mark.parametrize("present", [False, True], ids=["absent", "half downloaded"])
def test_a_hub_model_that_is_not_whole_is_not_found_offline(settings, hub_cache, present):
    if present:
        (hub_cache("me/mine", COMMIT) / "model.safetensors").unlink()

    with pytest.raises(NotFound, match=r"not downloaded yet, and .* offline\n.*lect models pull me/mine@"):
        resolve(f"me/mine@{COMMIT}", settings=settings)


SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


@pytest.fixture
def sharded(hub_cache):
    folder = hub_cache("me/mine", COMMIT)
    (folder / "model.safetensors").unlink()
    for name in SHARDS:
        (folder / name).write_bytes(name.encode())
    index = {"weight_map": {"model.a": SHARDS[0], "model.b": SHARDS[1], "model.c": SHARDS[1]}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_shards_that_the_index_lists_are_a_whole_model(settings, sharded):
    assert resolve(f"me/mine@{COMMIT}", settings=settings).path == sharded


@pytest.mark.parametrize(
    "missing",
    [*SHARDS, "model.safetensors.index.json", "generation_config.json", "config.json", "tokenizer.json"],
)
def test_a_download_that_was_cut_off_between_two_files_is_not_whole(settings, sharded, missing):
    (sharded / missing).unlink()

    with pytest.raises(NotFound, match="not downloaded yet"):
        resolve(f"me/mine@{COMMIT}", settings=settings)


@pytest.mark.parametrize(
    "index", ["", "[]", "{}", '{"weight_map": 1}', '{"weight_map": {}}', '{"weight_map": {"a": [0]}}', "\xff"]
)
def test_an_index_that_says_nothing_makes_no_model_whole(settings, sharded, index):
    (sharded / "model.safetensors.index.json").write_bytes(index.encode("latin-1"))

    with pytest.raises(NotFound, match="not downloaded yet"):
        resolve(f"me/mine@{COMMIT}", settings=settings)


def test_a_ctranslate2_model_needs_no_generation_config(settings, hub_cache):
    folder = hub_cache("me/mine", COMMIT)
    (folder / "model.safetensors").rename(folder / "model.bin")
    (folder / "generation_config.json").unlink()

    assert resolve(f"me/mine@{COMMIT}", settings=settings).layout == "ctranslate2"


def test_what_is_missing_is_downloaded_at_the_pinned_commit_and_no_code_or_pickle_with_it(
    tmp_path, hub_cache, monkeypatch
):
    import huggingface_hub

    asked = []

    def snapshot_download(repository, **options):
        asked.append((repository, options["revision"], options["token"], options["allow_patterns"]))
        return str(hub_cache(repository, options["revision"]))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    settings = Settings(cache=tmp_path / "cache", hub_token="secret", offline=False)

    resolve(f"me/mine@{COMMIT}", settings=settings)

    [(repository, revision, token, patterns)] = asked
    assert (repository, revision, token) == ("me/mine", COMMIT, "secret")
    assert not [name for name in patterns if name.endswith((".py", ".pt", ".pkl")) or "pytorch" in name]


def test_a_network_that_fails_is_one_clear_line(tmp_path, hub_cache, monkeypatch):
    import huggingface_hub

    def snapshot_download(repository, **options):
        raise OSError("Name or service not known\nand much more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)

    with pytest.raises(NotFound, match=r"could not be downloaded: Name or service not known\n.*-m FOLDER"):
        resolve("whisper-small", settings=Settings(cache=tmp_path / "cache", offline=False))


def test_weights_of_the_catalogue_that_differ_from_the_pinned_hash_are_refused(settings, hub_cache):
    hub_cache("openai/whisper-small", catalogue.get("whisper-small").source.revision)

    with pytest.raises(ModelLoadFailed, match=r"model\.safetensors: damaged.*expected SHA-256 1d77.*, got "):
        resolve("whisper-small", settings=settings)
    assert [check.ok for check in resolver.verify("whisper-small", settings=settings)] == [False]


def test_another_commit_than_the_pinned_one_is_another_model(settings, hub_cache):
    hub_cache("openai/whisper-small", COMMIT)

    assert (
        resolve(f"openai/whisper-small@{COMMIT}", settings=settings).name == f"openai/whisper-small@{COMMIT}"
    )


def test_a_packaged_model_has_no_commits(settings):
    with pytest.raises(InvalidInput, match="openai/whisper-base@"):
        resolve("whisper-base", revision=COMMIT, settings=settings)


def test_a_name_of_the_catalogue_wins_over_a_folder_of_that_name(tmp_path, settings, hub_cache, monkeypatch):
    fill(tmp_path / "whisper-small")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(NotFound, match="not downloaded yet"):
        resolve("whisper-small", settings=settings)
    assert resolve("./whisper-small", settings=settings).path == tmp_path / "whisper-small"
