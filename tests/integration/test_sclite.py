"""Our counts are those of NIST's sclite, and our matched-pair test is that of its sc_stats."""

import json
import random
import re
import subprocess
import zipfile

import pytest
import typer
from typer.testing import CliRunner

from lect.cli.score import score
from lect.evaluations import sclite
from lect.evaluations.scoring import ModelRun, score_models
from lect.speech.scoring import align
from lect.speech.scoring.formats import Utterance, write_trn
from lect.speech.scoring.intervals import mapsswe
from lect.speech.scoring.pairs import read_pairs
from lect.speech.text import normaliser

SCORES = re.compile(r"id: \((?P<id>[^)]+)\)\n.*?Scores: \(#C #S #D #I\) (\d+) (\d+) (\d+) (\d+)", re.S)
SETS = {
    "barista": "en-US",
    "speechocean762": "en-US",
    "asterisk-prompts": "en-US",
    "azure-custom-speech/en-US/general": "en-US",
    "azure-custom-speech/de-DE": "de-DE",
    "azure-custom-speech/zh-CN": "zh-CN",
}


def sclite_counts(sctk, folder, reference, hypothesis, kind="trn"):
    """Correct, substituted, deleted, inserted of each utterance, as sclite counts them."""
    kinds = {"trn": ("trn", "trn"), "stm": ("stm", "ctm")}[kind]
    subprocess.run(
        [
            sctk,
            "sclite",
            "-r",
            reference,
            kinds[0],
            "-h",
            hypothesis,
            kinds[1],
            "-i",
            "spu_id",
            "-o",
            "pralign",
            "-O",
            folder,
            "-n",
            "out",
        ],
        check=True,
        capture_output=True,
    )
    report = (folder / "out.pra").read_text("utf-8", errors="replace")
    return {match["id"]: tuple(map(int, match.groups()[1:])) for match in SCORES.finditer(report)}


def our_counts(reference, hypothesis):
    counts = align(reference, hypothesis).counts
    return counts.correct, counts.substitutions, counts.deletions, counts.insertions


def as_trn(texts):
    return write_trn(
        Utterance(id=f"s{at % 8}_{at:05d}", text="", words=tuple(words)) for at, words in enumerate(texts)
    )


def misheard(words, draw, rate=0.2, others=("uh", "the", "latte", "one")):
    """The words with errors of every kind."""
    heard = []
    for word in words:
        fate = draw.random()
        if fate > rate / 3:
            heard.append(draw.choice(others) if fate < 2 * rate / 3 else word)
        if draw.random() < rate / 3:
            heard.append(draw.choice(others))
    return heard


def test_counts_equal_on_six_thousand_random_pairs(sctk, tmp_path):
    draw = random.Random(762)
    pairs = []
    for _ in range(6000):
        vocabulary = "abcdefghij"[: draw.randint(2, 10)]
        pairs.append([draw.choices(vocabulary, k=draw.randint(low, 15)) for low in (1, 0)])
    for at, name in enumerate(("ref.trn", "hyp.trn")):
        (tmp_path / name).write_text(as_trn(pair[at] for pair in pairs))
    theirs = sclite_counts(sctk, tmp_path, tmp_path / "ref.trn", tmp_path / "hyp.trn")

    assert len(theirs) == len(pairs)
    ours = {f"s{at % 8}_{at:05d}": our_counts(*pair) for at, pair in enumerate(pairs)}
    assert {name: counts for name, counts in ours.items() if theirs[name] != counts} == {}


@pytest.mark.parametrize("name", SETS)
def test_counts_equal_on_real_transcripts(sctk, tmp_path, shared_data, name):
    """The exported files of an evaluation, whole way round, with errors of every kind drawn at random."""
    draw, rules = random.Random(1), normaliser(SETS[name])
    references = list(transcripts(shared_data / name / "testing" / "audio-and-trans.zip"))
    runs = [
        ModelRun(
            model=f"model {rate}",
            hypotheses=[" ".join(misheard(each.transcript.split(), draw, rate)) for each in references],
        )
        for rate in (0.1, 0.3)
    ]
    evaluation = score_models(name, references, runs, normaliser=rules)
    reference, *hypotheses = sclite.write(evaluation, tmp_path)
    for at, hypothesis in enumerate(hypotheses):
        theirs = sclite_counts(sctk, tmp_path, reference, hypothesis)
        ours = [utterance.models[at].totals.words for utterance in evaluation.utterances]
        assert [theirs[line.split("\t")[0]] for line in (tmp_path / sclite.IDS).read_text().splitlines()] == [
            (count.correct, count.substitutions, count.deletions, count.insertions) for count in ours
        ]


class Transcribed:
    def __init__(self, file, transcript):
        self.file, self.transcript, self.speaker = file, transcript, None


def transcripts(path):
    with zipfile.ZipFile(path) as archive:
        for line in archive.read("trans.txt").decode("utf-8-sig").splitlines():
            yield Transcribed(*line.split("\t"))


