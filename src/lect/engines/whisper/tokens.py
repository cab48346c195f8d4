"""Whisper's tokens: what each one spells, the special ones by name, prompts per language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from lect.core.errors import ModelLoadFailed, UnsupportedLocale
from lect.core.locale import parse

_RENAMED = {"iw": "he", "jw": "jv"}  # by today's codes, which locales have; many tokenizers are older


class Tokens:
    """The token table of one model, read from its `tokenizer.json`."""

    def __init__(self, path: Path, vocabulary: int) -> None:
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            self._special = {entry["content"]: int(entry["id"]) for entry in table["added_tokens"]}
            self._ids: dict[str, int] = table["model"]["vocab"]
            self.end = self._special["<|endoftext|>"]
            self._start = self._special["<|startoftranscript|>"]
            self._transcribe = self._special["<|transcribe|>"]
            self._plain = self._special["<|notimestamps|>"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelLoadFailed(
                f"{path}: not a Whisper tokenizer ({error})",
                hint="Fetch the model again: `lect models pull`.",
            ) from error
        self.vocabulary = vocabulary
        # English-only models end one token earlier: they lack none of the language names but never use them.
        self.multilingual = vocabulary > 51864
        self.no_speech = self._special.get("<|nospeech|>", self._special.get("<|nocaptions|>", -1))

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """The bytes of each token, shape = (vocabulary,); special tokens and timestamps are empty."""
        table = _byte_alphabet()
        pieces = [b""] * self.vocabulary
        for text, token in self._ids.items():
            if token < self.end:
                pieces[token] = bytes(table[char] for char in text)
        return tuple(pieces)

    @cached_property
    def languages(self) -> dict[str, int]:
        """Language code -> its token; of an English-only model English alone, without a token."""
        if not self.multilingual:
            return {"en": -1}
        between = range(self._start + 1, self._special["<|translate|>"])
        names = {token: text.strip("<|>") for text, token in self._special.items()}
        return {_RENAMED.get(names[token], names[token]): token for token in between if token in names}

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens spell; bytes that form no character become U+FFFD."""
        pieces = self.pieces
        return b"".join(pieces[token] for token in tokens).decode("utf-8", errors="replace")

    def prompt(self, language: str) -> list[int]:
        """The tokens that ask for a transcript in a language, without times.

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        token = self.language(language)
        if not self.multilingual:
            return [self._start, self._plain]
        return [self._start, token, self._transcribe, self._plain]

    def language(self, language: str) -> int:
        """The token of a language; -1 in an English-only model.

        Raises:
            UnsupportedLocale: the model does not know the language.
        """
        language = {"nb": "no", "fil": "tl"}.get(language, language)
        if language not in self.languages:
            known = "it knows English alone" if not self.multilingual else "it is none of its languages"
            raise UnsupportedLocale(
                f"the base model does not recognise the language {language!r}: {known}",
                hint="Choose a multilingual base such as whisper-base, or give the right --locale.",
            )
        return self.languages[language]

    @property
    def start(self) -> int:
        """The token that every prompt begins with."""
        return self._start

    def other_script(self, locale: str) -> list[int]:
        """For a Chinese locale, the tokens that only the other way of writing has; Whisper mixes the two.

        The old national character sets tell them apart: GB 2312 has no traditional forms, Big5 no simplified ones. Rare
        characters of several tokens cannot be told.
        """
        encoding = _chinese_encoding(locale)
        return [
            token
            for token, piece in enumerate(self.pieces)
            if encoding and not _is_written_in(piece, encoding)
        ]


def _chinese_encoding(locale: str) -> str | None:
    parsed = parse(locale)
    if parsed.language != "zh" or not (parsed.script or parsed.region):
        return None
    traditional = parsed.script == "Hant" or (not parsed.script and parsed.region in {"HK", "MO", "TW"})
    return "big5" if traditional else "gb2312"


def _is_written_in(piece: bytes, encoding: str) -> bool:
    """False only for whole Chinese characters that the encoding lacks."""
    try:
        characters = [char for char in piece.decode() if "\u4e00" <= char <= "\u9fff"]
        "".join(characters).encode(encoding)
    except UnicodeEncodeError:
        return False
    except UnicodeDecodeError:
        return True
    return True


def _byte_alphabet() -> dict[str, int]:
    """The printable stand-in of each byte in GPT-2's byte-level alphabet, reversed."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(hidden)}
