from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidAudio, LimitExceeded
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, DecodeLimits

NOISE = np.random.default_rng(1).integers(-9_000, 9_000, 48_000).astype(np.int16)


def long_silence(path: Path, make_wav, *, hours: float) -> Path:
    """An 8 kHz file that takes no room on the disk."""
    length = int(hours * 3600 * 8_000) * 2
    path.write_bytes(make_wav(np.zeros(0, np.int16), rate=8_000, data_length=length))
    os.truncate(path, path.stat().st_size + length)
    return path


def wait_until_gone(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], 10)[0], f"process {pid} is still there"
    finally:
        os.close(descriptor)


def only_child(decoder) -> subprocess.Popen:
    (child,) = decoder._children
    return child._process


# What comes out


def test_16_bit_samples_at_16_khz_come_out_exactly(decoder, make_wav):
    assert np.array_equal(decoder.decode(make_wav(NOISE), name="a.wav"), NOISE.astype(np.float32) / 32_768)


def test_a_path_gives_what_its_bytes_give_whatever_it_is_called(decoder, make_wav, tmp_path):
    path = tmp_path / "recording.txt"
    path.write_bytes(make_wav(NOISE))
    assert np.array_equal(
        decoder.decode(path, name="a"), decoder.decode(path.read_bytes(), name="another.flac")
    )


def test_channels_are_averaged(decoder, make_wav):
    stereo = np.stack([NOISE, np.zeros_like(NOISE)], axis=1)
    assert np.allclose(decoder.decode(make_wav(stereo), name="a.wav"), NOISE / 65_536, atol=1e-7)


@settings(max_examples=30)
@given(
    rate=st.sampled_from([8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000]),
    samples=st.integers(100, 99_000),
)
def test_resampling_keeps_the_duration(decoder, make_wav, rate, samples):
    decoded = decoder.decode(make_wav(np.zeros(samples, np.int16), rate=rate), name="a.wav")
    assert abs(len(decoded) - samples * 16_000 / rate) <= 1


def test_resampling_keeps_a_tone(decoder, make_wav):
    tone = (np.sin(np.arange(3 * 44_100) * 2 * np.pi * 440 / 44_100) * 16_384).astype(np.int16)
    decoded = decoder.decode(make_wav(tone, rate=44_100), name="tone.wav")
    expected = np.sin(np.arange(len(decoded)) * 2 * np.pi * 440 / 16_000) / 2
    assert np.allclose(decoded[800:-800], expected[800:-800], atol=1e-3)


def test_blocks_are_about_a_second_and_join_to_the_whole(decoder, make_wav):
    file = make_wav(np.tile(NOISE, 3))
    blocks = list(decoder.stream(file, name="a.wav"))
    assert all(len(block) < 24_000 for block in blocks)
    assert np.array_equal(np.concatenate(blocks), decoder.decode(file, name="a.wav"))


def test_the_header_is_told_without_decoding(decoder, make_wav):
    info = decoder.probe(make_wav(np.zeros((22_050, 2), np.int16), rate=44_100), name="a.wav")
    assert (info.container, info.codec, info.rate, info.channels) == ("wav", "pcm_s16le", 44_100, 2)
    assert (info.bits, info.is_pcm, info.duration) == (16, True, 0.5)


def test_mu_law_is_not_linear_pcm(decoder, tmp_path):
    soundfile.write(tmp_path / "a.wav", NOISE, 8_000, subtype="ULAW")
    info = decoder.probe(tmp_path / "a.wav", name="a.wav")
    assert (info.codec, info.bits, info.is_pcm) == ("pcm_mulaw", 8, False)


def test_amr_is_decoded(decoder):
    frames = (b"\x3c" + bytes(31)) * 50  # 12.2 kbit/s, 20 ms each
    assert decoder.decode(b"#!AMR\n" + frames, name="call.amr").shape == (16_000,)


# What is refused


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello, I am a text\n" * 50, "not an audio file"),
        (b"", "empty"),
        (b"RIFF\x24\x00\x00\x00WAVE", "not an audio file"),
        (b"\x00" * 10_000, "not an audio file"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "not an audio file"),
    ],
    ids=["text", "empty", "wav without data", "zeros", "jpeg"],
)
def test_what_is_no_audio_is_refused_by_name(decoder, content, reason):
    with pytest.raises(InvalidAudio, match=f"^meeting.wav: .*{reason}") as refusal:
        decoder.decode(content, name="meeting.wav")
    assert refusal.value.hint


@pytest.mark.parametrize(
    "playlist", ["ffconcat version 1.0\nfile {0}\n", "#EXTM3U\n#EXTINF:3,\n{0}\n#EXT-X-ENDLIST\n"]
)
@pytest.mark.parametrize("target", ["secret.wav", "file:{folder}/secret.wav"])
def test_a_playlist_named_wav_cannot_read_its_neighbour(decoder, make_wav, tmp_path, playlist, target):
    (tmp_path / "secret.wav").write_bytes(make_wav(NOISE))
    upload = tmp_path / "upload.wav"
    upload.write_text(playlist.format(target.format(folder=tmp_path)))
    with pytest.raises(InvalidAudio, match="not an audio file"):
        decoder.decode(upload, name="upload.wav")


