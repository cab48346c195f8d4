"""Where the errors of an evaluation are is read from its document."""

from lect.evaluations.breakdowns import break_down

RIGHT = {"kind": "correct", "reference": "ripe", "hypothesis": "ripe"}
TAKEN = {"kind": "substitution", "reference": "pear", "hypothesis": "bear"}
LEFT = {"kind": "deletion", "reference": "red", "hypothesis": None}
ADDED = {"kind": "insertion", "reference": None, "hypothesis": "uh"}


def utterance(*alignments, speaker=None, **more):
    models = [
        {"alignment": edits, "errors": sum(edit["kind"] != "correct" for edit in edits)}
        for edits in alignments
    ]
    return {"file": "a.wav", "speaker": speaker, "models": models, **more}


def document(*utterances):
    return {"utterances": list(utterances)}


def test_errors_and_words_of_each_speaker_add_up_the_most_words_first():
    found = break_down(
        document(
            utterance([RIGHT], [ADDED, RIGHT], speaker="b"),
            utterance([RIGHT, TAKEN], [RIGHT, RIGHT], speaker="a"),
            utterance([TAKEN], [RIGHT], speaker="a"),
        )
    )

    assert [(each.name, each.words, list(each.errors), each.utterances) for each in found.speakers] == [
        ("a", 3, [2, 0], 2),
        ("b", 1, [0, 1], 1),
    ]
    assert found.speakers[0].rates == [2 / 3, 0]


def test_one_speaker_and_those_without_a_name_are_no_slices():
    assert break_down(document(utterance([RIGHT], speaker="a"), utterance([TAKEN]))).speakers == []


def test_lengths_are_of_audio_where_it_is_known_of_all_else_of_references():
    timed = [utterance([RIGHT], duration=12.0), utterance([TAKEN], duration=1.0)]

    by_audio, by_words = break_down(document(*timed)), break_down(document(*timed, utterance([RIGHT] * 9)))

    assert [each.name for each in by_audio.lengths] == ["up to 2 s", "10 to 20 s"]
    assert [(each.name, list(each.errors)) for each in by_words.lengths] == [
        ("up to 3 words", [1]),
        ("8 to 15 words", [0]),
    ]


def test_words_are_ranked_by_how_often_all_models_have_them_wrong():
    found = break_down(document(utterance([TAKEN, LEFT], [TAKEN]), utterance([TAKEN, ADDED], [RIGHT])))

    assert [(each.word, list(each.counts)) for each in found.confusions] == [
        ("pear", [2, 1]),
        ("red", [1, 0]),
        ("uh", [1, 0]),
    ]


def test_a_slice_in_which_nothing_is_said_has_no_rate():
    found = break_down(document(utterance([ADDED], duration=1.0)))

    assert found.lengths[0].rates == [None]


def test_of_nothing_there_is_nothing_to_tell():
    found = break_down(document())

    assert (found.speakers, found.lengths, found.confusions) == ([], [], [])
