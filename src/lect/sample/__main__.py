"""`python -m lect.sample` prints where the built-in sample lies, so that a shell can copy it."""

from __future__ import annotations

from lect.sample import folder

if __name__ == "__main__":
    print(folder())
