"""What every command has in common: errors become messages and exit codes."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys

import pytest

from lect.cli.main import run


def test_a_path_that_cannot_be_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["lect", "transcribe", "a" * 300])

    with pytest.raises(SystemExit) as end:
        run()

    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("error: aaa")


def test_training_heeds_the_limit_on_text(monkeypatch, tmp_path, capsys):
    (tmp_path / "orders.txt").write_text("a flat white please\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LECT_LIMITS_TEXT_BYTES", "5")
    monkeypatch.setattr(sys, "argv", ["lect", "train", "-o", "a.lect", "--text", "orders.txt", "--dry-run"])

    with pytest.raises(SystemExit) as end:
        run()

    assert end.value.code == 1
    assert "no line can be used" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["check", "a.txt"],
        ["train", "-o", "a.lect", "--text", "a.txt"],
        ["transcribe", "a.wav"],
        ["evaluate", "a.zip"],
        ["demo"],
        ["score", "a.trn", "a.trn"],
        ["csr", "project", "create", "--name", "orders"],
        ["batch", "transcription", "create", "--name", "calls", "--content", "https://files.example/1.wav"],
    ],
    ids=" ".join,
)
def test_what_is_no_locale_is_wrong_usage_in_every_command(lect, command):
    option = {"score": "--normalise", "csr": "--language", "batch": "--language"}.get(command[0], "--locale")

    ran = lect(*command, option, "english")

    assert ran.exit_code == 2
    assert "Did you mean en-US?" in " ".join(ran.stderr.replace("│", " ").split())


RUN = [sys.executable, "-c", "from lect.cli.main import run; run()"]


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_with_130_and_one_line(times):
    # Tests that run in the background ignore Ctrl-C, and what they start would, too.
    heed = "from signal import *; signal(SIGINT, default_int_handler); "
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [*RUN[:-1], heed + RUN[-1], "csr", "project", "list", "--server", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            silent.settimeout(60)
            asked, _ = silent.accept()
            with asked:
                asked.recv(1)  # it waits for an answer from now on
                for _ in range(times):
                    process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)
    # Python hands signals back to the system just before it ends; a shell calls that end 130, too.
    assert process.returncode in {130, -signal.SIGINT}
    assert said == ("", "interrupted\n")


@pytest.mark.parametrize("arguments", [["models", "list"], ["models", "list", "--json"], ["check", "a.txt"]])
def test_a_reader_that_has_seen_enough_ends_it_without_a_word(arguments, tmp_path):
    (tmp_path / "a.txt").write_text("a flat white please\n")
    with subprocess.Popen(
        [*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize("arguments", [["models", "list"], ["models", "list", "--json"]])
def test_output_that_finds_no_room_is_no_traceback(arguments, tmp_path):
    with (tmp_path / "out").open("wb") as full:
        ran = subprocess.run(
            [*RUN, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == "error: output: File too large\n  Free some room, or write elsewhere.\n"
