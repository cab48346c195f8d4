"""Training with real weights: the torch modules are the model that is served."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lect.engines.whisper.build import ensure_build  # noqa: E402 - after torch is known to be there
from lect.engines.whisper.features import log_mel  # noqa: E402
from lect.engines.whisper.sessions import Sessions  # noqa: E402
from lect.engines.whisper.tokens import Tokens  # noqa: E402
from lect.engines.whisper.tuning.byte_pairs import BytePairs  # noqa: E402
from lect.engines.whisper.tuning.model import Whisper, export  # noqa: E402
from lect.engines.whisper.weights import read_weights  # noqa: E402


@pytest.fixture(scope="module")
def weights(tiny_en):
    return read_weights(tiny_en.path)


def speech_like(seconds=4.0):
    time = np.arange(round(16_000 * seconds)) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 30))
    return (0.1 * buzz * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * time))).astype(np.float32)


@pytest.mark.parametrize("frames", [420, 3000])
def test_the_modules_foretell_what_the_served_graph_foretells(tiny_en, weights, settings, frames):
    build = ensure_build(
        tiny_en.path, weights_sha256=tiny_en.weights_sha256, precision="fp32", cache=settings.cache
    )
    sessions = Sessions(build, threads=1)
    tokens = Tokens(build.folder / "tokenizer.json", weights.dimensions.vocabulary)
    given = [*tokens.prompt("en"), 843, 523, 616, 5891, 3399, 11, 1265, 407]
    mel = log_mel(speech_like(), mels=80, frames=frames)
    everything = range(weights.dimensions.vocabulary)
    served = sessions.prefill(
        sessions.encode(mel),
        given,
        rows=range(len(given)),
        bias=np.zeros(len(everything), np.float32),
        extra=everything,
        k=1,
    ).extra

    with torch.no_grad():
        logits = Whisper(weights)(
            torch.from_numpy(mel[None]), torch.tensor([given]), torch.arange(len(given))
        )

    assert np.abs(logits.log_softmax(-1).numpy() - served).max() < 1e-3


def test_real_weights_come_back_to_the_bit(weights):
    exported = export(Whisper(weights), weights.arrays)

    assert exported.keys() == weights.arrays.keys()
    assert all(exported[name].tobytes() == array.tobytes() for name, array in weights.arrays.items())


TEXTS = [
    "It's 20 to 7, isn't it? They'll pay $3.50 (or €4) — “maybe”.",
    "Größe, naïve café, l'été dernier, ¿qué tal?",
    "今天天气很好，我们去公园吧。 Я тебя люблю 123 हिन्दी में ½ x²",
    "I'VE  two   blanks\tand\na line … e-mail: a_b@c.org",
    "Mississippi antidisestablishmentarianism supercalifragilisticexpialidocious",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("base", ["tiny_en", "whisper_base"])
def test_text_becomes_the_tokens_of_a_second_implementation(base, text, request):
    tokenizers = pytest.importorskip("tokenizers")
    path = request.getfixturevalue(base).path / "tokenizer.json"
    table = json.loads(path.read_text("utf-8"))
    if table["model"]["merges"][0] != "Ġ t":  # lost from the file of multilingual models, which know it
        table["model"]["merges"].insert(0, "Ġ t")
    second = tokenizers.Tokenizer.from_str(json.dumps(table))

    tokens = BytePairs(Tokens(path, len(table["model"]["vocab"])).pieces).encode(text)

    assert tokens == second.encode(f" {text}", add_special_tokens=False).ids
