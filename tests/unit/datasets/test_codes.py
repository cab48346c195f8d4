"""Every kind of problem, with the smallest data that has it."""

import zipfile

import pytest
from dataset_makers import codes, problem, tone, wav

from lect.datasets import sound
from lect.datasets.checking import check
from lect.datasets.codes import Code
from lect.settings import Limits

HELLO = "a.wav\thello there\n"
GOOD = {"a.wav": wav(), "trans.txt": HELLO}
LOUD = tone(level=1.5)  # clipped when written
A_TO_Z = "".join(map(chr, range(0x4E00, 0x4E00 + 91)))  # 91 characters, all different


def encrypted(pack):
    path = pack(GOOD)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    return path


def odd_packing(pack):
    path = pack(GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_BZIP2) as out:
        out.writestr("b.wav", wav())
    return path


def link(pack):
    path = pack(GOOD)
    entry = zipfile.ZipInfo("b.wav")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as out:
        out.writestr(entry, "a.wav")
    return path


def transcript(line, **files):
    return {"a.wav": wav(), "trans.txt": line, **files}


ZIPS = {
    "empty": {},
    "unsafe_name": GOOD | {"../b.wav": wav()},
    "not_a_file": link,
    "encrypted": encrypted,
    "packing_unknown": odd_packing,
    "duplicate_name": GOOD | {"A.WAV": wav()},
    "zip_nested": GOOD | {"more.zip": b"PK"},
    "zip_nested_dir": {"data/a.wav": wav(), "data/trans.txt": HELLO},
    "file_ignored": GOOD | {"LICENSE": "free"},
    "missing_bom": GOOD,
    "bad_encoding": transcript("a.wav\thello".encode("utf-16")),
    "line_too_long": transcript(HELLO + "a" * 100_000),
    "empty_after_normalisation": transcript("a.wav\t...\n"),
    "too_many_repeats": transcript("a.wav\tgo go go go\n"),
    "bad_character": transcript("a.wav\tbell\x07\n"),
    "invisible_character": transcript("a.wav\tzero\u200bwidth\n"),
    "mojibake": transcript("a.wav\tmy pokÃ©mon\n"),
    "url_in_line": transcript("a.wav\tsee http://contoso.com\n"),
    "transcript_missing": {"a.wav": wav(), "README.txt": "hello"},
    "transcript_ambiguous": {"a.wav": wav(), "one.txt": HELLO, "two.txt": HELLO},
    "no_tab": transcript("a.wav hello\n"),
    "several_tabs": transcript("a.wav\thello\tthere\n"),
    "audio_missing": transcript("b.wav\thello\n"),
    "audio_unreferenced": GOOD | {"b.wav": wav()},
    "ambiguous_number": transcript("a.wav\t104 Elm\n"),
    "symbol": transcript("a.wav\tfive %\n"),
    "capitals": transcript("a.wav\tHELLO THERE\n"),
    "transcript_repeated": GOOD | {"b.wav": wav(tone(2)), "trans.txt": HELLO + "b.wav\thello there\n"},
    "speaker_unknown": GOOD | {"speakers.tsv": "a.wav anna\n"},
    "no_audio": {"trans.txt": HELLO},
    "audio_unreadable": {"a.wav": "this is text", "trans.txt": HELLO},
    "audio_empty": {"a.wav": wav(tone(0.05)), "trans.txt": HELLO},
    "audio_silent": {"a.wav": wav(tone(level=0)), "trans.txt": HELLO},
    "audio_clipped": {"a.wav": wav(LOUD), "trans.txt": HELLO},
    "duplicate_audio": GOOD | {"b.wav": wav(), "trans.txt": HELLO + "b.wav\tgood day\n"},
    "speaking_rate": transcript("a.wav\t" + "much more than anybody can say " * 3),
    "too_long_for_training": {"a.wav": wav(tone(41)), "trans.txt": "a.wav\t" + "quite a lot of words " * 3},
    "wav_not_pcm16": {"a.wav": wav(width=1), "trans.txt": HELLO},
    "wav_rate": {"a.wav": wav(rate=44_100), "trans.txt": HELLO},
    "wav_not_mono": {"a.wav": wav(channels=2), "trans.txt": HELLO},
}
FILES = {  # kind: the smallest file of it that has the problem
    "structured": {
        "before_section": "- pizza\n",
        "dash_missing": "# Orders\npizza please\n",
        "heading_syntax": "@ food =\n- pizza\n",
        "section_name": "# My orders!\n- pizza please\n",
        "list_repeated": "@ list food =\n- pizza\n@ list food =\n- pasta\n# Orders\n- {@food}\n",
        "list_empty": "@ list food =\n# Orders\n- pizza please\n",
        "list_too_large": "@ list food =\n- pizza\n- pasta\n- bread\n- cake\n# Orders\n- {@food}\n",
        "list_undefined": "# Orders\n- I like {@food}\n",
        "list_unused": "@ list food =\n- pizza\n# Orders\n- a glass of water\n",
        "lists_alone": "@ list food =\n- pizza\n",
        "too_many_lists": "".join(f"@ list {name} =\n- pizza\n" for name in "abcd"),
        "braces": "# Orders\n- I like {@food\n",
        "reference_syntax": "# Orders\n- I like {food}\n",
        "lexicon_syntax": "@ speech:phoneticlexicon\n- cat k ae t\n",
        "phone_unknown": "@ speech:phoneticlexicon\n- cat/k aex t\n",
        "phone_arpabet": "@ speech:phoneticlexicon\n- day/d ey\n",
        "prons_over_two": "@ speech:phoneticlexicon\n- a/ei\n- a/ax\n- a/ah\n",
        "too_many_entries": "@ speech:phoneticlexicon\n- a/ei\n- b/b i\n- c/s i\n- d/d i\n",
    },
    "pronunciation": {
        "empty_column": "3CPO\t\n",
        "entry_repeated": "3CPO\tthree c p o\n3CPO\tthree c p o\n",
        "spoken_shared": "Ally\tally\nAllie\tally\n",
        "columns_swapped": "three c p o\t3CPO\n",
        "said_everywhere": "A\ta\n",
        "letters_as_word": "SQL\tsql\n",
        "phones_in_spoken": "3CPO\tTH R IY S IY P IY OW\n",
        "term_too_long": f"{'A1 ' * 101}\ta one\n",
    },
    "display": {
        "section_unknown": "#itm\ncat-\\d\n",
        "itn_syntax": "#itn\ncat-(\\d\n",
        "rewrite_conflict": "#rewrite\nend to end\tE2E\nEnd to end.\te2e\n",
        "profanity_syntax": "#profanity\nfake, word\n",
        "too_many_rules": "#itn\n\\d\n\\l\n\\u\n\\a\n",
        "rule_too_long": f"#rewrite\na\t{'b' * 1_001}\n",
        "test_failed": "#test\ncat nine\tCat-9\n",
        "tests_not_run": "#test\n" + "cat nine\tCat nine\n" * 4,
    },
}
NARROW = Limits(lists=3, list_items=3, lexicon_entries=3, itn_rules=3, display_tests=3)
ELSEWHERE = {  # not in English, not in a zip, or not under these limits
    "zip_invalid",
    "zip_too_large",
    "too_large",
    "sentence_too_long",
    "character_width",
    "too_long",
}


