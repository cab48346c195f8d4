"""How scores go over the wire."""

from lect.api.evaluations import _properties


def test_shares_of_edits_are_percentages_that_people_can_read():
    score = dict.fromkeys(
        ("wer", "ser", "ter", "words", "correct", "substitutions", "deletions", "insertions"), 0
    )
    score["token_errors"] = {
        "lexical": {"edits": 1, "share": 0.166667},
        "punctuation": {"edits": 0, "share": None},
    }

    shown = _properties(score)["token_errors"]

    assert shown == {
        "lexical": {"number_of_edits": 1, "percentage_of_all_edits": 16.6667},
        "punctuation": {"number_of_edits": 0, "percentage_of_all_edits": 0.0},
    }
