"""Real recordings, and every format that a user may bring."""

from __future__ import annotations

import subprocess
from zipfile import ZipFile

import numpy as np
import pytest

from lect.core.errors import InvalidAudio
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, chunks, speech_spans

# Format: (file, FFmpeg arguments, seconds that a codec may add or take away)
FORMATS = {
    "WAV, 8 bits": ("a.wav", "-c:a pcm_u8", 0),
    "WAV, 16 bits": ("a.wav", "-c:a pcm_s16le", 0),
    "WAV, 24 bits": ("a.wav", "-c:a pcm_s24le", 0),
    "WAV, 32 bits": ("a.wav", "-c:a pcm_s32le", 0),
    "WAV, float": ("a.wav", "-c:a pcm_f32le", 0),
    "WAV, double": ("a.wav", "-c:a pcm_f64le", 0),
    "WAV, A-law": ("a.wav", "-c:a pcm_alaw", 0),
    "WAV, mu-law": ("a.wav", "-c:a pcm_mulaw", 0),
    "WAV, ADPCM": ("a.wav", "-c:a adpcm_ima_wav", 0.13),  # fills its last block of 2,041 samples
    "WAV, 48 kHz stereo": ("a.wav", "-ar 48000 -ac 2", 0.001),
    "Wave64": ("a.w64", "", 0),
    "FLAC": ("a.flac", "", 0),
    "FLAC, 24 bits": ("a.flac", "-sample_fmt s32", 0),
    "AIFF": ("a.aiff", "", 0),
    "CAF": ("a.caf", "", 0),
    "AU": ("a.au", "", 0),
    "WavPack": ("a.wv", "", 0),
    "MP3": ("a.mp3", "-ar 44100 -ac 2", 0.1),
    "MP3, variable rate": ("a.mp3", "-q:a 5 -write_xing 0", 0.15),
    "Ogg Vorbis": ("a.ogg", "-c:a libvorbis", 0.05),
    "Ogg Opus": ("a.opus", "-c:a libopus", 0.05),
    "WebM Opus": ("a.webm", "-c:a libopus", 0.05),
    "Matroska": ("a.mka", "-c:a flac", 0.05),
    "M4A, AAC": ("a.m4a", "-c:a aac", 0.1),
    "M4A, ALAC": ("a.m4a", "-c:a alac", 0.01),
    "AAC": ("a.aac", "", 0.15),
    "WMA": ("a.wma", "-c:a wmav2", 0.1),
    "AC-3": ("a.ac3", "-ar 48000", 0.1),
    "AVI": ("a.avi", "-c:a mp2", 0.1),
    "MPEG transport stream": ("a.ts", "-c:a mp2", 0.15),
}


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture(scope="module")
def original(decoder, sample):
    """The largest file of the built-in sample, and its samples."""
    path = max(sorted(sample.rglob("*.flac")), key=lambda file: file.stat().st_size)  # long enough to cut
    return path, decoder.decode(path, name=path.name)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_decoded(decoder, original, ffmpeg, tmp_path, kind):
    path, expected = original
    name, arguments, tolerance = FORMATS[kind]
    encode(ffmpeg, path, *arguments.split(), tmp_path / name)
    decoded = decoder.decode(tmp_path / name, name=name)
    assert abs(len(decoded) - len(expected)) <= tolerance * SAMPLE_RATE
    assert correlation(decoded, expected) > 0.97


def test_the_sound_of_a_video_is_decoded(decoder, original, ffmpeg, tmp_path):
    path, expected = original
    encode(ffmpeg, path, "-f", "lavfi", "-i", "testsrc=size=64x64", "-shortest", tmp_path / "a.mp4")
    assert correlation(decoder.decode(tmp_path / "a.mp4", name="a.mp4"), expected) > 0.97


def test_a_video_without_sound_is_refused(decoder, ffmpeg, tmp_path):
    command = [
        ffmpeg,
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=64x64:duration=1",
        tmp_path / "a.mp4",
    ]
    subprocess.run(command, check=True)
    with pytest.raises(InvalidAudio, match=r"a\.mp4: holds no audio"):
        decoder.probe(tmp_path / "a.mp4", name="a.mp4")


@pytest.mark.parametrize("name", ["a.flac", "a.aiff", "a.au", "a.wv", "a.m4a", "a.mka", "a.wma"])
def test_a_file_that_was_cut_is_refused(decoder, original, ffmpeg, tmp_path, name):
    whole = encode(ffmpeg, original[0], tmp_path / name).read_bytes()
    with pytest.raises(InvalidAudio, match=rf"^{name}: "):
        decoder.decode(whole[: len(whole) // 2], name=name)


@pytest.mark.parametrize("name", ["a.wav", "a.ogg", "a.mp3"])
def test_a_file_whose_header_need_not_know_its_length_gives_what_is_there(
    decoder, original, ffmpeg, tmp_path, name
):
    whole = encode(ffmpeg, original[0], tmp_path / name).read_bytes()
    decoded = decoder.decode(whole[: len(whole) // 2], name=name)
    assert 0.2 < len(decoded) / len(original[1]) < 0.8


def test_the_same_speech_in_three_formats(decoder, shared_data):
    wav, flac, mp3 = (
        decoder.decode(shared_data / "jfk-formats" / f"jfk.{kind}", name=kind)
        for kind in ("wav", "flac", "mp3")
    )
    assert len(wav) == len(flac)
    assert correlation(flac, wav) > 0.97
    assert correlation(mp3, wav) > 0.97


@pytest.mark.parametrize("locale", ["de-DE", "en-US/general", "zh-CN"])
@pytest.mark.parametrize("longest", [8.0, 28.0])
def test_chunks_of_recordings_hold_all_their_speech(decoder, shared_data, locale, longest):
    archive = ZipFile(shared_data / "azure-custom-speech" / locale / "training" / "audio-and-trans.zip")
    for name in archive.namelist():
        if not name.lower().endswith(".wav"):
            continue
        samples = decoder.decode(archive.read(name), name=name)
        pieces = list(chunks([samples], longest=longest))
        intervals = [(piece.offset, piece.offset + len(piece.samples) / SAMPLE_RATE) for piece in pieces]
        spoken = sum(span.end - span.start for span in speech_spans(samples))
        covered = sum(
            max(0.0, min(span.end, end) - max(span.start, start))
            for span in speech_spans(samples)
            for start, end in intervals
        )
        assert covered == pytest.approx(spoken)
        assert spoken > 5


def encode(ffmpeg, source, *arguments):
    *options, target = arguments
    subprocess.run([ffmpeg, "-v", "error", "-y", "-i", source, *options, target], check=True)
    return target


def correlation(a, b):
    """The greatest correlation at shifts of up to 0.15 s: codecs delay."""
    size = 1 << (len(a) + len(b)).bit_length()
    products = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size).conj())
    near = np.concatenate([products[:2_400], products[-2_400:]])
    return near.max() / (np.linalg.norm(a) * np.linalg.norm(b))