def test_a_missing_file_and_a_folder_are_refused(decoder, tmp_path):
    with pytest.raises(InvalidAudio, match=r"gone\.wav: there is no such file"):
        decoder.decode(tmp_path / "gone.wav", name="gone.wav")
    with pytest.raises(InvalidAudio, match="not a file"):
        decoder.decode(tmp_path, name="folder")


@pytest.mark.parametrize("rate", [0, 1, 2**31, 2**32 - 1])
def test_an_absurd_rate_is_refused(decoder, make_wav, rate):
    with pytest.raises(InvalidAudio, match=r"a\.wav"):
        decoder.decode(make_wav(NOISE, rate=rate), name="a.wav")


@pytest.mark.parametrize("channels", [0, 65, 65_535])
def test_an_absurd_number_of_channels_is_refused(decoder, make_wav, channels):
    with pytest.raises(InvalidAudio, match=r"a\.wav"):
        decoder.decode(make_wav(NOISE, channels=channels), name="a.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_samples_that_are_not_numbers_are_refused(decoder, make_wav, value, rate):
    samples = np.zeros(100_000, np.float32)
    samples[70_000] = value
    with pytest.raises(InvalidAudio, match="not finite"):
        decoder.decode(make_wav(samples, rate=rate), name="a.wav")


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF, 200_000])
def test_a_wav_whose_writer_did_not_know_its_length_gives_what_is_there(decoder, make_wav, length):
    assert len(decoder.decode(make_wav(NOISE, data_length=length), name="a.wav")) == len(NOISE)


def test_a_wav_cut_within_a_sample_gives_the_whole_samples(decoder, make_wav):
    assert len(decoder.decode(make_wav(NOISE)[:-1], name="a.wav")) == len(NOISE) - 1


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_cut_flac_is_refused(decoder, tmp_path, kept):
    path = tmp_path / "cut.flac"
    soundfile.write(path, np.tile(NOISE, 20), SAMPLE_RATE)
    os.truncate(path, int(path.stat().st_size * kept))
    with pytest.raises(InvalidAudio, match=r"cut\.flac: (cut off|damaged)"):
        decoder.decode(path, name="cut.flac")


def test_a_flac_that_claims_two_to_the_36_samples_is_refused(decoder, tmp_path):
    path = tmp_path / "liar.flac"
    soundfile.write(path, NOISE, SAMPLE_RATE)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # STREAMINFO: the upper 4 of the 36 bits
    content[22:26] = b"\xff" * 4
    with pytest.raises(InvalidAudio, match="cut off"):
        decoder.decode(bytes(content), name="liar.flac")


@settings(max_examples=60)
@given(data=st.data())
def test_any_damage_is_decoded_or_refused_but_never_more(decoder, make_wav, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged"
    write = data.draw(st.sampled_from(["WAV", "FLAC", "OGG", "MP3", "AIFF"]))
    soundfile.write(path, NOISE[:8_000], 16_000, format=write)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        assert np.isfinite(decoder.decode(bytes(content), name="damaged")).all()
    except (InvalidAudio, LimitExceeded) as refusal:
        assert "damaged" in str(refusal)


# Limits


def test_a_file_with_too_many_bytes_is_refused(make_wav, tmp_path):
    path = tmp_path / "big.wav"
    path.write_bytes(make_wav(NOISE))
    with AudioDecoder(DecodeLimits(input_bytes=1_000)) as decoder:
        for source in (path, path.read_bytes()):
            with pytest.raises(LimitExceeded, match=r"big\.wav: 96,044 bytes are more than the 1,000"):
                decoder.decode(source, name="big.wav")


def test_audio_that_is_too_long_stops_at_the_limit(make_wav, tmp_path):
    with AudioDecoder(DecodeLimits(audio_seconds=5)) as decoder:
        heard = 0
        with pytest.raises(LimitExceeded, match="longer than the 5 s"):
            for block in decoder.stream(
                long_silence(tmp_path / "long.wav", make_wav, hours=9), name="long.wav"
            ):
                heard += len(block)
        assert heard <= 5 * 16_000
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)


def test_a_file_that_takes_too_much_cpu_ends_the_child_and_the_next_file_is_decoded(make_wav, tmp_path):
    with AudioDecoder(DecodeLimits(cpu_seconds=0)) as decoder:  # the kernel counts whole seconds: up to 1
        with pytest.raises(LimitExceeded, match="CPU seconds"):
            for _ in decoder.stream(long_silence(tmp_path / "long.wav", make_wav, hours=20), name="long.wav"):
                pass
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)


