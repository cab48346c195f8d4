"""A torch archive is read as data: the arrays that torch wrote, and no program."""

import zipfile

import numpy as np
import pytest

from lect.core.errors import ModelLoadFailed
from lect.engines.speakers.archive import read_archive

FLOATS = np.arange(6, dtype=np.float32)

# What torch 1 and 2 write of {"a": a tensor of shape (2, 3)}, word for word.
ARRAY = (
    b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\x00\x00\x00storageq\x03"
    b"ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x000q\x05X\x03\x00\x00\x00cpuq\x06K\x06tq\x07QK\x00K\x02K\x03\x86q\x08"
    b"K\x03K\x01\x86q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0du."
)


@pytest.fixture
def archive(tmp_path):
    def make(program, **files):
        path = tmp_path / "weights.pt"
        with zipfile.ZipFile(path, "w") as target:
            target.writestr("archive/data.pkl", program)
            for name, content in ({"0": FLOATS.tobytes()} | files).items():
                target.writestr(f"archive/data/{name}", content)
        return path

    return make


def test_arrays_have_their_names_types_and_shapes(archive):
    arrays = read_archive(archive(ARRAY))

    assert list(arrays) == ["a"]
    assert arrays["a"].dtype == np.float32
    assert np.array_equal(arrays["a"], FLOATS.reshape(2, 3))


def test_arrays_are_those_that_torch_wrote(tmp_path):
    torch = pytest.importorskip("torch", reason="torch writes the archive, and is not installed")
    made = {"weight": torch.randn(3, 4, 2), "bias": torch.randn(5), "count": torch.tensor(7)}
    torch.save(made, tmp_path / "weights.pt")

    read = read_archive(tmp_path / "weights.pt")

    assert {name: array.tolist() for name, array in read.items()} == {
        name: tensor.tolist() for name, tensor in made.items()
    }


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(X\x04\x00\x00\x00truetR.",  # a command
        b"c__builtin__\neval\n(X\x01\x00\x00\x001tR.",
        b"(X\x04\x00\x00\x00truecos\nsystem\no.",  # the same in other words
        b"\x80\x02K\x01.",  # a number
        b"\x80\x02}(X\x01\x00\x00\x00aK\x01u.",  # a name that is no array's
        b"hello",
        b"",
        b"a.",
        ARRAY.replace(b"K\x03K\x01\x86q\x09", b"K\x01K\x02\x86q\x09"),  # does not lie in one piece
        ARRAY.replace(b"K\x02K\x03\x86", b"K\x02K\x09\x86").replace(
            b"K\x03K\x01\x86q\x09", b"K\x09K\x01\x86q\x09"
        ),
        ARRAY.replace(b"FloatStorage", b"HalfStorage"),
    ],
)
def test_what_is_no_list_of_arrays_is_refused(archive, program, monkeypatch):
    monkeypatch.setattr("os.system", lambda command: pytest.fail(f"{command} was run"))
    with pytest.raises(ModelLoadFailed, match="not an archive of arrays"):
        read_archive(archive(program))


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"PK and no zip")

    with pytest.raises(ModelLoadFailed, match="not an archive"):
        read_archive(path)
    with pytest.raises(ModelLoadFailed, match="not an archive"):
        read_archive(tmp_path / "missing.pt")


def test_a_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as target:
        target.writestr("readme", "nothing")

    with pytest.raises(ModelLoadFailed, match="not an archive"):
        read_archive(tmp_path / "other.zip")
