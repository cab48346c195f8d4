"""The picture of learning curves."""

import re
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.trainings import Errors, Outcome, Row, Training
from tools import learning_picture
from tools.learning_picture import Scale


def row(minutes, after, *, base="whisper-base", part="weights"):
    found = Errors(
        set="barista",
        blocks=tuple(map(str, range(8))),
        words=(10,) * 8,
        before=(4,) * 8,
        after=(after, after + 1) * 4,
        cpu_before=1.0,
        cpu_after=1.0,
    )
    outcome = Outcome(
        exit_code=0,
        cpu_seconds=1.0,
        peak_mb=1.0,
        audio_seconds=60.0 * minutes,
        speakers=8,
        bundle_mb=1.0,
        document={},
    )
    training = Training(base=base, part=part, minutes=minutes)
    return Row(training=training, outcome=outcome, errors=(found,))


def test_each_base_has_a_plot_and_each_way_to_train_it_a_curve():
    rows = [row(5, 2), row(20, 1), row(20, 0, part="text"), row(5, 3, base="whisper-tiny.en")]

    picture = learning_picture.draw(learning_picture.curves(rows))

    ET.fromstring(picture)
    assert re.findall(r'class="name" text-anchor="start">([^W][^<]*)<', picture) == ["tiny.en", "base"]
    assert picture.count("<circle") == len(rows)


def test_fewer_errors_are_lower_and_more_minutes_farther_to_the_right():
    scale = Scale(left=0, shortest=5, longest=55, highest=0.4)

    assert scale.y(0) == learning_picture.BOTTOM > scale.y(0.2) > scale.y(0.4) == learning_picture.TOP
    assert scale.x(5) < scale.x(20) < scale.x(55)


def test_intervals_stay_inside_the_plot():
    (curve,) = learning_picture.curves([row(5, 4)])
    (tick,) = re.findall(
        r'class="line weights" d="M[\d.]+ ([\d.]+)V([\d.]+)"', learning_picture.draw([curve])
    )

    assert learning_picture.TOP <= float(tick[1]) < float(tick[0]) <= learning_picture.BOTTOM


def test_without_figures_no_picture_is_written(tmp_path):
    learning_picture.write([], tmp_path / "picture.svg")

    assert list(tmp_path.iterdir()) == []
