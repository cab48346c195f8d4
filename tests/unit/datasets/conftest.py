import zipfile

import pytest
from dataset_makers import WaveDecoder


@pytest.fixture
def decoder():
    return WaveDecoder()


@pytest.fixture
def pack(tmp_path):
    """`pack({"a.wav": ..., "trans.txt": ...})` gives the path of a zip."""

    def make(files, name="data.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for member, content in files.items():
                out.writestr(member, content.encode() if isinstance(content, str) else content)
        return path

    return make


@pytest.fixture
def write(tmp_path):
    """`write("lines.txt", content)` gives the path of a file."""

    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make
