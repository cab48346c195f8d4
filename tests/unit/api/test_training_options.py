"""How a model is trained is said with it, and wrong ways are refused before anything is trained."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from api_services import BASE
from lect.api.schemas.shared import Augmentation, TuningMethod
from lect.core.entities import Dataset, DatasetKind, Project, Training
from lect.core.status import Status
from lect.datasets import uploads
from lect.models import training_jobs, ways
from lect.models.locales import id_of
from lect.models.methods import AUGMENT_OPTIONS, AudioOptions
from lect.speech.scoring.intervals import FEWEST_BLOCKS
from lect.store import files, keys, lineage
from lect.store.keys import Role
from lect.store.repositories import DATASETS, MODELS, PROJECTS
from lect.tasks import _options

V3 = "/speechtotext/v3.2"
V2024 = "/speechtotext"
LECT = "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KINDS = {
    "text": DatasetKind.TEXT,
    "heard": DatasetKind.ACOUSTIC,
    "more": DatasetKind.ACOUSTIC,
    "alone": DatasetKind.AUDIO,
    "dev": DatasetKind.ACOUSTIC,
    "guard": DatasetKind.ACOUSTIC,
    "terms": DatasetKind.PRONUNCIATION,
    "display": DatasetKind.DISPLAY,
}


@pytest.fixture
def ids(service):
    """A dataset of each sort, by a name."""
    made = {name: add(service, kind) for name, kind in KINDS.items()}
    return made | {
        "failed": add(service, DatasetKind.ACOUSTIC, status=Status.FAILED),
        "few": add(service, DatasetKind.ACOUSTIC, accepted=FEWEST_BLOCKS - 1),
        "german": add(service, DatasetKind.ACOUSTIC, locale="de-DE"),
    }


def add(service, kind, status=Status.SUCCEEDED, locale="en-US", project=None, accepted=FEWEST_BLOCKS):
    dataset = Dataset(
        id=str(uuid4()),
        display_name="x",
        created=NOW,
        last_action=NOW,
        locale=locale,
        kind=kind,
        status=status,
        project=project,
        accepted_lines=accepted,
    )
    with service.storage.database.begin() as connection:
        DATASETS.add(connection, dataset)
        blob = service.storage.blobs.put([dataset.id.encode()])
        files.put(connection, dataset.id, [uploads.data_file(service.storage, dataset, blob)])
    return dataset.id


def reference(id, noun="datasets"):
    return {"self": f"http://testserver{V3}/{noun}/{id}"}


def create(client, datasets, training=None, *, path=f"{V3}/models", **more):
    body = {
        "displayName": "orders",
        "locale": "en-US",
        "baseModel": reference(id_of(BASE, "en-US"), "models/base"),
        "datasets": [reference(id) for id in datasets],
        **({"properties": {"training": training}} if training is not None else {}),
        **more,
    }
    return client.post(path, json=body)


def sent(ids, training):
    """Options as they are sent, with references to datasets in place of their names."""
    return {
        name: reference(ids[value]) if name in {"dev", "guard", "noise"} else value
        for name, value in training.items()
    }


def stored(service, answer):
    assert answer.status_code == 201, answer.text
    id = answer.json()["self"].partition("?")[0].rpartition("/")[2]
    with service.storage.database.read() as connection:
        return MODELS.get(connection, id)


@pytest.mark.parametrize("path", [f"{V3}/models", f"{V2024}/models?api-version=2024-11-15", f"{LECT}/models"])
def test_every_door_takes_all_options_and_shows_them(client, service, ids, path):
    training = {
        "deepText": True,
        "audioText": False,
        "dev": reference(ids["dev"]),
        "guard": reference(ids["guard"]),
        "noise": reference(ids["alone"]),
        "syntheticSpeech": True,
        "leaveOutSuspects": True,
        "method": "decoder",
        "augment": "full",
        "epochs": 3,
        "alpha": 0.7,
        "allowHarm": 0,
        "seed": 4_294_967_295,
        "times": [{"dataset": reference(ids["heard"]), "times": 2.5}],
    }

    made = create(client, [ids["text"], ids["heard"], ids["alone"]], training, path=path)

    assert stored(service, made).training == Training(
        deep_text=True,
        audio_text=False,
        dev=ids["dev"],
        guard=ids["guard"],
        noise=ids["alone"],
        synthetic_speech=True,
        leave_out_suspects=True,
        method="decoder",
        augment="full",
        epochs=3,
        alpha=0.7,
        allow_harm=0,
        seed=4_294_967_295,
        times={ids["heard"]: 2.5},
    )
    shown = client.get(made.json()["self"]).json()["properties"]["training"]
    assert shown["dev"]["self"].partition("?")[0].endswith(ids["dev"])
    assert shown["noise"]["self"].partition("?")[0].endswith(ids["alone"])
    assert shown["times"][0]["times"] == 2.5
    plain = {name: training[name] for name in training if name not in {"dev", "guard", "noise", "times"}}
    assert plain.items() <= shown.items()
    assert (shown["deepText"], shown["audioText"], shown["seed"]) == (True, False, 4_294_967_295)


@pytest.mark.parametrize(
    ("data", "training", "target"),
    [
        ("heard", None, "datasets"),
        ("alone", {"dev": "dev"}, "datasets"),
        ("text", {"deepText": True, "dev": "dev"}, "training.deepText"),
        ("text", {"syntheticSpeech": True, "dev": "dev"}, "training.syntheticSpeech"),
    ],
)
def test_where_torch_is_not_installed_no_training_of_weights_is_taken(
    client, ids, monkeypatch, data, training, target
):
    monkeypatch.setattr(ways, "can_change_weights", lambda: False)
    if training:
        training = training | {"dev": reference(ids["dev"])}

    refused = create(client, [ids[data]], training)

    assert refused.status_code == 400
    assert refused.json()["target"] == target
    assert "pip install 'lect[train]'" in refused.json()["message"]


def test_clients_that_know_no_such_field_say_it_in_texts(client, service, ids):
    texts = {
        "lect.deepText": "TRUE",
        "lect.audioText": " false ",
        "lect.dev": reference(ids["dev"])["self"],
        "lect.guard": reference(ids["guard"])["self"],
        "lect.seed": "7",
        "lect.times": "1, 3",
        "season": "spring",
    }

    model = stored(service, create(client, [ids["text"], ids["heard"]], customProperties=texts))

    assert model.training == Training(
        deep_text=True,
        audio_text=False,
        dev=ids["dev"],
        guard=ids["guard"],
        seed=7,
        times={ids["heard"]: 3.0},
    )
    assert model.custom_properties == texts


def test_they_say_how_weights_are_trained_in_texts_too(client, service, ids):
    texts = {
        "lect.dev": reference(ids["dev"])["self"],
        "lect.noise": reference(ids["alone"])["self"],
        "lect.syntheticSpeech": "true",
        "lect.leaveOutSuspects": "true",
        "lect.method": "LoRA",
        "lect.augment": "Full",
        "lect.epochs": "4",
        "lect.alpha": "0.5",
        "lect.allowHarm": "1.5",
    }

    model = stored(service, create(client, [ids["text"], ids["heard"]], customProperties=texts))

    assert model.training == Training(
        dev=ids["dev"],
        noise=ids["alone"],
        synthetic_speech=True,
        leave_out_suspects=True,
        augment="full",
        method="lora",
        epochs=4,
        alpha=0.5,
        allow_harm=1.5,
    )


def test_dev_data_that_no_training_of_weights_could_pass_on_is_refused_with_the_request(client, service, ids):
    refused = create(client, [ids["heard"]], {"dev": reference(ids["few"])})

    assert refused.status_code == 400
    assert "5 recordings that can be used cannot tell a gain from chance" in refused.text
    assert "training.dev" in refused.text
    stored(
        service, create(client, [ids["text"]], {"dev": reference(ids["few"])})
    )  # text takes the best weight
    assert ways.FEWEST_DEV == FEWEST_BLOCKS


def test_a_model_without_options_is_trained_as_before_and_shows_none(client, service, ids):
    made = create(client, [ids["text"]], customProperties={"seed": "of doubt"})

    assert stored(service, made).training == Training()
    assert "training" not in made.json()["properties"]


@pytest.mark.parametrize(
    ("texts", "target"),
    [
        ({"lect.deepText": "yes"}, "lect.deepText"),
        ({"lect.seed": "-1"}, "lect.seed"),
        ({"lect.seed": "4294967296"}, "training.seed"),
        ({"lect.seed": "1e3"}, "lect.seed"),
        ({"lect.dev": "somewhere"}, "customProperties"),
        ({"lect.times": "2"}, "lect.times"),
        ({"lect.times": "1,x"}, "lect.times"),
        ({"lect.times": "1,nan"}, "training.times"),
        ({"lect.times": "2,1"}, "training.times"),  # the first is text
        ({"lect.beam": "9"}, "lect.beam"),
        ({"lect.method": "magic"}, "training.method"),
        ({"lect.augment": "loud"}, "training.augment"),
        ({"lect.epochs": "0"}, "training.epochs"),
        ({"lect.epochs": "1001"}, "training.epochs"),
        ({"lect.alpha": "nan"}, "training.alpha"),
        ({"lect.allowHarm": "-1"}, "training.allowHarm"),
    ],
)
def test_texts_that_cannot_be_read_are_refused_by_name(client, ids, texts, target):
    answer = create(client, [ids["text"], ids["heard"]], customProperties=texts)

    assert answer.status_code == 400
    assert answer.json()["target"].endswith(target)


def test_what_is_said_twice_is_refused(client, ids):
    answer = create(client, [ids["text"]], {"seed": 1}, customProperties={"lect.seed": "1"})

    assert answer.status_code == 400
    assert answer.json()["target"] == "properties.training"


@pytest.mark.parametrize(
    ("datasets", "training", "said"),
    [
        (["alone"], {}, "self-training"),
        (["text"], {"deepText": True}, "whether it does harm"),
        (["terms"], {"deepText": True, "dev": "dev"}, "deepText is for sentences"),
        (["text"], {"dev": "text"}, "a judge is audio with transcripts"),
        (["text"], {"dev": "alone"}, "a judge is audio with transcripts"),
        (["text"], {"guard": "failed"}, "it is Failed"),
        (["text"], {"guard": "german"}, "it is for de-DE"),
        (["heard"], {"dev": "heard"}, "it cannot judge"),
        (["heard"], {"noise": "more"}, "noise is audio without transcripts"),
        (["terms"], {"syntheticSpeech": True, "dev": "dev"}, "syntheticSpeech is for sentences"),
        (["text"], {"syntheticSpeech": True, "guard": "guard"}, "whether they help"),
        (["heard"], {"times": "more"}, "is none of the audio"),
    ],
)
def test_ways_that_lead_nowhere_are_refused_with_the_reason(client, ids, datasets, training, said):
    given = sent(ids, training)
    if "times" in given:
        given["times"] = [{"dataset": reference(ids[given["times"]]), "times": 2}]

    answer = create(client, [ids[name] for name in datasets], given)

    assert answer.status_code == 400
    assert said in answer.json()["message"]


DEEP = {"deepText": True, "dev": "dev"}
SPOKEN = {"syntheticSpeech": True, "dev": "dev"}


@pytest.mark.parametrize(
    ("data", "training", "said"),
    [
        ("text", {"method": "lora"}, "method is for training on recordings"),
        ("text", {"epochs": 2}, "epochs is for training the weights"),
        ("text", {"epochs": 2, "guard": "guard"}, "guard and epochs are for training the weights"),
        ("text", {"alpha": 0.5, "allowHarm": 1}, "alpha and allowHarm are for training the weights"),
        ("text", {"leaveOutSuspects": True}, "leaveOutSuspects is for recordings with transcripts"),
        ("text", {"audioText": False}, "audioText is for recordings with transcripts"),
        ("text", {"noise": "alone"}, "noise is for training on recordings"),
        ("text", {"augment": "full"}, "augment is for training on recordings"),
        ("text", {**DEEP, "augment": "full"}, "augment is for training on recordings"),
        ("text", {**DEEP, "leaveOutSuspects": True}, "leaveOutSuspects is for recordings with transcripts"),
        ("text", {**SPOKEN, "method": "full"}, "method is for training on recordings"),
        ("alone", {"dev": "dev", "audioText": False}, "audioText is for recordings with transcripts"),
        ("display", {"dev": "dev"}, "dev is for choosing how far text steers"),
    ],
)
@pytest.mark.parametrize("path", [f"{V3}/models", f"{V2024}/models?api-version=2024-11-15", f"{LECT}/models"])
def test_options_that_would_do_nothing_are_refused_by_every_door_with_what_they_are_for(
    client, ids, path, data, training, said
):
    answer = create(client, [ids[data]], sent(ids, training), path=path)

    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert "leave" in answer.json()["message"]  # what to do about it
    assert answer.json()["target"] == f"training.{said.partition(' ')[0]}"


@pytest.mark.parametrize(
    ("data", "training"),
    [
        ("text", {"seed": 7}),  # noted in the bundle
        ("text", {"method": "auto", "augment": "careful", "audioText": True, "leaveOutSuspects": False}),
        ("text", {"dev": "dev"}),
        ("text", {**DEEP, "guard": "guard", "epochs": 2, "alpha": 0.5, "allowHarm": 1}),
        ("text", {**SPOKEN, "noise": "alone", "augment": "full", "epochs": 2}),
        ("alone", {"dev": "dev", "method": "lora", "augment": "full", "noise": "alone", "guard": "guard"}),
    ],
)
def test_options_that_have_an_effect_or_ask_for_what_is_usual_are_taken(client, ids, data, training):
    assert create(client, [ids[data]], sent(ids, training)).status_code == 201


def test_options_that_would_do_nothing_for_several_reasons_are_all_told_at_once(client, ids):
    given = {"epochs": 2, "method": "lora", "leaveOutSuspects": True}
    answer = create(client, [ids["text"]], given)

    assert answer.json()["message"].splitlines() == [
        "leaveOutSuspects is for recordings with transcripts. Name a dataset of audio with transcripts.",
        "epochs is for training the weights. Name a dataset of audio, or say deepText or syntheticSpeech.",
        "method is for training on recordings of people. Name a dataset of audio.",
        "Or leave them out.",
    ]


def test_an_option_that_would_do_nothing_is_refused_of_clients_that_say_it_in_texts(client, ids):
    answer = create(client, [ids["text"]], customProperties={"lect.epochs": "2"})

    assert answer.status_code == 400
    assert "epochs is for training the weights" in answer.json()["message"]


@pytest.mark.parametrize("data", ["text", "terms", "display"])
def test_clients_of_the_official_api_give_a_weight_whatever_the_data(client, service, ids, data):
    made = create(client, [ids[data]], properties={"customModelWeightPercent": 30, "unheardOf": {"x": 1}})

    assert stored(service, made).weight == 30


def test_typed_sentences_are_text_to_learn_deeply(client, ids):
    training = sent(ids, {**DEEP, "epochs": 2})

    assert create(client, [], training, path=f"{LECT}/models", text="ripe pears").status_code == 201


def test_a_model_of_an_earlier_release_is_trained_again_without_what_did_nothing(client, service, ids):
    made = stored(service, create(client, [ids["text"]], {"seed": 7}))
    training = replace(made.training, epochs=3, method="lora")
    before = replace(made, id=str(uuid4()), status=Status.FAILED, training=training)
    with service.storage.database.begin() as connection:
        MODELS.add(connection, before)

    again = stored(service, client.post(f"{LECT}/models/{before.id}:retry"))

    assert again.training == Training(seed=7)


@pytest.mark.parametrize(
    "training",
    [
        {"seed": -1},
        {"seed": 2**32},
        {"deepText": "perhaps"},
        {"times": [{"dataset": {"self": "x"}, "times": 0}]},
        {"times": [{"dataset": {"self": "x"}, "times": 101}]},
        {"dev": {"self": "x"}},
    ],
)
def test_values_out_of_their_range_are_refused(client, ids, training):
    assert create(client, [ids["heard"]], training).status_code == 400


@pytest.mark.parametrize("path", [f"{V3}/models", f"{LECT}/models"])
def test_a_misspelt_option_is_none_that_is_left_out(client, ids, path):
    answer = create(client, [ids["heard"]], {"epoch": 3}, path=path)

    assert answer.status_code == 400
    assert "epoch" in str(answer.json())


def test_datasets_that_the_caller_does_not_see_do_not_judge(client, service, ids):
    projects = [Project(id=str(uuid4()), display_name="p", created=NOW, locale="en-US") for _ in range(2)]
    with service.storage.database.begin() as connection:
        for project in projects:
            PROJECTS.add(connection, project)
        _, key = keys.create(connection, name="k", role=Role.CONTRIBUTOR, project=projects[0].id, at=NOW)
    mine, other = (add(service, DatasetKind.ACOUSTIC, project=project.id) for project in projects)
    client.headers["Ocp-Apim-Subscription-Key"] = key

    assert create(client, [mine], {"dev": reference(other)}).status_code == 404


def test_a_training_is_given_all_of_it(client, service, ids, tmp_path):
    training = {
        "deepText": True,
        "audioText": False,
        "dev": reference(ids["dev"]),
        "guard": reference(ids["guard"]),
        "noise": reference(ids["alone"]),
        "method": "full",
        "augment": "full",
        "epochs": 2,
        "alpha": 0.9,
        "allowHarm": 1.0,
        "seed": 7,
        "times": [{"dataset": reference(ids["more"]), "times": 3}],
    }
    names = ["text", "heard", "more", "alone"]
    model = stored(service, create(client, [ids[name] for name in names], training))

    arguments = training_jobs.prepare(service.storage, model, tmp_path / "work")

    def holds(path):
        return next(name for name, id in ids.items() if id == Path(path).read_text())

    assert [holds(path) for path in arguments["audio"]] == ["heard", "more"]
    assert [holds(path) for path in arguments["audio_only"]] == ["alone"]
    assert {holds(path): often for path, often in arguments["times"].items()} == {"more": 3.0}
    assert [holds(arguments[name]) for name in ("dev", "guard", "noise")] == ["dev", "guard", "alone"]
    options = _options(arguments)
    assert (options.seed, options.deep_text, options.audio_text) == (7, True, False)
    assert options.noise == (Path(arguments["noise"]),)
    assert options.tuning == AudioOptions(
        method="full",
        augment="full",
        epochs=2,
        alpha=0.9,
        allow_harm=1.0,
        leave_out_suspects=False,
        resume=True,
    )


def test_display_rules_are_given_to_a_training(client, service, ids, tmp_path):
    display = add(service, DatasetKind.DISPLAY)
    model = stored(service, create(client, [display]))

    arguments = training_jobs.prepare(service.storage, model, tmp_path / "work")

    assert [Path(path).read_text() for path in arguments["display"]] == [display]
    assert _options(arguments).display == tuple(map(Path, arguments["display"]))


def test_the_methods_are_those_of_the_command():
    assert set(TuningMethod) == set(ways.METHODS)


def test_the_ways_to_augment_are_those_of_the_command():
    assert set(Augmentation) == set(ways.AUGMENTATIONS) == set(AUGMENT_OPTIONS)


def test_data_that_judge_a_training_are_at_work(client, service, ids):
    model = stored(service, create(client, [ids["text"]], {"dev": reference(ids["dev"])}))

    with service.storage.database.read() as connection:
        assert lineage.working(connection, ids["dev"]) == [f"model {model.id}"]
        assert lineage.working(connection, ids["guard"]) == []
