import io
import sys

import pytest

from lect.telemetry import configure_logging, get_log


@pytest.fixture
def written():
    stream = io.StringIO()
    configure_logging(level="INFO", stream=stream)
    return stream


def test_a_record_is_a_constant_sentence_with_fields(written):
    get_log("lect.models", action="load", model="whisper-base").info("Model loaded.", seconds=0.25)

    line = written.getvalue()

    assert line.endswith(" INFO lect.models Model loaded. action=load model=whisper-base seconds=0.25\n")


def test_a_field_never_breaks_the_line(written):
    get_log("lect", action="check").warning("File refused.", file='two words\nand "quotes"', empty="")

    assert written.getvalue().endswith(r'file="two words\nand \"quotes\"" empty=""' + "\n")
    assert written.getvalue().count("\n") == 1


def test_records_below_the_level_are_dropped(written):
    configure_logging(level="WARNING", stream=written)
    get_log("lect", action="look").info("Looked.")

    assert written.getvalue() == ""


def test_records_go_to_what_standard_error_is_at_the_time(monkeypatch):
    """While a progress bar is shown, that is the bar's own stream, which writes above it."""
    configure_logging(level="INFO")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    get_log("lect", action="look").info("Looked.")

    assert sys.stderr.getvalue().endswith("INFO lect Looked. action=look\n")


def test_configuring_twice_writes_each_record_once(written):
    configure_logging(level="INFO", stream=written)
    get_log("lect", action="count").info("Once.")

    assert written.getvalue().count("Once.") == 1
