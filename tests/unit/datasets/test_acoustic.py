"""Audio with transcripts: what is judged, and what training gets of it."""

import pytest
from dataset_makers import codes, problem, tone, wav

from lect.core.errors import InvalidDataset, InvalidTranscript, NotFound
from lect.datasets import report as reports
from lect.datasets.checking import check
from lect.datasets.reading import read_acoustic

BOM = "\ufeff"
TWO = {
    "a.wav": wav(),
    "b.wav": wav(tone(2)),
    "trans.txt": f"{BOM}a.wav\tHello there.\r\nb.wav\tGood day.\r\n",
}


def test_sound_data_has_no_problem(pack, decoder):
    report = check(pack(TWO), decoder=decoder)
    assert report.problems == ()
    assert (report.kind, report.accepted, report.rejected, report.files) == ("acoustic", 2, 0, 2)
    assert report.audio_seconds == pytest.approx(3.0)


def test_every_line_is_judged_not_only_the_first_bad_one(pack, decoder):
    lines = ["a.wav hello", "c.wav\tmissing", "../d.wav\tout", "a.wav\tok", "a.wav\tagain", "b.wav\t\t"]
    report = check(pack(TWO | {"trans.txt": BOM + "\n".join(lines)}), decoder=decoder)
    places = {(each.code.value, each.line) for each in report.problems}
    assert places == {
        ("no_tab", 1),
        ("audio_missing", 2),
        ("unsafe_name", 3),
        ("duplicate_name", 5),
        ("empty_after_normalisation", 6),
    }
    assert (report.accepted, report.rejected, report.first_rejected) == (1, 5, 1)


def test_columns_count_from_the_beginning_of_the_line(pack, decoder):
    report = check(pack(TWO | {"trans.txt": f"{BOM}a.wav\t see http://x.org\n"}), decoder=decoder)
    found = problem(report, "url_in_line")
    assert (found.file, found.line, found.column) == ("trans.txt", 1, 12)
    assert "http://x.org" in found.excerpt


@pytest.mark.parametrize(
    ("written", "meant"), [("A.WAV", "a.wav"), ("a", "a.wav"), ("meting.wav", "meeting.wav")]
)
def test_a_misspelt_file_name_is_guessed(pack, decoder, written, meant):
    files = TWO | {"meeting.wav": wav(), "trans.txt": f"{BOM}{written}\thello\n"}
    assert (
        problem(check(pack(files), decoder=decoder), "audio_missing").suggestion == f"Did you mean {meant}?"
    )


def test_control_characters_never_reach_the_terminal(pack, decoder):
    report = check(pack(TWO | {"trans.txt": "\x1b[31ma.wav\tx\x1b[0m\n"}), decoder=decoder)
    for each in report.problems:
        assert (each.excerpt + each.message + each.file).isprintable()


def test_data_in_a_folder_of_the_zip_is_read_with_a_warning(pack, decoder):
    files = {f"data/{name}": content for name, content in TWO.items()}
    report = check(pack(files), decoder=decoder)
    assert report.ok
    assert codes(report) == {"zip_nested_dir"}
    assert report.accepted == 2


def test_problems_beyond_the_limit_are_counted(pack, decoder, monkeypatch):
    monkeypatch.setattr(reports, "KEPT_PER_CODE", 10)
    lines = "".join(f"{number}.wav\tmissing\n" for number in range(30))
    report = check(pack({"a.wav": wav(), "trans.txt": lines}), decoder=decoder)
    document = report.to_json()
    assert document["counts"]["audio_missing"] == 30
    assert sum(line["code"] == "audio_missing" for line in document["lines"]) == 10
    assert not document["complete"]


def test_reading_gives_the_good_utterances_in_order(pack):
    files = TWO | {"trans.txt": f"{BOM}b.wav\tGood day.\nc.wav\tmissing\n\na.wav\t Hello there. \n"}
    with read_acoustic(pack(files)) as dataset:
        assert [(each.file, each.transcript, each.line) for each in dataset] == [
            ("b.wav", "Good day.", 1),
            ("a.wav", "Hello there.", 4),
        ]
        assert (len(dataset), dataset.accepted, dataset.rejected, dataset.first_rejected) == (2, 2, 1, 2)
        assert dataset.utterances[1].source() == TWO["a.wav"]