def test_notation_of_trn_is_read_as_sclite_reads_it(sctk, tmp_path):
    reference, hypothesis = tmp_path / "r.trn", tmp_path / "h.trn"
    reference.write_text("a B (uh) c (s_1)\na cat;noun b (s_2)\n(s_3)\nx <unk> frag- y (s_4)\nx @ y (s_5)\n")
    hypothesis.write_text("A b c (s_1)\na cat b (s_2)\nnoise (s_3)\nx frag y (s_4)\nx y @ (s_5)\n")
    theirs = sclite_counts(sctk, tmp_path, reference, hypothesis)

    assert {
        pair.reference.id: our_counts(pair.reference.words, pair.hypothesis.words)
        for pair in read_pairs(reference, hypothesis)
    } == theirs


def test_words_of_a_ctm_fall_into_the_segments_of_an_stm_as_in_sclite(sctk, tmp_path):
    draw = random.Random(3)
    segments, words = [], []
    for at in range(40):
        start = 10 * at + 1
        text = draw.choices("abcde", k=5)
        segments.append(f"talk A spk{at % 3} {start} {start + 6} {' '.join(text)}")
        for place, word in enumerate(misheard(text, draw, 0.5, others="abcde")):
            words.append(f"talk A {start + place * draw.uniform(0.9, 1.5):.2f} 0.40 {word}")
    reference, hypothesis = tmp_path / "r.stm", tmp_path / "h.ctm"
    reference.write_text("\n".join(segments) + "\n")
    hypothesis.write_text("\n".join(sorted(words, key=lambda line: float(line.split()[2]))) + "\n")
    theirs = sclite_counts(sctk, tmp_path, reference, hypothesis, kind="stm")
    ours = [
        our_counts(pair.reference.words, pair.hypothesis.words) for pair in read_pairs(reference, hypothesis)
    ]

    assert sorted(ours) == sorted(theirs.values())


def test_the_command_counts_as_sclite(sctk, tmp_path):
    app = typer.Typer()
    app.command()(score)
    draw = random.Random(5)
    texts = [draw.choices("abcdefgh", k=12) for _ in range(200)]
    (tmp_path / "r.trn").write_text(as_trn(texts))
    (tmp_path / "h.trn").write_text(as_trn(misheard(text, draw, 0.3, others="abc") for text in texts))
    theirs = sclite_counts(sctk, tmp_path, tmp_path / "r.trn", tmp_path / "h.trn").values()
    ran = CliRunner().invoke(app, [str(tmp_path / "r.trn"), str(tmp_path / "h.trn"), "--json"])
    found = json.loads(ran.stdout)

    assert [sum(column) for column in zip(*theirs, strict=True)] == [
        found[kind] for kind in ("correct", "substitutions", "deletions", "insertions")
    ]


@pytest.mark.parametrize("seed", range(4))
def test_mapsswe_equals_sc_stats(sctk, tmp_path, seed):
    draw = random.Random(seed)
    words = [f"w{at}" for at in range(50)]
    texts = [draw.choices(words, k=draw.randint(3, 20)) for _ in range(80)]
    first = [misheard(text, draw, 0.12, words) for text in texts]
    second = [without_insertions_at_the_end(text, misheard(text, draw, 0.2, words)) for text in texts]
    (tmp_path / "ref.trn").write_text(as_trn(texts))
    alignments = b""
    for name, heard in (("a", first), ("b", second)):
        (tmp_path / f"{name}.trn").write_text(as_trn(heard))
        command = [
            "sclite",
            "-r",
            "ref.trn",
            "trn",
            "-h",
            f"{name}.trn",
            "trn",
            name,
            "-i",
            "spu_id",
            "-o",
            "sgml",
            "-n",
            name,
        ]
        subprocess.run([sctk, *command], cwd=tmp_path, check=True, capture_output=True)
        alignments += (tmp_path / f"{name}.sgml").read_bytes()
    command = ["sc_stats", "-p", "-t", "mapsswe", "-v", "-n", "out"]
    subprocess.run([sctk, *command], cwd=tmp_path, input=alignments, check=True, capture_output=True)
    report = (tmp_path / "out.stats.mapsswe").read_text("utf-8", errors="replace")
    segments, mean, z = re.search(
        r"# segs: (\d+)\).*?mean: *(\S+)\).*?Z Stat: *(\S+)\)", report, re.S
    ).groups()
    ours = mapsswe(map(align, texts, first), map(align, texts, second))

    assert ours.segments == int(segments)
    assert ours.mean == pytest.approx(float(mean), abs=6e-4)
    assert ours.z == pytest.approx(float(z), abs=6e-4)


def without_insertions_at_the_end(reference, heard):
    """sc_stats overlooks such insertions of its second system; ours counts them."""
    while heard and align(reference, heard).edits[-1].reference is None:
        heard = heard[:-1]
    return heard
