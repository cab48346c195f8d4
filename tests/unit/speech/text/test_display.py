"""Display forms give what the golden tables say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, NotFound, UnsupportedLocale
from lect.speech.text.display import DisplayForms, ProfanityFilter, ProfanityMode, profanity_filter
from lect.speech.text.display.profanity import read_list
from lect.speech.text.lexical import lexical

GOLDEN = Path(__file__).parents[3] / "golden" / "display"
PROFANE = ProfanityFilter(["abc lmn", "xyz", "xyz qq rr", "fo'o"])
TEXT = st.text(alphabet=st.sampled_from("abc xyz'.,-$%0123456789:/@") | st.characters(codec="utf-8"))
SPOKEN = st.lists(
    st.sampled_from(
        "one two oh twenty hundred thousand point five p m a i at may the fifth and half past dollars cents percent "
        "dash dot com minus double o'clock to of room doctor street foot feet pounds second page videos paper t".split()
    ),
    max_size=12,
).map(" ".join)


def rows(name):
    return [*_rows(name)]


def _rows(name):
    for line in (GOLDEN / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield pytest.param(*line.split("\t"), id=line.replace("\t", " | "))


@pytest.mark.parametrize(("kind", "spoken", "written"), rows("itn.en-US.tsv"))
def test_itn_as_in_america(kind, spoken, written):
    assert DisplayForms("en-US").itn(spoken) == written


@pytest.mark.parametrize(("kind", "spoken", "written"), rows("itn.en-GB.tsv"))
def test_itn_as_in_britain(kind, spoken, written):
    assert DisplayForms("en-GB").itn(spoken) == written


@pytest.mark.parametrize(("kind", "display", "spoken"), rows("lexical.en-US.tsv"))
def test_lexical_has_no_figures(kind, display, spoken):
    assert lexical(display, "en-US") == spoken


@pytest.mark.parametrize(("kind", "display", "spoken"), rows("lexical.en-GB.tsv"))
def test_lexical_as_in_britain(kind, display, spoken):
    assert lexical(display, "en-GB") == spoken


@pytest.mark.parametrize(("spoken", "display"), rows("display.en-US.tsv"))
def test_display_of_bare_words(spoken, display):
    assert DisplayForms("en-US").forms_of_lexical(spoken).display == display


@pytest.mark.parametrize(("mode", "text", "treated"), rows("profanity.tsv"))
def test_profanity(mode, text, treated):
    assert PROFANE.apply(text, ProfanityMode(mode)) == treated


def test_four_forms_of_what_whisper_writes():
    forms = DisplayForms("en-US", profane=PROFANE).forms("It’s 3:30 p.m., Dr. Xyz: twenty-one dollars!")

    assert forms.lexical == "it's three thirty p m doctor xyz twenty one dollars"
    assert forms.itn == "it's 3:30 p.m. dr. xyz $21"
    assert forms.masked_itn == "it's 3:30 p.m. dr. *** $21"
    assert forms.display == "It’s 3:30 p.m., Dr. ***: twenty-one dollars!"


def test_raw_display_leaves_masked_itn_masked():
    forms = DisplayForms("en-US", profanity=ProfanityMode.RAW, profane=PROFANE).forms("Xyz.")

    assert (forms.display, forms.itn, forms.masked_itn) == ("Xyz.", "xyz", "***")


def test_other_locales_have_itn_equal_to_lexical():
    forms = DisplayForms("de-DE").forms("Es ist 15.30 Uhr, Herr Müller!")

    assert forms.itn == forms.lexical == "es ist 15.30 uhr herr müller"


def test_no_locale_no_forms():
    with pytest.raises(UnsupportedLocale):
        DisplayForms("not a locale")


def test_empty_text_has_empty_forms():
    forms = DisplayForms("en-US").forms("")

    assert {forms.lexical, forms.itn, forms.masked_itn, forms.display} == {""}


@given(SPOKEN)
def test_what_is_written_once_stays(spoken):
    forms = DisplayForms("en-US")

    assert forms.itn(forms.itn(spoken)) == forms.itn(spoken)


@given(TEXT)
def test_any_text_has_forms(text):
    forms = DisplayForms("en-US").forms(text)

    assert forms.lexical == " ".join(forms.lexical.split())
    assert forms.itn == " ".join(forms.itn.split())


@given(TEXT)
def test_masking_keeps_text_without_profanity(text):
    clean = text.casefold().replace("xyz", "").replace("lmn", "")
    keeps = ProfanityFilter(["nothing of the kind"])

    for mode in ProfanityMode:
        assert keeps.apply(clean, mode) == clean


def test_words_are_masked_across_their_borders():
    words = ["The", "abc,", "lmn", "xyz!"]

    def masked(mode):
        return DisplayForms("en-US", profanity=mode, profane=PROFANE).masked_words(words)

    assert masked(ProfanityMode.MASKED) == ["The", "***,", "***", "***!"]
    assert masked(ProfanityMode.REMOVED) == ["The", "", "", ""]
    assert masked(ProfanityMode.RAW) == words


def test_chinese_phrases_are_masked_character_by_character():
    assert ProfanityFilter(["坏话"]).apply("这是坏话。") == "这是**。"


def test_list_of_a_file(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\ufeffbad word\n\n  worse \n", "utf-8")

    assert read_list(path) == ["bad word", "worse"]
    assert profanity_filter("en-US", path).apply("A bad word, damn.") == "A *** ****, damn."
    assert profanity_filter("en-US").apply("A bad word, damn.") == "A bad word, ****."


def test_list_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(NotFound, match="absent.txt"):
        read_list(tmp_path / "absent.txt")
    path = tmp_path / "binary.txt"
    path.write_bytes(b"\xff\xfe\x00b")
    with pytest.raises(InvalidInput, match="binary.txt"):
        read_list(path)


def test_a_long_list_is_quick_and_a_hostile_text_harmless():
    many = ProfanityFilter(f"word{number} next{number}" for number in range(20_000))

    assert many.apply("word7 next7 " * 3) == "***** ***** " * 3
    assert DisplayForms("en-US").itn("one " * 2_000).startswith("1111")
    assert PROFANE.apply("xyz qq " * 2_000).startswith("*** qq")


@pytest.mark.parametrize(
    "text", ["1" * 50_000, "1-" * 20_000, "a.1," * 10_000, "a 1 " * 1_000, "a dash " * 1_000]
)
def test_what_nobody_says_takes_no_time(text):
    assert DisplayForms("en-US").forms(text).itn
