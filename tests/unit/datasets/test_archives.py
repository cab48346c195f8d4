"""Archives that want to do harm, and folders."""

import io
import os
import struct
import zipfile

import pytest
from dataset_makers import tone, wav

from lect.core.errors import InvalidDataset, LimitExceeded, NotFound
from lect.datasets.archive import content_hash, open_archive
from lect.datasets.zips import ZipArchive
from lect.settings import Limits

UNSAFE_NAMES = [
    "../evil.wav",
    "a/../../evil.wav",
    "/etc/evil.wav",
    "..\\evil.wav",
    "a\\b.wav",
    "C:evil.wav",
    "C:/evil.wav",
    "a\u2215..\uff0f..\uff0fevil.wav",
    "a//b.wav",
    "./a.wav",
    "bell\x07.wav",
]


def codes(archive):
    return [problem.code.value for problem in archive.problems]


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_an_unsafe_name_is_told_and_not_read(pack, name):
    with open_archive(pack({"good.wav": b"x", name: b"evil"})) as archive:
        assert list(archive.members) == ["good.wav"]
        assert codes(archive) == ["unsafe_name"]


def test_a_name_with_a_zero_byte_is_refused(pack):
    path = pack({"a_.wav": b"x"})
    path.write_bytes(path.read_bytes().replace(b"a_.wav", b"a\0.wav"))
    with open_archive(path) as archive:
        assert codes(archive) == ["unsafe_name"]


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140666])
def test_links_and_devices_in_a_zip_are_refused(tmp_path, mode):
    entry = zipfile.ZipInfo("link.wav")
    entry.external_attr = mode << 16
    with zipfile.ZipFile(tmp_path / "links.zip", "w") as out:
        out.writestr(entry, "/etc/passwd")
    with open_archive(tmp_path / "links.zip") as archive:
        assert codes(archive) == ["not_a_file"]
        assert not archive.members


