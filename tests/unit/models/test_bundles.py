import json
import os
import random
import shutil
import struct
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, LectError, LimitExceeded, ModelLoadFailed, NotFound
from lect.core.files import json_bytes
from lect.models import archive, bundles
from lect.models.bundles import Base, Dataset, Manifest, NormaliserVersion, open_bundle, write
from lect.models.manifest import Role

MANIFEST = Manifest(
    base=Base(name="whisper-tiny.en", weights_sha256="ab" * 32),
    locale="en-US",
    normaliser=NormaliserVersion(name="english", version="1"),
    code="0.1.0",
    seed=7,
    licence="CC0-1.0",
    datasets=(
        Dataset(file="related-text.txt", kind="text", sha256="cd" * 32, accepted=431, rejected=2),
        Dataset(file="audio.zip", kind="acoustic", sha256="ef" * 32, accepted=10, rejected=0),
    ),
    recipe={"order": 4, "weight": 0.4, "steps": ["a", {"b": None}]},
    scores={"dev": {"wer": 0.125, "wer_ci": [0.1, 0.15]}},
)
MEMBERS = {"phrases.json": b'["ristretto"]', "lm.bin": np.arange(1000, dtype="<u4").tobytes()}


@pytest.fixture
def packed(tmp_path):
    return write(tmp_path / "coffee.lect", manifest=MANIFEST, members=MEMBERS).path


@pytest.fixture
def unpacked(packed, tmp_path):
    with zipfile.ZipFile(packed) as file:
        file.extractall(tmp_path / "coffee")
    return tmp_path / "coffee"


