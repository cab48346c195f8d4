"""Many models over one base: held within a budget, loaded once, never an older one than is on disk."""

from __future__ import annotations

import gc
import shutil
import tracemalloc
import weakref
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from lect.adaptation import storage
from lect.core.errors import ModelLoadFailed, NotFound, TooManyRequests
from lect.engines.guard import GuardedRecogniser
from lect.engines.toy import ToyRecogniser, speak
from lect.models import knowledge, resolver
from lect.models.bases import Base
from lect.models.plan import TrainOptions
from lect.models.training import train
from lect.serving import pool
from lect.serving.live.events import LiveOptions
from lect.serving.live.recognising import LiveRecognition
from lect.serving.phrases import PhraseLists
from lect.serving.pool import Pool
from lect.settings import Settings
from lect.speech.text.phrases import Phrase, PhraseList


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    """The name of a base model that the toy engine takes."""
    folder = tmp_path / "base"
    folder.mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json"):
        (folder / file).write_text("toy")

    def load_base(name, *, settings, progress):
        return Base(resolver.resolve(name, settings=settings), ToyRecogniser(), cache=settings.cache)

    monkeypatch.setattr(pool, "load_base", load_base)
    return str(folder)


@pytest.fixture
def make_pool(tmp_path):
    """make_pool(model_memory=...) -> a pool with that budget, by default the usual one."""

    def make(*, refuses=False, **values):
        return Pool(Settings(cache=tmp_path / "cache", offline=True, **values), refuses=refuses)

    return make


@pytest.fixture
def bundle(tmp_path, toy, make_pool):
    """bundle("a", "some text", terms="3CPO\tthree c p o") -> the path of a bundle of that name."""
    base = make_pool().base(toy)

    def make(name, text="one large latte", terms=""):
        (tmp_path / "text.txt").write_text(text + "\n")
        (tmp_path / "terms.txt").write_text(terms + "\n")
        data = {"pronunciation": (tmp_path / "terms.txt",)} if terms else {}
        train(tmp_path / f"{name}.lect", TrainOptions(text=(tmp_path / "text.txt",), **data), base)
        return str(tmp_path / f"{name}.lect")

    return make


def hear(model, text):
    return model.base.recogniser.recognise([speak(text)], scorers=[model.scorer])[0].best.display


def names(models):
    return [Path(name).stem for name in models.held]


@pytest.fixture
def opened(monkeypatch):
    """The stems of the bundles that were read through, in order."""
    found = []
    read = pool.open_bundle

    def record(path):
        found.append(path.stem)
        return read(path)

    monkeypatch.setattr(pool, "open_bundle", record)
    return found


def test_a_model_stays_in_memory(bundle, make_pool, opened):
    models, path = make_pool(), bundle("a")
    assert models.open(path) is models.open(path)
    assert opened == ["a"]


def test_beyond_the_budget_the_model_that_was_not_used_for_longest_goes(bundle, make_pool):
    paths = [bundle(name) for name in "abc"]
    cost = make_pool().open(paths[0]).nbytes
    models = make_pool(model_memory=int(2.5 * cost))
    models.open(paths[0])
    models.open(paths[1])
    models.open(paths[0])
    models.open(paths[2])
    assert names(models) == ["a", "c"]
    assert models.memory <= 2.5 * cost


def test_a_model_that_was_let_go_is_loaded_again_but_not_read_through_again(bundle, make_pool, opened):
    models, paths = make_pool(model_memory=0), [bundle("a"), bundle("b")]
    first = weakref.ref(models.open(paths[0]))
    models.open(paths[1])
    assert names(models) == ["b"]
    gc.collect()
    assert first() is None
    assert hear(models.open(paths[0]), "one large latte") == "one large latte"
    assert opened == ["a", "b"]


