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


def rows(path):
    """What the list beside a copy says: file, line, what and the reason."""
    head, *lines = path.with_name(f"{path.name}.changes.tsv").read_text("utf-8").splitlines()
    assert head == "file\tline\twhat\twhy\tbefore\tafter"
    return [tuple(line.split("\t")) for line in lines]


def test_every_changed_or_dropped_line_is_named_however_many(write, tmp_path):
    text = "".join(
        f"say “{number}” please\n" if number % 2 else f"see http://x.org/{number}\n" for number in range(1000)
    )
    report = check(write("lines.txt", text), fix=tmp_path / "out.txt")
    found = rows(tmp_path / "out.txt")
    assert (report.fixed.dropped, report.fixed.changed) == (500, 500)
    assert report.fixed.listing == tmp_path / "out.txt.changes.tsv"
    assert [(file, int(line), what) for file, line, what, *_ in found] == [
        ("lines.txt", number + 1, "changed" if number % 2 else "left out") for number in range(1000)
    ]
    assert found[0][3:5] == ("the line holds the web address http://x.org/0", "see http://x.org/0")
    assert found[1][3:] == (
        "replaced or removed: U+201C LEFT DOUBLE QUOTATION MARK (“), U+201D RIGHT DOUBLE QUOTATION MARK (”)",
        "say “1” please",
        'say "1" please',
    )


def test_a_copy_that_is_the_same_line_by_line_has_no_list(write, tmp_path):
    report = check(write("lines.txt", "one\n\ntwo\n".encode("utf-16")), fix=tmp_path / "out.txt")
    assert (report.fixed.changed, report.fixed.listing) == (0, None)
    assert not (tmp_path / "out.txt.changes.tsv").exists()


def test_lines_whose_bytes_were_guessed_and_blanks_are_changes(write, tmp_path):
    check(write("lines.txt", b"caf\xe9 au lait\n  tea  \nmilk\n"), fix=tmp_path / "out.txt")
    assert [(line, why) for _, line, _, why, *_ in rows(tmp_path / "out.txt")] == [
        ("1", "its bytes are no UTF-8, and what they mean was guessed"),
        ("2", "blanks at its ends"),
    ]


def test_the_list_has_a_line_a_row_whatever_is_in_it(write, tmp_path):
    check(write("lines.txt", "a\x1b\u2028b\ttab\nfine\n"), kind="text", fix=tmp_path / "out.txt")
    assert {len(row) for row in rows(tmp_path / "out.txt")} == {6}
    assert (tmp_path / "out.txt.changes.tsv").read_bytes().count(b"\n") == 2


def test_every_line_of_structured_text_that_is_not_in_the_copy_is_named(write, tmp_path):
    text = (
        "- nobody knows what this is\n"  # 1: before any heading
        "@ list food =\n- pizza\n"
        "@ what is this\n- under a wrong heading\n"  # 4, 5
        "# Orders\nI want {@food}\n- and a {@drink}\n"  # 7 lacks its dash, 8 its list
        "@ list food =\n- ice “cream”\n"  # 9 goes on with the list of line 2
        "# Empty\n"  # 11
    )
    report = check(write("s.md", text), kind="structured", fix=tmp_path / "out.md")
    copy = (tmp_path / "out.md").read_text("utf-8-sig")
    found = {(int(line), what) for _, line, what, *_ in rows(tmp_path / "out.md")}
    assert {line for line, what in found if what == "left out"} == {1, 4, 5, 8, 9, 11}
    assert {line for line, what in found if what == "changed"} == {7, 10}
    assert "- I want {@food}" in copy and '- ice "cream"' in copy
    assert report.fixed.dropped == 4  # beside headings that fall away


def test_every_file_of_an_archive_that_is_not_in_the_copy_as_it_was_is_named(pack, tmp_path, decoder):
    files = {
        "one/a.wav": wav(tone(1), channels=2),
        "two/a.wav": wav(tone(2)),
        "b.wav": wav(tone(1.5)),
        "bad.wav": b"no audio",
        "unused.wav": wav(tone(1.1)),
        "trans.txt": "one/a.wav\tfirst one\ntwo/a.wav\tsecond one\nb.wav\tthird one\nbad.wav\tfourth\nc.wav\tfifth\n",
        "notes/readme.txt": "about these",
    }
    report = check(pack(files), fix=tmp_path / "out.zip", decoder=decoder)
    found = {(file, line): (what, why) for file, line, what, why, *_ in rows(tmp_path / "out.zip")}
    assert {place: what for place, (what, _) in found.items()} == {
        ("one/a.wav", ""): "changed",
        ("two/a.wav", ""): "changed",
        ("trans.txt", "1"): "changed",
        ("trans.txt", "2"): "changed",
        ("trans.txt", "4"): "left out",
        ("trans.txt", "5"): "left out",
        ("bad.wav", ""): "left out",
        ("unused.wav", ""): "left out",
        ("notes/readme.txt", ""): "left out",
    }
    assert found["trans.txt", "4"][1].startswith("bad.wav: ")
    assert found["trans.txt", "5"][1] == "there is no audio file 'c.wav' in the dataset"
    assert (report.fixed.changed, report.fixed.dropped) == (4, 2)


def test_an_older_list_is_never_overwritten(write, tmp_path):
    (tmp_path / "out.txt.changes.tsv").write_text("mine")
    with pytest.raises(Conflict, match=r"out\.txt\.changes\.tsv"):
        check(write("lines.txt", "one\n"), fix=tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()
