"""The first whole loop as a user runs it: check, train, transcribe, evaluate, score, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import soundfile

BASE = "whisper-tiny.en"


@pytest.fixture(scope="module")
def lect(settings, tiny_en, tmp_path_factory):
    """Runs the command in a folder of its own: lect("train", ...) -> the finished process."""
    folder = tmp_path_factory.mktemp("user")
    environment = os.environ | {"LECT_CACHE": str(settings.cache), "COLUMNS": "80"}

    def run(*arguments, expect=0, before=""):
        command = [
            sys.executable,
            "-c",
            f"{before}from lect.cli.main import run; run()",
            *map(str, arguments),
        ]
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == expect, f"{arguments}\n{ran.stdout}\n{ran.stderr}"
        assert "Traceback" not in ran.stderr
        return ran

    run.folder = folder
    return run


@pytest.fixture(scope="module")
def bundle(lect, sample):
    text = sample / "training" / "related-text.txt"
    lect("train", "-o", "orchard.lect", "--base", BASE, "--text", text)
    return lect.folder / "orchard.lect"


def test_text_alone_lowers_the_error_rate_on_unseen_sentences(lect, bundle, sample):
    testing = sample / "testing" / "audio-and-trans"
    ran = lect(
        "evaluate", testing, "-m", BASE, "-m", bundle, "--json", "--sclite", "trn", "--html", "page.html"
    )
    found = json.loads(ran.stdout)
    before, after = found["models"]
    assert after["wer"] < 0.6 * before["wer"]
    assert before["wer_ci"][0] <= before["wer"] <= before["wer_ci"][1]
    assert found["comparisons"][0]["verdict"].startswith(f"{bundle} beats {BASE} by")
    assert before["words"] == before["correct"] + before["substitutions"] + before["deletions"]
    assert {path.suffix for path in (lect.folder / "trn").iterdir()} == {".trn", ".tsv"}
    assert "data:audio/flac" in (lect.folder / "page.html").read_text("utf-8")


def test_the_same_training_gives_the_same_bytes_and_the_same_transcripts(lect, bundle, sample):
    text = sample / "training" / "related-text.txt"
    report = json.loads(lect("train", "-o", "again.lect", "--base", BASE, "--text", text, "--json").stdout)
    assert report["lines"]["rejected"] == 0
    assert (lect.folder / "again.lect").read_bytes() == bundle.read_bytes()
    audio = sample / "dev" / "audio-and-trans"
    first, second = (
        lect("transcribe", audio, "-m", name, "--format", "tsv").stdout for name in (bundle, "again.lect")
    )
    assert first == second


def test_a_transcript_has_words_with_times_inside_the_audio(lect, bundle, sample):
    file = next(iter(sorted((sample / "dev" / "audio-and-trans").glob("*.flac"))))
    line = json.loads(lect("transcribe", file, "-m", bundle, "--format", "jsonl").stdout)
    words = [word for segment in line["segments"] for word in segment["words"]]
    assert " ".join(word["word"] for word in words) == line["display"]
    offsets = [word["offset"] for word in words]
    assert offsets == sorted(offsets)
    assert all(0 <= word["offset"] + word["duration"] <= line["duration"] + 0.01 for word in words)
    assert all(0 < word["confidence"] <= 1 for word in words)


def test_the_demo_prints_one_json_document(lect):
    found = json.loads(lect("demo", "--base", BASE, "--json").stdout)
    assert found["adapted"]["wer"] < found["base"]["wer"]


def test_the_weight_is_chosen_on_dev_data(lect, sample):
    text, dev = sample / "training" / "related-text.txt", sample / "dev" / "audio-and-trans"
    ran = lect("train", "-o", "tuned.lect", "--base", BASE, "--text", text, "--dev", dev, "--json")
    dev_scores = json.loads(ran.stdout)["dev"]
    assert dev_scores["after"] < dev_scores["before"]


@pytest.mark.parametrize("sound", ["silence", "noise", "chords"])
def test_nothing_is_heard_where_nothing_is_said(lect, sound):
    rng, seconds = np.random.default_rng(0), np.arange(40 * 16_000) / 16_000
    chords = sum(np.sin(2 * np.pi * hertz * seconds) for hertz in (130.8, 164.8, 196.0, 261.6))
    samples = {
        "silence": 0 * seconds,
        "noise": rng.normal(0, 0.05, len(seconds)),
        "chords": 0.1 * chords * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * seconds)),
    }[sound]
    soundfile.write(lect.folder / f"{sound}.wav", samples, 16_000)
    assert lect("transcribe", f"{sound}.wav", "-m", BASE).stdout.strip() == ""


def test_two_models_are_compared_without_a_reference(lect, bundle, sample):
    audio = sample / "dev" / "audio-and-trans"
    shown = lect("transcribe", audio, "-m", BASE, "-m", bundle, "--diff").stdout
    assert "REF:" in shown
    assert "words differ" in shown


# --- what goes wrong ---


def test_a_text_named_wav_is_named_and_the_other_files_are_transcribed(lect, sample):
    (lect.folder / "notes.wav").write_text("these are notes\n")
    good = next(iter(sorted((sample / "dev" / "audio-and-trans").glob("*.flac"))))
    ran = lect("transcribe", "notes.wav", good, "-m", BASE, "--format", "tsv", expect=1)
    assert "notes.wav: not an audio file" in ran.stderr
    assert len(ran.stdout.splitlines()) == 1


def test_a_flac_that_ends_early_is_named(lect, sample):
    whole = next(iter(sorted((sample / "dev" / "audio-and-trans").glob("*.flac")))).read_bytes()
    (lect.folder / "cut.flac").write_bytes(whole[: len(whole) // 2])
    assert "cut.flac" in lect("transcribe", "cut.flac", "-m", BASE, expect=1).stderr


def test_one_flipped_byte_in_a_bundle_is_an_error_at_load(lect, bundle):
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    (lect.folder / "bad.lect").write_bytes(data)
    soundfile.write(lect.folder / "second.wav", np.zeros(16_000), 16_000)
    ran = lect("transcribe", "second.wav", "-m", "bad.lect", expect=1)
    assert "bad.lect: lm.bin" in ran.stderr


def test_an_unknown_model_is_an_error_with_the_nearest_name(lect):
    soundfile.write(lect.folder / "second.wav", np.zeros(16_000), 16_000)
    ran = lect("transcribe", "second.wav", "-m", "whisper-tinny.en", "--json", expect=1)
    assert json.loads(ran.stdout)["error"]["code"] == "not_found"
    assert "whisper-tiny.en" in ran.stderr


def test_a_language_that_the_base_does_not_know_is_an_error(lect):
    soundfile.write(lect.folder / "second.wav", np.zeros(16_000), 16_000)
    assert "'de'" in lect("transcribe", "second.wav", "-m", BASE, "--locale", "de-DE", expect=1).stderr


@pytest.mark.parametrize("member", [None, "../escape.wav"])
def test_a_zip_without_data_or_with_a_way_out_is_refused(lect, member):
    with zipfile.ZipFile(lect.folder / "odd.zip", "w") as file:
        if member:
            file.writestr(member, b"RIFF")
    assert "odd.zip" in lect("evaluate", "odd.zip", "-m", BASE, expect=1).stderr
    assert not (lect.folder.parent / "escape.wav").exists()


def test_a_full_disk_leaves_no_half_bundle(lect, sample):
    text = sample / "training" / "related-text.txt"
    lect("train", "-o", "warm.lect", "--base", BASE, "--text", text)  # what is cached is there
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
    )
    ran = lect("train", "-o", "full.lect", "--base", BASE, "--text", text, expect=1, before=limit)
    assert "full.lect" in ran.stderr
    assert not list(lect.folder.glob("*full.lect*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "-o", "x.zip", "--text", "x"),
        ("train", "-o", "x.lect"),
        ("transcribe", "x.wav", "-m", BASE, "-m", BASE),
        ("transcribe",),
        ("evaluate", "--no-such-option"),
    ],
)
def test_wrong_usage_exits_with_two(lect, arguments):
    lect(*arguments, expect=2)
