"""Weights and text are chosen together where both at their best would do harm, and a stopped training goes on as itself alone."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from lect.adaptation.options import MixtureOptions
from lect.core.errors import Conflict
from lect.engines.toy import ToyRecogniser
from lect.models import resolver
from lect.models.acoustic import WEIGHTS
from lect.models.audio_data import AudioData
from lect.models.bases import Base
from lect.models.gate import Guard, Judgement, Trial
from lect.models.measuring import Heard
from lect.models.methods import AudioOptions
from lect.models.plan import TrainOptions
from lect.models.self_training import OwnWords
from lect.models.training import train
from lect.models.tuned import TunedModel
from lect.models.tuning import Choice, TextTrial
from lect.settings import Settings
from lect.speech.scoring import ErrorCounts

HARM = "3.1 points worse on the guard, 0.5 are allowed"
ALONE = {0.3: 7, 0.5: 5, 0.7: 4}  # errors on dev data of the parts that passed, without text


def heard(errors):
    return Heard(counts=[ErrorCounts(correct=20 - errors, substitutions=errors)], blocks=["a.wav"])


class Candidates:
    """Deltas by alpha."""

    def delta(self, alpha):
        return f"delta of {alpha}".encode()

    def load(self, alpha, window):
        return None


def tuned_model():
    trials = tuple(Trial(alpha=alpha, dev=heard(errors), guard=heard(1)) for alpha, errors in ALONE.items())
    judgement = Judgement(
        dev_before=heard(10),
        guard_before=heard(1),
        guard=Guard(utterances=()),
        trials=trials,
        chosen=trials[-1],
    )
    return TunedModel(
        candidates=Candidates(), recipe=None, deep_text=None, script=None, times=(), own=OwnWords(), court=None,
        judgement=judgement, training=(), dev=(), left_out=(), dev_suspects=(), suspects=(), by_speaker=None,
        losses={}, augment="careful", batches_per_step=1, device="cpu",
    )  # fmt: skip


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json"):
        (folder / file).write_text("toy")
    settings = Settings(cache=tmp_path / "cache", offline=True)
    return Base(resolver.resolve(str(folder), settings=settings), ToyRecogniser(), cache=settings.cache)


@pytest.fixture
def made(tmp_path, base):
    """made({alpha: errors}) -> the training, where text with so much of the weights errs so often on dev data, None: does harm;
    and which were tried."""
    text = tmp_path / "menu.txt"
    text.write_text("one large latte please\n")

    def run(results=None, *, seed=0, resume=False, or_anew=False, work=None):
        tried = []

        def choose(text, general, tuned):
            alpha = tuned.judgement.taken.alpha
            tried.append(alpha)
            errors = results[alpha]
            trial = TextTrial(
                mixture=MixtureOptions(weight=alpha),
                dev=heard(errors or 0),
                guard=heard(2),
                objections=(HARM,) if errors is None else (),
            )
            return Choice(
                before=tuned.judgement.taken.dev,
                trials=(trial,),
                taken=None if errors is None else trial,
                text=text,
            )

        def learn(folder, *, on_ready, **options):
            on_ready(None)
            if work:
                work(folder)
            return tuned_model()

        audio = SimpleNamespace(
            options=AudioOptions(resume=resume),
            or_anew=or_anew,
            data=AudioData(),
            start=SimpleNamespace(base=base, tuned=None, lineage=()),
            device=SimpleNamespace(name="cpu"),
            settings=SimpleNamespace(threads=1),
            crew=SimpleNamespace(count=1),
            run=learn,
        )
        audio.reading = lambda *_, **__: audio
        options = TrainOptions(text=(text,), deep_text=True, seed=seed, tuning=audio.options)
        return train(tmp_path / "m.lect", options, base, audio=audio, choose=results and choose), tried

    return run


@pytest.mark.parametrize(
    ("results", "alpha", "errors", "tried"),
    [
        pytest.param({0.7: 1}, 0.7, 1, [0.7], id="the text does no harm"),
        pytest.param({0.7: None, 0.5: 2}, 0.5, 2, [0.7, 0.5], id="it does none with less of the weights"),
        pytest.param({0.7: None, 0.5: None, 0.3: 3}, 0.3, 3, [0.7, 0.5, 0.3], id="with much less"),
        pytest.param({0.7: None, 0.5: 4}, 0.7, None, [0.7, 0.5], id="but then errs as often as these alone"),
        pytest.param(
            {0.7: None, 0.5: None, 0.3: None}, 0.7, None, [0.7, 0.5, 0.3], id="it does harm with all"
        ),
    ],
)
def test_weights_nearer_to_the_base_leave_room_for_text_that_does_harm_with_more(
    made, results, alpha, errors, tried
):
    trained, asked = made(results)
    recipe, scores = trained.bundle.manifest.recipe, trained.bundle.manifest.scores
    text = scores["text"]

    assert asked == tried
    assert recipe["acoustic"]["alpha"] == alpha
    assert trained.bundle.read(WEIGHTS) == f"delta of {alpha}".encode()
    assert (recipe["mixture"] or {}).get("weight") == (None if errors is None else alpha)
    assert trained.scores.dev.after.errors == (ALONE[alpha] if errors is None else errors)
    assert trained.scores.guard.after.errors == (1 if errors is None else 2)
    given_up = {"alpha": 0.7, "shortest_window": None} if alpha != 0.7 else None
    assert recipe["acoustic"].get("without_text") == given_up
    others = {
        each["alpha"]: each["candidates"][0]["objections"] for each in text.get("with_other_weights", ())
    }
    assert others == {each: [] if results[each] else [HARM] for each in tried if each != alpha}


def stop(folder):
    (folder / "checkpoint-text.safetensors").write_bytes(b"")
    raise KeyboardInterrupt


def test_another_training_is_not_gone_on_with_and_keeps_the_checkpoint(made, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        made(work=stop)

    with pytest.raises(Conflict, match="made with --seed 0, this command is with --seed 1"):
        made(seed=1, resume=True, work=lambda folder: pytest.fail("it works"))
    assert (tmp_path / ".m.lect-training" / "checkpoint-text.safetensors").exists()


def test_a_server_begins_anew_where_the_checkpoint_is_of_another_training(made):
    with pytest.raises(KeyboardInterrupt):
        made(work=stop)

    trained, _ = made({0.7: 1}, seed=1, resume=True, or_anew=True)
    assert trained.bundle.manifest.seed == 1


def test_a_training_that_begins_anew_leaves_nothing_of_the_one_before(made, tmp_path):
    def see(folder):
        left.extend(path.name for path in folder.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(work=stop)
    left = []
    with pytest.raises(KeyboardInterrupt):
        made(seed=1, work=see)

    assert left == ["checkpoint-command.json"]
    assert not (tmp_path / ".m.lect-training").exists()  # without a checkpoint there is nothing to go on from
    made({0.7: 1}, seed=2, resume=True)


def test_a_training_that_goes_on_keeps_what_was_said_at_first(made, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        made(work=stop)
    note = tmp_path / ".m.lect-training" / "checkpoint-command.json"
    said = note.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        made(resume=True, work=stop)

    assert note.read_bytes() == said
    assert json.loads(said)["--seed"] == 0
