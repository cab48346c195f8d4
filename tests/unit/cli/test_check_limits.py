"""`lect check` heeds the limits of the environment and tells first what matters most."""

from __future__ import annotations

import json


def test_audio_that_is_too_large_for_this_process_is_an_error(lect, tmp_path, say, monkeypatch):
    (tmp_path / "tea.wav").write_bytes(say("and a cup of tea"))
    assert lect("check", "tea.wav").exit_code == 0

    monkeypatch.setenv("LECT_LIMITS_AUDIO_BYTES", "1000")
    ran = lect("check", "tea.wav", "--json")

    assert ran.exit_code == 1
    assert "the 1,000 allowed" in json.loads(ran.stdout)["lines"][0]["message"]


def test_the_missing_byte_order_mark_is_told_last(lect, tmp_path):
    (tmp_path / "a.txt").write_text("zero\u200bwidth\nsee www.contoso.com\n", encoding="utf-8")
    told = lect("check", "a.txt", "--kind", "text").stdout
    assert 0 <= told.index("invisible_character") < told.index("url_in_line") < told.index("missing_bom")
