"""A model of a server is made again by a command that `lect train` takes."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from lect.cli.main import app
from lect.core.entities import Dataset, DatasetKind, Model, Training
from lect.models.reproducing import train_command

SAID = {"id": "m", "display_name": "M", "created": datetime(2026, 1, 2, tzinfo=UTC), "locale": "en-US"}
SAID["last_action"] = SAID["created"]
BASE = Model(**SAID | {"id": "b"}, is_base=True, name="whisper-tiny.en")


def data(kind, id=None):
    return Dataset(**SAID | {"id": id or kind.value}, kind=kind)


def command(*datasets, base=BASE, heard=None, text=None, weight=None, **training):
    model = Model(**SAID, text=text, weight=weight, training=Training(**training))
    return " ".join(train_command(model, base, datasets, heard or {}))


def test_each_kind_of_data_is_named_as_it_is_downloaded():
    said = command(*map(data, DatasetKind))

    assert said.startswith("lect train -o m.lect --base whisper-tiny.en --locale en-US ")
    for option, name in (
        ("--audio", "acoustic-data.zip"),
        ("--audio-only", "audio-data.zip"),
        ("--text", "text-data.txt"),
        ("--structured", "structured-data.md"),
        ("--pronunciation", "pronunciation-data.txt"),
        ("--display", "display-data.txt"),
    ):
        assert f" {option} {name}" in said


def test_a_custom_base_is_its_bundle_and_typed_sentences_are_a_file():
    said = command(base=Model(**SAID | {"id": "older"}), text="ripe pears")

    assert said == "lect train -o m.lect --base older.lect --locale en-US --text sentences.txt"


def test_what_the_command_does_by_itself_is_not_said():
    assert command(data(DatasetKind.TEXT)).endswith("--text text-data.txt")


def test_every_setting_of_a_training_is_said():
    heard = {"dev": data(DatasetKind.ACOUSTIC, "d"), "guard": data(DatasetKind.ACOUSTIC, "g")}
    heard["noise"] = data(DatasetKind.AUDIO, "n")
    other = {
        "deep_text": (True, "--deep-text"),
        "synthetic_speech": (True, "--synthetic-speech"),
        "audio_text": (False, "--no-audio-text"),
        "leave_out_suspects": (True, "--leave-out-suspects"),
        "times": ({"acoustic": 3.0}, "--audio acoustic-data.zip:3"),
        "dev": ("d", "--dev d-data.zip"),
        "guard": ("g", "--guard g-data.zip"),
        "noise": ("n", "--noise n-data.zip"),
        "method": ("lora", "--method lora"),
        "augment": ("full", "--augment full"),
        "epochs": (4, "--epochs 4"),
        "alpha": (0.5, "--alpha 0.5"),
        "allow_harm": (0.1, "--allow-harm 0.1"),
        "seed": (7, "--seed 7"),
    }
    assert other.keys() == {each.name for each in fields(Training)}

    said = command(
        data(DatasetKind.TEXT),
        data(DatasetKind.ACOUSTIC),
        heard=heard,
        weight=60,
        **{name: value for name, (value, _) in other.items()},
    )

    for part in (*(part for _, part in other.values()), "--weight 60"):
        assert f" {part}" in said


def test_settings_that_had_no_effect_are_not_said_because_the_command_refuses_them():
    weights = {"guard": "g", "epochs": 4, "alpha": 0.5, "allow_harm": 0.1}
    recordings = {"method": "lora", "leave_out_suspects": True, "augment": "full"}
    heard = {"guard": data(DatasetKind.ACOUSTIC, "g")}

    said = command(data(DatasetKind.TEXT), heard=heard, **weights, **recordings)
    assert said.endswith("--text text-data.txt")

    said = command(data(DatasetKind.DISPLAY), weight=30)
    assert said.endswith("--display display-data.txt")

    said = command(data(DatasetKind.TEXT), heard=heard, deep_text=True, **weights, **recordings)
    assert said.endswith("--guard g-data.zip --deep-text --epochs 4 --alpha 0.5 --allow-harm 0.1")


@pytest.mark.parametrize(
    "option", ["--audio-only", "--allow-harm", "--leave-out-suspects", "--noise", "--augment"]
)
def test_the_command_takes_them(option):
    assert option in CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "200"}).output
