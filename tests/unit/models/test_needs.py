"""Every option of a training needs data that it does something with, and one table says which."""

import inspect
import re
from dataclasses import fields, replace

import pytest

from lect.cli.train import train
from lect.core.entities import DatasetKind, Training
from lect.models.needs import NEEDS, Material, option_of, unmet

ALWAYS = {"seed"}  # noted in every bundle
OF_DATASETS = {"times"}  # said of a dataset that is there
NOT_OF_THE_TRAINING = {"output", "base", "locale", "threads", "dry_run", "json"}
DATA = {"text", "structured", "pronunciation", "display", "audio", "audio_only"}

TEXT = Material(kinds=[DatasetKind.TEXT])
TERMS = Material(kinds=[DatasetKind.PRONUNCIATION])
RULES = Material(kinds=[DatasetKind.DISPLAY])
AUDIO = Material(kinds=[DatasetKind.ACOUSTIC])
AUDIO_ONLY = Material(kinds=[DatasetKind.AUDIO])
WEIGHTS = {"guard", "resume", "epochs", "alpha", "allow_harm", "per_step", "device"}
SENTENCES = {"deep_text", "synthetic_speech"}
OF_TRANSCRIPTS = {"leave_out_suspects", "audio_text"}


def test_every_option_of_a_training_on_a_server_is_in_the_table():
    named = {each.name for each in fields(Training)}

    assert named - ALWAYS - OF_DATASETS <= NEEDS.keys()


def test_every_option_of_the_command_is_in_the_table_and_the_other_way_round():
    options = {name.replace("no_audio_text", "audio_text") for name in inspect.signature(train).parameters}

    assert options - NOT_OF_THE_TRAINING - DATA - ALWAYS == NEEDS.keys()


@pytest.mark.parametrize(
    ("material", "idle"),
    [
        pytest.param(TEXT, WEIGHTS | OF_TRANSCRIPTS | {"noise", "augment", "method"}, id="text"),
        pytest.param(
            Material(kinds=[DatasetKind.STRUCTURED], deep_text=True),
            OF_TRANSCRIPTS | {"noise", "augment", "method"},
            id="deep text",
        ),
        pytest.param(
            Material(kinds=[DatasetKind.TEXT], synthetic_speech=True),
            OF_TRANSCRIPTS | {"method"},
            id="synthetic speech",
        ),
        pytest.param(
            TERMS, WEIGHTS | OF_TRANSCRIPTS | SENTENCES | {"noise", "augment", "method"}, id="pronunciations"
        ),
        pytest.param(RULES, NEEDS.keys(), id="display rules"),
        pytest.param(AUDIO, SENTENCES, id="audio"),
        pytest.param(
            Material(kinds=[DatasetKind.ACOUSTIC], audio_text=False),
            SENTENCES | {"weight"},
            id="audio without its text",
        ),
        pytest.param(AUDIO_ONLY, SENTENCES | OF_TRANSCRIPTS | {"weight"}, id="audio alone"),
    ],
)
def test_what_does_nothing_with_which_data(material, idle):
    assert {name for name in NEEDS if not NEEDS[name].is_met(material)} == set(idle)


def test_all_needs_are_told_at_once_and_the_options_of_one_need_together():
    told = unmet(["method", "alpha", "noise", "guard", "dev"], TEXT)

    assert told == [
        (NEEDS["guard"], ["guard", "alpha"]),
        (NEEDS["noise"], ["noise"]),
        (NEEDS["method"], ["method"]),
    ]
    assert len({need.purpose for need, _ in told}) == 3
    assert unmet(["dev", "weight"], TEXT) == []


MEETING = {
    "--text": TEXT,
    "--structured": Material(kinds=[DatasetKind.STRUCTURED]),
    "--pronunciation": TERMS,
    "--audio": AUDIO,
    "--audio-only": AUDIO_ONLY,
    "--deep-text": Material(kinds=[], deep_text=True),
    "--synthetic-speech": Material(kinds=[], synthetic_speech=True),
}


@pytest.mark.parametrize("name", NEEDS)
def test_the_hint_of_the_command_names_all_that_would_meet_a_need_and_nothing_else(name):
    need = NEEDS[name]
    named = set(re.findall(r"--[a-z-]+", need.in_command)) - {"--no-audio-text"}  # one to leave out
    meets = {option for option, material in MEETING.items() if need.is_met(material)}
    if name in {"dev", "weight"}:
        meets -= {"--deep-text", "--synthetic-speech"}  # they need text, which is enough by itself

    assert named == meets


def test_an_option_that_does_nothing_gives_others_nothing_to_do():
    terms = replace(TERMS, deep_text=True)

    found = unmet(["deep_text", "epochs", "guard"], terms)
    assert [names for _, names in found] == [["deep_text"], ["guard", "epochs"]]


def test_the_command_calls_the_one_that_is_on_unless_it_is_told_otherwise_by_its_opposite():
    assert option_of("audio_text") == "--no-audio-text"
    assert option_of("leave_out_suspects") == "--leave-out-suspects"
