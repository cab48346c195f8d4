"""The recogniser with real weights on real sound: right words, right times, nothing made up, the same each time."""

from __future__ import annotations

import io
import itertools
import json
import logging
import math
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from lect.core.errors import UnsupportedLocale
from lect.engines import registry
from lect.engines.contract import RecogniseOptions
from lect.engines.longform import Source, recognise_files
from lect.engines.whisper.build import ensure_build
from lect.engines.whisper.decoding import Request, Utterance
from lect.engines.whisper.features import log_mel
from lect.engines.whisper.recogniser import WINDOW_FRAMES, WhisperRecogniser, WindowPolicy
from lect.engines.whisper.search import SearchOptions
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Span, speech_spans
from lect.speech.scoring import align
from lect.speech.text import normaliser

JFK = (
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
)


def load(folder, settings, precision="int8"):
    return registry.load(
        "whisper",
        name=folder.name,
        weights=folder.path,
        weights_sha256=folder.weights_sha256,
        precision=precision,
        cache=settings.cache,
    )


@pytest.fixture(scope="module")
def tiny(tiny_en, settings):
    return load(tiny_en, settings)


@pytest.fixture(scope="module")
def tiny_fp32(tiny_en, settings):
    return load(tiny_en, settings, "fp32")


@pytest.fixture(scope="module")
def base(whisper_base, settings):
    return load(whisper_base, settings)


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture(scope="module")
def jfk(shared_data, decoder):
    """11 s of President Kennedy, samples."""
    return decoder.decode(shared_data / "jfk-formats" / "jfk.flac", name="jfk")


@pytest.fixture(scope="module")
def opponent(tiny_en):
    """The same weights in CTranslate2, float32."""
    faster_whisper = pytest.importorskip("faster_whisper")
    return faster_whisper.WhisperModel(str(tiny_en.path), device="cpu", compute_type="float32", cpu_threads=1)


@pytest.fixture
def hear(decoder):
    """hear(recogniser, samples or files...) -> a `Heard` each, by way of the decoder and the speech detector."""

    def run(recogniser, *audio, **options):
        sources = [Source(name=f"{i}", audio=wav(each)) for i, each in enumerate(audio)]
        found = recognise_files(recogniser, sources, decoder=decoder, options=RecogniseOptions(**options))
        return list(found)

    return run


def wav(audio):
    if not isinstance(audio, np.ndarray):
        return audio
    file = io.BytesIO()
    soundfile.write(file, audio, SAMPLE_RATE, format="WAV")
    return file.getvalue()


def member(archive, name):
    with zipfile.ZipFile(archive) as file:
        return file.read(name)


def display(heard):
    return " ".join(segment.recognition.best.display for segment in heard.segments)


# --- what is said ---


@pytest.mark.parametrize("model", ["tiny", "base"])
@pytest.mark.parametrize("form", ["wav", "flac", "mp3"])
def test_the_words_are_right_in_every_format(request, hear, shared_data, model, form):
    (heard,) = hear(request.getfixturevalue(model), shared_data / "jfk-formats" / f"jfk.{form}")
    (segment,) = heard.segments

    assert segment.recognition.best.lexical == JFK
    assert segment.recognition.best.display.endswith("for your country.")


def test_int8_writes_the_words_that_fp32_writes(tiny, tiny_fp32, jfk):
    """Its commas may differ: fp32 has "so my" and "so, my" level to four digits."""
    (ours,), (exact,) = tiny.recognise([jfk]), tiny_fp32.recognise([jfk])

    assert ours.best.lexical == exact.best.lexical
    assert ours.best.confidence == pytest.approx(exact.best.confidence, abs=0.02)


def test_greedy_tokens_of_fp32_are_those_of_another_implementation(tiny_fp32, opponent, jfk):
    import ctranslate2

    prompt = tiny_fp32.tokens.prompt("en")
    mel = np.ascontiguousarray(log_mel(jfk, mels=80, frames=WINDOW_FRAMES).T[None])
    (theirs,) = opponent.model.generate(
        ctranslate2.StorageView.from_array(mel),
        [prompt],
        beam_size=1,
        suppress_blank=True,
        suppress_tokens=[-1],
    )
    (ours,) = tiny_fp32._decoding.decode(
        [Utterance(samples=jfk, frames=WINDOW_FRAMES, language="en")], Request(search=SearchOptions(beam=1))
    )

    assert list(ours.finished[0].tokens) == theirs.sequences_ids[0]


@pytest.mark.parametrize("silence", [2.0, 8.0])
def test_words_are_where_they_are_said_and_silence_is_in_none(tiny, jfk, silence):
    before, after = jfk[: int(3.3 * SAMPLE_RATE)], jfk[int(7.6 * SAMPLE_RATE) :]
    quiet = np.zeros(int(silence * SAMPLE_RATE), np.float32)
    sound = np.concatenate([quiet, before, quiet, after])
    options = RecogniseOptions()
    (heard,) = recognise_files(
        tiny, [Source(name="jfk", audio=sound)], decoder=AudioDecoder(), options=options
    )
    words = [
        (segment.offset + word.offset, segment.offset + word.offset + word.duration)
        for segment in heard.segments
        for word in segment.recognition.best.words
    ]
    first, second = silence, 2 * silence + 3.3
    assert words[0][0] == pytest.approx(first + 0.3, abs=0.35)
    assert all(end - start < 1.5 for start, end in words)
    assert not [word for word in words if first + 3.4 < word[0] < second - 0.1]
    assert words[-1][0] > second + 1.0


