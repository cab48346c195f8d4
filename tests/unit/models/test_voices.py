"""Voices are programs of the machine: found by language, started without a shell, and limited."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lect.core.errors import LectError, NotFound
from lect.models import voices
from lect.models.voices import find_voices, run

ESPEAK = """#!/bin/sh
case "$1" in
--voices=*) cat <<'LIST'
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  de              --/M      German             gmw/de
 6  de              --/F      german-mbrola-1    mb/mb-de1
 5  de-at           --/M      Austrian           gmw/de-AT
 5  variant         --/M      Storm              !v/Storm
LIST
;;
*) echo "$@" > "$7"; cat >> "$7" ;;
esac
"""
FLITE = """#!/bin/sh
echo "Voices available: kal awb_time slt "
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """programs(name=script): the only ones that there are."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(voices.shutil, "which", lambda name: _found(folder / name))

    def put(**scripts):
        for name, script in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(script)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


def _found(path):
    return str(path) if path.exists() else None


def test_each_accent_of_the_language_speaks_in_several_variants(programs):
    programs(espeak_ng=ESPEAK)
    names = [voice.name for voice in find_voices("de-DE")]

    assert "espeak-ng de+f3" in names and "espeak-ng de-at+m1" in names
    assert not any("mb" in name or "variant" in name for name in names)


def test_flite_speaks_english_alone(programs):
    programs(flite=FLITE)

    assert [voice.name for voice in find_voices("en-GB")] == ["flite kal", "flite slt"]
    with pytest.raises(NotFound):
        find_voices("de-DE")


def test_piper_has_the_voices_of_a_folder(programs, tmp_path):
    programs(piper="#!/bin/sh\n")
    for name in ("de_DE-thorsten-low.onnx", "en_US-amy-medium.onnx"):
        (tmp_path / name).touch()
    (voice,) = find_voices("de-DE", piper=tmp_path)

    assert voice.name == "piper de_DE-thorsten-low"
    assert voice.command(tmp_path / "a.wav", 1.25)[-6:] == [
        "--length_scale",
        "0.80",
        "--noise_scale",
        "0",
        "--noise_w",
        "0",
    ]
    with pytest.raises(NotFound):
        find_voices("de-DE")  # nobody says where its voices are


def test_without_a_voice_the_error_says_what_to_install(programs):
    with pytest.raises(NotFound) as error:
        find_voices("de-DE")
    assert "speaks de-DE" in error.value.message
    assert "apt-get install espeak-ng" in error.value.hint
    assert "LECT_PIPER_VOICES" in error.value.hint


def test_a_sentence_is_no_argument_and_no_command(programs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    programs(espeak_ng=ESPEAK)
    voice = find_voices("de-DE")[0]
    sentence = "--version; $(touch owned) `touch owned`"
    voice.speak(sentence, tmp_path / "said", speed=1.1)

    arguments, said = (tmp_path / "said").read_text().split("\n", 1)
    assert said == sentence
    assert "-s 176" in arguments and "owned" not in arguments
    assert not Path("owned").exists()


def test_a_program_that_fails_is_named_with_what_it_said(tmp_path):
    with pytest.raises(LectError, match=r"sh: it failed \(3\): no such voice"):
        run(["sh", "-c", "echo no such voice >&2; exit 3"])


def test_a_program_that_does_not_answer_is_ended(monkeypatch):
    monkeypatch.setattr(voices, "SECONDS", 0.05)
    with pytest.raises(LectError, match="timed out"):
        run(["sleep", "60"])


def test_a_program_that_writes_nothing_is_told(programs, tmp_path):
    programs(flite=FLITE)
    (voice, *_) = find_voices("en-US")
    with pytest.raises(LectError, match="flite kal: it wrote no audio"):
        voice.speak("hello", tmp_path / "none.wav")
