"""Recordings with transcripts that people wrote, as an upload."""

import io
import wave
import zipfile

import numpy as np
import pytest

from lect.core.errors import InvalidDataset, LimitExceeded
from lect.datasets.checking import check
from lect.datasets.corrected import write_corrected
from lect.settings import Limits
from lect.speech.audio import AudioDecoder

RATE = 16_000


def wav(seconds, *, rate=RATE, level=0.5):
    """A tone that rises: where a part was cut out can be told from its level."""
    samples = level * np.linspace(0, 1, round(seconds * rate))
    with io.BytesIO() as file:
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, rate, 0, "NONE", ""))
            out.writeframes((samples * 32_767).astype("<i2").tobytes())
        return file.getvalue()


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture
def write(tmp_path, decoder):
    def run(*transcripts, limits=Limits(), **files):
        path, output = tmp_path / "data.zip", tmp_path / "corrected.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(f"{name}.wav", data)
        count = write_corrected(path, output, transcripts, decoder=decoder, limits=limits)
        with zipfile.ZipFile(output) as archive:
            return count, {name: archive.read(name) for name in archive.namelist()}

    return run


def transcript(file, seconds, *segments):
    keys = ("offset", "duration", "text", "speaker")
    return {
        "file": f"{file}.wav",
        "duration": seconds,
        "segments": [dict(zip(keys, each, strict=False)) for each in segments],
    }


def lines(files, name="trans.txt"):
    return [line.split("\t") for line in files[name].decode("utf-8-sig").splitlines()]


def samples(data):
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767


def test_a_recording_of_one_segment_stays_as_it_is(write):
    data = wav(1.0, rate=8_000)

    count, files = write(transcript("a", 1.0, (0.0, 0.98, "Ripe\t pears.")), a=data)

    assert count == 1
    assert files["a.wav"] == data
    assert lines(files) == [["a.wav", "Ripe pears."]]


def test_each_segment_becomes_a_file_with_a_little_sound_around_it(write):
    cut = [(0.5, 0.5, "One."), (1.1, 0.4, ""), (1.5, 0.5, "Three.", "Ann"), (3.0, 1.0, "Four.")]

    count, files = write(transcript("a", 4.0, *cut), a=wav(4.0))

    assert count == 3
    assert lines(files) == [["a-001.wav", "One."], ["a-002.wav", "Three."], ["a-003.wav", "Four."]]
    assert lines(files, "speakers.tsv") == [["file", "speaker"], ["a-002.wav", "Ann"]]
    # The level says where in the recording a part begins and ends; halfway between two it belongs to the other.
    for number, (begin, end) in enumerate([(0.4, 1.05), (1.5, 2.1), (2.9, 4.0)], start=1):
        part = samples(files[f"a-{number:03}.wav"])
        assert part[[0, -1]] * 8 == pytest.approx([begin, end], abs=0.002)
        assert len(part) == pytest.approx((end - begin) * RATE, abs=1)


def test_what_it_makes_is_a_dataset_without_errors(write, tmp_path, decoder):
    _, files = write(
        transcript("a", 4.0, (0.5, 1.0, "The first sentence."), (2.0, 1.0, "And the second one.")),
        transcript("b", 2.0, (0.0, 2.0, "The third, as it is.", "B\u00f6")),
        a=wav(4.0),
        b=wav(2.0),
    )

    report = check(tmp_path / "corrected.zip", kind="acoustic", locale="en-US", decoder=decoder)

    assert (report.accepted, report.rejected) == (3, 0)
    assert lines(files, "speakers.tsv")[1:] == [["b.wav", "B\u00f6"]]


def test_the_same_is_written_to_the_same_bytes(write, tmp_path):
    given = transcript("a", 2.0, (0.2, 0.5, "One."), (1.0, 0.5, "Two."))
    write(given, a=wav(2.0))
    first = (tmp_path / "corrected.zip").read_bytes()

    write(given, a=wav(2.0))

    assert (tmp_path / "corrected.zip").read_bytes() == first


def test_a_part_takes_no_name_of_a_recording(write):
    other = transcript("a-001", 1.0, (0.0, 1.0, "Whole."))
    _, files = write(transcript("a", 2.0, (0.2, 0.5, "Part.")), other, **{"a": wav(2.0), "a-001": wav(1.0)})

    assert lines(files) == [["a--001.wav", "Part."], ["a-001.wav", "Whole."]]


def test_where_nothing_is_said_there_is_no_dataset(write):
    with pytest.raises(InvalidDataset, match="nothing is said"):
        write(transcript("a", 1.0, (0.0, 1.0, " ")), transcript("b", 1.0), a=wav(1.0), b=wav(1.0))


def test_more_than_a_dataset_holds_is_refused(write):
    two = transcript("a", 1.0, (0.0, 0.4, "One."), (0.5, 0.4, "Two."))

    with pytest.raises(LimitExceeded, match="more than one dataset holds"):
        write(two, a=wav(1.0), limits=Limits(archive_files=3))
