"""`python -m lect`: the command line, for those who start modules, as torchrun does."""

from __future__ import annotations

from lect.cli.main import run

if __name__ == "__main__":
    run()
