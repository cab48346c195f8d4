"""A very small random Whisper, as each kind of checkpoint, and as plain numpy."""

from __future__ import annotations

import json
import math
import struct

import numpy as np

from lect.engines.whisper.weights import CT2_BLOCKS, HF_BLOCKS, Dimensions, Weights

LANGUAGES = ["en", "zh", "de"]
LETTERS = 256  # tokens that are one byte each
SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{language}|>" for language in LANGUAGES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]
SIZE = Dimensions(
    mels=80,
    width=64,
    encoder_layers=2,
    decoder_layers=2,
    encoder_heads=2,
    decoder_heads=2,
    vocabulary=51865,  # by this number a multilingual model is known
    positions=96,
)
HIDDEN = 4 * SIZE.width
HEADS = ((0, 1), (1, 0))


def weights(seed=0, *, size=SIZE, heads=HEADS):
    """Random weights, loud enough that the next token is no matter of rounding."""
    rng = np.random.default_rng(seed)

    def normal(*shape, scale=1.0):
        return (scale * rng.normal(size=shape)).astype(np.float32)

    width = size.width
    arrays = {
        "encoder.conv1.weight": normal(width, size.mels, 3, scale=0.1),
        "encoder.conv1.bias": normal(width, scale=0.1),
        "encoder.conv2.weight": normal(width, width, 3, scale=0.1),
        "encoder.conv2.bias": normal(width, scale=0.1),
        "encoder.positions": normal(1500, width, scale=0.3),
        "decoder.positions": normal(size.positions, width, scale=0.3),
        "decoder.embedding": normal(size.vocabulary, width, scale=0.3),
    }
    shapes = {"self_qkv": (3, 1), "self_out": (1, 1), "ffn_in": (4, 1), "ffn_out": (1, 4)}
    cross = {"cross_q": (1, 1), "cross_kv": (2, 1), "cross_out": (1, 1)}
    for side, layers in (("encoder", size.encoder_layers), ("decoder", size.decoder_layers)):
        norms = [f"{side}.norm"]
        for i in range(layers):
            name = f"{side}.layers.{i}"
            for block, (out, into) in (shapes | (cross if side == "decoder" else {})).items():
                n_in = into * width
                arrays[f"{name}.{block}.weight"] = normal(out * width, n_in, scale=n_in**-0.5)
                arrays[f"{name}.{block}.bias"] = normal(out * width, scale=0.1)
            # Whisper's keys have no bias.
            arrays[f"{name}.self_qkv.bias"][width : 2 * width] = 0
            if side == "decoder":
                arrays[f"{name}.cross_kv.bias"][:width] = 0
            norms += [f"{name}.self_norm", f"{name}.ffn_norm"]
            norms += [f"{name}.cross_norm"] if side == "decoder" else []
        for name in norms:
            arrays[f"{name}.weight"] = 1 + normal(width, scale=0.1)
            arrays[f"{name}.bias"] = normal(width, scale=0.1)
    return Weights(
        arrays=arrays, dimensions=size, alignment_heads=heads, suppress=(1, 2), suppress_first=(32, LETTERS)
    )


# --- as files ---


def write_tokenizer(folder):
    from lect.engines.whisper.tokens import _byte_alphabet

    added = [{"id": LETTERS + i, "content": text} for i, text in enumerate(SPECIAL)]
    document = {"added_tokens": added, "model": {"vocab": _byte_alphabet()}}
    (folder / "tokenizer.json").write_text(json.dumps(document), "utf-8")


def write_ctranslate2(model, folder):
    """`model.bin` of CTranslate2."""
    blocks = {ours: theirs for theirs, ours in CT2_BLOCKS.items()}
    variables = {
        "encoder/num_heads": np.array(model.dimensions.encoder_heads, np.int16),
        "decoder/num_heads": np.array(model.dimensions.decoder_heads, np.int16),
    }
    for name, array in model.arrays.items():
        side, *inner, leaf = name.split(".")
        if inner and inner[0] == "layers":
            path = [f"layer_{inner[1]}", *blocks[inner[2]].split(".")]
        else:
            path = {"norm": ["layer_norm"]}.get(inner[0], inner) if inner else []
        if leaf in ("positions", "embedding"):
            path = {"positions": ["position_encodings", "encodings"], "embedding": ["embeddings", "weight"]}[
                leaf
            ]
        else:
            is_norm = path[-1] == "layer_norm"
            path = [*path, {"weight": "gamma", "bias": "beta"}[leaf] if is_norm else leaf]
        variables["/".join([side, *path])] = array
    kinds = {np.dtype(np.float32): 0, np.dtype(np.int16): 2}
    data = struct.pack("<I", 6) + ct2_text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, array in variables.items():
        sizes = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        data += (
            ct2_text(name) + sizes + struct.pack("<BI", kinds[array.dtype], array.nbytes) + array.tobytes()
        )
    (folder / "model.bin").write_bytes(data)
    config = {
        "alignment_heads": model.alignment_heads,
        "suppress_ids": [1, 2],
        "suppress_ids_begin": [32, LETTERS],
    }
    (folder / "config.json").write_text(json.dumps(config))
    write_tokenizer(folder)