def test_reading_a_folder_gives_paths(tmp_path):
    for name, content in TWO.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with read_acoustic(tmp_path) as dataset:
        assert [each.source() for each in dataset] == [tmp_path / "a.wav", tmp_path / "b.wav"]


def test_reading_with_a_decoder_leaves_out_what_cannot_be_heard(pack, decoder):
    with read_acoustic(pack(TWO | {"a.wav": b"no audio"}), decoder=decoder) as dataset:
        assert [each.file for each in dataset] == ["b.wav"]
        assert (dataset.rejected, dataset.first_rejected) == (1, 1)


def test_a_damaged_zip_is_an_error_when_reading(write):
    with pytest.raises(InvalidDataset, match=r"data\.zip"):
        read_acoustic(write("data.zip", b"PK\3\4"))


@pytest.mark.parametrize(
    "table",
    [
        "a.wav\tanna\nb.wav\tben\n",
        "file\tspeaker\nb\tben\tmale\na\tanna\tfemale\n",
        "x\ty\na\tanna\nb\tben\n",
    ],
)
def test_speakers_come_from_the_dataset(pack, table):
    with read_acoustic(pack(TWO | {"speakers.tsv": table})) as dataset:
        assert [each.speaker for each in dataset] == ["anna", "ben"]


def test_a_table_of_speakers_given_by_hand_wins(pack, write):
    table = write("who.tsv", "a.wav\tcarla\n")
    with read_acoustic(pack(TWO | {"speakers.tsv": "a.wav\tanna\n"}), speakers=table) as dataset:
        assert [each.speaker for each in dataset] == ["carla", None]


def test_a_broken_table_of_speakers_names_the_line(pack, write, tmp_path):
    with pytest.raises(InvalidTranscript, match=r"who\.tsv:2"):
        read_acoustic(pack(TWO), speakers=write("who.tsv", "a.wav\tcarla\nb.wav carla\n"))
    with pytest.raises(NotFound):
        read_acoustic(pack(TWO), speakers=tmp_path / "nobody.tsv")


def test_the_hash_depends_on_contents_and_names_alone(pack):
    with (
        read_acoustic(pack(TWO, "one.zip")) as one,
        read_acoustic(pack(dict(reversed(TWO.items())), "two.zip")) as two,
        read_acoustic(pack(TWO | {"a.wav": wav(tone(1.5))}, "three.zip")) as other,
    ):
        assert one.sha256 == two.sha256 != other.sha256


BARISTA = "file\tspeaker_cluster\tstatus\na.wav\tc17\tpseudo\nb.wav\tc01\tlabel\n"


def test_a_table_with_a_heading_for_speakers_is_not_taken_for_the_transcript(pack):
    with read_acoustic(pack(TWO | {"utterances.tsv": BARISTA})) as dataset:
        assert [each.speaker for each in dataset] == ["c17", "c01"]
    named_otherwise = {name: data for name, data in TWO.items() if name != "trans.txt"}
    named_otherwise |= {"utterances.tsv": TWO["trans.txt"]}
    with read_acoustic(pack(named_otherwise, "other.zip")) as dataset:
        assert len(dataset) == 2


def test_a_folder_that_holds_the_zip_is_the_zip_with_the_speakers_beside_it(pack, write, tmp_path):
    pack(TWO)
    write("utterances.tsv", BARISTA)
    write("notes.pdf", b"%PDF")
    with read_acoustic(tmp_path) as dataset:
        assert [(each.file, each.speaker) for each in dataset] == [("a.wav", "c17"), ("b.wav", "c01")]
    assert check(tmp_path).errors == 0


def test_of_two_zips_in_a_folder_none_is_taken(pack, tmp_path):
    pack(TWO, "one.zip")
    pack(TWO, "two.zip")
    assert {problem.code.value for problem in check(tmp_path).problems} >= {"zip_nested", "no_audio"}
