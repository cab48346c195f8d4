"""`lect train --audio` with real weights: killed and taken up again, refused where it does harm, told what cannot be used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load

from lect.models import acoustic, bundles

pytest.importorskip("torch")

LINES = 12
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


def command(settings, *arguments, launcher=(sys.executable,)):
    environment = {**os.environ, "LECT_CACHE": str(settings.cache), "LECT_THREADS": "1", "LECT_OFFLINE": "1"}
    return subprocess.Popen(
        [*launcher, "-m", "lect", *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture(scope="module")
def orders(shared_data, tmp_path_factory):
    """orders("training", 12, shuffled=True) -> the first coffee orders of a set, perhaps with each other's transcripts."""

    def pack(part, n, *, shuffled=False):
        path = tmp_path_factory.mktemp("data") / f"{part}.zip"
        with zipfile.ZipFile(shared_data / "barista" / part / "audio-and-trans.zip") as theirs:
            (table,) = (name for name in theirs.namelist() if name.endswith("trans.txt"))
            pairs = [line.split("\t") for line in theirs.read(table).decode("utf-8-sig").splitlines()[:n]]
            texts = [text for _, text in pairs]
            texts = texts[n // 2 :] + texts[: n // 2] if shuffled else texts
            with zipfile.ZipFile(path, "w") as ours:
                for file, _ in pairs:
                    (name,) = (each for each in theirs.namelist() if each.endswith(file))
                    ours.writestr(file, theirs.read(name))
                lines = [f"{file}\t{text}\n" for (file, _), text in zip(pairs, texts, strict=True)]
                ours.writestr("trans.txt", "\ufeff" + "".join(lines))
        return path

    return pack


def steps_of(checkpoint):
    """How many steps a checkpoint holds."""
    with safe_open(checkpoint, framework="numpy") as file:
        [document] = file.metadata().values()
    return len(json.loads(document)["losses"])


def options(orders, output, *, shuffled=False):
    return [
        "train", "-o", output, "--base", "whisper-tiny.en", "--no-audio-text",
        "--audio", orders("training", LINES, shuffled=shuffled), "--dev", orders("dev", 35),
        "--epochs", "6", "--alpha", "0.5", "--allow-harm", "50", "--json",
    ]  # fmt: skip


@pytest.mark.long
def test_a_killed_training_goes_on_to_the_same_bundle(orders, settings, tiny_en, tmp_path):
    code, _, err = finished(command(settings, *options(orders, tmp_path / "whole.lect")))
    assert code == 0, err

    output = tmp_path / "killed.lect"
    process = command(settings, *options(orders, output))
    while process.poll() is None and not list(
        tmp_path.glob(".killed.lect-training/checkpoint-audio.safetensors")
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not output.exists()
    [kept] = tmp_path.glob(".killed.lect-training/checkpoint-audio.safetensors")
    whole = bundles.open_bundle(tmp_path / "whole.lect").manifest.recipe["acoustic"]
    assert 0 < steps_of(kept) < whole["steps"]  # it was killed in the middle
    code, _, err = finished(command(settings, *options(orders, output), "--resume"))

    assert code == 0, err
    assert output.read_bytes() == (tmp_path / "whole.lect").read_bytes()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.long
def test_two_processes_train_the_model_of_one(orders, settings, tiny_en, tmp_path):
    for name, launcher in (("one", (sys.executable,)), ("two", TORCHRUN)):
        arguments = [*options(orders, tmp_path / f"{name}.lect"), "--per-step", "2", "--epochs", "12"]
        code, out, err = finished(command(settings, *arguments, launcher=launcher))
        assert code == 0, err
        document = json.loads(out)  # one alone: the other process says nothing
        assert document["acoustic"]["batches_per_step"] == 2

    one, two = (bundles.open_bundle(tmp_path / f"{name}.lect") for name in ("one", "two"))
    assert two.manifest.scores["dev"] == one.manifest.scores["dev"]
    changes, same = (load(bytes(bundle.read(acoustic.WEIGHTS))) for bundle in (one, two))
    for name, change in changes.items():
        assert np.linalg.norm(same[name] - change) <= 0.05 * np.linalg.norm(change), name
    assert not list(tmp_path.glob(".*"))


@pytest.mark.long
def test_transcripts_of_other_files_are_refused_and_no_bundle_is_written(orders, settings, tiny_en, tmp_path):
    output = tmp_path / "bad.lect"
    code, out, _ = finished(command(settings, *options(orders, output, shuffled=True)))

    assert code == 1
    assert json.loads(out)["error"]["code"] == "training_refused"
    assert "recordings are probably wrong" in json.loads(out)["error"]["message"]
    assert not output.exists()


@pytest.mark.long
def test_recordings_without_transcripts_are_foreseen_as_far_as_they_are_recognised(
    orders, settings, tiny_en, tmp_path
):
    code, out, err = finished(
        command(
            settings, "train", "-o", tmp_path / "t.lect", "--base", "whisper-tiny.en", "--dry-run", "--json",
            "--audio-only", orders("training", LINES), "--dev", orders("dev", 6),
        )
    )  # fmt: skip
    assert code == 0, err
    planned = json.loads(out)
    assert [(each["kind"], each["accepted"]) for each in planned["files"]] == [("audio", LINES)]
    assert LINES / 2 < planned["audio"]["self_trained"] <= LINES
    assert planned["audio"]["utterances"] == 0


@pytest.mark.long
def test_a_text_that_is_spoken_is_foreseen(orders, shared_data, settings, tiny_en, tmp_path):
    if not (shutil.which("espeak-ng") or shutil.which("flite")):
        pytest.skip("neither espeak-ng nor flite is installed")
    code, out, err = finished(
        command(
            settings, "train", "-o", tmp_path / "t.lect", "--base", "whisper-tiny.en", "--dry-run", "--json",
            "--text", shared_data / "barista" / "training" / "related-text.txt", "--synthetic-speech",
            "--dev", orders("dev", 6),
        )
    )  # fmt: skip
    assert code == 0, err
    expected = json.loads(out)["audio"]
    assert (expected["method"], expected["spoken"], expected["too_long"]) == (None, 400, 0)
    assert expected["spoken_epochs"] == 1
    assert expected["cpu_seconds"] > 60


def deep_text(orders, shared_data, output):
    return [
        "train", "-o", output, "--base", "whisper-tiny.en",
        "--text", shared_data / "barista" / "training" / "related-text.txt", "--deep-text",
        "--dev", orders("dev", 35), "--alpha", "1", "--allow-harm", "50", "--weight", "40", "--json",
    ]  # fmt: skip


@pytest.mark.long
def test_a_text_learned_deeply_lowers_errors_and_goes_on_where_it_was_killed(
    orders, shared_data, settings, tiny_en, tmp_path
):
    code, out, err = finished(command(settings, *deep_text(orders, shared_data, tmp_path / "whole.lect")))
    assert code == 0, err
    trained = json.loads(out)
    assert trained["acoustic"]["deep_text"]["sentences"] == trained["acoustic"]["deep_text"]["replayed"] > 400
    assert trained["acoustic"]["shortest_window"] is None
    assert trained["dev"]["after"] < 0.7 * trained["dev"]["before"]

    output = tmp_path / "killed.lect"
    process = command(settings, *deep_text(orders, shared_data, output))
    while process.poll() is None and not list(
        tmp_path.glob(".killed.lect-training/checkpoint-text.safetensors")
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    code, _, err = finished(command(settings, *deep_text(orders, shared_data, output), "--resume"))
    assert code == 0, err
    assert output.read_bytes() == (tmp_path / "whole.lect").read_bytes()