def ct2_text(text):
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def write_transformers(model, folder, *, shards=1):
    """`model.safetensors` of Hugging Face, perhaps in several files."""
    from safetensors.numpy import save_file

    tensors = {"model.decoder.embed_tokens.weight": model.arrays["decoder.embedding"]}
    for name, array in model.arrays.items():
        side, *inner, leaf = name.split(".")
        if leaf == "positions":
            tensors[f"model.{side}.embed_positions.weight"] = array
        elif inner and inner[0] == "layers":
            theirs = HF_BLOCKS[inner[2]]
            for part, each in zip(theirs, np.split(array, len(theirs)), strict=True):
                if not (leaf == "bias" and part.endswith("k_proj")):
                    tensors[f"model.{side}.layers.{inner[1]}.{part}.{leaf}"] = np.ascontiguousarray(each)
        elif inner:
            tensors[f"model.{side}.{inner[0].replace('norm', 'layer_norm')}.{leaf}"] = array
    names = sorted(tensors)
    for shard in range(shards):
        file = "model.safetensors" if shards == 1 else f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        save_file({name: tensors[name] for name in names[shard::shards]}, folder / file)
    config = {
        "encoder_layers": model.dimensions.encoder_layers,
        "decoder_layers": model.dimensions.decoder_layers,
        "encoder_attention_heads": model.dimensions.encoder_heads,
        "decoder_attention_heads": model.dimensions.decoder_heads,
    }
    (folder / "config.json").write_text(json.dumps(config))
    generation = {
        "alignment_heads": model.alignment_heads,
        "suppress_tokens": [1, 2],
        "begin_suppress_tokens": [32, LETTERS],
    }
    (folder / "generation_config.json").write_text(json.dumps(generation))
    write_tokenizer(folder)


# --- as plain numpy, the way the paper draws it ---


def encode(model, mel):
    """(frames, mels) -> (frames / 2, width)"""
    arrays, size = model.arrays, model.dimensions
    x = gelu(convolve(mel, arrays, "encoder.conv1", stride=1))
    x = gelu(convolve(x, arrays, "encoder.conv2", stride=2))
    x = x + arrays["encoder.positions"][: len(x)]
    for i in range(size.encoder_layers):
        name = f"encoder.layers.{i}"
        q, k, v = np.split(
            linear(norm(x, arrays, f"{name}.self_norm"), arrays, f"{name}.self_qkv"), 3, axis=-1
        )
        x = x + linear(attend(q, k, v, size.head_width)[0], arrays, f"{name}.self_out")
        x = x + feed_forward(x, arrays, name)
    return norm(x, arrays, "encoder.norm")


def decode(model, encoded, tokens):
    """Log-probabilities after every token, shape = (n, vocabulary), and attention of the alignment heads."""
    arrays, size, n = model.arrays, model.dimensions, len(tokens)
    x = arrays["decoder.embedding"][tokens] + arrays["decoder.positions"][:n]
    causal = np.where(np.tri(n, dtype=bool), 0, -np.inf)
    attention = []
    for i in range(size.decoder_layers):
        name = f"decoder.layers.{i}"
        q, k, v = np.split(
            linear(norm(x, arrays, f"{name}.self_norm"), arrays, f"{name}.self_qkv"), 3, axis=-1
        )
        x = x + linear(attend(q, k, v, size.head_width, causal)[0], arrays, f"{name}.self_out")
        q = linear(norm(x, arrays, f"{name}.cross_norm"), arrays, f"{name}.cross_q")
        k, v = np.split(linear(encoded, arrays, f"{name}.cross_kv"), 2, axis=-1)
        mixed, scores = attend(q, k, v, size.head_width)
        attention.append(scores)
        x = x + linear(mixed, arrays, f"{name}.cross_out")
        x = x + feed_forward(x, arrays, name)
    logits = norm(x, arrays, "decoder.norm") @ arrays["decoder.embedding"].T
    top = logits.max(axis=-1, keepdims=True)
    log_probs = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return log_probs, np.stack([attention[layer][head] for layer, head in model.alignment_heads])


def convolve(x, arrays, name, *, stride):
    padded = np.pad(x, ((1, 1), (0, 0)))
    kernel = arrays[f"{name}.weight"]
    rows = [np.einsum("tc,oct->o", padded[t : t + 3], kernel) for t in range(0, len(x), stride)]
    return np.stack(rows) + arrays[f"{name}.bias"]


def attend(q, k, v, depth, mask=0.0):
    q, k, v = (each.reshape(len(each), -1, depth).transpose(1, 0, 2) for each in (q, k, v))
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(depth) + mask
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    return (scores @ v).transpose(1, 0, 2).reshape(q.shape[1], -1), scores


def feed_forward(x, arrays, name):
    hidden = gelu(linear(norm(x, arrays, f"{name}.ffn_norm"), arrays, f"{name}.ffn_in"))
    return linear(hidden, arrays, f"{name}.ffn_out")


def linear(x, arrays, name):
    return x @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]


def norm(x, arrays, name):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
    return scaled * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))
