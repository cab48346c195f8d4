"""`lect check`: what it says of locales."""

from __future__ import annotations

import json

import pytest

GERMAN = (
    "Das ist der Mann, den ich gestern mit dem Hund im Park gesehen habe.\n"
    "Wir haben es nicht gewusst, und sie hat auch nichts davon erzählt.\n"
    "Ich möchte eine Tasse Kaffee und ein Stück von dem Kuchen.\n"
)
SWAHILI = "Habari za asubuhi, rafiki yangu.\nNataka kahawa moja tafadhali.\n"
CHINESE = "我想要一杯咖啡。\n今天天气很好。\n"


@pytest.fixture
def check(lect, tmp_path):
    def check(text, *options):
        (tmp_path / "lines.txt").write_text(text, "utf-8-sig")
        return lect("check", "lines.txt", "--kind", "text", *options)

    return check


@pytest.mark.parametrize("locale", ["xx-YY-zz", "xx-YY", "klingon", "auto", "", "english"])
def test_a_locale_that_is_none_is_wrong_usage_and_known_ones_are_named(check, locale):
    ran = check("hello there\n", "--locale", locale)
    assert ran.exit_code == 2
    assert "de-DE" in ran.stderr


def test_a_language_without_rules_is_served_by_the_general_ones_and_told_once(check):
    ran = check(SWAHILI, "--locale", "sw-KE")
    assert ran.exit_code == 0
    assert ran.stderr.count("sw-KE: there are no rules for this language") == 1
    assert check(SWAHILI, "--locale", "en-US").stderr == ""


@pytest.mark.parametrize(("text", "likely"), [(GERMAN, "de-DE"), (CHINESE, "zh-CN")])
def test_a_text_in_another_language_is_noticed(check, text, likely):
    ran = check(text)
    assert f"looks like {likely}" in ran.stdout
    assert f"--locale {likely}" in ran.stdout
    assert json.loads(check(text, "--json").stdout)["other_locale"] == likely
    assert json.loads(check(text, "--json", "--locale", likely).stdout)["other_locale"] is None


def test_one_is_not_many(check):
    assert "1 line can be used; 0 cannot; 0 errors, 0 warnings" in check("Hello there.\n").stdout