def test_every_kind_of_problem_is_tested_here():
    files = {code for codes in FILES.values() for code in codes}
    assert ZIPS.keys() | files | ELSEWHERE == {code.value for code in Code}


@pytest.mark.parametrize("code", ZIPS)
def test_each_problem_is_found_and_explained(code, pack, decoder):
    files = ZIPS[code]
    path = files(pack) if callable(files) else pack(files)
    report = check(path, kind="acoustic", decoder=decoder)
    assert code in codes(report)
    found = problem(report, code)
    assert found.file
    assert found.message
    assert found.suggestion
    assert report.ok == (not any(each.is_error for each in report.problems))


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind in FILES for code in FILES[kind]])
def test_each_problem_of_a_file_is_found_and_explained(kind, code, write):
    report = check(write("data.txt", FILES[kind][code]), kind=kind, limits=NARROW)
    assert code in codes(report)
    found = problem(report, code)
    assert found.file == "data.txt"
    assert found.line
    assert found.message
    assert found.suggestion
    assert report.ok is not found.is_error


def test_a_damaged_zip_is_a_problem_of_the_report(write, decoder):
    report = check(write("data.zip", b"PK\3\4 and no more"), decoder=decoder)
    assert codes(report) == {"zip_invalid"}
    assert not report.ok


def test_a_zip_that_is_too_large_is_a_problem_of_the_report(pack, decoder):
    report = check(pack(GOOD), decoder=decoder, limits=Limits(archive_files=1))
    assert codes(report) == {"zip_too_large"}


def test_a_text_that_is_too_large_is_a_problem_of_the_report(write):
    report = check(write("long.txt", "words\n" * 10), limits=Limits(text_bytes=20))
    assert codes(report) == {"too_large"}
    assert (report.accepted, report.rejected) == (0, 0)


def test_a_transcript_that_is_too_large_is_a_problem_of_the_report(pack, decoder):
    report = check(pack(GOOD), decoder=decoder, limits=Limits(text_bytes=5))
    assert codes(report) == {"too_large"}


def test_a_japanese_sentence_of_91_characters_is_rejected(write):
    assert codes(check(write("long.txt", A_TO_Z), locale="ja-JP")) == {"missing_bom", "sentence_too_long"}


def test_half_width_punctuation_is_told_in_chinese(write):
    assert "character_width" in codes(check(write("text.txt", "你好,世界"), locale="zh-CN"))


def test_audio_beyond_our_limit_is_an_error(pack, decoder):
    path = pack({"a.wav": wav(tone(2)), "trans.txt": HELLO})
    report = check(path, decoder=decoder, limits=Limits(audio_seconds=1.0))
    assert problem(report, "too_long").is_error
    assert not report.ok


def test_audio_beyond_azures_limit_is_a_warning(pack, decoder, monkeypatch):
    monkeypatch.setattr(sound, "AZURE_SECONDS", 1.0)
    report = check(pack({"a.wav": wav(tone(2)), "trans.txt": HELLO}), decoder=decoder)
    assert not problem(report, "too_long").is_error
    assert report.ok
