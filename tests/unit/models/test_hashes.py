import hashlib
import os

import pytest

from lect.models import hashes
from lect.models.hashes import KnownHashes


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def reads(monkeypatch):
    """The files that were really read."""
    read = []
    monkeypatch.setattr(hashes, "sha256", lambda path: read.append(path.name) or hash_of(path))
    return read


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_is_read_once(weights, reads, tmp_path):
    for _ in range(3):
        assert KnownHashes(tmp_path / "cache").sha256(weights) == hash_of(weights)
    assert reads == ["model.bin"]


def test_a_file_that_changed_is_read_again_even_if_its_size_and_time_did_not(weights, reads, tmp_path):
    known = KnownHashes(tmp_path / "cache")
    known.sha256(weights)
    stat = weights.stat()
    weights.write_bytes(b"Weights")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert known.sha256(weights) == hash_of(weights)


def test_fresh_reads_again(weights, reads, tmp_path):
    known = KnownHashes(tmp_path / "cache")
    known.sha256(weights)
    known.sha256(weights, fresh=True)

    assert len(reads) == 2


def test_a_damaged_record_costs_time_and_nothing_else(weights, reads, tmp_path):
    known = KnownHashes(tmp_path / "cache")
    known.sha256(weights)
    for record in (tmp_path / "cache" / "hashes").iterdir():
        record.write_bytes(b"[")

    assert known.sha256(weights) == hash_of(weights)


def test_a_cache_that_cannot_be_written_to_costs_time_and_nothing_else(weights, tmp_path):
    (tmp_path / "cache").write_bytes(b"a file, not a folder")

    assert KnownHashes(tmp_path / "cache").sha256(weights) == hash_of(weights)
