"""What the tests run in child processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lect.core.errors import InvalidAudio
from lect.core.progress import silent


def add(arguments, progress):
    print("this is no answer")  # noqa: T201
    os.write(1, b"and neither is this\n")
    progress("adding", 0.5)
    return {"sum": sum(arguments["numbers"])}


def refuse(arguments, progress):
    raise InvalidAudio("no sound", hint="Record some.")


def stumble(arguments, progress):
    raise ValueError("what is this?")


def die(arguments, progress):
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(arguments, progress):
    sys.exit(7)


def environment(arguments, progress):
    return {name: os.environ.get(name) for name in arguments["names"]} | {"niceness": os.nice(0)}


def chatter(arguments, progress):
    sys.stderr.write("x" * 1_000_000)
    for number in range(100_000):
        progress("chattering", number / 100_000)
    return {"text": "y" * 1_000_000}


def burst(arguments, progress):
    """Many steps at once, then a long one."""
    for number in range(5):
        progress("bursting", number / 8)
    time.sleep(1)
    return {}


def sleep(arguments, progress):
    """Starts a process of its own, writes both numbers to `path`, and stays."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    temporary = Path(arguments["path"]).with_suffix(".part")
    temporary.write_text(f"{os.getpid()} {other.pid}")
    temporary.rename(arguments["path"])
    progress("sleeping", 0.5)
    time.sleep(600)


def nest(arguments, progress):
    """A parent of `sleep`, to be killed."""
    from lect.jobs.children import Child

    Child("child_functions:sleep", arguments).wait(silent)
