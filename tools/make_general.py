"""Make the general language models that come with Lect again: English, of the base models that come by pip.

A base model makes its own at first use, which takes its decoder some 40 seconds of one processor; these spare it that. Each is
named after weights, precision and builder, so that one of an older builder is never used: make them again then.

    pip install 'lect[model-base,model-tiny-en]'
    python tools/make_general.py
"""

from __future__ import annotations

import lzma
import tempfile
from pathlib import Path

from lect.models import bases, catalogue
from lect.settings import Settings

FOLDER = Path(bases.__file__).parent / "general"
LANGUAGE = "en"


def main() -> None:
    """Write a file for each base model that a package carries."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.xz"):
        old.unlink()
    for model in catalogue.BASE_MODELS:
        if isinstance(model.source, catalogue.PackageSource):
            base = bases.load_base(model.name, settings=Settings())
            with tempfile.TemporaryDirectory() as folder:
                made = Path(folder) / bases.general_file(base.recogniser.identity, LANGUAGE)
                base.write_general(made, LANGUAGE)
                packed = lzma.compress(made.read_bytes(), preset=9 | lzma.PRESET_EXTREME)
            (FOLDER / f"{made.name}.xz").write_bytes(packed)


if __name__ == "__main__":
    main()