def test_a_model_that_was_let_go_and_is_in_use_is_not_loaded_a_second_time(bundle, make_pool):
    models, paths = make_pool(model_memory=0), [bundle("a"), bundle("b")]
    first = models.open(paths[0])
    models.open(paths[1])
    assert names(models) == ["b"]
    assert models.open(paths[0]) is first


def test_all_models_share_their_base(bundle, make_pool):
    models = make_pool(model_memory=0)
    first, second = models.open(bundle("a")), models.open(bundle("b"))
    assert first.base is second.base
    assert models.open(bundle("a")).base is first.base


def test_what_a_model_remembers_counts(bundle, make_pool):
    models, paths = make_pool(), [bundle("a"), bundle("b")]
    unused = models.open(paths[0]).nbytes
    hear(models.open(paths[0]), "one large latte")
    assert models.open(paths[0]).nbytes > unused
    assert models.memory == models.open(paths[0]).nbytes


def test_a_model_in_use_works_on_after_it_was_let_go_and_deleted(bundle, make_pool):
    models, path = make_pool(model_memory=0), bundle("a", "one large latte")
    model = models.open(path)
    expected = hear(models.open(path), "one large latte")
    models.open(bundle("b"))
    Path(path).unlink()
    assert hear(model, "one large latte") == expected


def test_the_memory_of_a_model_is_free_with_its_last_user(bundle, make_pool, monkeypatch):
    mapped, map_file = [], storage.mapped

    def record(path):
        found = map_file(path)
        if path.suffix == ".lect":  # a base's general language model stays
            mapped.append(weakref.ref(found))
        return found

    monkeypatch.setattr(storage, "mapped", record)
    models = make_pool(model_memory=0)
    model = models.open(bundle("a", "one large latte\ntwo large lattes\nlatte one\nlatte two"))
    assert hear(model, "one large latte one large latte")  # whose histories lead to each other
    gc.disable()  # it would come late, and not for the sake of mapped memory
    try:
        models.open(bundle("b"))
        assert mapped[0]()
        del model
        assert mapped[0]() is None
    finally:
        gc.enable()


def test_no_more_bundles_are_held_than_files_may_be_open(bundle, make_pool, monkeypatch):
    monkeypatch.setattr(pool.resource, "getrlimit", lambda which: (4, 4))
    models = make_pool()
    for name in "abc":
        models.open(bundle(name))
    assert names(models) == ["b", "c"]


def test_threads_that_open_the_same_model_load_it_once(bundle, make_pool, opened):
    models, path, together = make_pool(), bundle("a"), Barrier(8)

    def open_it(_):
        together.wait(timeout=30)
        return models.open(path)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(open_it, range(8)))
    assert all(model is found[0] for model in found)
    assert opened == ["a"]


def test_threads_that_open_different_models_load_them_side_by_side(bundle, make_pool, monkeypatch):
    models, paths, inside = make_pool(), [bundle("a"), bundle("b")], Barrier(2)
    read = knowledge.read

    def meet(opening, general):
        inside.wait(timeout=30)  # fails unless both are here at once
        return read(opening, general)

    monkeypatch.setattr(knowledge, "read", meet)
    with ThreadPoolExecutor(2) as threads:
        assert [model.name for model in threads.map(models.open, paths)] == paths


def test_threads_that_need_the_same_base_load_it_once(bundle, make_pool, toy, monkeypatch):
    loaded, together, load = [], Barrier(4), pool.load_base
    models = make_pool()
    monkeypatch.setattr(pool, "load_base", lambda name, **more: loaded.append(name) or load(name, **more))

    def base(_):
        together.wait(timeout=30)
        return models.base(toy)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(base, range(4)))) == 1
    assert loaded == [toy]


@pytest.mark.parametrize("budget", [0, 1 << 30])
def test_a_model_that_was_trained_again_is_loaded_anew(bundle, make_pool, budget):
    models = make_pool(model_memory=budget)
    old = models.open(bundle("a", "one large latte"))
    models.open(bundle("b"))
    new = models.open(bundle("a", "two small mochas"))
    assert new.id != old.id
    assert "mochas" in new.known.domain.vocabulary
    assert "latte" in old.known.domain.vocabulary


