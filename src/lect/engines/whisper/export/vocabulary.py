"""The tokens of a checkpoint as other programs want them told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lect.core.errors import ModelLoadFailed
from lect.engines.whisper.tokens import Tokens

_SECONDS = 0.02  # from one timestamp to the next


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All tokens, and those with a meaning by name."""

    tokens: Tokens
    table: dict[str, Any]  # the `tokenizer.json`

    @cached_property
    def special(self) -> dict[str, int]:
        """Marks such as `<|endoftext|>`: their ids."""
        return {entry["content"]: int(entry["id"]) for entry in self.table["added_tokens"]}

    @cached_property
    def words(self) -> dict[str, int]:
        """Tokens of text, in the byte-level alphabet: their ids."""
        return dict(self.table["model"]["vocab"])

    @property
    def merges(self) -> list[str]:
        """The pairs that are merged, in order, each as `a b`."""
        pairs = self.table["model"].get("merges", [])
        return [pair if isinstance(pair, str) else " ".join(pair) for pair in pairs]

    @property
    def languages(self) -> list[int]:
        """The ids of the language marks; none in an English-only model."""
        return list(self.tokens.languages.values()) if self.tokens.multilingual else []

    def texts(self) -> Sequence[str]:
        """Every token, by id; the timestamps come last and are seldom in the table."""
        first = self.special["<|notimestamps|>"] + 1
        times = range(self.tokens.vocabulary - first)
        names = {first + step: f"<|{step * _SECONDS:.2f}|>" for step in times}
        names |= {token: text for text, token in {**self.words, **self.special}.items()}
        return [names[token] for token in range(self.tokens.vocabulary)]


def read_vocabulary(path: Path, size: int) -> Vocabulary:
    """Read a `tokenizer.json`.

    Args:
        size: how many tokens the checkpoint has

    Raises:
        ModelLoadFailed: it is damaged, or of another model.
    """
    tokens = Tokens(path, size)  # checks what it needs
    vocabulary = Vocabulary(tokens=tokens, table=json.loads(path.read_text(encoding="utf-8")))
    try:
        vocabulary.texts()
    except (KeyError, TypeError) as error:
        raise ModelLoadFailed(
            f"{path}: has no token {error} of {size}",
            hint="Fetch the model again: `lect models pull`.",
        ) from error
    return vocabulary
