"""Trained weights in a bundle: they are what is served, with the text knowledge beside them or without."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save

from lect.core.errors import ModelLoadFailed
from lect.datasets.reading import read_acoustic
from lect.engines.whisper.delta import Delta, Difference
from lect.engines.whisper.weights import read_weights
from lect.models import bundles
from lect.models.acoustic import WEIGHTS
from lect.models.bundles import Manifest, NormaliserVersion
from lect.models.curriculum import tune_options
from lect.models.lessons import examples_of
from lect.models.measuring import score, total
from lect.models.methods import Recipe
from lect.models.plan import TrainOptions
from lect.models.spoken import Spoken
from lect.models.training import train
from lect.serving.pool import Pool
from lect.serving.transcriptions import transcribe
from lect.speech.audio import AudioDecoder

NORM = "decoder.norm.bias"


@pytest.fixture(scope="module")
def own(settings, tmp_path_factory, tiny_en):
    """Settings with a cache of their own, in which the base is built already."""
    cache = tmp_path_factory.mktemp("cache")
    for folder in settings.cache.glob("*whisper*"):
        (cache / folder.name).symlink_to(folder)
    return settings.model_copy(update={"cache": cache})


@pytest.fixture(scope="module")
def pool(own):
    """Models as they are served."""
    return Pool(own)


@pytest.fixture(scope="module")
def exact(own):
    """The same models in full precision."""
    return Pool(own.model_copy(update={"precision": "fp32"}))


@pytest.fixture(scope="module")
def write(pool, tmp_path_factory, tiny_en):
    """write("a", delta) -> the path of a bundle with these weights alone."""

    def bundle(name, data, **recipe):
        base = bundles.Base(name=tiny_en.name, weights_sha256=tiny_en.weights_sha256)
        manifest = Manifest(
            base=base,
            locale="en-US",
            normaliser=NormaliserVersion(name="en", version="1"),
            code="0",
            recipe={"acoustic": recipe},
        )
        path = tmp_path_factory.mktemp("bundle") / f"{name}.lect"
        bundles.write(path, manifest=manifest, members={WEIGHTS: data})
        return path

    return bundle


def shift(by):
    return Delta({NORM: Difference(np.full(384, by, np.float16))}).to_bytes()


@pytest.fixture(scope="module")
def hear(sample):
    def said(model):
        with AudioDecoder() as decoder, read_acoustic(sample / "dev") as dataset:
            recordings = [_Recording(each) for each in list(dataset)[:2]]
            return [each.display for each in transcribe(recordings, model, decoder=decoder)]

    return said


class _Recording:
    channel = None  # all together

    def __init__(self, utterance):
        self.name, self.open = utterance.file, utterance.source


def test_what_was_trained_is_what_is_heard_with(pool, write, hear, tiny_en):
    base = hear(pool.open(tiny_en.name))
    untouched, broken = pool.open(str(write("same", shift(0)))), pool.open(str(write("broken", shift(30))))

    assert hear(untouched) == base
    assert hear(broken) != base
    assert untouched.scorer is None
    assert broken.base is untouched.base is pool.open(tiny_en.name).base


def test_its_memory_counts(pool, write):
    model = pool.open(str(write("counted", shift(0.5))))
    assert 30 << 20 < model.nbytes < 60 << 20
    assert pool.memory >= model.nbytes


def test_the_window_that_it_was_chosen_with_is_the_one_it_is_served_with(pool, write):
    model = pool.open(str(write("cut", shift(0), shortest_window=0.0)))
    assert model.recogniser._recogniser._policy.shortest == 0


@pytest.mark.parametrize("seconds", [-1, 31, True, "15"])
def test_an_impossible_window_is_an_error(pool, write, seconds):
    with pytest.raises(ModelLoadFailed, match="shortest_window"):
        pool.open(str(write("odd", shift(0), shortest_window=seconds)))


def test_one_flipped_byte_is_an_error(pool, write):
    path = write("flipped", shift(0))
    data = bytearray(path.read_bytes())
    data[bundles.open_bundle(path).view(WEIGHTS).offset + 200] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelLoadFailed, match=r"flipped\.lect: weights\.safetensors"):
        pool.open(str(path))


def test_weights_that_do_not_fit_the_base_are_an_error_that_names_the_bundle(pool, write):
    path = write("foreign", save({"decoder.norm.bias": np.zeros(512, np.float16)}))
    with pytest.raises(ModelLoadFailed, match=r"foreign\.lect: .*decoder\.norm\.bias is \(512,\)"):
        pool.open(str(path))


def test_weights_and_text_go_together(pool, write, tmp_path, tiny_en):
    (tmp_path / "text.txt").write_text("one large latte\n")
    text = train(
        tmp_path / "t.lect", TrainOptions(text=(tmp_path / "text.txt",)), pool.base(tiny_en.name)
    ).bundle
    members = {name: text.read(name) for name in text.views}
    bundles.write(tmp_path / "both.lect", manifest=text.manifest, members={**members, WEIGHTS: shift(0)})

    model = pool.open(str(tmp_path / "both.lect"))
    assert model.scorer is not None
    assert model.tuned is not None


@pytest.fixture(scope="module")
def learned(sample, tiny_en):
    """What the weights learn from ten recordings of the built-in sample."""
    pytest.importorskip("torch")
    from lect.engines.whisper.tuning.loop import tune

    weights = read_weights(tiny_en.path)
    with AudioDecoder() as decoder, read_acoustic(sample / "dev") as dataset:
        said = [
            Spoken(
                file=each.file,
                transcript=each.transcript,
                samples=decoder.decode(each.source(), name=each.file),
            )
            for each in dataset
        ]
    pairs, _ = examples_of(said, weights, SimpleNamespace(folder=tiny_en), "en-US")
    options = tune_options(Recipe(method="lora", epochs=8, why=""), seed=0, threads=1)
    return tune(weights, [example for _, example in pairs], options=options).delta.to_bytes()


@pytest.fixture(scope="module")
def errors(sample):
    """errors(model) -> the word errors in recordings that it did not learn from."""

    def count(model):
        with AudioDecoder() as decoder, read_acoustic(sample / "testing") as dataset:
            heard = transcribe(map(_Recording, dataset), model, decoder=decoder)
            right = [each.transcript for each in dataset]
            return total(score([each.display for each in heard], right, locale="en-US", progress=id))

    return count


def test_trained_weights_err_as_often_in_int8_as_in_fp32(pool, exact, write, learned, errors, tiny_en):
    path = str(write("learned", learned, shortest_window=0.0))
    served, right = errors(pool.open(path)), errors(exact.open(path))

    assert right.errors < errors(pool.open(tiny_en.name)).errors  # something was learned
    assert abs(served.errors - right.errors) <= 1
