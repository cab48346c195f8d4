"""Which kind of data something is."""

import os

import pytest
from dataset_makers import codes, wav

from lect.core.errors import InvalidInput, NotFound, UnsupportedLocale
from lect.datasets.checking import check
from lect.datasets.kinds import guess_kind
from lect.datasets.text import read_text

TRANSCRIPT = {"a.wav": wav(), "trans.txt": "a.wav\thello\n"}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("lines.txt", "one sentence\nanother\twith a tab\nand more\n", "text"),
        ("names.txt", "\ufeff3CPO\tthree c p o\nCNTK\tc n t k\nIEEE\ti triple e", "pronunciation"),
        ("format.txt", "// rules\n# itn\ncat-\\d\n", "display"),
        ("format.md", "#ITN\n\\d\\d\n", "display"),
        ("classes.md", "@ list food =\n- pizza\n# Orders\n- I like {@food}\n", "structured"),
        ("classes.txt", "// mine\n@list food =\n- pizza\n", "structured"),
        ("sentences.txt", "#Orders\n- I like pizza\n- and pasta\n", "structured"),
        ("test.md", "# Test\n- one sentence\n- and another\n", "structured"),
        ("sounds.txt", "@ speech:phoneticlexicon\n- cat/k ae t\n", "structured"),
        ("hashes.txt", "#hashtags are nice\nthey are\n", "text"),
        ("wide.txt", "one sentence\nanother\n".encode("utf-16"), "text"),
        ("speech.flac", b"fLaC", "audio"),
        ("noise.bin", bytes(range(256)), "text"),
    ],
)
def test_a_file_shows_its_kind(write, name, content, kind):
    assert guess_kind(write(name, content)) == kind


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        (TRANSCRIPT, "acoustic"),
        (TRANSCRIPT | {"README.txt": "hello"}, "acoustic"),
        ({"a.wav": wav()}, "audio"),
        ({"a.wav": wav(), "LICENSE.txt": "free"}, "audio"),
        ({"a.wav": wav(), "words.tsv": "a.wav\thello"}, "acoustic"),
        ({}, "audio"),
    ],
)
def test_a_zip_shows_its_kind_whatever_its_name(pack, files, kind):
    assert guess_kind(pack(files)) == kind
    assert guess_kind(pack(files, "upload.dat")) == kind


def test_a_folder_shows_its_kind(tmp_path):
    (tmp_path / "a.wav").write_bytes(wav())
    assert guess_kind(tmp_path) == "audio"
    (tmp_path / "trans.txt").write_text("a.wav\thello")
    assert guess_kind(tmp_path) == "acoustic"


def test_a_kind_that_is_one_file_is_no_zip_and_no_folder(pack, tmp_path):
    with pytest.raises(InvalidInput, match="structured data is one file"):
        check(pack(TRANSCRIPT), kind="structured")
    with pytest.raises(InvalidInput, match="display data is one file"):
        check(tmp_path, kind="display")


def test_wrong_usage_is_told(write, pack, tmp_path):
    with pytest.raises(InvalidInput, match="no kind of data"):
        check(write("a.txt", "one"), kind="video")
    with pytest.raises(InvalidInput, match="plain text is one file"):
        check(pack(TRANSCRIPT), kind="text")
    with pytest.raises(NotFound):
        check(tmp_path / "nothing.zip")
    with pytest.raises(UnsupportedLocale):
        check(write("a.txt", "one"), locale="not a locale")


@pytest.mark.parametrize("kind", [None, "text", "acoustic"])
def test_a_pipe_is_refused_before_it_is_read(tmp_path, kind):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="a pipe or a device"):
        check(tmp_path / "pipe", kind=kind)


def test_training_refuses_a_pipe_that_it_would_find_empty_the_second_time(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="a pipe or a device"):
        read_text(tmp_path / "pipe")


def test_binary_data_is_told_once(write):
    assert codes(check(write("text.txt", bytes(range(256)) * 4), kind="text")) == {"bad_encoding"}


def test_one_audio_file_is_a_dataset(write, decoder):
    report = check(write("a.wav", wav()), decoder=decoder)
    assert (report.kind, report.accepted, report.ok) == ("audio", 1, True)


def test_a_text_named_wav_is_told(write, decoder):
    report = check(write("a.wav", "this is text"), decoder=decoder)
    assert codes(report) == {"audio_unreadable"}
    assert (report.accepted, report.rejected) == (0, 1)


def test_audio_data_ignores_texts_with_a_warning(pack, decoder):
    report = check(pack(TRANSCRIPT), kind="audio", decoder=decoder)
    assert codes(report) == {"file_ignored"}
    assert report.accepted == 1