def repack(path, members, *, compression=zipfile.ZIP_STORED):
    """A bundle as another program would pack it."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as file:
        warnings.simplefilter("ignore")  # of double names
        for name, data in members:
            file.writestr(name, data)
    return path


def contents(path):
    with zipfile.ZipFile(path) as file:
        return [(name, file.read(name)) for name in file.namelist()]


# What a bundle is


@pytest.mark.parametrize("form", ["packed", "unpacked"])
def test_what_was_written_is_read(form, request):
    bundle = open_bundle(request.getfixturevalue(form))

    assert replace(bundle.manifest, id="", members={}) == MANIFEST
    assert {name: bundle.read(name) for name in bundle.views} == MEMBERS


def test_any_zip_tool_reads_it(packed):
    with zipfile.ZipFile(packed) as file:
        assert file.testzip() is None
        assert file.namelist() == ["manifest.json", "lm.bin", "phrases.json"]
        assert file.read("lm.bin") == MEMBERS["lm.bin"]
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_finds_no_fault(packed):
    ran = subprocess.run(["unzip", "-t", packed], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_members_can_be_mapped_in_place(packed):
    bundle = open_bundle(packed)
    path, offset, length = bundle.view("lm.bin")

    mapped = np.memmap(path, dtype="<u4", mode="r", offset=offset, shape=(length // 4,))

    assert (mapped == np.arange(1000)).all()
    assert all(view.offset % 64 == 0 for view in bundle.views.values())


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    (tmp_path / "lm.bin").write_bytes(MEMBERS["lm.bin"])
    first = write(tmp_path / "a.lect", manifest=MANIFEST, members=MEMBERS, provenance={"seconds": 1.0})
    second = write(
        tmp_path / "b.lect",
        manifest=MANIFEST,
        members={"lm.bin": tmp_path / "lm.bin", "phrases.json": MEMBERS["phrases.json"]},
        provenance={"seconds": 2.0},
    )

    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.provenance["seconds"], second.provenance["seconds"]) == (1.0, 2.0)


def test_the_id_follows_from_the_content(tmp_path, packed):
    known = open_bundle(packed).manifest.id
    other_data = write(tmp_path / "x.lect", manifest=MANIFEST, members=MEMBERS | {"lm.bin": b"x"})
    other_seed = write(tmp_path / "y.lect", manifest=replace(MANIFEST, seed=8), members=MEMBERS)

    assert len({known, other_data.manifest.id, other_seed.manifest.id}) == 3


def test_provenance_of_another_model_is_not_shown(tmp_path):
    write(tmp_path / "a.lect", manifest=MANIFEST, members=MEMBERS, provenance={"seconds": 1.0})
    bundle = write(tmp_path / "a.lect", manifest=replace(MANIFEST, seed=8), members=MEMBERS)

    assert bundle.provenance == {}


def test_a_bundle_without_members_is_a_bundle(tmp_path):
    assert write(tmp_path / "a.lect", manifest=MANIFEST, members={}).views == {}


def test_the_right_base_is_taken_and_another_refused(packed):
    bundle = open_bundle(packed)

    bundle.require_base("ab" * 32)
    with pytest.raises(
        ModelLoadFailed, match=r"coffee\.lect: made for the base model whisper-tiny\.en .* not for"
    ):
        bundle.require_base("cd" * 32, name="whisper-base")


def test_a_part_that_the_model_lacks_is_an_error_that_lists_what_it_has(packed):
    with pytest.raises(ModelLoadFailed, match=r"weights\.safetensors: .*\nIt has lm\.bin, phrases\.json"):
        open_bundle(packed).view("weights.safetensors")


@pytest.mark.parametrize("name", ["../lm.bin", "lm.py", "model.pkl", "LM.bin", "a/b.bin", "", "lm.bin\0"])
def test_a_name_that_may_not_stand_in_a_bundle_is_not_written(tmp_path, name):
    with pytest.raises(InvalidInput):
        write(tmp_path / "a.lect", manifest=MANIFEST, members={name: b""})
    assert os.listdir(tmp_path) == []


def test_too_many_members_are_not_written(tmp_path):
    with pytest.raises(LimitExceeded):
        write(tmp_path / "a.lect", manifest=MANIFEST, members={f"m{n}.bin": b"" for n in range(100)})


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on file sizes is POSIX")
def test_a_full_disk_leaves_no_half_bundle(tmp_path):
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from lect.core.errors import StoreError\n"
        "from lect.models.bundles import *\n"
        "manifest = Manifest(base=Base(name='b', weights_sha256=''), locale='en-US',\n"
        "                    normaliser=NormaliserVersion(name='n', version='1'), code='0')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    write(Path(sys.argv[1]), manifest=manifest, members={'lm.bin': bytes(1_000_000)})\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "big.lect"

    ran = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)

    assert f"{path}: cannot be written" in ran.stdout
    assert os.listdir(tmp_path) == []


# What is refused


def test_every_flipped_byte_is_an_error(packed):
    whole = packed.read_bytes()
    chance = random.Random(1)

    survived = []
    with packed.open("r+b", buffering=0) as file:  # to write it anew each time would wait for the disk
        for position, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ 1 << chance.randrange(8)]), position)
            try:
                open_bundle(packed)
                survived.append(position)
            except LectError:
                pass
            os.pwrite(file.fileno(), bytes([byte]), position)

    assert survived == []


@pytest.mark.parametrize("member", ["manifest.json", "lm.bin", "phrases.json"])
def test_every_flipped_byte_of_an_unpacked_bundle_is_an_error(unpacked, member):
    file = unpacked / member
    whole = file.read_bytes()
    for position in random.Random(2).sample(range(len(whole)), min(len(whole), 300)):
        flipped = bytearray(whole)
        flipped[position] ^= 0x10
        file.write_bytes(flipped)
        with pytest.raises(ModelLoadFailed, match=member):
            open_bundle(unpacked)


def test_every_cut_is_an_error(packed):
    whole = packed.read_bytes()
    for length in [0, 1, 21, 22, 64, *range(100, len(whole), 211), len(whole) - 1]:
        packed.write_bytes(whole[:length])
        with pytest.raises(ModelLoadFailed):
            open_bundle(packed)


@pytest.mark.parametrize("where", ["before", "after", "comment"])
def test_bytes_that_belong_to_nobody_are_an_error(packed, where):
    whole = packed.read_bytes()
    comment = whole[:-2] + struct.pack("<H", 3) + b"boo"
    packed.write_bytes({"before": b"MZ" + whole, "after": whole + b"\0", "comment": comment}[where])

    with pytest.raises(ModelLoadFailed):
        open_bundle(packed)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_upset_the_reader(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("noise") / "noise.lect"
    path.write_bytes(b"PK\3\4" + data + b"PK\5\6" + data[:18].ljust(18, b"\0"))

    with pytest.raises(ModelLoadFailed, match=r"noise\.lect"):
        open_bundle(path)


def test_a_member_that_stands_there_twice_is_an_error(packed):
    repack(packed, [*contents(packed), ("lm.bin", b"another")])

    with pytest.raises(ModelLoadFailed, match="twice"):
        open_bundle(packed)


def test_a_compressed_member_is_an_error(packed):
    """Also the answer to zip bombs: nothing is ever unpacked."""
    repack(packed, contents(packed), compression=zipfile.ZIP_DEFLATED)

    with pytest.raises(ModelLoadFailed, match=r"manifest\.json: the member is compressed"):
        open_bundle(packed)


@pytest.mark.parametrize(
    "name", ["../lm.bin", "/lm.bin", "a\\b.bin", "C:lm.bin", "lm.py", "ｌm.bin", "lm.bin "]
)
def test_a_name_that_leads_elsewhere_is_an_error(packed, name):
    repack(packed, [*contents(packed), (name, b"")])

    with pytest.raises(ModelLoadFailed, match="holds no member of such a name"):
        open_bundle(packed)


def test_a_bundle_of_another_program_is_refused_with_the_way_out(packed):
    repack(packed, contents(packed))

    with pytest.raises(ModelLoadFailed, match="packed by another program.*\n.*as a folder"):
        open_bundle(packed)


def test_overlapping_members_are_an_error(packed):
    """Two entries of the directory for one stretch of data, as zip bombs have them."""
    whole = packed.read_bytes()
    start = whole.index(b"PK\1\2")
    second = whole.index(b"PK\1\2", start + 1)
    entry = bytearray(whole[second : whole.index(b"PK\1\2", second + 1)])
    entry[-6:] = b"mm.bin"
    end = bytearray(whole[-22:])
    struct.pack_into("<2H", end, 8, 4, 4)
    struct.pack_into("<I", end, 12, len(whole) - 22 - start + len(entry))
    packed.write_bytes(whole[:-22] + entry + end)

    with pytest.raises(ModelLoadFailed, match="the layout is not that of a bundle"):
        open_bundle(packed)


def test_a_million_entries_cost_nothing(packed):
    """The directory's size is looked at before it is read."""
    whole = packed.read_bytes()
    start = whole.index(b"PK\1\2")
    entries = whole[start:-22] * 10_000
    packed.write_bytes(
        whole[:start] + entries + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 9, 9, len(entries), start, 0)
    )

    with pytest.raises(ModelLoadFailed, match="too many members"):
        open_bundle(packed)


