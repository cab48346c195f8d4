"""Transcript files: what is read, what is refused and how."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidTranscript, NotFound
from lect.speech.scoring.formats import Utterance, format_of, read_utterances, write_trn
from lect.speech.scoring.pairs import read_pairs


def put(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def words(pairs):
    return [
        (pair.reference.id, " ".join(pair.reference.words), " ".join(pair.hypothesis.words)) for pair in pairs
    ]


def test_trn_gives_words_id_and_speaker(tmp_path):
    path = put(tmp_path, "a.trn", ";; a comment\nA (uh) Cat;noun @ (Ann_01)\n\n(ann-2)\n x (plain)\r\n")

    assert read_utterances(path) == [
        Utterance(id="Ann_01", text="A (uh) Cat;noun @", words=("a", "uh", "cat"), speaker="Ann"),
        Utterance(id="ann-2", text="", words=(), speaker="ann"),
        Utterance(id="plain", text="x", words=("x",)),
    ]


def test_tsv_keeps_the_text_as_it_is(tmp_path):
    path = put(tmp_path, "trans.txt", "\ufeffa.wav\tSay: {hello}; @ home\nb.wav\t\n")

    assert format_of(path) == "tsv"
    assert [(each.id, each.text, each.words) for each in read_utterances(path)] == [
        ("a.wav", "Say: {hello}; @ home", ("say:", "{hello};", "@", "home")),
        ("b.wav", "", ()),
    ]


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,4}_[0-9]{1,3}", fullmatch=True),
            st.lists(st.from_regex(r"[a-zé']{1,5}", fullmatch=True)),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_a_trn_file_reads_as_it_was_written(tmp_path_factory, utterances):
    written = [
        Utterance(id=name, text=" ".join(said), words=tuple(said), speaker=name.split("_")[0])
        for name, said in utterances
    ]
    path = put(tmp_path_factory.mktemp("trn"), "a.trn", write_trn(written))

    assert read_utterances(path) == written


def test_pairs_come_in_the_order_of_the_reference(tmp_path):
    reference = put(tmp_path, "ref.trn", "one (a_1)\ntwo (a_2)\n")
    hypothesis = put(tmp_path, "hyp.tsv", "a_2\tTwo\na_1\tWon\n")

    assert words(read_pairs(reference, hypothesis)) == [("a_1", "one", "won"), ("a_2", "two", "two")]


def test_words_of_a_ctm_go_to_the_first_segment_that_ends_behind_them(tmp_path):
    reference = put(
        tmp_path,
        "ref.stm",
        "f A ann 0 2 <o,f0> hello there\nf A IGN 6 7 IGNORE_TIME_SEGMENT_IN_SCORING\nf A bob 3 5 good bye\nf A ann 8 9 end\n",
    )
    hypothesis = put(
        tmp_path,
        "hyp.ctm",
        "f A 0.1 .2 Hello\nf A 2.5 .2 between\nf A 3.1 .2 good 0.9\nf A 6.2 .2 noise\nf A 8.2 .2 end\nf A 9.5 .2 after\n",
    )

    assert words(read_pairs(reference, hypothesis)) == [
        ("f a 0", "hello there", "hello"),
        ("f a 3", "good bye", "between good"),
        ("f a 8", "end", "end after"),
    ]


def test_two_ctm_files_are_compared_channel_by_channel(tmp_path):
    reference = put(tmp_path, "ref.ctm", "f A 2 1 b\nf A 0 1 a\nf B 0 1 c\n")
    hypothesis = put(tmp_path, "hyp.ctm", "f a 0 1 A\nf B 0 1 d\n")

    assert words(read_pairs(reference, hypothesis)) == [("f a", "a b", "a"), ("f b", "c", "d")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.trn", "i've { um / uh / @ } said (a_1)\n", "a.trn:1: alternations"),
        ("a.trn", "one (a_1)\nno id here\n", "a.trn:2: no id"),
        ("a.trn", "one (a_1)\ntwo (a_1)\n", "a.trn:2: 'a_1' stands there twice"),
        ("a.tsv", "no tab\n", "a.tsv:1: no tab"),
        ("a.tsv", "a\tb\n".encode("utf-16"), "a.tsv: no text, or not UTF-8"),
        ("a.tsv", "a\tcaf\u00e9\n".encode("latin-1"), "a.tsv: not UTF-8"),
        ("a.tsv", "a\tb\0c\n", "a.tsv: no text, or not UTF-8"),
        ("a.txt", bytes(100_000), "a.txt: no text, or not UTF-8"),
        ("a.txt", "no format\n", "a.txt: the format is not clear"),
        ("a.txt", "", "a.txt: there is nothing in it"),
        ("a.txt", "\n;; a comment\n", "a.txt: there is nothing in it"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_line_and_advice(tmp_path, name, text, message):
    with pytest.raises(InvalidTranscript) as caught:
        read_utterances(put(tmp_path, name, text))

    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "line"), [("h.ctm", "f A zero 1 word"), ("h.ctm", "f A 0"), ("r.stm", "f A ann 0")]
)
def test_lines_without_their_times_are_refused(tmp_path, name, line):
    ctm = put(tmp_path, "ok.ctm", "f A 0 1 word\n")
    bad = put(tmp_path, name, f"{line}\n")
    with pytest.raises(InvalidTranscript, match=f"{name}:1: not an? "):
        read_pairs(bad, ctm)


def test_ids_that_stand_in_one_file_alone_are_listed(tmp_path):
    reference = put(tmp_path, "ref.trn", "".join(f"x (a_{at})\n" for at in range(12)) + "y (b_1)\n")
    hypothesis = put(tmp_path, "hyp.trn", "y (b_1)\n")
    with pytest.raises(InvalidTranscript) as caught:
        read_pairs(reference, hypothesis)

    assert "hyp.trn: no line for 12 of the utterances" in caught.value.message
    assert "a_0, a_1, " in caught.value.message
    assert "and 2 more" in caught.value.message


def test_a_missing_file_and_formats_that_do_not_go_together_are_errors(tmp_path):
    trn = put(tmp_path, "a.trn", "x (a_1)\n")
    with pytest.raises(NotFound, match=r"none\.trn: no such file"):
        read_pairs(trn, tmp_path / "none.trn")
    with pytest.raises(InvalidTranscript, match="do not go together"):
        read_pairs(trn, put(tmp_path, "b.ctm", "f A 0 1 word\n"))
    with pytest.raises(InvalidTranscript):
        read_pairs(tmp_path, trn)


def test_two_files_without_an_utterance_are_no_perfect_score(tmp_path):
    with pytest.raises(InvalidTranscript, match="not one utterance"):
        read_pairs(put(tmp_path, "ref.tsv", ""), put(tmp_path, "hyp.tsv", ""))


def test_a_recogniser_that_heard_nothing_is_scored(tmp_path):
    pairs = read_pairs(put(tmp_path, "ref.stm", "f a spk 0 1 one\n"), put(tmp_path, "hyp.ctm", ""))
    assert [pair.hypothesis.words for pair in pairs] == [()]


def test_a_pipe_is_refused_before_it_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.tsv")
    with pytest.raises(InvalidTranscript, match="a pipe or a device"):
        read_utterances(tmp_path / "pipe.tsv")


def test_a_very_long_line_is_no_trouble(tmp_path):
    path = put(tmp_path, "a.trn", " " * 3_000_000 + "(" * 100_000 + "word (a_1)\n")

    assert read_utterances(path)[0].id == "a_1"
