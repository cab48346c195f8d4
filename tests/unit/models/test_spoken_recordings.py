"""Recordings are decoded once; what cannot be trained on is named with the reason."""

from __future__ import annotations

import errno
import io
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from lect.core.errors import InvalidAudio, StoreError
from lect.models.spoken import decode
from lect.speech.audio import SAMPLE_RATE, AudioDecoder


@dataclass(frozen=True)
class Utterance:
    file: str
    data: bytes
    transcript: str = "yes"
    speaker: str | None = None

    def source(self):
        return self.data


def wav(samples, subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, np.asarray(samples, np.float32), SAMPLE_RATE, format="WAV", subtype=subtype)
    return file.getvalue()


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


RISING = np.linspace(0, 0.5, SAMPLE_RATE)
GOOD = Utterance("good.wav", wav(RISING))


def test_the_samples_are_those_of_the_files_in_order(decoder, tmp_path):
    falling = Utterance("falling.wav", wav(RISING[::-1]))
    found = decode([[GOOD], [falling]], tmp_path / "audio", decoder=decoder, longest=30)

    assert [each.file for each in found.spoken] == ["good.wav", "falling.wav"]
    assert np.allclose(found.spoken[0].samples, RISING, atol=1e-4)
    assert np.allclose(found.spoken[1].source(), RISING[::-1], atol=1e-4)
    assert found.spoken[0].seconds == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (wav(np.zeros(3 * SAMPLE_RATE)), "longer than 2 s"),
        (b"no audio", ""),
        (wav([0.1, np.nan, 0.2], "FLOAT"), "numbers"),
        (wav(np.full(SAMPLE_RATE, 5e-4)), "nothing can be heard"),
    ],
    ids=["long", "no audio", "no number", "silence"],  # a file of floats holds the time of its writing
)
def test_what_cannot_be_trained_on_is_left_out_by_name(decoder, tmp_path, data, reason):
    found = decode([[Utterance("bad.wav", data), GOOD]], tmp_path / "audio", decoder=decoder, longest=2)

    assert [each.file for each in found.spoken] == ["good.wav"]
    (left_out,) = found.left_out
    assert left_out.file == "bad.wav"
    assert reason in left_out.reason


def test_what_is_only_heard_may_be_long_and_must_be_audio(decoder, tmp_path):
    long = Utterance("long.wav", wav(np.zeros(40 * SAMPLE_RATE)))
    assert decode([[long]], tmp_path / "audio", decoder=decoder).spoken[0].seconds == 40
    with pytest.raises(InvalidAudio):
        decode([[Utterance("bad.wav", b"no audio")]], tmp_path / "audio", decoder=decoder)


def test_of_nothing_comes_nothing(decoder, tmp_path):
    assert decode([], tmp_path / "audio", decoder=decoder, longest=30).spoken == ()


class Lost(Utterance):
    def source(self):
        raise OSError(errno.EIO, "Input/output error")


def test_a_disk_that_cannot_be_read_is_not_called_one_that_cannot_be_written(decoder, tmp_path):
    with pytest.raises(StoreError, match=r"^lost.wav: cannot be read: Input/output error"):
        decode([[Lost("lost.wav", b"")]], tmp_path / "audio", decoder=decoder, longest=30)


def test_decoded_audio_that_cannot_be_written_names_the_file(decoder, tmp_path):
    with pytest.raises(StoreError, match="audio: cannot be written: No such file"):
        decode([[GOOD]], tmp_path / "missing" / "audio", decoder=decoder, longest=30)


def test_what_cannot_be_used_does_not_shift_how_often_others_are_heard(decoder, tmp_path):
    bad = Utterance("bad.wav", b"no audio")
    found = decode([[bad, GOOD], [GOOD]], tmp_path / "audio", times=[2.0, 0.5], decoder=decoder, longest=30)

    assert [each.times for each in found.spoken] == [2.0, 0.5]


class Blocks:
    """Decodes everything to so many blocks, and counts those that somebody keeps in memory."""

    def __init__(self, count):
        self._count, self.most, self._kept = count, 0, []

    def stream(self, source, *, name):
        for number in range(self._count):
            block = np.full(100, number, np.float32)
            self._kept.append(weakref.ref(block))
            yield block
            del block
            self.most = max(self.most, sum(kept() is not None for kept in self._kept))


def test_a_long_recording_is_written_block_by_block_and_never_held_whole(tmp_path):
    blocks = Blocks(50)
    (spoken,) = decode([[GOOD]], tmp_path / "audio", decoder=blocks).spoken

    assert np.array_equal(spoken.samples, np.repeat(np.arange(50), 100))
    assert blocks.most <= 2


def test_recordings_of_one_name_are_told_apart_by_their_dataset(decoder, tmp_path):
    bad = Utterance("good.wav", b"no audio")
    found = decode([[GOOD], [bad], [GOOD]], tmp_path / "audio", decoder=decoder, longest=30)

    assert [(each.file, each.dataset) for each in found.spoken] == [("good.wav", 0), ("good.wav", 2)]
    assert [(each.file, each.dataset) for each in found.left_out] == [("good.wav", 1)]
