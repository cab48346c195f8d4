"""What was not used for longest goes first, and only when it must."""

from __future__ import annotations

from lect.serving.recent import Recent


class Thing:
    def __init__(self, size):
        self.size = size


def hold(*sizes, **options):
    recent = Recent(size=lambda thing: thing.size, **options)
    for number, size in enumerate(sizes):
        recent.put(str(number), Thing(size))
    return recent


def test_what_was_not_used_for_longest_goes_first():
    recent = hold(1, 1, 1, budget=3)
    recent.get("0")
    recent.put("3", Thing(1))
    assert recent.names == ["2", "0", "3"]


def test_a_large_value_makes_room_for_itself():
    assert hold(1, 1, 1, 3, budget=4).names == ["2", "3"]


def test_the_last_value_stays_however_large():
    assert hold(1, 100, budget=4).names == ["1"]


def test_no_more_values_are_held_than_may_be():
    assert hold(0, 0, 0, most=2).names == ["1", "2"]


def test_a_value_that_grew_is_noticed_when_it_is_used():
    recent = hold(1, 1, 1, budget=4)
    recent.get("1").size = 3
    assert len(recent) == 3
    recent.get("1")
    assert recent.names == ["2", "1"]
    assert recent.total == 4


def test_values_that_grew_are_noticed_when_another_comes():
    recent = hold(1, 1, 1, budget=6)
    recent.get("1").size = 4
    recent.put("3", Thing(1))
    assert (recent.names, recent.total) == (["2", "1", "3"], 6)


def test_a_value_in_place_of_another_counts_once():
    recent = hold(3, budget=10)
    recent.put("0", Thing(2))
    assert (recent.names, recent.total) == (["0"], 2)


def test_a_discarded_value_is_gone_and_weighs_nothing():
    recent = hold(3, budget=10)
    recent.discard("0")
    recent.discard("nothing")
    assert (recent.get("0"), recent.total) == (None, 0)


def test_without_a_size_only_the_number_counts():
    recent = Recent(most=2)
    for name in "abc":
        recent.put(name, name)
    assert recent.names == ["b", "c"]


def test_what_was_there_what_was_not_and_what_had_to_go_is_counted():
    recent = Recent(most=1)
    recent.get("a")
    recent.put("a", 1)
    recent.get("a")
    recent.put("b", 2)
    recent.discard("b")  # nothing had to go for it

    assert (recent.hits, recent.misses, recent.evictions) == (1, 1, 1)


def test_only_what_nobody_else_has_is_let_go_and_only_until_it_is_enough():
    recent = hold(1, 1, 1, 1)
    used = recent.get("0")
    recent.let_go_unused(until=lambda: len(recent) == 2)
    assert recent.names == ["3", "0"]
    recent.let_go_unused(until=lambda: False)
    assert (recent.names, recent.total, recent.evictions) == (["0"], 1, 3)
    assert recent.get("0") is used


def test_what_nobody_else_has_is_told_and_stays():
    recent = hold(1, 2, 3)
    used = recent.get("1")
    assert [thing.size for thing in recent.unused] == [1, 3]
    del used
    assert len(recent.unused) == len(recent) == 3
