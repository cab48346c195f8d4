"""What the jobs of corrections let child processes do, with real sound."""

import io
import json
import wave
import zipfile

import pytest

from lect import tasks
from lect.core.progress import silent


def wav(seconds):
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, 16_000, 0, "NONE", ""))
            out.writeframes(b"\1\0" * round(16_000 * seconds))
        return file.getvalue()


@pytest.fixture
def recordings(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.wav", wav(0.5))
        archive.writestr("b.wav", b"no sound")
        archive.writestr("c.wav", wav(0.25))
        archive.writestr("trans.txt", "a.wav\tripe pears\n")
        archive.writestr("speakers.tsv", "a.wav\tAnn\n")
    return path


def outline(recordings, output, kind="acoustic"):
    arguments = {"path": str(recordings), "kind": kind, "locale": "en-US", "output": str(output)}
    assert tasks.outline(arguments, silent) == {"recordings": 3}
    return [json.loads((output / f"{number}.json").read_bytes()) for number in range(3)]


def test_each_recording_has_its_outline_and_what_is_known_of_it(recordings, tmp_path):
    first, broken, last = outline(recordings, tmp_path / "out")

    assert first == {"file": "a.wav", "duration": 0.5, "transcript": "ripe pears", "speaker": "Ann"}
    assert last == {"file": "c.wav", "duration": 0.25, "transcript": None, "speaker": None}
    assert (broken["file"], broken["error"]["code"]) == ("b.wav", "invalid_audio")
    assert (tmp_path / "out" / "0.outline").read_bytes() == b"\xff" * 50
    assert outline(recordings, tmp_path / "alone", kind="audio")[0]["transcript"] is None


def test_what_was_decoded_is_not_decoded_again(recordings, tmp_path):
    output = tmp_path / "out"
    outline(recordings, output)
    (output / "0.json").write_text('{"file": "as it was"}')
    (output / "2.json").unlink()

    first, _, last = outline(recordings, output)

    assert (first, last["duration"]) == ({"file": "as it was"}, 0.25)


def test_what_was_corrected_is_written_as_an_upload(recordings, tmp_path):
    transcripts, output = tmp_path / "transcripts.json", tmp_path / "corrected.zip"
    segments = [{"offset": 0.0, "duration": 0.5, "text": "ripe bears", "speaker": "Ann"}]
    transcripts.write_text(json.dumps([{"file": "a.wav", "duration": 0.5, "segments": segments}]))
    arguments = {"path": str(recordings), "transcripts": str(transcripts), "output": str(output)}

    assert tasks.correct(arguments, silent) == {"utterances": 1}

    with zipfile.ZipFile(output) as archive:
        assert archive.read("a.wav") == wav(0.5)
        assert archive.read("trans.txt").decode("utf-8-sig") == "a.wav\tripe bears\n"
