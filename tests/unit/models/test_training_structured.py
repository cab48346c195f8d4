"""Structured text in a training: what is learned, and what the bundle holds of it."""

from __future__ import annotations

import json

import pytest

from lect.adaptation import ngram
from lect.core.errors import ModelLoadFailed
from lect.engines.toy import ToyRecogniser
from lect.models import bundles, knowledge
from lect.models.bases import Base
from lect.models.knowledge import CASING, CLASSES, CODES, PRONUNCIATIONS
from lect.models.plan import TrainOptions
from lect.models.resolver import ModelFolder
from lect.models.training import train

GENERAL = ngram.train(["ask them to call"], language="en").model

DIRECTORY = """
@ list name =
- Zyxwell Quorn
- Lena Overby
- AX-40B

@ list room =
- the west wing
- Overby Hall

@ speech:phoneticlexicon
- 3CPO/TH R I S I P I O

# calls
- call {@name} in {@room} please
- is {@name}'s door open
- ask 3CPO
"""


@pytest.fixture
def made(tmp_path):
    """made("name.lect", text) -> the finished training on the toy."""
    folder = ModelFolder(
        name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    base = Base(folder, ToyRecogniser(), cache=tmp_path / "cache")

    def run(name, text=DIRECTORY):
        (tmp_path / "directory.md").write_text(text)
        return train(tmp_path / name, TrainOptions(structured=(tmp_path / "directory.md",)), base)

    return run


def probability(model, text):
    result, history = 1.0, model.start()
    for word in text.split():
        result *= model.word(history, word)
        history = model.after(history, word)
    return result


def test_items_are_expected_where_the_sentences_say(made):
    known = knowledge.read(made("directory.lect").bundle, GENERAL)
    call = probability(known.domain, "call zyxwell quorn in the west wing please")
    assert call > 5e-5  # at each of eight words a term with a pronunciation might have begun
    assert probability(known.domain, "call zyxwell quorn in lena overby please") < call / 100
    assert probability(known.domain, "is lena overby's door open") > 1e-5
    assert probability(known.domain, "ask three c p o") > 1e-4


def test_items_are_written_as_the_lists_write_them(made):
    bundle = made("directory.lect").bundle
    casing = json.loads(bundle.read(CASING))
    assert (casing["zyxwell"], casing["overby"]) == ("Zyxwell", "Overby")
    assert json.loads(bundle.read(PRONUNCIATIONS)) == [["3CPO", "three c p o"]]
    assert json.loads(bundle.read(CODES)) == ["3CPO", "AX-40B"]


def test_the_manifest_counts_items_sentences_and_lexicon(made):
    manifest = made("directory.lect").bundle.manifest
    (dataset,) = manifest.datasets
    assert (dataset.kind, dataset.accepted, dataset.rejected) == ("structured", 9, 0)
    assert manifest.recipe["kinds"] == ["structured"]


def test_the_same_text_gives_the_same_bytes_and_the_order_of_lists_the_same_members(made):
    head, sentences = DIRECTORY.split("# calls")
    first, second, lexicon = head.split("@")[1:4]
    turned = "@" + second + "@" + first + "@" + lexicon + "# calls" + sentences
    once, again, other = made("a.lect"), made("b.lect"), made("c.lect", turned)
    assert once.bundle.path.read_bytes() == again.bundle.path.read_bytes()
    assert {name: once.bundle.read(name) for name in once.bundle.views} == {
        name: other.bundle.read(name) for name in other.bundle.views
    }


def test_damaged_classes_are_an_error_that_names_the_bundle(made, tmp_path):
    bundle = made("directory.lect").bundle
    members = {member: bundle.read(member) for member in bundle.views}
    members[CLASSES] = members[CLASSES][:100]
    damaged = bundles.write(tmp_path / "other.lect", manifest=bundle.manifest, members=members, provenance={})
    with pytest.raises(ModelLoadFailed, match=r"other\.lect: not a usable language model"):
        knowledge.read(damaged, GENERAL)
