"""Exported models, opened by the programs that they are written for, say what Lect says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from lect.cli.main import app
from lect.core.errors import Conflict, InvalidInput, NotFound
from lect.core.files import claimed
from lect.datasets.reading import read_acoustic
from lect.engines import registry
from lect.engines.whisper.decoding import Request, Utterance
from lect.engines.whisper.delta import Delta, Difference
from lect.engines.whisper.features import HOP, log_mel
from lect.engines.whisper.recogniser import WINDOW_FRAMES
from lect.engines.whisper.search import SearchOptions
from lect.engines.whisper.weights import read_weights
from lect.models import acoustic, bundles
from lect.models.bundles import Manifest, NormaliserVersion
from lect.models.exports import export_model
from lect.speech.audio import AudioDecoder

LAYOUTS = ("huggingface", "ctranslate2")
CHANGED = ("decoder.layers.0.ffn_in.weight", "encoder.layers.2.self_qkv.weight")


@pytest.fixture(scope="module")
def write(tiny_en, tmp_path_factory):
    """write({"member": bytes}) -> the path of a bundle."""

    def bundle(members, weights_sha256=tiny_en.weights_sha256):
        manifest = Manifest(
            base=bundles.Base(name=tiny_en.name, weights_sha256=weights_sha256),
            locale="en-US",
            normaliser=NormaliserVersion(name="en", version="1"),
            code="0",
        )
        path = tmp_path_factory.mktemp("bundle") / "custom.lect"
        bundles.write(path, manifest=manifest, members=members)
        return path

    return bundle


@pytest.fixture(scope="module")
def custom(write, tiny_en):
    """A bundle whose weights are a little off those of its base, as after a training."""
    rng, arrays = np.random.default_rng(0), read_weights(tiny_en.path).arrays
    noise = {name: rng.normal(0, 0.05 * arrays[name].std(), arrays[name].shape) for name in CHANGED}
    delta = Delta({name: Difference.of(change.astype(np.float32)) for name, change in noise.items()})
    return write({acoustic.WEIGHTS: delta.to_bytes()})


@pytest.fixture(scope="module")
def exported(custom, settings, tmp_path_factory):
    """The folder of each layout."""
    folder = tmp_path_factory.mktemp("exported")
    return {to: export_model(str(custom), folder / to, to=to, settings=settings).folder for to in LAYOUTS}


@pytest.fixture(scope="module")
def samples(sample):
    """A few recordings, decoded."""
    with AudioDecoder() as decoder, read_acoustic(sample / "dev") as dataset:
        return [decoder.decode(each.source(), name=each.file) for each in list(dataset)[:4]]


@pytest.fixture(scope="module")
def mel(samples):
    return np.stack([log_mel(each, mels=80, frames=WINDOW_FRAMES).T for each in samples])


@pytest.fixture(scope="module")
def ours(custom, tiny_en, settings, samples, tmp_path_factory):
    """The greedy tokens of Lect's own graphs in float32, and what they spell."""
    recogniser = registry.load(
        "whisper",
        name="custom",
        weights=tiny_en.path,
        weights_sha256=tiny_en.weights_sha256,
        precision="fp32",
        cache=tmp_path_factory.mktemp("cache"),
        tuned=acoustic.weights_of(bundles.open_bundle(custom)),
    )
    utterances = [Utterance(samples=each, frames=WINDOW_FRAMES, language="en") for each in samples]
    decoded = recogniser._decoding.decode(utterances, Request(search=SearchOptions(beam=1)))
    return [list(each.finished[0].tokens) for each in decoded]


def test_ctranslate2_writes_the_tokens_that_lect_writes(exported, mel, ours):
    ctranslate2 = pytest.importorskip("ctranslate2")
    model = ctranslate2.models.Whisper(str(exported["ctranslate2"]), device="cpu", compute_type="float32")
    features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel))
    prompt = [["<|startoftranscript|>", "<|notimestamps|>"]] * len(mel)
    theirs = model.generate(features, prompt, beam_size=1, suppress_blank=True, suppress_tokens=[-1])

    assert [each.sequences_ids[0] for each in theirs] == ours


