"""Sound in any pieces, to samples."""

import io
import struct
import tracemalloc

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidAudio
from lect.serving.live.audio_input import AudioFormat, AudioInput, Encoding
from live_clients import HEADER

KINDS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]


def noise(seconds=0.5, rate=16_000, channels=1):
    shape = (round(seconds * rate), channels)
    return np.random.default_rng(1).uniform(-0.5, 0.5, shape).astype(np.float32)


def wav(samples, rate=16_000, kind="PCM_16", form="WAV"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype=kind, format=form)
    return file.getvalue()


def heard(*pieces, **options):
    audio = AudioInput(**options)
    return np.concatenate([*map(audio.feed, pieces), audio.end()]), audio


def header(tag=1, channels=1, rate=16_000, bits=16, frame=None, more=b""):
    frame = channels * bits // 8 if frame is None else frame
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + more
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(form)) + form + b"data\0\0\0\0"


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize("kind", KINDS)
def test_wav_of_every_kind_is_read_as_another_library_reads_it(kind, form):
    file = wav(noise(), kind=kind, form=form)
    expected, _ = soundfile.read(io.BytesIO(file), dtype="float32")

    samples, _ = heard(file)
    np.testing.assert_allclose(samples, expected, atol=1e-6)


@pytest.mark.parametrize("encoding", [Encoding.ALAW, Encoding.MULAW])
def test_all_256_codes_of_g711_mean_what_they_mean_to_another_library(encoding):
    codes = bytes(range(256))
    raw = {"format": "RAW", "samplerate": 16_000, "channels": 1, "subtype": "ALAW"}
    if encoding == Encoding.MULAW:
        raw["subtype"] = "ULAW"
    expected, _ = soundfile.read(io.BytesIO(codes), dtype="float32", **raw)

    samples, _ = heard(header(tag=encoding, bits=8) + codes)
    np.testing.assert_array_equal(samples, expected)


def test_channels_are_mixed_down():
    left = noise()
    samples, _ = heard(wav(np.hstack([left, np.zeros_like(left)]), kind="FLOAT"))

    np.testing.assert_allclose(samples, left[:, 0] / 2, atol=1e-7)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_other_rates_are_resampled_as_if_all_sound_were_there_at_once(rate):
    sound = noise(rate=rate)
    samples, _ = heard(*cut(wav(sound, rate=rate, kind="FLOAT"), [997] * 20))

    np.testing.assert_array_equal(samples, soxr.resample(sound[:, 0], rate, 16_000, quality="HQ"))


def cut(data, sizes):
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


@given(
    kind=st.sampled_from(KINDS),
    rate=st.sampled_from([8_000, 16_000, 44_100]),
    channels=st.sampled_from([1, 2, 3]),
    sizes=st.lists(st.integers(0, 700), max_size=40),
    has_header=st.booleans(),
)
def test_any_cutting_of_audio_gives_the_same_samples(kind, rate, channels, sizes, has_header):
    data = wav(noise(0.05, rate, channels), rate, kind)
    data = data if has_header else data[44:]
    whole, whole_audio = heard(data)
    pieces, audio = heard(*cut(data, sizes))

    np.testing.assert_array_equal(pieces, whole)
    assert audio.milliseconds == whole_audio.milliseconds


@pytest.mark.parametrize("kind", KINDS)
def test_one_byte_at_a_time_gives_the_same_samples(kind):
    data = wav(noise(0.05, 44_100, 2), 44_100, kind)

    np.testing.assert_array_equal(heard(*(data[at : at + 1] for at in range(len(data))))[0], heard(data)[0])


def test_the_header_of_the_sdks_states_no_length():
    samples, audio = heard(HEADER, bytes(3_200), bytes(3_200))

    assert len(samples) == 3_200
    assert audio.milliseconds == 200


@pytest.mark.parametrize("length", [b"\xff\xff\xff\xff", b"\x01\0\0\0"])
def test_a_wrong_length_in_the_header_means_nothing(length):
    assert len(heard(header()[:-4] + length + bytes(3_200))[0]) == 1_600


def test_chunks_before_the_sound_are_passed_over_with_their_padding():
    file = HEADER[:12] + b"LIST\x03\0\0\0abc\0" + HEADER[12:36] + b"fact\x04\0\0\0abcd" + HEADER[36:]

    assert len(heard(file + bytes(3_200))[0]) == 1_600


def test_a_wav_longer_than_four_gigabytes_may_say_so():
    assert len(heard(b"RF64" + HEADER[4:] + bytes(3_200))[0]) == 1_600


def test_the_header_of_24_bits_that_the_python_sdk_sends_is_read():
    more = struct.pack("<HHI", 22, 24, 4) + b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    file = header(tag=0xFFFE, bits=24, more=more)

    assert len(file) == 68
    np.testing.assert_array_equal(heard(file + b"\0\0\x40" + b"\0\0\xc0")[0], [0.5, -0.5])


