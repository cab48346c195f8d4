"""`lect check` as people and scripts call it, with the real decoder, on files that want to break it."""

import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from lect.speech.audio import SAMPLE_RATE

SETS = [  # DATA, locale; official samples and real recordings: none of them may be refused
    ("azure-custom-speech/en-US/general/training/audio-and-trans.zip", "en-US"),
    ("azure-custom-speech/en-US/general/testing/audio-and-trans.zip", "en-US"),
    ("azure-custom-speech/en-US/general/testing/audio.zip", "en-US"),
    ("azure-custom-speech/en-US/general/training/related-text.txt", "en-US"),
    ("azure-custom-speech/en-US/biology/training/plain-text.txt", "en-US"),
    ("azure-custom-speech/en-US/display formatting/training/data_text.txt", "en-US"),
    ("azure-custom-speech/en-US/display formatting/training/data_display format.txt", "en-US"),
    ("azure-custom-speech/en-US/general/training/structured-text.md", "en-US"),
    ("azure-custom-speech/en-US/general/training/pronunciation.txt", "en-US"),
    ("azure-custom-speech/en-US/biology/training/pronunciation.txt", "en-US"),
    ("azure-custom-speech/en-US/media-entities/training/structured-text.md", "en-US"),
    ("azure-custom-speech/de-DE/training/audio-and-trans.zip", "de-DE"),
    ("azure-custom-speech/de-DE/testing/audio-and-trans.zip", "de-DE"),
    ("azure-custom-speech/de-DE/training/related-text.txt", "de-DE"),
    ("azure-custom-speech/zh-CN/training/audio-and-trans.zip", "zh-CN"),
    ("azure-custom-speech/zh-CN/testing/audio-and-trans.zip", "zh-CN"),
    ("azure-custom-speech/zh-CN/training/related-text.txt", "zh-CN"),
    ("barista/training/audio-and-trans.zip", "en-US"),
    ("barista/training/slots-only-audio.zip", "en-US"),
    ("barista/training/related-text.txt", "en-US"),
    ("barista/training/structured-text.md", "en-US"),
    ("barista/dev/audio-and-trans.zip", "en-US"),
    ("barista/testing/audio-and-trans.zip", "en-US"),
    ("speechocean762/training/audio-and-trans.zip", "en-US"),
    ("speechocean762/training/related-text.txt", "en-US"),
    ("speechocean762/dev/audio-and-trans.zip", "en-US"),
    ("speechocean762/testing/audio-and-trans.zip", "en-US"),
    ("asterisk-prompts/training/audio-and-trans.zip", "en-US"),
    ("asterisk-prompts/training/related-text.txt", "en-US"),
    ("asterisk-prompts/testing/audio-and-trans.zip", "en-US"),
    ("jfk-formats", "en-US"),
]
TONE = (0.3 * np.sin(np.arange(32_000) / 8)).astype(np.float32)


