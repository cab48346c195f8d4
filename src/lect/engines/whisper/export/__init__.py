"""A checkpoint in the layouts of other programs, written with numpy alone.

Entry point: `write(folder, weights, tokenizer=, to=)` with "huggingface" (transformers, and all that reads its folders) or
"ctranslate2" (faster-whisper). `lect.engines.whisper.weights` reads both again, to the same numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lect.engines.whisper.weights import Weights

from . import ctranslate2, huggingface
from .vocabulary import read_vocabulary

Layout = Literal["huggingface", "ctranslate2"]


def write(folder: Path, weights: Weights, *, tokenizer: Path, to: Layout) -> None:
    """Write the files of a checkpoint into a folder.

    Args:
        folder: is there, and empty
        weights: of a base model, or with a `Delta` applied; read one array after the other
        tokenizer: its `tokenizer.json`
        to: the layout

    Raises:
        ModelLoadFailed: the tokenizer cannot be read.
    """
    vocabulary = read_vocabulary(tokenizer, weights.dimensions.vocabulary)
    layout = ctranslate2 if to == "ctranslate2" else huggingface
    layout.write(folder, weights, vocabulary)
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