def test_transformers_writes_the_tokens_that_lect_writes(exported, mel, ours):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model = transformers.WhisperForConditionalGeneration.from_pretrained(
        exported["huggingface"], dtype=torch.float32
    )
    processor = transformers.AutoProcessor.from_pretrained(exported["huggingface"])
    written = model.generate(torch.from_numpy(mel), do_sample=False, num_beams=1)
    tokens = [[token for token in row.tolist() if token < 50256] for row in written]

    assert tokens == ours
    assert processor.decode(ours[0]).startswith(" ")


def test_faster_whisper_opens_the_folder_as_it_is_and_writes_what_lect_writes(exported, samples, ours):
    faster_whisper = pytest.importorskip("faster_whisper")
    model = faster_whisper.WhisperModel(
        str(exported["ctranslate2"]),
        device="cpu",
        compute_type="float32",
        cpu_threads=1,
        local_files_only=True,
    )
    tokens = []
    for each in samples:
        window = np.pad(
            each, (0, WINDOW_FRAMES * HOP - len(each))
        )  # its own padding is no silence, and hears otherwise
        segments, info = model.transcribe(
            window, beam_size=1, temperature=0, language="en", without_timestamps=True
        )
        assert info.language == "en"
        tokens.append([token for segment in segments for token in segment.tokens if token < 50256])

    assert tokens == ours


@pytest.mark.parametrize("base", ["tiny_en", "whisper_base"])
def test_a_base_in_its_own_layout_is_written_byte_for_byte(base, request, settings, tmp_path):
    folder = request.getfixturevalue(base)
    export_model(folder.name, tmp_path / "out", to="ctranslate2", settings=settings)

    assert (tmp_path / "out" / "model.bin").read_bytes() == (folder.path / "model.bin").read_bytes()


def test_a_folder_that_was_exported_is_a_base_again(exported, custom, settings, tmp_path):
    again = export_model(
        str(exported["huggingface"]), tmp_path / "again", to="ctranslate2", settings=settings
    )

    assert (again.folder / "model.bin").read_bytes() == (exported["ctranslate2"] / "model.bin").read_bytes()


def test_the_command_tells_what_it_wrote(custom, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("LECT_CACHE", str(settings.cache))
    arguments = ["models", "export", str(custom), str(tmp_path / "out"), "--to", "huggingface", "--json"]
    answer = json.loads(CliRunner().invoke(app, arguments).stdout)

    assert answer["folder"] == str(tmp_path / "out")
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= {
        each["file"] for each in answer["files"]
    }
    assert not answer["text_left_out"]


def test_nothing_is_overwritten(custom, settings, tmp_path):
    (tmp_path / "kept.txt").write_text("mine")

    for target in (tmp_path, tmp_path / "kept.txt"):
        with pytest.raises(Conflict, match=str(target)):
            export_model(str(custom), target, to="ctranslate2", settings=settings)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_folder_that_is_being_written_is_not_written_by_another(custom, settings, tmp_path):
    with claimed(tmp_path / "out"), pytest.raises(Conflict, match="written already"):
        export_model(str(custom), tmp_path / "out", to="ctranslate2", settings=settings)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled(custom, settings, tmp_path):
    export_model(str(custom), tmp_path, to="ctranslate2", settings=settings)

    assert (tmp_path / "model.bin").is_file()


def test_a_model_of_text_alone_has_no_weights_to_write(write, settings, tmp_path):
    with pytest.raises(InvalidInput, match="knows text alone"):
        export_model(str(write({"lm.bin": b"x"})), tmp_path / "out", to="ctranslate2", settings=settings)
    assert not (tmp_path / "out").exists()


def test_a_bundle_whose_base_is_not_here_is_an_error_that_names_it(write, settings, tmp_path):
    stranger = write({acoustic.WEIGHTS: b"x"}, weights_sha256="ab" * 32)

    with pytest.raises(NotFound, match=r"whisper-tiny\.en \(SHA-256 of its weights ab"):
        export_model(str(stranger), tmp_path / "out", to="ctranslate2", settings=settings)
