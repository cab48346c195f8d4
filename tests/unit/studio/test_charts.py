"""Where on a drawing things stand."""

import pytest

from lect.studio.charts import WIDTH, curve, pieces, scale, stretches


@pytest.mark.parametrize(
    ("highest", "end", "count"), [(3.7, 4, 5), (10, 10, 3), (0.042, 0.06, 4), (0, 1, 2), (1, 1, 3)]
)
def test_scales_end_at_a_round_number_that_is_high_enough(highest, end, count):
    found = scale(highest)

    assert found.end == pytest.approx(end)
    assert len(found.ticks) == count
    assert found.end >= highest * 0.999


def test_a_curve_goes_from_edge_to_edge_and_falls_as_values_do():
    first, middle, last = (
        tuple(map(float, point.split(","))) for point in curve([4.0, 2.0, 1.0]).points.split()
    )

    assert (first[0], middle[0], last[0]) == (0, WIDTH / 2, WIDTH)
    assert first[1] < middle[1] < last[1]


def test_one_value_and_none_are_drawn_too():
    assert curve([2.0]).points.startswith("0.0,")
    assert curve([]).points == ""


def test_pieces_touch_and_the_largest_whole_fills_the_width():
    one, two = pieces([3, 1], 4)

    assert (one.begin, one.width, two.begin, two.width) == (0, 750, 750, 250)
    assert pieces([0, 0], 0)[0].width == 0


def test_lines_stop_where_there_is_no_value():
    axis = scale(4.0)

    assert stretches([None, 4.0, 0.0, None], axis) == ["375.0,0.0 625.0,1000.0"]
    assert stretches([2.0, None], axis) == ["250.0,500.0 250.0,500.0"]
    assert stretches([], axis) == []