@pytest.mark.parametrize("name", ["tiny", "tiny_fp32"])
def test_neighbours_in_the_batch_change_nothing(name, jfk, request):
    """Not the last digit: neither of a text, nor of a confidence, nor of a time."""
    recogniser = request.getfixturevalue(name)
    twice = np.concatenate([jfk, jfk])
    cuts = [twice[: int(SAMPLE_RATE * seconds)] for seconds in (11, 4, 19, 8, 22, 15.5, 6, 17, 11, 4)]
    options = RecogniseOptions(nbest=3, word_times=True)
    alone = [recogniser.recognise([cut], options=options)[0] for cut in cuts]

    assert recogniser.recognise(cuts, options=options) == alone


def test_words_have_the_same_times_if_it_is_known_where_speech_is(tiny, jfk):
    found = tiny.recognise([jfk])

    assert tiny.recognise([jfk], speech=[speech_spans(jfk)]) == found
    assert tiny.recognise([jfk], speech=[[Span(start=0.0, end=4.0)]]) != found


def test_a_neighbour_with_text_knowledge_changes_nothing(tiny, jfk):
    cuts = [jfk, jfk[: 6 * SAMPLE_RATE]]
    alone = tiny.recognise(cuts[:1])

    assert tiny.recognise(cuts, scorers=[None, Indifferent()])[:1] == alone


class Indifferent:
    """A scorer to which all texts are the same."""

    total = certain = 0.0
    promising = False

    def start(self):
        return self

    def extend(self, state, token):
        return self

    def finish(self, state):
        return 0.0


def test_the_same_call_gives_the_same_answer_also_beside_others(tiny, jfk):
    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(
            lambda _: tiny.recognise([jfk], options=RecogniseOptions(nbest=3)), range(4)
        )

    assert all(other == first for other in others)


