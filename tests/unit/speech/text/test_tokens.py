"""Display tokens keep capitals and punctuation."""

import pytest

from lect.speech.text.tokens import display_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't, at 3.5 %!", ["Don't", ",", "at", "3.5", "%", "!"]),
        ("“Hi” - e-mail me", ["“", "Hi", "”", "-", "e-mail", "me"]),
        ("你好，WER 5", ["你", "好", "，", "WER", "5"]),
        ("", []),
    ],
)
def test_display_tokens(text, tokens):
    assert display_tokens(text) == tokens