def test_an_encrypted_member_is_refused(pack):
    path = pack({"a.wav": b"x" * 100})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with open_archive(path) as archive:
        assert codes(archive) == ["encrypted"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_method_is_refused(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "odd.zip", "w", method) as out:
        out.writestr("a.wav", b"x" * 100)
    with open_archive(tmp_path / "odd.zip") as archive:
        assert codes(archive) == ["packing_unknown"]


@pytest.mark.parametrize("inner", ["inner.zip", "inner.tar", "inner.tar.gz", "inner.7z"])
def test_an_archive_inside_is_not_opened(pack, inner):
    with open_archive(pack({inner: b"x"})) as archive:
        assert codes(archive) == ["zip_nested"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("again", ["Naïve.wav", "NAÏVE.WAV", "nai\u0308ve.wav"])
def test_names_that_some_systems_hold_for_one_are_duplicates(tmp_path, again):
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as out:
        out.writestr("Naïve.wav", b"first")
        out.writestr(again, b"second")
    with open_archive(tmp_path / "twice.zip") as archive:
        assert codes(archive) == ["duplicate_name"]
        assert list(archive.members) == ["Naïve.wav"]
        assert archive.source("Naïve.wav") == b"first"


def test_what_macs_and_windows_leave_behind_is_ignored_with_a_warning(pack):
    clutter = ["__MACOSX/._a.wav", ".DS_Store", "Thumbs.db", "sub/.hidden.wav", "notes.docx"]
    with open_archive(pack(dict.fromkeys(["a.wav", *clutter], b"x"))) as archive:
        assert list(archive.members) == ["a.wav"]
        assert codes(archive) == ["file_ignored"] * len(clutter)


def test_a_size_that_lies_is_damage(pack):
    path = pack({"a.wav": bytes(1000)})
    data = bytearray(path.read_bytes())
    directory = data.rfind(b"PK\1\2")
    for lie in (10, 2000):
        struct.pack_into("<L", data, directory + 24, lie)
        path.write_bytes(data)
        with open_archive(path) as archive, pytest.raises(InvalidDataset, match=r"data\.zip/a\.wav"):
            archive.source("a.wav")


def test_a_bomb_is_refused_by_its_declared_size(pack):
    path = pack({"zeros.wav": bytes(100 << 20)})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(LimitExceeded, match="unpack to"):
        open_archive(path)


def test_many_entries_are_refused_without_loading_them(tmp_path):
    path = tmp_path / "many.zip"
    entry = b"PK\1\2" + bytes(42)
    count = 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, count * len(entry), 0, 0)
    path.write_bytes(entry * count + end)
    with pytest.raises(LimitExceeded, match="10,000 files"):
        open_archive(path)


def test_entries_that_share_bytes_are_refused(tmp_path):
    """As in the bomb whose files all unpack the same kernel."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("a.wav", bytes(1000))
        out.writestr("b.wav", bytes(1000))
    data = bytearray(file.getvalue())
    second = data.rfind(b"PK\1\2")
    struct.pack_into("<L", data, second + 42, 0)  # the second entry points at the first one's contents
    (tmp_path / "overlap.zip").write_bytes(data)
    with pytest.raises(InvalidDataset, match="overlap"):
        open_archive(tmp_path / "overlap.zip")


def test_an_archive_that_is_too_large_is_refused_unread(pack):
    path = pack({"a.wav": os.urandom(2000)})
    with pytest.raises(LimitExceeded, match="the limit is 1,000"):
        open_archive(path, Limits(archive_bytes=1000))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\3\4", b"PK\5\6", b"PK\5\6" + bytes(17)])
def test_what_is_no_zip_is_told(tmp_path, content):
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    with pytest.raises(InvalidDataset, match=r"broken\.zip"):
        open_archive(path)


def test_a_truncated_zip_is_told(pack):
    path = pack({"a.wav": os.urandom(5000)})
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InvalidDataset, match="end is missing"):
        open_archive(path)


def test_a_zip64_is_read(tmp_path):
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as out, out.open("a.wav", "w", force_zip64=True) as member:
        member.write(b"abc")
    with open_archive(path) as archive:
        assert archive.source("a.wav") == b"abc"


def test_a_large_member_is_unpacked_to_disk_once_and_removed_at_the_end(pack, monkeypatch):
    monkeypatch.setattr("lect.datasets.zips._SPOOL_BYTES", 10)
    with ZipArchive(pack({"a.wav": b"x" * 100})) as archive:
        path = archive.source("a.wav")
        assert path.read_bytes() == b"x" * 100
        assert archive.source("a.wav") == path
    assert not path.exists()


def test_a_missing_path_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="nowhere"):
        open_archive(tmp_path / "nowhere.zip")


def test_a_link_out_of_a_folder_is_refused_and_one_inside_is_followed(tmp_path):
    outside = tmp_path / "secret.wav"
    outside.write_bytes(b"secret")
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.wav").write_bytes(b"x")
    (folder / "inside.wav").symlink_to(folder / "a.wav")
    (folder / "outside.wav").symlink_to(outside)
    (folder / "broken.wav").symlink_to(folder / "nothing")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.wav")
    with open_archive(folder) as archive:
        assert set(archive.members) == {"a.wav", "inside.wav"}
        assert {problem.file for problem in archive.problems} == {
            "outside.wav",
            "broken.wav",
            "up",
            "pipe.wav",
        }
        assert set(codes(archive)) == {"not_a_file"}


def test_a_folder_with_too_many_files_is_refused(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.wav").touch()
    with pytest.raises(LimitExceeded):
        open_archive(tmp_path, Limits(archive_files=4))


def test_a_zip_and_its_folder_have_the_same_hash(pack, tmp_path):
    files = {"a.wav": wav(tone()), "trans.txt": b"a.wav\thello\n"}
    path = pack(files)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with open_archive(path) as zipped, open_archive(folder) as plain:
        assert content_hash(zipped, zipped.members) == content_hash(plain, plain.members)