def test_another_process_gives_the_same_answer(settings, tiny_en, tiny, jfk, tmp_path):
    np.save(tmp_path / "jfk.npy", jfk)
    script = (
        "import json, sys\n"
        "from dataclasses import asdict\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from lect.engines import registry\n"
        "arguments = json.loads(sys.argv[1])\n"
        "paths = {name: Path(arguments.pop(name)) for name in ('weights', 'cache')}\n"
        "recogniser = registry.load('whisper', precision='int8', **arguments, **paths)\n"
        "print(json.dumps(asdict(recogniser.recognise([np.load(sys.argv[2])])[0])))\n"
    )
    arguments = {
        "name": tiny_en.name,
        "weights": str(tiny_en.path),
        "weights_sha256": tiny_en.weights_sha256,
        "cache": str(settings.cache),
    }
    command = [sys.executable, "-c", script, json.dumps(arguments), str(tmp_path / "jfk.npy")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    (here,) = tiny.recognise([jfk])
    there = json.loads(ran.stdout)

    assert there["best"]["display"] == here.best.display
    assert there["best"]["confidence"] == here.best.confidence
    assert [word["offset"] for word in there["best"]["words"]] == [word.offset for word in here.best.words]


def test_tokens_spell_what_the_tokenizers_library_says(tiny, tiny_en):
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer.from_file(str(tiny_en.path / "tokenizer.json"))
    rng = np.random.default_rng(0)
    for tokens in rng.integers(0, tiny.tokens.end, (200, 12)).tolist():
        assert tiny.tokens.text(tokens) == theirs.decode(tokens, skip_special_tokens=False)


# --- when ---


def test_word_times_rise_and_lie_inside_the_audio(tiny, jfk):
    words = tiny.recognise([jfk])[0].best.words

    assert " ".join(word.word for word in words) == tiny.recognise([jfk])[0].best.display
    assert all(a.offset + a.duration <= b.offset + 1e-6 for a, b in itertools.pairwise(words))
    assert all(word.offset >= 0 and word.offset + word.duration <= len(jfk) / SAMPLE_RATE for word in words)
    assert all(0 < word.confidence <= 1 for word in words)


def test_words_begin_where_another_implementation_hears_them(tiny, opponent, jfk):
    segments, _ = opponent.transcribe(jfk, word_timestamps=True, beam_size=5, language="en")
    theirs = [(plain(word.word), word.start) for segment in segments for word in segment.words]
    ours = [(plain(word.word), word.offset) for word in tiny.recognise([jfk])[0].best.words]

    assert [word for word, _ in ours] == [word for word, _ in theirs]
    differences = np.abs(np.array([a - b for (_, a), (_, b) in zip(ours, theirs, strict=True)]))
    assert np.median(differences) <= 0.1
    assert np.mean(differences <= 0.3) >= 0.8


def plain(word):
    return word.strip(" ,.").lower()


# --- nothing made up ---


def sounds(seconds):
    rng, time = np.random.default_rng(0), np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    pink = np.fft.irfft(
        np.fft.rfft(rng.normal(size=len(time))) / np.sqrt(np.maximum(np.arange(len(time) // 2 + 1), 1))
    )
    roots = 220 * 2 ** (
        np.array([0, 5, 7, 3])[(time // 0.5).astype(int) % 4] / 12
    )  # a chord each half second
    phase = 2 * np.pi * np.cumsum(roots) / SAMPLE_RATE
    chords = sum(np.sin(ratio * phase) for ratio in (1, 1.25, 1.5, 2)) * np.exp(-4 * (time % 0.5))
    return {
        "silence": 0 * time,
        "white noise": 0.1 * rng.normal(size=len(time)),
        "pink noise": 0.1 * pink / pink.std(),
        "a tone": 0.3 * np.sin(2 * np.pi * 440 * time),
        "music": 0.15 * chords,
    }


@pytest.mark.parametrize("seconds", [5, 60])
@pytest.mark.parametrize("name", list(sounds(1)))
def test_nothing_is_heard_where_nothing_is_said(hear, tiny, name, seconds):
    (heard,) = hear(tiny, sounds(seconds)[name].astype(np.float32))

    assert display(heard).strip() == ""
    assert heard.duration == pytest.approx(seconds, abs=0.1)


def test_what_is_said_twice_is_written_twice(tiny, jfk):
    sentence = jfk[int(8.0 * SAMPLE_RATE) :]  # "ask what you can do for your country"
    pause = np.zeros(SAMPLE_RATE // 2, np.float32)
    (heard,) = tiny.recognise([np.concatenate([sentence, pause, sentence])])

    assert heard.best.lexical.count("what you can do for your country") == 2


def test_short_utterances_never_run_away(tiny, shared_data, decoder):
    archive = shared_data / "speechocean762" / "testing" / "audio-and-trans.zip"
    lines = member(archive, "trans.txt").decode("utf-8-sig").splitlines()
    references = dict(line.split("\t") for line in lines[:20])
    audio = [decoder.decode(member(archive, file), name=file) for file in references]
    heard = tiny.recognise(audio)

    for recognition, reference in zip(heard, references.values(), strict=True):
        assert len(recognition.best.lexical.split()) <= 1.5 * len(reference.split()) + 3


def test_the_log_tells_how_much_was_decoded_again(tiny_en, settings, jfk, caplog):
    caplog.set_level(logging.INFO, "lect")
    files = ensure_build(
        tiny_en.path, weights_sha256=tiny_en.weights_sha256, precision="int8", cache=settings.cache
    )
    strict = WhisperRecogniser("strict", files, policy=WindowPolicy(retry_below=math.inf))
    strict.recognise([jfk, jfk[:100]])
    strict.recognise([jfk], options=RecogniseOptions(is_draft=True))  # a draft is never decoded again

    (record,) = [
        record for record in caplog.records if record.message == "Decoding again in the full window."
    ]
    assert (record.lect_fields["model"], record.lect_fields["retries"], record.lect_fields["of"]) == (
        "strict",
        2,
        2,
    )


# --- long audio, languages ---


def test_three_minutes_are_heard_in_order(hear, tiny, shared_data, decoder):
    archive = shared_data / "azure-custom-speech" / "en-US" / "general" / "testing" / "audio-and-trans.zip"
    once = decoder.decode(member(archive, "audio.wav"), name="audio.wav")
    times = 1 + 180 * SAMPLE_RATE // len(once)
    pause = np.zeros(2 * SAMPLE_RATE, np.float32)
    (heard,) = hear(tiny, np.concatenate([once, pause] * times))
    offsets = [segment.offset for segment in heard.segments]
    normalise = normaliser("en-US")
    reference = normalise.words(member(archive, "trans.txt").decode("utf-8-sig").partition("\t")[2]) * times

    assert heard.duration >= 180
    assert offsets == sorted(set(offsets))
    assert all(
        a.offset + a.recognition.duration <= b.offset + 1e-3
        for a, b in zip(heard.segments, heard.segments[1:], strict=False)
    )
    assert align(reference, normalise.words(display(heard))).counts.rate < 0.15


@pytest.mark.parametrize(("locale", "language"), [("de-DE", "de"), ("zh-CN", "zh"), ("en-US/general", "en")])
def test_the_language_is_detected(base, shared_data, decoder, locale, language):
    archive = shared_data / "azure-custom-speech" / locale / "testing" / "audio-and-trans.zip"
    samples = decoder.decode(member(archive, "audio.wav"), name="audio.wav")[: 10 * SAMPLE_RATE]

    assert base.detect(samples) == language


def test_a_language_that_the_model_lacks_is_said_before_any_work(tiny, jfk):
    with pytest.raises(UnsupportedLocale, match="'de'.*English alone"):
        tiny.recognise([jfk], options=RecogniseOptions(locale="de-DE"))
