"""A text that is plainly in another language is noticed; one that is not plain is left alone."""

from __future__ import annotations

import pytest

from lect.datasets.language import likely_locale

PLAIN = {
    "en-US": "I would like to have a cup of tea, and it is not for me but for the man that was here in the morning.",
    "de-DE": "Ich möchte eine Tasse Tee, und sie ist nicht für mich, die ist für den Mann, der mit dem Hund auf dem Hof war.",
    "fr-FR": "Je voudrais une tasse de thé, et elle n'est pas pour moi, c'est pour le monsieur qui est dans la cour avec un chien.",
    "es-ES": "Quiero una taza de té, y no es para mí, es para el señor que está con su perro en la casa de la esquina.",
    "it-IT": "Vorrei una tazza di tè, e non è per me, è per il signore che è con il cane nella casa della signora.",
    "pt-BR": "Eu quero uma xícara de chá, e não é para mim, é para o senhor que está com o cachorro em casa do vizinho.",
    "nl-NL": "Ik wil een kop thee, en het is niet voor mij, het is voor de man die met zijn hond in het huis van de buren is.",
    "zh-CN": "我想要一杯茶。",
    "ja-JP": "お茶を一杯お願いします。日本語で書きました。",
    "ko-KR": "차 한 잔 주세요.",
    "ru-RU": "Чашку чая, пожалуйста.",
    "el-GR": "Ένα τσάι, παρακαλώ.",
    "th-TH": "ขอชาหนึ่งถ้วย",
}


@pytest.mark.parametrize(("locale", "line"), PLAIN.items())
def test_it_is_told_by_letters_or_function_words(locale, line):
    assert likely_locale([line]) == locale


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["", "12 34"],
        ["der Hund"],  # too short to tell
        ["Streptococcus pneumoniae", "Escherichia coli"] * 20,
        ["espresso macchiato", "latte grande", "flat white"] * 20,
        ["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"],
    ],
)
def test_what_is_not_plain_is_left_alone(lines):
    assert likely_locale(lines) is None
