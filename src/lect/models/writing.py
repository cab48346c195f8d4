"""The display rules of a custom model, as its bundle holds them."""

from __future__ import annotations

import json

from lect.core.errors import InvalidInput, ModelLoadFailed
from lect.core.files import json_bytes
from lect.models.bundles import Bundle
from lect.speech.text.display import DisplayRules, Formatter

DISPLAY = "display.json"


def members(rules: DisplayRules) -> dict[str, bytes]:
    """The members of a bundle for some rules; none for none."""
    return {DISPLAY: json_bytes(rules.to_json())} if rules else {}


def read(bundle: Bundle) -> Formatter | None:
    """The rules of a bundle, ready to be applied; None if it has none.

    Raises:
        ModelLoadFailed: they cannot be read.
    """
    if DISPLAY not in bundle.views:
        return None
    try:
        rules = DisplayRules.from_json(json.loads(bundle.read(DISPLAY)))
        return Formatter(rules, locale=bundle.manifest.locale)
    except (ValueError, RecursionError, InvalidInput) as error:
        raise ModelLoadFailed(
            f"{bundle.path}: {DISPLAY} cannot be read",
            hint="Train the model again with this version of Lect.",
        ) from error
