"""The kinds of data that are one text file, each with the function that judges its lines."""

from __future__ import annotations

from collections.abc import Mapping

from lect.datasets import display, pronunciation, structured, text
from lect.datasets.textfile import Validate

VALIDATE: Mapping[str, Validate] = {
    module.KIND: module.validate for module in (text, structured, pronunciation, display)
}
