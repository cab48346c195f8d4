import errno
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lect.core.errors import Conflict, InvalidInput, StoreError
from lect.core.files import (
    atomic_folder,
    atomic_write,
    check_member_name,
    claimed,
    json_bytes,
    locked,
    sha256,
)

SAFE = ["a.wav", "audio/first.wav", "ünï/文件.flac", "a b/c-d_e.f.wav", "..a/b..", "...", "C/x"]
UNSAFE = [
    "",
    "/etc/passwd",
    "../up.wav",
    "a/../../up.wav",
    "a/..",
    "..",
    "a//b",
    "./a",
    "a/",
    "a\\..\\b",
    "C:\\x",
    "C:x",
    "file.wav:stream",
    "a\0b",
    "a\nb",
    "‥/up",  # two dot leader, which normalises to ..
    "a\uff0f..\uff0fb",  # full-width slashes
    "a\uff3cb",  # full-width backslash
    "a\u2100b",  # "account of", which normalises to a/c
]


@pytest.mark.parametrize("name", SAFE)
def test_a_plain_relative_name_is_safe(name):
    assert check_member_name(name) == name


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_could_leave_the_folder_is_refused(name):
    with pytest.raises(InvalidInput, match="not safe in an archive"):
        check_member_name(name)


def test_a_written_file_is_whole_and_alone(tmp_path):
    path = tmp_path / "new" / "file.bin"

    with atomic_write(path) as file:
        file.write(b"one")
        assert not path.exists()

    assert path.read_bytes() == b"one"
    assert os.listdir(path.parent) == ["file.bin"]


def test_a_failing_body_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError), atomic_write(path) as file:
        file.write(b"new")
        raise ZeroDivisionError

    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("there_already", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, there_already):
    target, link = tmp_path / "elsewhere" / "file.bin", tmp_path / "link.bin"
    link.symlink_to(target)
    if there_already:
        target.parent.mkdir()
        target.write_bytes(b"old")

    with atomic_write(link) as file:
        file.write(b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["file.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_pipe_stays_a_pipe_and_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    with atomic_write(pipe) as file:
        file.write(b"new")

    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's names of open files")
def test_a_pipe_that_has_no_name_of_its_own_is_written_to():
    reader, writer = os.pipe()

    with atomic_write(Path(f"/proc/self/fd/{writer}")) as file:  # as /dev/stdout and >(command) are
        file.write(b"new")

    assert os.read(reader, 10) == b"new"
    os.close(reader)
    os.close(writer)


def test_an_error_of_reading_inside_the_body_is_not_called_one_of_writing(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "file.bin"):
        (tmp_path / "missing").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on file sizes is POSIX")
def test_a_full_disk_is_a_store_error_that_names_the_file_and_leaves_nothing(tmp_path):
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from lect.core.errors import StoreError\n"
        "from lect.core.files import atomic_write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    with atomic_write(Path(sys.argv[1])) as file:\n"
        "        file.write(bytes(1_000_000))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "big.lect"

    ran = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)

    assert str(path) in ran.stdout
    assert "Free some space" in ran.stdout
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills_up_at_the_last_moment_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StoreError, match="No space left"), atomic_write(tmp_path / "file.bin") as file:
        file.write(b"x")
    with pytest.raises(StoreError, match="No space left"), atomic_folder(tmp_path / "folder") as folder:
        (folder / "x").write_bytes(b"x")

    assert os.listdir(tmp_path) == []


def test_a_place_that_is_no_folder_is_a_store_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreError, match="cannot be written"), atomic_write(tmp_path / "file" / "x"):
        pass


def test_a_folder_appears_whole(tmp_path):
    with atomic_folder(tmp_path / "a" / "model") as folder:
        (folder / "weights.bin").write_bytes(b"w")
        assert not (tmp_path / "a" / "model").exists()

    assert os.listdir(tmp_path / "a") == ["model"]
    assert (tmp_path / "a" / "model" / "weights.bin").read_bytes() == b"w"


def test_a_failing_body_leaves_no_folder(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "model") as folder:
        (folder / "weights.bin").write_bytes(b"w")
        raise ZeroDivisionError

    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_left_half_filled_goes_and_other_folders_stay(tmp_path):
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from lect.core.files import atomic_folder\n"
        "folder = Path(sys.argv[1])\n"
        "with atomic_folder(folder / 'model') as one, atomic_folder(folder / 'model.en'):\n"
        "    (one / 'half').touch()\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    others = [name for name in os.listdir(tmp_path) if "model.en" in name]
    assert len(os.listdir(tmp_path)) == 2

    with atomic_folder(tmp_path / "model") as folder:
        assert os.listdir(folder) == []

    assert sorted(os.listdir(tmp_path)) == sorted([*others, "model"])


def build_once(folder):
    """What the resolver does: under the lock, build only if nobody has."""
    with locked(folder / "lock"):
        if not (folder / "made").exists():
            with (folder / "log").open("a") as log:
                log.write("built\n")
            time.sleep(0.05)  # a second builder would surely get in here
            (folder / "made").touch()


@pytest.mark.parametrize("worker", [threading.Thread, multiprocessing.get_context("spawn").Process])
def test_only_one_builds_and_the_others_see_the_result(tmp_path, worker):
    workers = [worker(target=build_once, args=(tmp_path,)) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert (tmp_path / "log").read_text() == "built\n"


def test_a_lock_is_free_again_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
        raise ZeroDivisionError
    with locked(tmp_path / "lock"):
        pass


def test_who_claims_a_file_second_is_told_so_and_may_have_it_afterwards(tmp_path):
    with (
        claimed(tmp_path / "out"),
        pytest.raises(Conflict, match="written already"),
        claimed(tmp_path / "out"),
    ):
        pass
    with claimed(tmp_path / "out"):
        pass

    assert os.listdir(tmp_path) == []


def test_other_names_are_free_while_one_is_claimed(tmp_path):
    with claimed(tmp_path / "a"), claimed(tmp_path / "b"):
        pass


def test_what_a_killed_process_claimed_is_free(tmp_path):
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from lect.core.files import claimed\n"
        "with claimed(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "out"], check=False)
    assert os.listdir(tmp_path) == [".out.lock"]

    with claimed(tmp_path / "out"):
        pass
    assert os.listdir(tmp_path) == []


def claim_and_count(folder):
    """Claims until it succeeds, and notes whether it was alone."""
    while True:
        try:
            with claimed(folder / "out"):
                (folder / "alone").mkdir()  # fails if another one is here
                (folder / "alone").rmdir()
                with (folder / "log").open("a") as log:
                    log.write("alone\n")
                return
        except Conflict:
            continue


def test_a_claim_is_never_held_by_two(tmp_path):
    workers = [threading.Thread(target=claim_and_count, args=(tmp_path,)) for _ in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert (tmp_path / "log").read_text() == 8 * "alone\n"


def test_sha256_of_a_file(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")

    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_json_has_one_form():
    assert (
        json_bytes({"b": 1, "a": "ü"})
        == json_bytes({"a": "ü", "b": 1})
        == b'{\n  "a": "\xc3\xbc",\n  "b": 1\n}\n'
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"wer": float("nan")})
