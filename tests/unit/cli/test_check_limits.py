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


def test_a_missing_byte_order_mark_is_no_warning_for_people_but_a_note_that_asks_for_nothing(lect, tmp_path):
    (tmp_path / "a.txt").write_text("see www.contoso.com\n", encoding="utf-8")
    told = lect("check", "a.txt", "--kind", "text").stdout
    assert "missing_bom" not in told
    assert told.count("1 warning") == 1
    assert told.splitlines()[-1].startswith("No byte-order mark: Lect needs none")

    document = json.loads(lect("check", "a.txt", "--kind", "text", "--json").stdout)
    assert {line["code"] for line in document["lines"]} == {"missing_bom", "url_in_line"}


def test_a_text_with_a_byte_order_mark_has_no_note_on_it(lect, tmp_path):
    (tmp_path / "a.txt").write_text("\ufeffa cup of tea\n", encoding="utf-8")
    assert len(lect("check", "a.txt", "--kind", "text").stdout.splitlines()) == 1