def test_sizes_that_lie_are_an_error(packed):
    whole = bytearray(packed.read_bytes())
    second = whole.index(b"PK\1\2", whole.index(b"PK\1\2") + 1)
    struct.pack_into("<2I", whole, second + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    packed.write_bytes(whole)

    with pytest.raises(ModelLoadFailed, match="layout"):
        open_bundle(packed)


def test_a_member_that_is_missing_or_not_listed_is_an_error(unpacked):
    (unpacked / "extra.bin").write_bytes(b"")
    with pytest.raises(ModelLoadFailed, match=r"extra\.bin: it is not listed"):
        open_bundle(unpacked)

    (unpacked / "extra.bin").unlink()
    (unpacked / "lm.bin").unlink()
    with pytest.raises(ModelLoadFailed, match=r"lm\.bin: it is missing"):
        open_bundle(unpacked)


def test_an_unpacked_bundle_may_hold_what_desktops_leave(unpacked):
    (unpacked / ".DS_Store").write_bytes(b"")
    (unpacked / "provenance.json").write_bytes(b"not even JSON")

    assert open_bundle(unpacked).provenance == {}


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege there")
def test_a_link_in_an_unpacked_bundle_is_an_error(unpacked, tmp_path):
    (unpacked / "lm.bin").rename(tmp_path / "elsewhere.bin")
    (unpacked / "lm.bin").symlink_to(tmp_path / "elsewhere.bin")

    with pytest.raises(ModelLoadFailed, match=r"lm\.bin: a bundle holds no such thing"):
        open_bundle(unpacked)


def test_a_member_that_changes_after_opening_is_an_error(unpacked):
    bundle = open_bundle(unpacked)
    (unpacked / "phrases.json").write_bytes(b'["ristrettx"]')

    with pytest.raises(ModelLoadFailed, match="it changed since"):
        bundle.read("phrases.json")


EDITS = {
    "edited": (lambda manifest: manifest | {"licence": "none"}, "changed since it was written"),
    "another format": (
        lambda manifest: manifest | {"format": 2},
        "format version is 2, this Lect reads 1\n.*pip install",
    ),
    "no format": (lambda manifest: {"name": "x"}, "format version is None"),
    "a field too many": (lambda manifest: manifest | {"extra": 1}, "changed since it was written"),
    "a field too few": (
        lambda manifest: {k: v for k, v in manifest.items() if k != "base"},
        "base: .*required",
    ),
    "a wrong type": (lambda manifest: manifest | {"seed": "7"}, "seed: .*integer"),
    "no object": (lambda manifest: [], "format version is None"),
}


@pytest.mark.parametrize(("edit", "message"), EDITS.values(), ids=EDITS)
def test_a_manifest_that_is_not_as_it_was_written_is_an_error(unpacked, edit, message):
    file = unpacked / "manifest.json"
    file.write_bytes(json_bytes(edit(json.loads(file.read_bytes()))))

    with pytest.raises(ModelLoadFailed, match=f"(?s)manifest.json: .*{message}"):
        open_bundle(unpacked)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b'{"format": 1, "seed": NaN}'])
