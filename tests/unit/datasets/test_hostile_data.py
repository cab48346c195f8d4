"""Whatever the bytes are, a check ends in a report or in an error of ours."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from dataset_makers import WaveDecoder, wav
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import LectError
from lect.datasets.checking import check

LOCALES = st.sampled_from(["en-US", "de-DE", "ja-JP", "zh-CN"])
SAMPLES = wav()


def outcome(name, content, **options):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            report = check(path, decoder=WaveDecoder(), fix=Path(folder) / "out.zip", **options)
        except LectError as error:
            assert error.message
            return None
        assert report.to_json()
        return report


@given(st.binary(max_size=2000), LOCALES)
def test_any_bytes_as_text(content, locale):
    report = outcome("data.txt", b"\n" + content, kind="text", locale=locale)  # so that it is never a zip
    assert report.accepted + report.rejected or "empty" in {code.value for code, _ in report.counts}


@given(st.text(max_size=500), LOCALES)
def test_any_text_as_text(content, locale):
    outcome("data.txt", content.encode("utf-8", "surrogatepass"), kind="text", locale=locale)


@given(st.binary(max_size=500))
def test_any_bytes_as_a_zip(content):
    outcome("data.zip", content)
    outcome("data.zip", b"PK\3\4" + content)


@given(st.binary(max_size=300), LOCALES)
def test_any_bytes_as_a_transcript(content, locale):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.zip"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("a.wav", SAMPLES)
            out.writestr("trans.txt", b"a.wav\t" + content)
        outcome("data.zip", path.read_bytes(), locale=locale)


@given(st.data())
def test_a_zip_with_any_bytes_changed(data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("a.wav", SAMPLES[:400])
            out.writestr("trans.txt", "a.wav\thello\n")
        content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    outcome("data.zip", bytes(content))


@given(st.data())
def test_a_zip_cut_anywhere(data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.zip"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("a.wav", SAMPLES[:400])
            out.writestr("trans.txt", "a.wav\thello\n")
        content = path.read_bytes()
    outcome("data.zip", content[: data.draw(st.integers(0, len(content) - 1))])
