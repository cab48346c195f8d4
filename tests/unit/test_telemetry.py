import asyncio
import io
import json
import sys

import pytest

from lect.telemetry import bound, configure_logging, get_log


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


def test_a_line_of_json_holds_the_fields(written):
    configure_logging(level="INFO", format="json", stream=written)

    get_log("lect.models", action="load").info("Model loaded.", seconds=0.25, file='a\n"b"', time="noon")

    [line] = written.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "INFO",
        "logger": "lect.models",
        "message": "Model loaded.",
        "action": "load",
        "seconds": 0.25,
        "file": 'a\n"b"',
        "field_time": "noon",
    }


def test_what_is_bound_is_in_every_line_of_its_block(written):
    log = get_log("lect", action="recognise")
    with bound(request="r"), bound(turn="t"):
        log.info("Heard.", model="m")
    log.info("Heard.")

    first, second = written.getvalue().splitlines()
    assert first.endswith("request=r turn=t action=recognise model=m")
    assert second.endswith("Heard. action=recognise")


def test_tasks_and_threads_of_others_do_not_mix_what_is_bound(written):
    log = get_log("lect", action="recognise")

    async def turn(name):
        with bound(turn=name):
            await asyncio.sleep(0)
            await asyncio.to_thread(log.info, "Heard.", of=name)

    async def both():
        await asyncio.gather(turn("a"), turn("b"))

    asyncio.run(both())

    lines = sorted(line.partition("Heard. ")[2] for line in written.getvalue().splitlines())
    assert lines == ["turn=a action=recognise of=a", "turn=b action=recognise of=b"]
