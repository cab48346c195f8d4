"""Tokens, prompts and scripts."""

from __future__ import annotations

import json

import pytest
import whisper_makers
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import ModelLoadFailed, UnsupportedLocale
from lect.engines.whisper.tokens import Tokens, _byte_alphabet

VOCABULARY = whisper_makers.SIZE.vocabulary
SPECIAL = {text: whisper_makers.LETTERS + i for i, text in enumerate(whisper_makers.SPECIAL)}


@pytest.fixture(scope="module")
def tokens(checkpoint):
    return Tokens(checkpoint / "tokenizer.json", VOCABULARY)


@given(st.binary())
def test_every_byte_has_its_token(tokens, data):
    assert b"".join(tokens.pieces[byte] for byte in data) == data
    assert tokens.text(list(data)) == data.decode("utf-8", errors="replace")


def test_the_alphabet_is_printable_and_the_blank_is_its_usual_letter():
    alphabet = _byte_alphabet()
    assert sorted(alphabet.values()) == list(range(256))
    assert all(char.isprintable() and not char.isspace() for char in alphabet)
    assert (alphabet["Ġ"], alphabet["Ċ"], alphabet["a"]) == (ord(" "), ord("\n"), ord("a"))


def test_special_tokens_spell_nothing(tokens):
    assert len(tokens.pieces) == VOCABULARY
    assert not any(tokens.pieces[whisper_makers.LETTERS :])
    assert tokens.no_speech == SPECIAL["<|nospeech|>"]


def test_the_prompt_names_the_language_and_the_task(tokens):
    wanted = ["<|startoftranscript|>", "<|de|>", "<|transcribe|>", "<|notimestamps|>"]
    assert tokens.prompt("de") == [SPECIAL[text] for text in wanted]
    assert list(tokens.languages) == whisper_makers.LANGUAGES


def tokenizer(path, languages):
    """A tokenizer of Whisper's, with a few languages."""
    texts = ["<|endoftext|>", "<|startoftranscript|>", *languages, "<|translate|>", "<|transcribe|>"]
    texts += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>", "<|0.00|>"]
    added = [{"id": 50257 + i, "content": text} for i, text in enumerate(texts)]
    path.write_text(json.dumps({"added_tokens": added, "model": {"vocab": _byte_alphabet()}}))
    return Tokens(path, 51866)


def test_hebrew_and_javanese_are_known_by_their_codes_of_today(tmp_path):
    tokens = tokenizer(tmp_path / "tokenizer.json", ["<|en|>", "<|iw|>", "<|jw|>"])

    assert tokens.languages == {"en": 50259, "he": 50260, "jv": 50261}
    assert tokens.prompt("he") == [50258, 50260, 50263, 50267]


def test_one_language_more_as_large_v3_has(tmp_path):
    tokens = tokenizer(tmp_path / "tokenizer.json", ["<|en|>", "<|zh|>", "<|yue|>"])

    assert tokens.prompt("yue") == [50258, 50261, 50263, 50267]
    assert tokens.languages == {"en": 50259, "zh": 50260, "yue": 50261}
    assert len(tokens.pieces) == 51866
    assert tokens.no_speech == 50266


def test_an_english_model_is_asked_without_a_language(checkpoint):
    english = Tokens(checkpoint / "tokenizer.json", 51864)
    assert english.prompt("en") == [SPECIAL["<|startoftranscript|>"], SPECIAL["<|notimestamps|>"]]
    with pytest.raises(UnsupportedLocale, match="English alone"):
        english.prompt("de")


@pytest.mark.parametrize("language", ["xx", "", "translate", "EN"])
def test_an_unknown_language_is_refused_with_a_way_out(tokens, language):
    with pytest.raises(UnsupportedLocale, match=f"'{language}'") as raised:
        tokens.prompt(language)
    assert "--locale" in raised.value.hint


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"added_tokens": 1}', '{"added_tokens": [], "model": {}}'])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path, text):
    path = tmp_path / "tokenizer.json"
    path.write_text(text)
    with pytest.raises(ModelLoadFailed, match="not a Whisper tokenizer"):
        Tokens(path, VOCABULARY)


# --- the two Chinese scripts ---


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """Tokens 256 and on are whole words: both scripts, simplified alone, traditional alone, half a character, Latin."""
    words = ["中", "们", "們", " 国", " 國", "中國"]
    letters = {byte: char for char, byte in _byte_alphabet().items()}
    spelled = ["".join(letters[byte] for byte in word.encode()) for word in words]
    spelled += [spelled[1][:2], "latte"]
    vocab = _byte_alphabet() | {text: 256 + i for i, text in enumerate(spelled)}
    added = [{"id": 300 + i, "content": text} for i, text in enumerate(whisper_makers.SPECIAL)]
    path = tmp_path_factory.mktemp("chinese") / "tokenizer.json"
    path.write_text(json.dumps({"added_tokens": added, "model": {"vocab": vocab}}))
    return Tokens(path, VOCABULARY)


@pytest.mark.parametrize("locale", ["zh-CN", "zh-Hans", "zh-SG", "zh-Hans-HK"])
def test_a_simplified_locale_shuns_traditional_characters(chinese, locale):
    assert [chinese.text([token]) for token in chinese.other_script(locale)] == ["們", " 國", "中國"]


@pytest.mark.parametrize("locale", ["zh-TW", "zh-HK", "zh-Hant", "zh-Hant-CN"])
def test_a_traditional_locale_shuns_simplified_characters(chinese, locale):
    assert [chinese.text([token]) for token in chinese.other_script(locale)] == ["们", " 国"]


@pytest.mark.parametrize("locale", ["zh", "ja-JP", "en-US", "auto", "yue-HK"])
def test_other_locales_shun_nothing(chinese, locale):
    assert chinese.other_script(locale) == []
