"""Graph files: built once, whole or absent."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lect.core.errors import ModelLoadFailed
from lect.engines.whisper import build as module
from lect.engines.whisper.build import ensure_build
from lect.engines.whisper.sessions import Sessions

SCRIPT = """
import os, sys
from pathlib import Path
ending, _, limit = sys.argv[3].partition(" ")
if limit:
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
from lect.engines.whisper import build
write = build._write_files
def tell(weights, source, draft, precision):
    write(weights, source, draft, precision)
    print("built", flush=True)
    if ending == "dies":
        os.kill(os.getpid(), 9)
build._write_files = tell
made = build.ensure_build(Path(sys.argv[1]), weights_sha256="x", precision="fp16", cache=Path(sys.argv[2]))
print(made.folder)
"""


@pytest.fixture
def ensure(checkpoint, tmp_path):
    def run(precision="fp16", sha256="x", progress=None):
        return ensure_build(
            checkpoint, weights_sha256=sha256, precision=precision, cache=tmp_path, progress=progress
        )

    return run


def in_a_process(checkpoint, cache, ending="lives"):
    command = [sys.executable, "-c", SCRIPT, str(checkpoint), str(cache), ending]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def folders(cache):
    return [path for path in cache.iterdir() if path.is_dir() and path.name.startswith("whisper-")]


def test_it_says_what_the_model_is(ensure, model):
    build = ensure()
    assert (build.dimensions, build.precision) == (model.dimensions, "fp16")
    assert (build.alignment_heads, build.suppress, build.suppress_first) == (2, (1, 2), (32, 256))


def test_processes_that_start_together_build_once(checkpoint, tmp_path):
    with ThreadPoolExecutor(3) as pool:
        ran = list(pool.map(lambda _: in_a_process(checkpoint, tmp_path), range(3)))
    assert [each.returncode for each in ran] == [0, 0, 0], ran[0].stderr
    lines = [line for each in ran for line in each.stdout.splitlines()]
    assert lines.count("built") == 1
    assert len(set(lines) - {"built"}) == 1


def test_a_build_that_is_killed_leaves_nothing_that_is_served(checkpoint, tmp_path, ensure):
    assert in_a_process(checkpoint, tmp_path, "dies").returncode == -signal.SIGKILL
    assert folders(tmp_path) == []
    Sessions(ensure(), threads=1)


def test_what_a_killed_build_leaves_goes_with_the_next_one(checkpoint, tmp_path, ensure):
    in_a_process(checkpoint, tmp_path, "dies")
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] != []

    folder = ensure().folder

    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name, f"{folder.name}.lock"]


@pytest.mark.parametrize("limit", [10_000, 1_000_000])
def test_a_disk_that_is_too_small_is_a_store_error_and_nothing_is_left(checkpoint, tmp_path, limit):
    ran = in_a_process(checkpoint, tmp_path / "cache", f"meets {limit}")
    assert "StoreError" in ran.stderr.splitlines()[-2]
    assert "Free some space" in ran.stderr.splitlines()[-1]
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]


def test_a_build_that_fails_leaves_nothing_behind(ensure, tmp_path, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(module, "_cross_value_bias", fail)
    with pytest.raises(ZeroDivisionError):
        ensure()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_folder_without_details_is_no_build_and_is_built_again(ensure):
    folder = ensure().folder
    (folder / module.DETAILS).unlink()
    (folder / "encoder.onnx").write_bytes(b"half")
    Sessions(ensure(), threads=1)


def test_the_log_tells_what_is_built_and_how_long_it_took(ensure, caplog):
    caplog.set_level(logging.INFO, "lect")
    folder = ensure().folder
    ensure()
    assert [record.message for record in caplog.records] == ["Building graphs.", "Graphs built."]
    fields = caplog.records[-1].lect_fields
    assert (fields["action"], fields["folder"], fields["precision"]) == ("build", folder, "fp16")
    assert fields["seconds"] > 0


@pytest.mark.parametrize("precision", ["int8", "fp16", "fp32"])
def test_progress_rises_to_one_and_is_told_of_building_alone(ensure, precision):
    told = []
    ensure(precision, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] < 0.1
    assert told[-1] == 1.0

    told.clear()
    ensure(precision, progress=told.append)
    assert told == []


def test_the_same_is_not_built_again(ensure, monkeypatch):
    first = ensure()
    monkeypatch.setattr(module, "_write_build", None)
    assert ensure() == first


def test_another_precision_or_other_weights_are_another_folder(ensure, tmp_path):
    made = {ensure().folder, ensure("int8").folder, ensure("fp32").folder, ensure(sha256="y").folder}
    assert len(made) == 4
    assert sorted(made) == sorted(folders(tmp_path))


def test_the_same_weights_give_the_same_bytes(checkpoint, tmp_path):
    made = [
        ensure_build(checkpoint, weights_sha256="x", precision="int8", cache=tmp_path / name).folder
        for name in ("one", "two")
    ]
    for path in sorted(made[0].iterdir()):
        assert path.read_bytes() == (made[1] / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    "name",
    ["encoder.onnx", "encoder.data", "decoder.data", "vocabulary.bin", "positions.npy", "tokenizer.json"],
)
@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_damage_is_found_before_the_model_is_loaded(ensure, name, harm):
    path = ensure().folder / name
    os.truncate(path, path.stat().st_size - 1) if harm == "cut" else path.unlink()
    with pytest.raises(ModelLoadFailed, match=name) as raised:
        ensure()
    assert "Delete that folder" in raised.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": {}}'])
def test_details_that_say_nothing_are_damage(ensure, text):
    (ensure().folder / module.DETAILS).write_text(text)
    with pytest.raises(ModelLoadFailed, match="damaged"):
        ensure()


def test_graphs_of_the_right_size_that_are_no_graphs_are_refused_at_loading(ensure):
    build = ensure()
    path = build.folder / "decoder.onnx"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(ModelLoadFailed, match="cannot be loaded"):
        Sessions(build, threads=1)


def test_details_are_plain_json(ensure):
    folder = ensure().folder
    details = json.loads((folder / module.DETAILS).read_text())
    assert set(details["files"]) == {path.name for path in folder.iterdir()} - {module.DETAILS}
