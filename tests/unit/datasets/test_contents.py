"""What is in a dataset can be looked through: utterances, recordings, lines."""

import io
import zipfile
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import NotFound
from lect.datasets import uploads
from lect.datasets.contents import Contents, Utterance
from lect.settings import Settings
from lect.store import files
from lect.store.repositories import DATASETS
from storages import new_storage

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def storage(tmp_path):
    storage = new_storage(Settings(data=tmp_path, offline=True))
    yield storage
    storage.database.close()


@pytest.fixture
def stored(storage):
    def store(kind, data):
        dataset = Dataset(
            id=str(uuid4()), display_name="x", created=NOW, last_action=NOW, locale="en-US", kind=kind
        )
        blob = storage.blobs.put([data])
        with storage.database.begin() as connection:
            DATASETS.add(connection, dataset)
            files.put(connection, dataset.id, [uploads.data_file(storage, dataset, blob)])
        return dataset

    return store


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return packed.getvalue()


def test_good_utterances_are_told_in_the_order_of_the_transcript_and_played(storage, stored):
    data = zipped(
        b_wav=b"RIFF b", a_wav=b"RIFF a", trans_txt="b.wav\tripe pears\na.wav\tred apples\ngone.wav\tno\n",
        speakers_tsv="file\tspeaker\na.wav\tAnn\n",
    )  # fmt: skip
    dataset, contents = stored(DatasetKind.ACOUSTIC, data), Contents()

    found = contents.utterances(storage, dataset)

    assert found == [
        Utterance(file="b.wav", transcript="ripe pears", line=1),
        Utterance(file="a.wav", transcript="red apples", speaker="Ann", line=2),
    ]
    assert contents.utterances(storage, dataset) is found
    played = contents.recording(storage, dataset, "a.wav")
    assert (played.size, b"".join(played.read(0, 6)), b"".join(played.read(2, 5))) == (6, b"RIFF a", b"FF ")
    for name in ("gone.wav", "trans.txt", "../a.wav"):
        with pytest.raises(NotFound):
            contents.recording(storage, dataset, name)


def test_a_long_recording_is_played_in_parts_of_any_size(storage, stored):
    data = bytes(range(256)) * 10_000
    played = Contents().recording(storage, stored(DatasetKind.AUDIO, zipped(a_wav=data)), "a.wav")

    assert played.size == len(data)
    for begin, end in ((0, len(data)), (2_000_001, 2_300_000), (len(data) - 1, len(data)), (5, 5)):
        assert b"".join(played.read(begin, end)) == data[begin:end]
    assert max(map(len, played.read(0, len(data)))) < len(data)


def test_of_recordings_alone_all_are_told(storage, stored):
    dataset = stored(DatasetKind.AUDIO, zipped(a_wav=b"RIFF", b_wma=b"x", readme_txt=b"x"))

    found = Contents().utterances(storage, dataset)

    assert [(each.file, each.media_type) for each in found] == [("a.wav", "audio/wav"), ("b.wma", None)]


def test_lines_of_text_are_told_a_part_at_a_time(storage, stored):
    dataset = stored(DatasetKind.TEXT, b"one\ntwo\nthree\n")

    assert Contents().lines(storage, dataset, 1, 5) == [(2, "two"), (3, "three")]
