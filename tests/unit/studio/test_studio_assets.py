"""Files that pages are made with: packed for browsers that take it."""

import gzip

from lect.studio.assets import assets


def test_a_browser_gets_files_packed_and_others_get_them_as_they_are(browser):
    address = assets().address("studio.css")
    packed = browser.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    plain = browser.get(address, headers={"Accept-Encoding": "identity"})

    assert packed.content == plain.content == assets().files["studio.css"]  # the client unpacks it
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "Content-Encoding" not in plain.headers
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert gzip.decompress(assets().packed["studio.css"]) == plain.content
