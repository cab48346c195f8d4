"""Blobs in a folder and in object storage by the same suite. The object storage is moto's server: a mock."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta

import obstore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, LimitExceeded, NotFound, StoreError
from lect.store.blobs import Blob, open_blobs
from lect.store.folder_blobs import FolderBlobs

LARGE = bytes(range(256)) * (12 << 12)  # 12 MiB: several blocks, several parts of an upload
NOBODY = "0" * 64


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def whole(blobs, name, **part):
    return b"".join(blobs.read(name, **part))


def damage(blobs, blobs_at, name):
    """Change a byte in the middle where the blob is stored, and drop what copies of it there are."""
    data = bytearray(whole(blobs, name))
    data[len(data) // 2] ^= 1
    if isinstance(blobs, FolderBlobs):
        blobs.path(name).write_bytes(data)
    else:
        obstore.put(blobs._store, f"{name[:2]}/{name}", bytes(data))
        blobs._cache.delete(name)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(max_size=5000), max_size=5), data=st.data())
def test_what_is_put_is_what_is_read(blobs, parts, data):
    content = b"".join(parts)
    offset = data.draw(st.integers(0, len(content) + 1))
    length = data.draw(st.none() | st.integers(0, len(content) + 1))

    blob = blobs.put(parts)

    assert blob == Blob(sha256=sha256(content), size=len(content))
    assert blobs.exists(blob.sha256)
    assert whole(blobs, blob.sha256) == content
    assert blobs.local(blob.sha256).read_bytes() == content
    end = None if length is None else offset + length
    assert whole(blobs, blob.sha256, offset=offset, length=length) == content[offset:end]


def test_a_large_one_comes_in_blocks(blobs):
    blob = blobs.put([LARGE])
    blocks = list(blobs.read(blob.sha256))

    assert b"".join(blocks) == LARGE
    assert len(blocks) > 1


def test_the_same_bytes_are_one_blob(blobs):
    assert blobs.put([b"a", b"bc"]) == blobs.put([b"abc"])
    assert [(it.sha256, it.size) for it in blobs.list()] == [(sha256(b"abc"), 3)]


def test_too_many_bytes_are_refused_while_they_come_and_nothing_stays(blobs):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield bytes(1000)

    with pytest.raises(LimitExceeded, match="5,000 bytes"):
        blobs.put(endless(), limit=5_000)
    assert len(taken) == 6
    assert list(blobs.list()) == []
    assert blobs.put([bytes(5_000)], limit=5_000).size == 5_000


def test_an_upload_that_breaks_off_leaves_nothing(blobs, tmp_path):
    def broken():
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.put(broken())
    assert list(blobs.list()) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []


@pytest.mark.parametrize("name", [NOBODY, "", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_not_there_is_not_found(blobs, name):
    assert not blobs.exists(name)
    assert not blobs.delete(name)
    for look in (blobs.local, blobs.read, lambda it: blobs.read(it, offset=1)):
        with pytest.raises(NotFound):
            look(name)


def test_damage_is_an_error_and_the_last_block_never_comes(blobs, blobs_at, tmp_path):
    blob = blobs.put([LARGE])
    damage(blobs, blobs_at, blob.sha256)
    fresh = open_blobs(blobs_at, cache=tmp_path / "others", cache_bytes=0)

    came = 0
    with pytest.raises(StoreError, match="its bytes are not those"):
        for block in blobs.read(blob.sha256):
            came += len(block)
    assert came < len(LARGE)
    for store in (blobs, fresh):
        with pytest.raises(StoreError, match="its bytes are not those"):
            store.local(blob.sha256)
        with pytest.raises(StoreError, match="its bytes are not those"):
            store.read(blob.sha256, offset=5, length=1)


def test_to_put_damaged_bytes_again_repairs_them(blobs, blobs_at):
    blob = blobs.put([b"precious"])
    damage(blobs, blobs_at, blob.sha256)
    blobs.put([b"precious"])

    assert whole(blobs, blob.sha256) == b"precious"
    assert blobs.local(blob.sha256).read_bytes() == b"precious"


def test_what_was_put_again_meanwhile_is_not_deleted(blobs):
    name = blobs.put([b"again"]).sha256
    now = datetime.now(UTC)

    assert not blobs.delete(name, before=now - timedelta(hours=1))
    assert blobs.exists(name)
    assert blobs.delete(name, before=now + timedelta(hours=1))
    assert not blobs.exists(name)
    assert not blobs.delete(name)


def test_threads_that_put_the_same_bytes_do_not_meet(blobs):
    failed = []

    def put():
        try:
            for _ in range(5):
                whole(blobs, blobs.put([b"the same"]).sha256)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []


def test_other_files_in_the_place_are_no_blobs(blobs, blobs_at):
    name = blobs.put([b"x"]).sha256
    if isinstance(blobs, FolderBlobs):
        (blobs.folder / "ab").mkdir()
        (blobs.folder / "ab" / "notes.txt").write_text("hello")
    else:
        obstore.put(blobs._store, "ab/notes.txt", b"hello")

    assert [it.sha256 for it in blobs.list()] == [name]


def test_local_copies_are_bounded_and_those_in_use_stay(bucket_url, tmp_path):
    """Object storage alone (a mock)."""
    blobs = open_blobs(bucket_url, cache=tmp_path / "copies", cache_bytes=2_500)
    old, older, used = (blobs.put([bytes([number]) * 1_000]).sha256 for number in range(3))
    copies = blobs._cache
    os.utime(copies.path(old), (2_000, 2_000))
    os.utime(copies.path(older), (1_000, 1_000))

    blobs.put([b"9" * 400])

    assert [copies.exists(it) for it in (old, older, used)] == [True, False, True]
    assert blobs.local(older).read_bytes() == bytes([1]) * 1_000
    assert not copies.exists(old)  # it had to make room, and can be had again
    assert whole(blobs, old) == bytes(1_000)


def test_a_damaged_copy_is_fetched_again(bucket_url, tmp_path):
    """Object storage alone (a mock)."""
    blobs = open_blobs(bucket_url, cache=tmp_path / "copies", cache_bytes=1 << 20)
    name = blobs.put([b"sound"]).sha256
    blobs._cache.path(name).write_bytes(b"rotten")

    assert blobs.local(name).read_bytes() == b"sound"


def test_what_could_not_be_uploaded_is_not_there(bucket_url, tmp_path):
    """Object storage alone (a mock): the bucket is gone."""
    blobs = open_blobs("s3://no-such-bucket", cache=tmp_path / "copies", cache_bytes=1 << 20)

    with pytest.raises(StoreError):
        blobs.put([b"lost"])
    assert not blobs.exists(sha256(b"lost"))
    assert [
        path for path in (tmp_path / "copies").rglob("*") if path.is_file() and path.name != ".lock"
    ] == []


def test_storage_that_does_not_answer_is_an_error_without_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9/?token=hush")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    blobs = open_blobs("s3://bucket", cache=tmp_path, cache_bytes=0)

    with pytest.raises(StoreError) as caught:
        blobs.exists(NOBODY)
    assert "hush" not in str(caught.value)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("location", ["nope://x", "http://somewhere/x", "memory://"])
def test_a_place_of_another_kind_is_refused(location, tmp_path):
    with pytest.raises(InvalidInput, match="no place for blobs"):
        open_blobs(location, cache=tmp_path, cache_bytes=0)


def test_a_folder_may_be_named_by_a_url(tmp_path):
    assert open_blobs(f"file://{tmp_path}", cache=tmp_path, cache_bytes=0).folder == tmp_path