def test_phrases_act_on_the_model_that_was_trained_again(bundle, make_pool):
    models, lists = make_pool(), PhraseLists()
    phrases = PhraseList(phrases=frozenset({Phrase(text="cortado")}))
    lists.on(models.open(bundle("a", "one large latte")), phrases, language="en")
    new = lists.on(models.open(bundle("a", "two small mochas")), phrases, language="en")
    assert "mochas" in new.known.domain.vocabulary


def test_a_model_that_is_replaced_while_it_is_loaded_is_the_new_one(bundle, make_pool, monkeypatch):
    models, path, read = make_pool(), bundle("a", "one large latte"), knowledge.read
    other = bundle("b", "two small mochas")

    def replace_first(opening, general):
        if Path(other).exists():
            Path(other).replace(path)
        return read(opening, general)

    monkeypatch.setattr(knowledge, "read", replace_first)
    assert "mochas" in models.open(path).known.domain.vocabulary


def test_a_model_that_was_deleted_is_an_error(bundle, make_pool):
    models, path = make_pool(), bundle("a")
    models.open(path)
    Path(path).unlink()
    with pytest.raises(NotFound, match="no such bundle"):
        models.open(path)
    assert models.held == []


def test_a_folder_whose_part_was_changed_is_checked_again(bundle, make_pool, tmp_path):
    models, folder = make_pool(), tmp_path / "folder"
    with zipfile.ZipFile(bundle("a")) as archive:
        archive.extractall(folder)
    models.open(str(folder))
    data = bytearray((folder / "lm.bin").read_bytes())
    data[-1] ^= 1
    (folder / "lm.bin").write_bytes(data)
    with pytest.raises(ModelLoadFailed, match=r"lm\.bin"):
        models.open(str(folder))
    shutil.rmtree(folder)
    with pytest.raises(NotFound):
        models.open(str(folder))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("one large latte", ""),
        (" ".join(f"Name{number:x}" for number in range(3_000)), ""),
        ("one large latte", "\n".join(f"X{number}Y\tx {number} y" for number in range(100, 999))),
    ],
)
def test_what_a_model_is_said_to_take_is_about_what_it_takes(bundle, make_pool, text, terms):
    models, path = make_pool(), bundle("a", text, terms)
    models.open(bundle("b")).base.general("en")
    gc.collect()
    tracemalloc.start()
    try:
        model = models.open(path)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / 2 < model.nbytes < taken * 2


WEIGHTS = 1_000_000  # bytes of trained weights


class Heavy(ToyRecogniser):
    nbytes = WEIGHTS


@pytest.fixture
def weighty(monkeypatch, bundle):
    """weighty("a") -> the path of a bundle that counts as having trained weights; `loading` is called while they are loaded."""
    paths, loading = set(), []

    def make(name):
        paths.add(path := bundle(name))
        return path

    def load_tuned(base, weights, *, settings, progress):
        for act in loading:
            act()
        return GuardedRecogniser(Heavy())

    def load_base(name, *, settings, progress):
        return Base(resolver.resolve(name, settings=settings), Heavy(), cache=settings.cache)

    monkeypatch.setattr(pool, "load_base", load_base)
    monkeypatch.setattr(pool, "load_tuned", load_tuned)
    monkeypatch.setattr(pool.acoustic, "weights_of", lambda bundle: str(bundle.path) in paths or None)
    make.loading = loading
    return make


ROOM = int(2.5 * WEIGHTS)


def test_trained_weights_that_do_not_fit_beside_those_in_use_are_refused_until_a_turn_is_over(
    weighty, make_pool
):
    models = make_pool(model_memory=ROOM, refuses=True)
    paths = [weighty(name) for name in "abc"]
    first, second = models.open(paths[0]), models.open(paths[1])
    with pytest.raises(TooManyRequests, match="in use") as refused:
        models.open(paths[2])
    assert refused.value.details["retry_after"] > 0
    assert models.open(paths[0]) is first, "nothing was let go for what was refused"
    assert models.open(paths[1]) is second
    assert models.memory > 2 * WEIGHTS

    del first
    assert models.open(paths[2])
    assert names(models) == ["b", "c"]


