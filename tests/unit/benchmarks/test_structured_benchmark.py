"""The made lists that show what training on structured text costs."""

import zipfile

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.speed.structured_training import model_hash, structured_text

from lect.datasets.structured import read_structured


def test_no_item_stands_twice_and_every_line_can_be_used(tmp_path):
    path = tmp_path / "lists.md"
    path.write_text("\n".join(structured_text(3, 5000)), encoding="utf-8")
    read = read_structured([path])
    items = [item for of_list in read.lists.values() for item in of_list]
    assert len(items) == len(set(items)) == 15_000
    assert {len(item.split()) for item in items} == {2}
    assert (len(read.sentences), read.rejected) == (3, 0)


@pytest.mark.parametrize(("member", "same"), [("provenance.json", True), ("classes.bin", False)])
def test_the_hash_of_a_model_leaves_out_when_it_was_made(tmp_path, member, same):
    bundles = [tmp_path / "one.lect", tmp_path / "two.lect"]
    for number, bundle in enumerate(bundles):
        with zipfile.ZipFile(bundle, "w") as out:
            for name in ("classes.bin", "provenance.json"):
                out.writestr(name, str(number) if name == member else "the same")
    assert (model_hash(bundles[0]) == model_hash(bundles[1])) is same
