"""How a prompt becomes phrases."""

import pytest

from lect.api.openai.form import phrases


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("", []),
        (" . , ", []),
        ("Zindle", ["Zindle"]),
        ("Lena Overby, Zindle 2.0. The Fandoro!", ["Lena Overby", "Zindle 2.0", "The Fandoro"]),
        ("1,000 lamps; R&D\nA4\r\nB5", ["1,000 lamps", "R&D", "A4", "B5"]),
        ("ZyntriQix, Digique Plus,CynapseFive", ["ZyntriQix", "Digique Plus,CynapseFive"]),
        ("张伟、李娜，王芳。", ["张伟", "李娜", "王芳"]),
    ],
)
def test_a_prompt_is_cut_into_phrases(prompt, found):
    assert list(phrases(prompt)) == found