def test_a_manifest_that_is_no_json_is_an_error(unpacked, data):
    (unpacked / "manifest.json").write_bytes(data)

    with pytest.raises(ModelLoadFailed, match=r"manifest\.json"):
        open_bundle(unpacked)


def test_a_manifest_with_a_key_twice_is_an_error(unpacked):
    file = unpacked / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b'"seed": 7', b'"seed": 8,\n  "seed": 7'))

    with pytest.raises(ModelLoadFailed, match=r"manifest\.json"):
        open_bundle(unpacked)


def test_what_is_no_bundle_is_an_error(tmp_path):
    (tmp_path / "text.lect").write_text("once upon a time")
    (tmp_path / "empty.lect").write_bytes(b"")

    for name in ["text.lect", "empty.lect"]:
        with pytest.raises(ModelLoadFailed, match="this is no bundle"):
            open_bundle(tmp_path / name)
    with pytest.raises(NotFound, match=r"missing\.lect"):
        open_bundle(tmp_path / "missing.lect")


def test_a_path_is_known_for_a_bundle_by_its_looks(packed, unpacked, tmp_path):
    assert bundles.is_bundle(packed)
    assert bundles.is_bundle(unpacked)
    assert not bundles.is_bundle(tmp_path)
    assert not bundles.is_bundle(tmp_path / "whisper-base")


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,9}\.(bin|json)", fullmatch=True), st.binary(max_size=300)),
        unique_by=lambda member: member[0],
        max_size=6,
    )
)
def test_an_archive_gives_back_what_it_got(tmp_path_factory, members):
    path = tmp_path_factory.mktemp("archive") / "a.zip"
    with path.open("wb") as file:
        archive.write(file, dict(members))
    if not members:
        return
    whole = path.read_bytes()

    read = archive.read(path)

    assert [(each.name, whole[each.offset : each.offset + each.length]) for each in read] == members


def test_a_bundle_says_what_each_dataset_was_for_and_one_that_does_not_is_read_too(tmp_path):
    dev = replace(MANIFEST.datasets[1], role=Role.DEV)
    mixed = replace(MANIFEST, datasets=(MANIFEST.datasets[0], dev))
    made = write(tmp_path / "roles.lect", manifest=mixed, members=MEMBERS)

    assert [dataset.role for dataset in open_bundle(made.path).manifest.datasets] == [None, Role.DEV]
    without, with_role = json.loads(made.manifest.to_json())["datasets"]
    assert "role" not in without
    assert with_role["role"] == "dev"
