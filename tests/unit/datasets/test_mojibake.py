"""Letters that were torn into the bytes of their UTF-8 are told, and sound words are left alone."""

import pytest
from dataset_makers import codes, problem
from hypothesis import given
from hypothesis import strategies as st

from lect.datasets.checking import check
from lect.datasets.mojibake import mojibake, restored

BOM = "\ufeff"
WORDS = [
    "pokémon",
    "Åre Ängelholm",
    "GRÖSSE",
    "señor",
    "voilà monsieur",
    "łódź",
    "škoda",
    "it’s – “so”",
    "5 €",
]
OTHER_SCRIPTS = ["привет", "Ελλάδα", "日本語", "한국어", "ไทย", "हिन्दी", "smile 😀", "Việt", "știință"]
SOUND = [
    "«CAFÉ»",
    "»GRÅ«",
    "„LIEBE MÄ“",
    "FORÊT…",
    "MAÇÃ\u00a0!",
    "ET SÅ…",
    "Ãguas",
    "«été»…",
    "NÃO – SIM",
    "10 °C ± 2 £",
    "ESPAÑA»",
]


def as_windows_1252(data):
    """What a browser shows: five bytes that mean nothing are control codes."""
    return "".join(bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)) for byte in data)


def as_latin_1(data):
    return data.decode("latin-1")


@pytest.mark.parametrize("read", [as_windows_1252, as_latin_1])
@pytest.mark.parametrize("text", WORDS + OTHER_SCRIPTS)
def test_a_torn_text_is_told_with_what_it_was(text, read):
    torn = read(text.encode())
    assert restored(torn) == text
    assert len(list(mojibake(torn))) == 1


@pytest.mark.parametrize("text", SOUND + WORDS + OTHER_SCRIPTS)
def test_a_sound_text_is_left_alone(text):
    assert restored(text) == text
    assert list(mojibake(text)) == []


def test_a_text_torn_twice_is_restored():
    torn = "pokémon".encode().decode("cp1252").encode().decode("cp1252")
    assert restored(torn) == "pokémon"


def test_the_message_names_the_word_and_the_column():
    (found,) = mojibake("my cafÃ© pokÃ©mon")
    assert found.column == 7
    assert "'cafÃ©' is probably 'café'" in found.message


@pytest.mark.parametrize(
    ("kind", "text", "line", "column"),
    [
        ("text", "hello\nmy pokÃ©mon\n", 2, 7),
        ("structured", "@ list pets =\n- pokÃ©mon\n# Orders\n- my {@pets}\n", 2, 6),
        ("structured", "# Orders\n- my pokÃ©mon please\n", 2, 9),
        ("structured", "@ speech:phoneticlexicon\n- pokÃ©mon/P O K\n", 2, 6),
        ("pronunciation", "PokÃ©mon\tpoke a mon\n", 1, 4),
        ("pronunciation", "Pokemon\tpokÃ© mon\n", 1, 12),
        ("display", "#rewrite\npokemon\tPokÃ©mon\n", 2, 12),
    ],
)
def test_it_is_a_warning_in_each_kind_of_text(write, kind, text, line, column):
    report = check(write("data.txt", BOM + text), kind=kind)
    found = problem(report, "mojibake")
    assert (found.line, found.column) == (line, column)
    assert report.ok


def test_a_torn_letter_that_german_refuses_has_its_reason(write):
    report = check(write("data.txt", f"{BOM}schÃ¤n ist das\n"), kind="text", locale="de-DE")
    assert codes(report) == {"bad_character", "mojibake"}


@given(st.text(alphabet="aeiouéèüößñçåø ", min_size=1))
def test_small_letters_of_the_west_come_back(text):
    assert restored(text.encode().decode("latin-1")) == text


@given(st.text())
def test_what_is_told_changes_the_text_and_lies_in_it(text):
    for found in mojibake(text):
        assert restored(text) != text
        assert 1 <= found.column <= len(text)
