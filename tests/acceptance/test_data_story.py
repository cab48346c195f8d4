"""What is wrong with an upload is told and repaired, and a recording is erased, with real processes."""

import io
import zipfile

import pytest

from lect.client import Client
from lect.sample import folder
from servers import LOCALE, PATIENCE, serving


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address


def recordings():
    source = folder() / "testing" / "audio-and-trans"
    lines = (source / "trans.txt").read_text("utf-8-sig").splitlines()[:3]
    return source, [line.split("\t") for line in lines]


def test_a_dataset_is_reported_repaired_and_loses_a_recording(address, tmp_path):
    source, said = recordings()
    with zipfile.ZipFile(tmp_path / "heard.zip", "w") as archive:
        for name, _ in said:
            archive.write(source / name, name)
        archive.writestr("trans.txt", "".join(f"{name}\t{text}\n" for name, text in said) + "gone.wav\twho\n")
    with Client(address) as client:
        made = client.datasets.upload(tmp_path / "heard.zip", kind="Acoustic", locale=LOCALE)
        dataset = client.datasets.wait(made, timeout=PATIENCE)

        [problem] = client.datasets.report(dataset, severity="error")
        assert (problem["line"], problem["code"]) == (4, "audio_missing")

        fixed = client.datasets.wait(client.datasets.fix(dataset), timeout=PATIENCE)
        assert fixed.properties["acceptedLineCount"] == 3
        assert list(client.datasets.report(fixed, severity="error")) == []

        (name, text), *_ = said
        erasure = client.datasets.wait(client.datasets.erase(dataset, name), timeout=PATIENCE)
        assert erasure.document["files"] == [name]
        assert [each["self"] for each in erasure.document["datasets"]] == [fixed.url]
        assert client.datasets.get(dataset).properties["acceptedLineCount"] == 2
        data = client.http.request("GET", f"/lect/v1/datasets/{dataset.id}/data").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert name not in archive.namelist()
        assert text not in archive.read("trans.txt").decode()
        assert archive.read(said[1][0]) == (source / said[1][0]).read_bytes()
