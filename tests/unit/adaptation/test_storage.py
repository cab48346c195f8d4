import numpy as np
import pytest

from lect.adaptation import storage


class CutOff(dict):
    """Arrays whose writing is cut off after the first."""

    def values(self):
        yield next(iter(super().values()))
        raise KeyboardInterrupt


def test_a_file_that_was_cut_off_never_stands_under_its_name(tmp_path):
    path, arrays = tmp_path / "general.bin", {"first": np.arange(3.0), "second": np.arange(9.0)}
    with pytest.raises(KeyboardInterrupt):
        storage.write(path, meta={}, arrays=CutOff(arrays))
    assert not list(tmp_path.iterdir())

    storage.write(path, meta={"order": 3}, arrays=arrays)
    with pytest.raises(KeyboardInterrupt):
        storage.write(path, meta={}, arrays=CutOff(arrays))

    meta, found = storage.read(memoryview(path.read_bytes()), name="general.bin")
    assert meta == {"order": 3}
    assert found["second"].tolist() == arrays["second"].tolist()