def lect_check(*arguments):
    command = [sys.executable, "-c", "from lect.cli.main import run; run()", "check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def report(*arguments, code):
    done = lect_check(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def codes(document):
    return set(document["counts"])


@pytest.fixture
def dataset(tmp_path):
    """A zip of two recordings with their transcripts; `extra` adds to them or replaces them."""

    def make(**extra):
        soundfile.write(tmp_path / "one.wav", TONE, SAMPLE_RATE)
        soundfile.write(tmp_path / "two.flac", TONE / 2, SAMPLE_RATE)
        files = {
            "one.wav": (tmp_path / "one.wav").read_bytes(),
            "two.flac": (tmp_path / "two.flac").read_bytes(),
            "trans.txt": b"\xef\xbb\xbfone.wav\tfirst one\ntwo.flac\tsecond one\n",
        }
        path = tmp_path / "data.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, content in (files | extra).items():
                out.writestr(name, content)
        return path

    return make


@pytest.mark.parametrize(("data", "locale"), SETS)
def test_real_data_is_accepted_whole(shared_data, data, locale):
    document = report(shared_data / data, "--locale", locale, code=0)
    assert document["ok"]
    assert document["rejected"] == 0
    assert document["accepted"] > 0


def test_the_built_in_sample_is_accepted(sample):
    assert report(sample / "training" / "related-text.txt", code=0)["rejected"] == 0
    assert report(sample / "testing" / "audio-and-trans", code=0)["rejected"] == 0


def test_flac_is_a_warning(dataset):
    document = report(dataset(), code=0)
    assert codes(document) == {"wav_not_pcm16"}
    assert document["lines"][0]["message"].startswith("flac; Azure takes")
    assert document["audio_seconds"] == pytest.approx(4.0)


def test_a_text_named_wav_is_told(dataset):
    document = report(dataset(**{"one.wav": b"this is text"}), code=1)
    [line] = [line for line in document["lines"] if line["severity"] == "error"]
    assert (line["file"], line["code"]) == ("one.wav", "audio_unreadable")
    assert line["suggestion"]
    assert document["accepted"] == 1


def test_a_truncated_flac_is_told(dataset, tmp_path):
    path = dataset()
    flac = (tmp_path / "two.flac").read_bytes()
    document = report(dataset(**{"two.flac": flac[: len(flac) // 2]}), code=1)
    assert "audio_unreadable" in codes(document)
    assert path.exists()


def test_an_empty_zip_is_told(tmp_path):
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    assert codes(report(path, code=1)) == {"empty"}


def test_a_zip_that_leads_out_is_told(dataset):
    document = report(dataset(**{"../evil.wav": b"x"}), code=1)
    assert "unsafe_name" in codes(document)


def test_a_zip_bomb_is_told(dataset):
    document = report(dataset(**{"zeros.wav": bytes(200 << 20)}), code=1)
    assert codes(document) == {"zip_too_large"}


def test_a_transcript_that_names_a_missing_file_is_told(dataset):
    transcript = b"\xef\xbb\xbfone.wav\tfirst one\nthree.wav\tthird one\ntwo.flac\tsecond one\n"
    document = report(dataset(**{"trans.txt": transcript}), code=1)
    [line] = [line for line in document["lines"] if line["severity"] == "error"]
    assert (line["file"], line["line"], line["code"]) == ("trans.txt", 2, "audio_missing")


def test_utf16_text_is_an_error_that_fix_repairs(tmp_path):
    path, out = tmp_path / "text.txt", tmp_path / "repaired.txt"
    path.write_bytes("one sentence\nanother one\n".encode("utf-16"))
    document = report(path, "--fix", out, code=1)
    assert codes(document) == {"bad_encoding"}
    assert document["fix"]["accepted"] == 2
    assert report(out, code=0)["lines"] == []


def test_a_repair_that_leaves_nothing_to_tell_is_shown(tmp_path):
    (tmp_path / "text.txt").write_bytes("one sentence\n".encode("utf-16"))
    done = lect_check(tmp_path / "text.txt", "--fix", tmp_path / "repaired.txt")
    assert "repaired.txt" in done.stdout


def test_a_line_of_ten_megabytes_is_told(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"short\n" + b"long " * (2 << 20) + b"\nshort\n")
    document = report(path, code=1)
    assert document["counts"]["line_too_long"] == 1
    assert document["accepted"] == 2


def test_fix_writes_a_zip_that_passes_without_a_warning(dataset, tmp_path):
    out = tmp_path / "repaired.zip"
    report(dataset(), "--fix", out, code=0)
    document = report(out, code=0)
    assert document["lines"] == []
    assert document["accepted"] == 2


def test_fix_never_overwrites(dataset):
    path = dataset()
    done = lect_check(path, "--fix", path)
    assert done.returncode == 1
    assert "there is something of this name already" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_place_without_room_is_told(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("one\n")
    done = lect_check(path, "--fix", "/dev/full/out.txt")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr


def test_wrong_usage_exits_2(tmp_path):
    path = tmp_path / "classes.md"
    path.write_text("# Orders\n- I like pizza\n")
    assert lect_check(path, "--kind", "video").returncode == 2
    assert lect_check(path, "--kind", "text", "--locale", "???").returncode == 2
    assert lect_check().returncode == 2


def test_a_missing_file_is_told(tmp_path):
    done = lect_check(tmp_path / "nothing.zip")
    assert done.returncode == 1
    assert "nothing.zip" in done.stderr


def test_people_read_file_line_column_excerpt_and_advice(dataset):
    done = lect_check(dataset(**{"trans.txt": "one.wav\tsee http://x.org\ntwo.flac second\n"}))
    assert done.returncode == 1
    assert "trans.txt:1:13: the line holds the web address http://x.org" in done.stdout
    assert "Put a tab in place of the blanks after two.flac." in done.stdout
    assert "has errors; 0 utterances can be used; 2 cannot" in done.stdout


def test_a_directory_that_lies_about_its_entries_is_told(tmp_path):
    path = tmp_path / "many.zip"
    entry = b"PK\1\2" + bytes(42)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 50_000 * len(entry), 0, 0)
    path.write_bytes(b"PK\3\4" + entry * 50_000 + end)
    assert codes(report(path, code=1)) == {"zip_too_large"}


def test_limits_are_settings(tmp_path, monkeypatch):
    path = tmp_path / "text.txt"
    path.write_text("one sentence\n" * 10)
    monkeypatch.setitem(os.environ, "LECT_LIMITS_TEXT_BYTES", "50")
    assert codes(report(path, code=1)) == {"too_large"}