def test_the_length_is_told_of_the_rate_that_arrived_and_rounded_up():
    samples, audio = heard(header(rate=44_100, channels=2) + bytes(4 * 44_101))

    assert audio.milliseconds == 1_001
    assert abs(len(samples) - 16_000) <= 1


def test_the_tail_turn_of_the_python_sdk_has_8_bytes():
    samples, audio = heard(HEADER, bytes(8))

    assert len(samples) == 4
    assert audio.milliseconds == 1


@pytest.mark.parametrize("pieces", [[], [b""], [HEADER], [HEADER[:20]], [b"R"], [b"\0"]])
def test_a_turn_without_sound_has_no_samples(pieces):
    samples, audio = heard(*pieces)

    assert len(samples) == 0
    assert audio.milliseconds <= 1


def test_sound_without_a_header_is_read_as_agreed():
    assert len(heard(bytes(3_200))[0]) == 1_600
    form = AudioFormat(encoding=Encoding.MULAW, rate=8_000, bits=8)
    assert len(heard(b"\xff" * 800, raw=form)[0]) == 1_600


def test_silence_without_a_header_is_not_taken_for_a_header():
    np.testing.assert_array_equal(heard(b"\0\0", b"\0\x40")[0], [0, 0.5])


@pytest.mark.parametrize("first", [1, 4, 5, 31, 32])
def test_text_is_refused_however_short_its_first_piece_is(first):
    text = b"There is no such recording.\r\n" * 2

    with pytest.raises(InvalidAudio, match="Text"):
        heard(text[:first], text[first:])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30, -1e30])
def test_floats_that_are_no_sound_do_not_spread(value):
    samples, _ = heard(header(tag=3, bits=32) + struct.pack("<f", value) * 100)

    assert np.abs(samples).max() <= 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"RIFF\0\0\0\0AVI LIST", "is none"),
        (b"RIFX\0\0\0\0WAVE", "big-endian"),
        (b"OggS" + bytes(50), "Ogg"),
        (b"There is no such recording.\r\n" * 2, "Text"),
        (b"fLaC" + bytes(50), "FLAC"),
        (b"ID3\x04" + bytes(50), "MP3"),
        (b"\x1aE\xdf\xa3" + bytes(50), "WebM"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "does not say"),
        (b"RIFF\0\0\0\0WAVEfmt \x08\0\0\0" + bytes(8), "8 bytes"),
        (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff" + bytes(8), "damaged"),
        (b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff", "longer than"),
        (b"RIFF\0\0\0\0WAVE" + b"JUNK\0\0\0\0" * 200_000, "longer than"),
        (header(tag=0x55), "0x0055"),
        (header(tag=2, bits=4), "0x0002"),
        (header(tag=0xFFFE), "0xfffe"),
        (header(rate=0), "0 Hz"),
        (header(rate=1), "1 Hz"),
        (header(rate=4_000_000), "4000000 Hz"),
        (header(channels=0, frame=0), "0 channels"),
        (header(channels=17), "17 channels"),
        (header(bits=4, frame=1), "4 bits"),
        (header(bits=64), "64 bits"),
        (header(tag=3, bits=16), "16 bits"),
        (header(tag=7, bits=16), "16 bits"),
        (header(frame=7), "frames of 7 bytes"),
    ],
)
def test_what_cannot_be_used_says_why(data, why):
    with pytest.raises(InvalidAudio, match=why):
        heard(data)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_anything_after_the_name_of_wav_is_read_or_refused(pieces):
    try:
        heard(b"RIFF\0\0\0\0WAVE", *pieces)
    except InvalidAudio:
        return


def test_a_long_message_takes_memory_for_its_samples_and_little_more():
    data = header(tag=7, rate=8_000, bits=8) + bytes(4 << 20)
    samples = 4 * 2 * (4 << 20)
    audio = AudioInput()
    tracemalloc.start()
    audio.feed(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2.5 * samples  # the blocks, and all of them joined


@pytest.mark.parametrize("first", [1, 3, 4, 31])
def test_text_that_comes_in_pieces_is_no_sound_either(first):
    text = b"Here is what the customer said to us.\n"
    sound = AudioInput()

    assert len(sound.feed(text[:first])) == 0
    with pytest.raises(InvalidAudio, match="Text cannot be used"):
        sound.feed(text[first:])


def test_few_bytes_that_might_be_letters_are_sound_when_more_comes_or_nothing_does():
    sound = AudioInput()
    assert len(sound.feed(b"abcdefgh")) == 0
    assert len(sound.feed(b"\x00\x01")) == 5
    assert len(sound.end()) == 0

    short = AudioInput()
    assert len(short.feed(b"abcdefgh")) == 0
    assert len(short.end()) == 4


@pytest.mark.parametrize("recording", [b"OggS", b"fLaC and some letters", b"ID3"])
def test_what_is_known_to_be_something_else_is_no_sound_however_short_it_is(recording):
    sound = AudioInput()

    assert len(sound.feed(recording)) == 0
    with pytest.raises(InvalidAudio, match="cannot be used here"):
        sound.end()