def test_what_is_not_in_use_makes_room_before_weights_are_loaded(weighty, make_pool):
    models, seen = make_pool(model_memory=ROOM, refuses=True), []
    paths = [weighty(name) for name in "abc"]
    for path in paths[:2]:
        models.open(path)
    weighty.loading.append(lambda: seen.append(models.memory))
    models.open(paths[2])
    assert names(models) == ["b", "c"]
    assert seen[0] + WEIGHTS <= ROOM


def test_what_is_not_in_use_stays_if_weights_do_not_fit_all_the_same(weighty, bundle, make_pool):
    models = make_pool(model_memory=ROOM, refuses=True)
    paths = [weighty(name) for name in "abc"]
    models.open(bundle("text"))
    in_use = [models.open(path) for path in paths[:2]]
    with pytest.raises(TooManyRequests):
        models.open(paths[2])
    assert names(models) == ["text", "a", "b"]
    assert len(in_use) == 2


def test_weights_count_while_they_are_loaded(weighty, make_pool):
    models = make_pool(model_memory=int(1.5 * WEIGHTS), refuses=True)
    first, second = weighty("a"), weighty("b")

    def meanwhile():
        with pytest.raises(TooManyRequests):
            models.open(second)

    weighty.loading.append(meanwhile)
    models.open(first)
    weighty.loading.clear()
    assert models.open(second)


def test_what_was_not_loaded_does_not_count(weighty, make_pool):
    models = make_pool(model_memory=int(1.5 * WEIGHTS), refuses=True)

    def fail():
        raise ModelLoadFailed("no")

    weighty.loading.append(fail)
    with pytest.raises(ModelLoadFailed):
        models.open(weighty("a"))
    weighty.loading.clear()
    assert models.open(weighty("b"))


def test_the_only_model_with_weights_may_be_of_any_size_and_text_is_never_refused(weighty, bundle, make_pool):
    models = make_pool(model_memory=0, refuses=True)
    text = models.open(bundle("text"))
    tuned = models.open(weighty("a"))
    assert models.open(bundle("other"))
    with pytest.raises(TooManyRequests):
        models.open(weighty("b"))
    assert (text.tuned, bool(tuned.tuned)) == (None, True)


def test_work_that_needs_several_models_is_not_refused(weighty, make_pool):
    models = make_pool(model_memory=0)
    held = [models.open(weighty(name)) for name in "ab"]
    assert models.memory > sum(model.tuned.nbytes for model in held) > 0


def test_phrase_lists_keep_no_weights_in_memory(weighty, make_pool):
    models, lists = make_pool(model_memory=0, refuses=True), PhraseLists()
    phrases = PhraseList(phrases=frozenset({Phrase(text="cortado")}))
    path = weighty("a")
    model = models.open(path)
    heard = lists.on(model, phrases, language="en")
    assert heard.recogniser is model.recogniser
    weights = weakref.ref(model.recogniser)
    del model, heard
    models.open(weighty("b"))
    assert weights() is None
    again = models.open(path)
    assert lists.on(again, phrases, language="en").recogniser is again.recogniser


def test_a_turn_with_phrases_uses_the_model_that_it_was_given(weighty, make_pool):
    models = make_pool(model_memory=ROOM, refuses=True)
    phrases = PhraseList(phrases=frozenset({Phrase(text="cortado")}))
    turns = [LiveRecognition(models.open(weighty(name)), LiveOptions(phrases=phrases)) for name in "ab"]
    with pytest.raises(TooManyRequests):
        models.open(weighty("c"))
    turns.pop()
    assert models.open(weighty("c"))
