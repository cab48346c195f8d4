"""Evaluations as resources."""

from datetime import UTC, datetime
from types import SimpleNamespace

from lect.core.entities import Model
from lect.evaluations.requests import _names
from lect.evaluations.running import EvaluateOptions, evaluate


def model(name, locale="en-US"):
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return Model(id=name, display_name=name, created=now, last_action=now, locale=locale)


def test_models_of_one_name_are_told_apart():
    """Users may call two models alike, and then a verdict says which of them is better."""
    models = [model("orders"), model("orders (2)"), model("orders"), model("tea")]

    assert _names(models) == ["orders", "orders (2)", "orders (3)", "tea"]


class Orders(list):
    """Two utterances of a dataset."""

    name = "orders"

    def require_utterances(self):
        """They are there."""


def test_one_base_in_two_locales_is_compared_under_two_names(monkeypatch):
    """The library knows one base; its rows, one for each locale, are two models of two names."""
    utterances = Orders(
        SimpleNamespace(file=f"{n}.wav", transcript="a tea", speaker=None, source=bytes) for n in range(2)
    )

    def hear(recordings, model, **_):
        for recording in recordings:
            yield SimpleNamespace(
                file=recording.name,
                model=model.name,
                display="a tea",
                error=None,
                cpu_seconds=0.0,
                duration=1.0,
                segments=(),
            )

    monkeypatch.setattr("lect.evaluations.running.transcribe", hear)
    base = SimpleNamespace(name="whisper-base", locale=None, rules=None)
    names = ("whisper-base (en-US)", "whisper-base (en-GB)")

    document = evaluate(
        utterances, [base, base], options=EvaluateOptions(locale="en-US", names=names), decoder=None
    ).to_json()

    assert [model["model"] for model in document["models"]] == list(names)
    [comparison] = document["comparisons"]
    assert (comparison["a"], comparison["b"]) == names
