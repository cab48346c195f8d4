"""What the studio's stories in a real browser share."""

import pytest

from lect.studio.assets import assets
from programs import tool
from servers import serving

SCRIPTS = {"vendor/htmx.js", "vendor/wavesurfer.js"}


@pytest.fixture(scope="session", autouse=True)
def scripts():
    """Pages fetch parts of themselves with what htmx brings, and draw with wavesurfer.js."""
    if not assets().files.keys() >= SCRIPTS:
        pytest.skip("the studio's scripts are not here (python hatch_build.py)")


@pytest.fixture(scope="session")
def chromium(scripts):
    return tool("chromium", package="chromium")


@pytest.fixture(scope="session")
def address(chromium, tmp_path_factory, tiny_en):
    """Of a server for stories that do not mind what others left there."""
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address
