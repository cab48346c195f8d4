"""Repaired copies."""

import io
import wave
import zipfile

import pytest
from dataset_makers import WaveDecoder, codes, tone, wav

from lect.core.errors import Conflict, InvalidInput, StoreError
from lect.datasets.checking import check

BOM = "\ufeff"


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wide_text_becomes_utf8_and_passes(write, tmp_path):
    path = write("wide.txt", "it’s a café\r\nsecond line\r\n".encode("utf-16"))
    report = check(path, fix=tmp_path / "out.txt")
    assert not report.ok
    assert (report.fixed.accepted, report.fixed.dropped) == (2, 0)
    assert (tmp_path / "out.txt").read_bytes() == f"{BOM}it's a café\nsecond line\n".encode()
    assert check(tmp_path / "out.txt").ok


def test_lines_that_cannot_be_saved_are_left_out_and_told(write, tmp_path):
    report = check(write("lines.txt", "good\nsee http://x.org\nfine\n"), fix=tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text("utf-8-sig") == "good\nfine\n"
    assert [(each.code.value, each.line) for each in report.fixed.problems] == [("url_in_line", 2)]
    assert report.to_json()["fix"]["dropped"] == 1


def test_audio_becomes_what_azure_takes_and_names_become_flat(pack, tmp_path, decoder):
    files = {
        "one/a.wav": wav(tone(1), channels=2),
        "two/a.wav": wav(tone(2), width=1),
        "two/b.wav": wav(tone(1.5)),
        "text/trans.txt": "one/a.wav\t“first” one\ntwo/a.wav\tsecond\tone\nb.wav third one\nc.wav\tmissing\n",
    }
    report = check(pack(files), fix=tmp_path / "out.zip", decoder=decoder)
    assert (report.fixed.accepted, report.fixed.dropped) == (3, 1)
    out = contents(tmp_path / "out.zip")
    assert out.pop("trans.txt").decode() == (
        f'{BOM}a.wav\t"first" one\ntwo_a.wav\tsecond one\nb.wav\tthird one\n'
    )
    seconds = {}
    for name, data in out.items():
        with wave.open(io.BytesIO(data)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
            seconds[name] = file.getnframes() / 16_000
    assert seconds == {"a.wav": 1.0, "two_a.wav": 2.0, "b.wav": 1.5}
    again = check(tmp_path / "out.zip", decoder=decoder)
    assert again.problems == ()


@pytest.mark.parametrize("name", ["out.wav", "out.txt", "out"])
def test_a_zip_is_never_written_under_a_name_that_says_otherwise(write, tmp_path, decoder, name):
    with pytest.raises(InvalidInput, match=rf"{name}: the repaired copy of audio data is a zip"):
        check(write("one.wav", wav(tone(1))), fix=tmp_path / name, decoder=decoder)
    assert not (tmp_path / name).exists()


def test_the_same_data_gives_the_same_copy(pack, tmp_path, decoder):
    path = pack({"a.wav": wav(), "trans.txt": "a.wav hello\n"})
    for name in ("one.zip", "two.zip"):
        check(path, fix=tmp_path / name, decoder=decoder)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_audio_alone_is_repaired_too(pack, tmp_path, decoder):
    path = pack({"a.wav": wav(channels=2), "bad.wav": b"text"})
    report = check(path, kind="audio", fix=tmp_path / "out.zip", decoder=decoder)
    assert (report.fixed.accepted, report.fixed.dropped) == (1, 1)
    assert list(contents(tmp_path / "out.zip")) == ["a.wav"]


def test_a_folder_becomes_a_zip(tmp_path, decoder):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.wav").write_bytes(wav())
    (folder / "trans.txt").write_text("a.wav\thello\n")
    check(folder, fix=tmp_path / "out.zip", decoder=decoder)
    assert set(contents(tmp_path / "out.zip")) == {"a.wav", "trans.txt"}


def test_an_existing_file_is_never_overwritten(write):
    path = write("lines.txt", "one\n")
    with pytest.raises(Conflict, match=r"lines\.txt"):
        check(path, fix=path)
    assert path.read_text() == "one\n"


def test_nothing_is_written_if_nothing_can_be_saved(write, tmp_path):
    report = check(write("lines.txt", "???\n"), fix=tmp_path / "out.txt")
    assert report.fixed.path is None
    assert not (tmp_path / "out.txt").exists()


def test_a_damaged_zip_is_told_and_no_copy_is_written(write, tmp_path, decoder):
    report = check(write("data.zip", b"PK\3\4"), fix=tmp_path / "out.zip", decoder=decoder)
    assert codes(report) == {"zip_invalid"}
    assert report.fixed is None
    assert not (tmp_path / "out.zip").exists()


def test_a_place_that_cannot_be_written_is_told(write, tmp_path):
    path = write("lines.txt", "one\n")
    with pytest.raises(StoreError, match="out"):
        check(path, fix=path / "out.txt")


@pytest.mark.parametrize("device", ["/dev/full"])
def test_a_full_disk_leaves_nothing_behind(write, tmp_path, monkeypatch, device):
    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(StoreError, match="No space left"):
        check(write("lines.txt", "one\n"), fix=tmp_path / "out.txt")
    assert {path.name for path in tmp_path.iterdir()} == {"lines.txt"}


def test_a_decoder_given_stays_usable(pack, tmp_path):
    decoder = WaveDecoder()
    path = pack({"a.wav": wav(), "trans.txt": "a.wav\thello\n"})
    assert check(path, decoder=decoder).ok
    assert check(path, decoder=decoder).ok
