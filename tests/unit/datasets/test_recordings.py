"""What there is to transcribe in a folder."""

from __future__ import annotations

import pytest

from lect.core.errors import NotFound
from lect.datasets.recordings import open_recordings


def test_what_systems_leave_behind_in_a_folder_is_no_recording(tmp_path):
    for name in ("talks/b.WAV", "talks/a.wav", "talks/._a.wav", "__MACOSX/a.wav", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.wav").mkdir()

    with open_recordings([tmp_path]) as recordings:
        assert [each.name for each in recordings] == [
            f"{tmp_path}/talks/{name}" for name in ("a.wav", "b.WAV")
        ]


def test_a_folder_that_is_hidden_itself_may_be_named(tmp_path):
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.wav").write_bytes(b"x")

    with open_recordings([tmp_path / ".cache"]) as recordings:
        assert len(recordings) == 1


def test_a_folder_with_a_folder_named_like_audio_alone_holds_none(tmp_path):
    (tmp_path / "x.wav").mkdir()

    with pytest.raises(NotFound, match="no audio file"), open_recordings([tmp_path]):
        pass
