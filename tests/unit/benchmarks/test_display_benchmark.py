"""The benchmark of display rules runs, and its rules find something."""

from benchmarks.speed.display_rules import measure


def test_a_small_run_measures_every_utterance():
    result = measure(20, 180)

    assert (result["rules"], result["utterances"]) == (20, 10)
    assert 0 <= result["milliseconds_p50"] <= result["milliseconds_p99"]
