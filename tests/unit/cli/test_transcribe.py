"""`lect transcribe` on the toy engine: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path

import pytest

from lect.core.errors import Conflict, InvalidInput, NotFound, UnsupportedLocale

COFFEE = "one large latte with soy milk please"
TEA = "and a cup of tea"


@pytest.fixture
def run(lect, tmp_path, say):
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "coffee.wav").write_bytes(say(COFFEE))
    (tmp_path / "talks" / "tea.wav").write_bytes(say(TEA))
    (tmp_path / "talks" / "notes.txt").write_text("these are notes\n")
    (tmp_path / "bad.wav").write_text("these are notes\n")
    return lambda *arguments: lect("transcribe", *arguments)


def test_one_file_is_one_line(run):
    ran = run("talks/coffee.wav")
    assert (ran.exit_code, ran.stdout) == (0, f"{COFFEE}\n")


@pytest.mark.parametrize("named", ["talks/coffee.wav", "talks"])
def test_a_transcript_never_takes_the_place_of_the_recording(run, tmp_path, say, named):
    error = run(named, "-o", "talks/../talks/coffee.wav").exception
    assert isinstance(error, Conflict)
    assert "coffee.wav: this is one of the inputs" in error.message
    assert (tmp_path / "talks" / "coffee.wav").read_bytes() == say(COFFEE)


def test_an_older_transcript_in_the_folder_of_recordings_is_replaced(run, tmp_path):
    for _ in range(2):
        assert run("talks", "-o", "talks/all.txt").exit_code == 0


def test_files_of_a_folder_are_named_and_in_order(run):
    assert run("talks").stdout == f"talks/coffee.wav\n  {COFFEE}\ntalks/tea.wav\n  and a cup of tea\n"


def test_tsv_is_the_upload_format(run):
    assert (
        run("talks", "-f", "tsv").stdout == f"talks/coffee.wav\t{COFFEE}\ntalks/tea.wav\tand a cup of tea\n"
    )


def test_a_bad_file_is_named_on_standard_error_and_the_others_are_transcribed(run):
    ran = run("bad.wav", "talks/tea.wav", "-f", "tsv")
    assert ran.exit_code == 1
    assert ran.stdout == "talks/tea.wav\tand a cup of tea\n"
    assert "bad.wav" in ran.stderr


def test_json_is_one_document_with_errors_in_it(run):
    ran = run("bad.wav", "talks/tea.wav", "--json")
    bad, tea = json.loads(ran.stdout)["transcripts"]
    assert ran.exit_code == 1
    assert bad["error"]["code"] == "invalid_audio"
    assert tea["display"] == "and a cup of tea"
    assert [word["word"] for word in tea["segments"][0]["words"]] == "and a cup of tea".split()


def test_json_lines_hold_failed_files_too(run):
    lines = [json.loads(line) for line in run("bad.wav", "talks/tea.wav", "-f", "jsonl").stdout.splitlines()]
    assert ["error" in line for line in lines] == [True, False]


def test_output_goes_to_a_file(run, tmp_path):
    assert run("talks/tea.wav", "-o", "out/tea.txt").stdout == ""
    assert (tmp_path / "out" / "tea.txt").read_text() == "and a cup of tea\n"


def test_subtitles_of_several_files_get_a_file_each(run, tmp_path):
    assert run("talks", "-f", "srt", "-o", "subtitles").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "subtitles").iterdir()) == [
        "coffee.wav.srt",
        "tea.wav.srt",
    ]
    assert (tmp_path / "subtitles" / "tea.wav.srt").read_text() == (
        "1\n00:00:00,000 --> 00:00:00,941\nand a cup of tea\n\n"  # as long as it takes to read
    )


def test_the_same_model_twice_differs_nowhere(run):
    assert run("talks", "-m", "a", "-m", "b", "--diff").stdout == "2 of 2 files are the same to the letter.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("talks", "-f", "vtt"),
        ("talks", "-m", "a", "-m", "b"),
        ("talks", "--diff"),
        ("talks", "--beam", "0"),
        ("talks", "-f", "docx"),
    ],
)
def test_wrong_usage_exits_with_two(run, arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("missing.wav",), NotFound),
        (("cache",), NotFound),
        (("talks", "--locale", "fr-FR"), UnsupportedLocale),
    ],
)
def test_what_cannot_be_done_is_an_error_of_ours(run, tmp_path, arguments, error):
    (tmp_path / "cache").mkdir()
    assert isinstance(run(*arguments).exception, error)


def test_a_failure_of_the_engine_names_the_file_and_the_others_are_transcribed(run, tmp_path, say):
    (tmp_path / "bomb.wav").write_bytes(say("there is a bomb in here"))
    ran = run("bomb.wav", "talks/tea.wav", "-f", "tsv")
    assert ran.exit_code == 1
    assert ran.stdout == "talks/tea.wav\tand a cup of tea\n"
    assert ran.stderr.startswith("error: bomb.wav: recognition failed at 0.0 s")
    assert ran.stderr.endswith("1 file of 2 could not be transcribed.\n")


def test_what_one_model_cannot_hear_is_no_difference_between_two(run, tmp_path, say):
    (tmp_path / "bomb.wav").write_bytes(say("there is a bomb in here"))
    ran = run("bomb.wav", "talks", "-m", "a", "-m", "b", "--diff")
    assert (ran.exit_code, ran.stdout) == (1, "2 of 2 files are the same to the letter.\n")


def pack(path, files):
    with zipfile.ZipFile(path, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)


def test_the_recordings_of_a_zip_are_named_by_its_members(run, tmp_path, say):
    pack(tmp_path / "calls.zip", {"a/one.wav": say(COFFEE), "trans.txt": "one.wav\tno audio\n"})
    assert run("calls.zip", "-f", "tsv").stdout == f"a/one.wav\t{COFFEE}\n"


def test_members_of_one_name_in_two_zips_are_told_apart(run, tmp_path, say):
    pack(tmp_path / "one.zip", {"a.wav": say(TEA)})
    pack(tmp_path / "two.zip", {"a.wav": say(COFFEE)})
    assert run("one.zip", "two.zip", "-f", "tsv").stdout == f"one.zip/a.wav\t{TEA}\ntwo.zip/a.wav\t{COFFEE}\n"


def test_a_file_named_twice_is_transcribed_once(run):
    assert run("talks/tea.wav", "talks", "talks/tea.wav", "-f", "tsv").stdout.count("talks/tea.wav") == 1


def test_a_damaged_member_of_a_zip_fails_alone(run, tmp_path, say):
    pack(tmp_path / "calls.zip", {"a.wav": say(TEA), "b.wav": say(COFFEE)})
    data = bytearray((tmp_path / "calls.zip").read_bytes())
    data[1000] ^= 1  # in the samples of a.wav, which the checksum covers
    (tmp_path / "calls.zip").write_bytes(data)
    ran = run("calls.zip", "-f", "tsv")
    assert (ran.exit_code, ran.stdout) == (1, f"b.wav\t{COFFEE}\n")
    assert "a.wav: this zip is damaged" in ran.stderr


def test_a_member_that_leads_out_of_its_zip_fails_alone(run, tmp_path, say):
    pack(tmp_path / "calls.zip", {"../a.wav": say(TEA), "b.wav": say(COFFEE)})
    ran = run("calls.zip", "-f", "tsv")
    assert (ran.exit_code, ran.stdout) == (1, f"b.wav\t{COFFEE}\n")
    assert "../a.wav" in ran.stderr


def test_a_zip_without_audio_says_so(run, tmp_path):
    pack(tmp_path / "texts.zip", {"trans.txt": "a.wav\thello\n"})
    with pytest.raises(NotFound, match="no audio file is in this zip"):
        raise run("texts.zip").exception


def test_namesakes_in_two_folders_have_ids_of_their_own_in_ctm(run, tmp_path, say):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.wav").write_bytes(say(TEA))
    lines = run("a", "b", "talks/tea.wav", "-f", "ctm").stdout.splitlines()
    assert list(dict.fromkeys(line.split()[0] for line in lines)) == ["a/x", "b/x", "tea"]


def test_a_bundle_hears_what_its_text_says_where_the_sound_leaves_it_open(lect, run, tmp_path, spoken):
    import soundfile

    heard, meant = "one large ladle with soy milk please", COFFEE
    soundfile.write(tmp_path / "unclear.wav", 0.55 * spoken(heard) + 0.45 * spoken(meant), 16_000)
    (tmp_path / "menu.txt").write_text("one large latte with soy milk please\na latte for two\n" * 5)
    trained = lect("train", "-o", "menu.lect", "--base", "toy", "--text", "menu.txt")
    assert trained.exit_code == 0, trained.output
    assert run("unclear.wav", "-m", "toy").stdout == f"{heard}\n"
    assert run("unclear.wav", "-m", "menu.lect").stdout == f"{meant}\n"


def test_an_interrupt_between_two_files_leaves_no_thread_behind(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lect.bootstrap.with_forms", interrupt)
    before = set(threading.enumerate())
    ran = run("talks", "-o", "talks.txt")
    assert ran.exit_code == 130
    assert set(threading.enumerate()) == before
    assert not list(Path().glob("*talks.txt*"))


def test_phrases_from_a_file_and_one_by_one_are_expected(run, tmp_path, spoken):
    import soundfile

    heard = "one large ladle with soy milk please"
    soundfile.write(tmp_path / "unclear.wav", 0.55 * spoken(heard) + 0.45 * spoken(COFFEE), 16_000)
    (tmp_path / "drinks.txt").write_text("large latte\t2\nmocha\n")
    assert run("unclear.wav").stdout == f"{heard}\n"
    assert run("unclear.wav", "--phrase", "large latte").stdout == f"{COFFEE}\n"
    assert run("unclear.wav", "--phrases", "drinks.txt", "--phrase", "tea").stdout == f"{COFFEE}\n"


def test_a_list_without_a_phrase_is_named(run, tmp_path):
    (tmp_path / "drinks.txt").write_text("\n")
    assert "drinks.txt: no phrase stands there" in run("talks/tea.wav", "--phrases", "drinks.txt").stderr


def test_what_the_first_phrase_waits_for_is_told_once_and_never_on_standard_output(run, monkeypatch):
    monkeypatch.setattr(
        "lect.core.progress._ENOUGH", 0.0
    )  # the toy is done at once, and nothing would be told
    first, again = (run("talks/tea.wav", "--phrase", "large latte", "--json") for _ in range(2))
    assert (
        first.stderr
        == "Learning what whisper-base expects to hear (en) · about 0 s left, kept for the next time\n"
    )
    assert again.stderr == ""
    assert [each["display"] for ran in (first, again) for each in json.loads(ran.stdout)["transcripts"]] == [
        TEA,
        TEA,
    ]


def test_phrases_without_a_language_are_told_before_anything_is_heard(run):
    ran = run("talks/tea.wav", "--phrase", "large latte", "--locale", "auto")
    assert isinstance(ran.exception, InvalidInput)
    assert "phrases need a language" in ran.exception.message


@pytest.mark.parametrize(
    ("options", "display"),
    [
        ([], TEA),
        (["--profanity-list", "mine.txt"], "and a *** of ***"),  # who names the words wants them hidden
        (["--profanity-list", "mine.txt", "--profanity", "removed"], "and a of"),
        (["--profanity-list", "mine.txt", "--profanity", "raw"], TEA),
    ],
)
def test_a_profanity_list_alone_masks(run, tmp_path, options, display):
    (tmp_path / "mine.txt").write_text("tea\ncup\n")
    assert run("talks/tea.wav", *options).stdout == f"{display}\n"


def test_marks_that_are_said_are_written_where_they_are_wanted(run, tmp_path, say):
    (tmp_path / "talks" / "letter.wav").write_bytes(say("and a cup of tea comma please period"))
    assert run("talks/letter.wav").stdout == "and a cup of tea comma please period\n"
    assert run("talks/letter.wav", "--punctuation", "dictated").stdout == "and a cup of tea, please.\n"


def test_a_wrong_phrase_list_is_told_before_a_model_is_loaded(run, tmp_path):
    (tmp_path / "drinks.txt").write_text("latte\tnan\n")
    ran = run("talks/tea.wav", "-m", "no-such-model", "--phrases", "drinks.txt")
    assert isinstance(ran.exception, InvalidInput)
    assert "drinks.txt:1: the weight of 'latte' is nan" in ran.exception.message


def test_the_log_goes_to_standard_error_and_holds_no_word_that_was_said(run, monkeypatch):
    quiet = run("talks", "--json")
    monkeypatch.setenv("LECT_LOG", "debug")
    told = run("talks", "--json")
    assert quiet.stderr == ""
    assert told.stderr.count("DEBUG lect.engines.longform Recording heard. action=recognise") == 2
    assert "file=talks/tea.wav" in told.stderr
    assert not set(f"{COFFEE} {TEA}".split()) & set(told.stderr.split())
    assert [each["display"] for each in json.loads(told.stdout)["transcripts"]] == [COFFEE, TEA]
