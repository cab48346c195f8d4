"""Copies of recordings without one of them."""

import io
import zipfile

import pytest

from lect.core.errors import NotFound
from lect.datasets.archive import content_hash, open_archive
from lect.datasets.erasing import copy_without


def write(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def read(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


TRANSCRIPT = "\ufeffa.wav\tone two\r\nb.wav\tthree\r\nc.wav\tfour\r\n".encode()
FILES = {"a.wav": b"1", "b.wav": b"2", "c.wav": b"3", "trans.txt": TRANSCRIPT}


def without(tmp_path, files, name):
    """What is left, and what is told."""
    erased = copy_without(write(tmp_path / "data.zip", files), tmp_path / "out.zip", name)
    return read(tmp_path / "out.zip"), erased


def test_a_recording_goes_with_its_line_and_the_rest_stays_byte_for_byte(tmp_path):
    left, erased = without(tmp_path, FILES, "b.wav")

    assert left == {
        "a.wav": b"1",
        "c.wav": b"3",
        "trans.txt": "\ufeffa.wav\tone two\r\nc.wav\tfour\r\n".encode(),
    }
    assert (erased.files, erased.lines) == (("b.wav",), 1)


def test_it_is_known_by_the_hash_that_models_note(tmp_path):
    _, erased = without(tmp_path, FILES, "b.wav")

    with open_archive(tmp_path / "data.zip") as archive:
        assert erased.hashes[0] == content_hash(archive, archive.members)


def test_the_same_bytes_under_another_name_are_the_same_recording(tmp_path):
    left, erased = without(tmp_path, FILES | {"c.wav": b"2"}, "b.wav")

    assert set(left) == {"a.wav", "trans.txt"}
    assert left["trans.txt"] == "\ufeffa.wav\tone two\r\n".encode()
    assert erased.files == ("b.wav", "c.wav")


def test_every_line_that_names_it_goes_from_every_text(tmp_path):
    trans = "x/a.wav\tone\na.wav\ttwo\nA.WAV\tthree\na four\na.wav five\nab.wav\tsix\n\tseven\n\n"
    files = {
        "x/a.wav": b"1",
        "ab.wav": b"2",
        "trans.txt": trans.encode(),
        "speakers.tsv": b"a\tann\nab\tbob\n",
    }

    left, erased = without(tmp_path, files, "a.wav")

    assert left["trans.txt"] == b"ab.wav\tsix\n\tseven\n\n"
    assert left["speakers.tsv"] == b"ab\tbob\n"
    assert (erased.files, erased.lines) == (("x/a.wav",), 6)


def test_a_line_that_means_another_file_stays(tmp_path):
    trans = b"x/a.wav\tone\na.wav\ttwo\n"
    files = {"x/a.wav": b"1", "a.wav": b"2", "trans.txt": trans}

    left, _ = without(tmp_path, files, "x/a.wav")

    assert left == {"a.wav": b"2", "trans.txt": b"a.wav\ttwo\n"}


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_texts_of_other_encodings_lose_the_line_as_well(tmp_path, encoding):
    trans = "a.wav\tgrün\nb.wav\tblau, größer\n".encode(encoding)

    left, erased = without(tmp_path, FILES | {"trans.txt": trans}, "a.wav")

    assert left["trans.txt"].decode(encoding) == "b.wav\tblau, größer\n"
    assert erased.lines == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_the_check_takes_them(tmp_path, end):
    trans = f"a.wav\tone \u2028 two{end}b.wav\tthree{end}".encode()

    left, _ = without(tmp_path, FILES | {"trans.txt": trans}, "a.wav")

    assert left["trans.txt"] == f"b.wav\tthree{end}".encode()


def test_what_is_only_named_in_a_line_can_be_erased(tmp_path):
    left, erased = without(tmp_path, FILES | {"trans.txt": b"a.wav\tone\ngone.wav\tsecret\n"}, "gone.wav")

    assert left["trans.txt"] == b"a.wav\tone\n"
    assert (erased.files, erased.lines) == (("gone.wav",), 1)


def test_what_a_dataset_does_not_use_does_not_stay(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.wav", b"1")
    hidden = {"more.zip": inner.getvalue(), "__MACOSX/._a.wav": b"1", "a.bak": b"1"}

    left, _ = without(tmp_path, FILES | hidden, "a.wav")

    assert set(left) == {"b.wav", "c.wav", "trans.txt"}


@pytest.mark.parametrize("name", ["d.wav", "", "/", "..", "trans.txt", "sub/a.wav"])
def test_what_is_not_there_is_told_and_nothing_is_written(tmp_path, name):
    with pytest.raises(NotFound):
        without(tmp_path, FILES, name)

    assert not (tmp_path / "out.zip").exists()


def test_a_name_that_could_be_several_is_refused(tmp_path):
    with pytest.raises(NotFound, match="2 recordings could be"):
        without(tmp_path, {"x/a.wav": b"1", "y/a.wav": b"2"}, "a.wav")


def test_the_last_one_can_be_erased(tmp_path):
    left, _ = without(tmp_path, {"a.wav": b"1", "trans.txt": b"a.wav\tone\n"}, "a.wav")

    assert left == {"trans.txt": b""}