def test_a_file_that_takes_too_much_memory_is_refused(make_wav):
    with AudioDecoder(DecodeLimits(memory_bytes=400 << 20)) as decoder:
        with pytest.raises(LimitExceeded, match="memory"):
            decoder.decode(make_wav(np.zeros(100 << 20, np.int16)), name="big.wav")
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)


def test_a_child_that_stands_still_is_replaced(make_wav):
    with AudioDecoder() as decoder:
        decoder.decode(make_wav(NOISE), name="a.wav")
        (child,) = decoder._children
        child._limits = DecodeLimits(stall_seconds=0.1)  # only now, since the first answer includes the start
        os.kill(only_child(decoder).pid, signal.SIGSTOP)
        with pytest.raises(LimitExceeded, match=r"no progress for 0\.1 s"):
            decoder.decode(make_wav(NOISE), name="a.wav")
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)


# The child process


def test_one_child_serves_every_file(make_wav):
    with AudioDecoder() as decoder:
        decoder.decode(make_wav(NOISE), name="a.wav")
        process = only_child(decoder)
        with pytest.raises(InvalidAudio):
            decoder.decode(b"no audio", name="b.wav")
        decoder.probe(make_wav(NOISE), name="c.wav")
        assert only_child(decoder) is process


def test_a_crash_is_told_and_the_next_file_is_decoded(make_wav, caplog):
    caplog.set_level(logging.INFO, "lect")
    with AudioDecoder() as decoder:
        stream = decoder.stream(make_wav(np.tile(NOISE, 200)), name="evil.wav")
        next(stream)
        os.kill(only_child(decoder).pid, signal.SIGSEGV)
        with pytest.raises(InvalidAudio, match=r"evil\.wav: .*crashed the decoder \(SIGSEGV\)"):
            list(stream)
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)
    (record,) = caplog.records
    assert (record.message, record.lect_fields["exit_code"]) == ("Audio decoder ended.", -signal.SIGSEGV)


def test_a_child_that_died_between_files_is_replaced(make_wav):
    with AudioDecoder() as decoder:
        decoder.decode(make_wav(NOISE), name="a.wav")
        process = only_child(decoder)
        process.kill()
        process.wait()
        assert len(decoder.decode(make_wav(NOISE), name="a.wav")) == len(NOISE)


def test_streams_at_the_same_time_do_not_mix(make_wav):
    one, other = np.tile(NOISE, 20), np.tile(-NOISE, 20)
    with AudioDecoder() as decoder:
        streams = [decoder.stream(make_wav(samples), name="a.wav") for samples in (one, other)]
        first, second = (np.concatenate(blocks) for blocks in zip(*zip(*streams, strict=True), strict=True))
    assert np.array_equal(first, one / np.float32(32_768))
    assert np.array_equal(second, other / np.float32(32_768))


def test_threads_may_share_a_decoder(make_wav):
    lengths = []
    with AudioDecoder() as decoder:
        work = [
            threading.Thread(target=lambda: lengths.append(len(decoder.decode(make_wav(NOISE), name="a"))))
            for _ in range(4)
        ]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
    assert lengths == [len(NOISE)] * 4


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
class TestNoChildIsLeft:
    def test_after_close(self, make_wav):
        decoder = AudioDecoder()
        decoder.decode(make_wav(NOISE), name="a.wav")
        pid = only_child(decoder).pid
        decoder.close()
        wait_until_gone(pid)

    def test_after_a_stream_was_left_half_way(self, make_wav, tmp_path):
        with AudioDecoder() as decoder:
            stream = decoder.stream(long_silence(tmp_path / "long.wav", make_wav, hours=9), name="long.wav")
            next(stream)
            pid = only_child(decoder).pid
            stream.close()
            wait_until_gone(pid)
            assert not decoder._children

    @pytest.mark.parametrize("state", ["idle", "decoding"])
    def test_after_the_parent_was_killed(self, make_wav, tmp_path, state):
        script = f"""
import os, signal, sys
from pathlib import Path
from lect.speech.audio import AudioDecoder
decoder = AudioDecoder()
stream = decoder.stream(Path(sys.argv[1]), name="a")
next(stream) if {state == "decoding"} else list(stream)
(child,) = decoder._children
print(child._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
        path = long_silence(tmp_path / "a.wav", make_wav, hours=9 if state == "decoding" else 0.001)
        source = Path(sys.modules["lect"].__file__).parents[1]
        result = subprocess.run(
            [sys.executable, "-c", script, path],
            env={**os.environ, "PYTHONPATH": str(source)},
            capture_output=True,
            check=False,
        )
        assert result.returncode == -signal.SIGKILL, result.stderr
        wait_until_gone(int(result.stdout))


def test_the_child_loads_little(make_wav):
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    path = Path(sys.modules["lect.speech.audio.decode"].__file__).with_name("decoder_child.py")
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code, path], capture_output=True, check=True, text=True
    )
    heavy = {"lect", "scipy", "torch", "onnxruntime", "onnx", "soundfile"}
    assert not heavy & {name.split(".")[0] for name in loaded.stdout.split()}
