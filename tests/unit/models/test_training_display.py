"""Display rules in a training: what the bundle holds, and what the model that it makes writes."""

from __future__ import annotations

import json

import pytest

from lect.core.errors import InvalidDataset, ModelLoadFailed
from lect.datasets.recordings import Recording
from lect.engines.toy import ToyRecogniser
from lect.models import bundles, resolver, writing
from lect.models.bases import Base
from lect.models.plan import TrainOptions
from lect.models.training import train
from lect.models.writing import DISPLAY
from lect.serving import pool
from lect.serving.forms import Writing, with_forms
from lect.serving.pool import Pool
from lect.serving.transcriptions import transcribe
from lect.settings import Settings
from lect.speech.audio import AudioDecoder

RULES = """\ufeff#itn
cat-\\d
#rewrite
end to end\tE2E
#profanity
fake word
#test
a cat nine\tA cat-9
an end to end test\tAn end to end test
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(cache=tmp_path / "cache", offline=True)


@pytest.fixture
def loaded(tmp_path, settings, monkeypatch):
    """A pool of which the toy is the base."""
    folder = tmp_path / "toy"
    folder.mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json"):
        (folder / file).write_text("toy")
    monkeypatch.setattr(
        pool,
        "load_base",
        lambda name, *, settings, progress: Base(
            resolver.resolve(name, settings=settings), ToyRecogniser(), cache=settings.cache
        ),
    )
    return Pool(settings)


@pytest.fixture
def made(tmp_path, loaded):
    """made("name.lect", display="...", text="...") -> the finished training on the toy."""

    def run(name, **contents):
        files = {}
        for kind, content in contents.items():
            files[kind] = (tmp_path / f"{kind}.txt",)
            files[kind][0].write_text(content, "utf-8")
        return train(tmp_path / name, TrainOptions(**files), loaded.base(str(tmp_path / "toy")))

    return run


def test_display_rules_alone_make_a_model(made):
    trained = made("rules.lect", display=RULES)
    assert json.loads(trained.bundle.read(DISPLAY)) == {
        "itn": [r"cat-\d"],
        "rewrite": [["end to end", "E2E"]],
        "profanity": ["fake word"],
    }
    assert trained.bundle.manifest.recipe["kinds"] == ["display"]
    assert trained.bundle.manifest.datasets[0].kind == "display"
    assert trained.bundle.manifest.members.keys() == {DISPLAY}


def test_a_test_that_fails_is_counted_as_left_out(made):
    document = made("rules.lect", display=RULES).to_json()
    assert document["lines"] == {"accepted": 4, "rejected": 1}


def test_the_same_rules_make_the_same_bytes(made):
    one, same = made("one.lect", display=RULES), made("same.lect", display=RULES)
    assert one.bundle.path.read_bytes() == same.bundle.path.read_bytes()


def test_rules_of_which_none_is_good_are_no_data(made):
    with pytest.raises(InvalidDataset, match="no line can be used"):
        made("rules.lect", display="\ufeff#itn\n(a\n")


@pytest.mark.parametrize("more", [{}, {"text": "one cat\n"}])
def test_a_model_with_rules_writes_by_them(made, loaded, tmp_path, more):
    made("rules.lect", display=RULES, **more)
    model = loaded.open(str(tmp_path / "rules.lect"))
    assert model.rules is not None
    assert model.rules.rules.itn == (r"cat-\d",)
    assert (model.scorer is None) == (not more)
    assert model.nbytes > 0


@pytest.mark.usefixtures("tones_are_speech")
def test_what_it_recognises_is_written_by_its_rules(made, loaded, tmp_path, say):
    made("rules.lect", display=RULES)
    model = loaded.open(str(tmp_path / "rules.lect"))
    recording = Recording(name="a.wav", open=lambda: say("test end to end a cat nine or a fake word"))
    with AudioDecoder() as decoder:
        [heard] = transcribe([recording], model, decoder=decoder)
    written = with_forms(heard, Writing(), model.rules)
    assert written.display == "test E2E a cat-9 or a **** ****"
    assert written.itn == "test end to end a cat-9 or a fake word"
    assert written.lexical == heard.lexical == "test end to end a cat nine or a fake word"
    assert [word.word for word in written.segments[0].words][:4] == ["test", "E2E", "a", "cat-9"]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"itn": ["(a"]}', b'{"rewrite": [["a"]]}'])
def test_rules_that_cannot_be_read_are_an_error_that_names_them(made, tmp_path, content):
    manifest = made("rules.lect", display=RULES).bundle.manifest
    spoilt = bundles.write(tmp_path / "spoilt.lect", manifest=manifest, members={DISPLAY: content})
    with pytest.raises(ModelLoadFailed, match=r"spoilt\.lect: display\.json cannot be read"):
        writing.read(spoilt)


def test_a_bundle_without_rules_has_none(made):
    assert writing.read(made("text.lect", text="one cat\n").bundle) is None
