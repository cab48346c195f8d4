"""Pronunciations in a training: what is learned, and what the bundle says of it."""

from __future__ import annotations

import json
import random

import pytest

from lect.adaptation import ngram
from lect.adaptation.lm import NGram
from lect.core.errors import InvalidDataset, InvalidInput
from lect.engines.toy import ToyRecogniser
from lect.models import knowledge
from lect.models.bases import Base
from lect.models.knowledge import LANGUAGE_MODEL, PRONUNCIATIONS
from lect.models.plan import TrainOptions, plan
from lect.models.resolver import ModelFolder
from lect.models.training import train

GENERAL = ngram.train(["ask them to call"], language="en").model
TERMS = "3CPO\tthree c p o\nSQL\tsequel\nIEEE\ti triple e\n"


@pytest.fixture
def made(tmp_path):
    """made("name.lect", pronunciation="...", text="...") -> the finished training on the toy."""
    folder = ModelFolder(
        name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    base = Base(folder, ToyRecogniser(), cache=tmp_path / "cache")

    def run(name, **contents):
        files = {}
        for kind, content in contents.items():
            files[kind] = (tmp_path / f"{kind}.txt",)
            files[kind][0].write_text(content)
        return train(tmp_path / name, TrainOptions(**files), base)

    return run


def model(trained):
    return NGram.read(memoryview(trained.bundle.read("lm.bin")), name="lm.bin")


def test_pronunciations_alone_train_a_model(made):
    trained = made("terms.lect", pronunciation=TERMS)
    domain = knowledge.read(trained.bundle, GENERAL).domain
    assert domain.word(domain.start(), "sequel") > 0.01
    term = domain.start()
    for word in ("ask", "three", "c", "p"):
        term = domain.after(term, word)
    assert domain.word(term, "o") > 0.9
    assert LANGUAGE_MODEL not in trained.bundle.views
    assert json.loads(trained.bundle.read(PRONUNCIATIONS)) == [
        ["3CPO", "three c p o"],
        ["IEEE", "i triple e"],
        ["SQL", "sequel"],
    ]
    manifest = trained.bundle.manifest
    assert manifest.recipe["kinds"] == ["pronunciation"]
    (dataset,) = manifest.datasets
    assert (dataset.kind, dataset.accepted, dataset.rejected) == ("pronunciation", 3, 0)


def test_what_is_said_for_a_term_is_expected_where_the_term_stands_in_the_text(made):
    text = "please restart the SQL server\n" * 3
    learned, plain = (
        model(made("a.lect", text=text, pronunciation=TERMS)),
        model(made("b.lect", text=text)),
    )
    after_the = learned.start()
    for word in ("please", "restart", "the"):
        after_the = learned.advance(after_the, learned.vocabulary.span(word).word)
    assert learned.word_probability(after_the, learned.vocabulary.span("sequel").word) > 0.2
    assert "sequel" not in plain.vocabulary


def test_text_and_pronunciations_are_both_named_in_the_manifest(made):
    manifest = made("both.lect", text="a line\n", pronunciation=TERMS).bundle.manifest
    assert manifest.recipe["kinds"] == ["text", "pronunciation"]
    assert [dataset.kind for dataset in manifest.datasets] == ["text", "pronunciation"]


def test_without_pronunciations_there_is_no_such_member(made):
    assert PRONUNCIATIONS not in made("text.lect", text="a line\n").bundle.views


def test_the_same_data_gives_the_same_bytes_and_the_order_of_lines_the_same_members(made):
    lines = TERMS.splitlines(keepends=True)
    one, same = made("1.lect", pronunciation=TERMS), made("2.lect", pronunciation=TERMS)
    random.Random(2).shuffle(lines)
    other = made("3.lect", pronunciation="".join(lines))
    assert one.bundle.path.read_bytes() == same.bundle.path.read_bytes()
    assert one.bundle.manifest.members == other.bundle.manifest.members


def test_bad_lines_are_counted_and_left_out(made):
    trained = made("bad.lect", pronunciation=f"{TERMS}no tab here\n")
    assert (trained.plan.accepted, trained.plan.rejected) == (3, 1)
    assert trained.bundle.manifest.datasets[0].rejected == 1


def test_a_byte_order_mark_is_no_part_of_the_first_term(made):
    trained = made("bom.lect", pronunciation=f"\ufeff{TERMS}")
    assert json.loads(trained.bundle.read(PRONUNCIATIONS))[0] == ["3CPO", "three c p o"]


def test_a_training_needs_a_good_line(tmp_path):
    (tmp_path / "bad.txt").write_text("no tab here\n")
    with pytest.raises(InvalidDataset, match=r"bad\.txt: no line can be used"):
        plan(TrainOptions(pronunciation=(tmp_path / "bad.txt",)))
    with pytest.raises(InvalidInput) as caught:
        TrainOptions()
    assert "--pronunciation" in caught.value.hint
