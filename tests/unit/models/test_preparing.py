"""What is trained on and what judges is checked in the same way; only the former is ever changed."""

from __future__ import annotations

import numpy as np
import pytest

from lect.engines.contract import Alternative, Recognition
from lect.models.preparing import prepare
from lect.models.spoken import Spoken
from lect.models.suspects import FEWEST, SuspectCode
from lect.sample import guard
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

RIGHT = "can i have a large latte"


class Recogniser:
    """Hears the same in everything."""

    languages = ("en",)
    window = 30.0

    def recognise(self, audio, *, options):
        assert all(len(each) <= self.window * SAMPLE_RATE for each in audio)
        best = Alternative(display="Can I have a large latte?", lexical=RIGHT, confidence=0.9)
        answer = Recognition(best=best, nbest=(best,), locale="en-US", duration=3.0)
        return [answer] * len(audio)


@pytest.fixture(scope="module")
def speech():
    """Three seconds in which somebody speaks."""
    with AudioDecoder() as decoder:
        blocks = decoder.stream(min(guard().rglob("*.flac")), name="voice")
        return np.concatenate(list(blocks))[: 3 * SAMPLE_RATE]


@pytest.fixture
def prepared(speech):
    """prepared(training, dev, losses): by transcripts; the losses are those of what no other check objects to, in order."""

    def run(training, dev, losses, **options):
        asked = []

        def tell(spoken):
            asked.extend(spoken)
            return losses

        def said(part, texts):
            return [
                Spoken(file=f"{part}{at}.wav", transcript=text, dataset=3, samples=speech)
                for at, text in enumerate(texts)
            ]

        found = prepare(
            said("t", training), Recogniser(), dev=said("d", dev), locale="en-US", losses=tell, **options
        )
        return found, [(each.file, each.transcript) for each in asked]

    return run


def test_a_transcript_far_less_probable_than_others_is_flagged_with_the_number(prepared):
    found, _ = prepared([RIGHT] * FEWEST, [], [0.2] * (FEWEST - 1) + [4.0])

    (suspect,) = found.suspects
    assert (suspect.name, suspect.code) == (f"t{FEWEST - 1}.wav", SuspectCode.SURPRISE)
    assert "loss 4.0 a token" in suspect.reason and "0.2" in suspect.reason
    assert len(found.spoken) == FEWEST


def test_suspects_are_left_out_where_that_is_asked_for(prepared):
    losses = [4.0] + [0.2] * (FEWEST - 1)
    found, _ = prepared([RIGHT] * FEWEST, [], losses, leave_out_suspects=True)

    assert found.suspects == ()
    assert [(each.file, each.dataset) for each in found.left_out] == [("t0.wav", 3)]
    assert [each.file for each in found.spoken] == [f"t{at}.wav" for at in range(1, FEWEST)]


def test_what_judges_is_flagged_and_stays(prepared):
    wrong = "please turn off the lights"
    losses = [0.2] * FEWEST + [4.0]
    found, asked = prepared([RIGHT] * FEWEST, [wrong, RIGHT], losses, leave_out_suspects=True)

    assert [(each.name, each.code) for each in found.dev_suspects] == [
        ("d0.wav", SuspectCode.MISMATCH),
        ("d1.wav", SuspectCode.SURPRISE),
    ]
    assert found.left_out == found.suspects == ()
    assert len(found.spoken) == FEWEST
    assert ("d0.wav", wrong) not in asked  # others have objected to it already


def test_losses_are_those_of_transcripts_as_the_base_writes_them(prepared):
    _, asked = prepared([RIGHT], [], [0.2])
    assert asked == [("t0.wav", "Can I have a large latte?")]


def test_what_judges_and_is_longer_than_the_model_hears_at_once_is_not_checked(speech):
    """Against its beginning alone the whole of a right transcript looks wrong."""
    long = Spoken(file="long.wav", transcript=" ".join([RIGHT] * 12), samples=np.tile(speech, 12))  # of 36 s
    asked = []

    def losses(spoken):
        asked.extend(each.file for each in spoken)
        return [0.2] * len(spoken)

    short = Spoken(file="short.wav", transcript=RIGHT, samples=speech)
    found = prepare([short], Recogniser(), dev=[long, short], locale="en-US", losses=losses)

    assert found.dev_suspects == ()
    assert asked == ["short.wav", "short.wav"]
