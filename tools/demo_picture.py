"""Draw what `lect demo` prints as `docs/images/demo.svg`.

python tools/demo_picture.py
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"
WIDTH = 100
WITHOUT_FONTS = re.sub(
    r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.S
)  # they would be fetched


def printed() -> str:
    """What the demo leaves on a terminal, colours as escape codes, without the moving parts."""
    environment = os.environ | {
        "FORCE_COLOR": "1",
        "COLUMNS": str(WIDTH),
        "TERM": "xterm-256color",
        "TTY_INTERACTIVE": "0",
    }
    command = [sys.executable, "-c", "from lect.cli.main import run; run()", "demo"]
    ran = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return ran.stdout


def main() -> None:
    """Run the demo and write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ lect demo", style="bold"))
    console.print(Text.from_ansi(printed()))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    console.save_svg(str(PICTURE), title="lect demo", unique_id="demo", code_format=WITHOUT_FONTS)


if __name__ == "__main__":
    main()
