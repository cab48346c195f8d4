"""Sessions of the Speech protocol, from message to message."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import Conflict, NotFound, RecognitionFailed, TooManyRequests
from lect.serving.live.closing import Gone
from lect.serving.live.events import Ended, Partial, Silence, SpeechEnded, SpeechStarted
from lect.serving.live.session import SessionLimits
from live_clients import (
    CONVERSATION,
    FOX,
    HEADER,
    INTERACTIVE,
    RID,
    SECOND,
    Connection,
    Scripted,
    answer,
    context,
    final,
    paths,
    said,
    sound,
    text,
)

SPEECH = [SpeechStarted(offset=0.1), Partial(offset=0.1, duration=0.5, text="the")]
END = ["speech.phrase", "turn.end"]
GOES_ON = {"continuation": {"audio": {"streams": {"1": {"offset": "27840000"}}}}}
OTHER = "1EC39B5C308C4C04AFD65522A12F8EE5"


def statuses(messages):
    return [answer(each)[2]["RecognitionStatus"] for each in messages if answer(each)[0] == "speech.phrase"]


def test_a_conversation_from_its_first_message_to_its_last():
    speech = Scripted(
        steps=[SPEECH, [SpeechEnded(offset=1.1), FOX]],
        end=[final(said("Jumps.", "jumps"), offset=2.0, duration=0.5), Ended(offset=2.5)],
    )
    connection = Connection(recognitions=[speech])

    assert connection.send(text("speech.config", rid="")) == []
    assert paths(connection.send(context())) == ["turn.start"]
    assert connection.send(sound(HEADER, first=True), sound(SECOND), sound(SECOND)) == []
    assert paths(connection.step()) == ["speech.startDetected", "speech.hypothesis"]
    assert paths(connection.step()) == ["speech.phrase"]
    assert connection.send(sound(SECOND[:16_002]), sound(b"")) == []
    last = connection.step()

    assert paths(last) == ["speech.phrase", "speech.endDetected", *END]
    assert statuses(last) == ["Success", "EndOfDictation"]
    assert answer(last[2])[2]["Offset"] == 25_010_000
    assert not connection.session.is_listening
    assert connection.send(text("telemetry"), text("telemetry")) == []
    assert connection.closing is None
    assert speech.samples == 40_001


def test_nothing_is_sent_before_a_turn():
    connection = Connection()

    assert connection.send(text("speech.config", rid="")) == connection.step(3_600) == []
    assert connection.closing is None


def test_the_request_id_comes_back_letter_by_letter():
    connection = Connection()
    messages = connection.send(context(rid=OTHER), sound(b"", rid=OTHER)) + connection.step()

    assert {answer(message)[1] for message in messages} == {OTHER}


def test_speech_at_the_end_of_sound_is_ended_with_it():
    connection = Connection(recognitions=[Scripted(steps=[SPEECH])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    connection.step()
    connection.send(sound(b""))

    assert paths(connection.step()) == ["speech.endDetected", *END]


def test_an_interactive_turn_is_over_after_one_utterance():
    later = final(said("More.", "more"), offset=3.0)
    connection = Connection(INTERACTIVE, [Scripted(steps=[SPEECH, [FOX, later], [later]])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    connection.step()

    assert paths(connection.step()) == ["speech.endDetected", *END]
    assert connection.step() == []


def test_the_python_sdk_sent_no_more_sound_when_it_was_told_of_the_end_of_each_utterance():
    utterance = [*SPEECH, SpeechEnded(offset=1.1), FOX]
    connection = Connection(recognitions=[Scripted(steps=[utterance, utterance])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    told = connection.step() + connection.step()

    assert paths(told).count("speech.startDetected") == 1
    assert "speech.endDetected" not in paths(told)
    connection.send(sound(b""))
    assert paths(connection.step()) == ["speech.endDetected", *END]


def test_the_end_of_speech_is_where_the_recognition_said():
    connection = Connection(INTERACTIVE, [Scripted(steps=[[*SPEECH, SpeechEnded(offset=1.3), FOX]])])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert answer(connection.step()[2])[2] == {"Offset": 13_000_000}


def test_the_end_of_speech_is_told_once():
    connection = Connection(INTERACTIVE, [Scripted(steps=[[*SPEECH, SpeechEnded(offset=1.1), FOX]])])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert paths(connection.step())[2:] == ["speech.endDetected", *END]


def test_sound_for_a_turn_that_is_over_means_nothing():
    connection = Connection(INTERACTIVE, [Scripted(steps=[[FOX]])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    connection.step()

    late = [sound(SECOND), sound(b""), sound(b""), sound(b"OggS junk"), text("telemetry")]
    assert connection.send(*late) == connection.step() == []
    assert len(connection.requests) == 1
    assert connection.closing is None


def test_the_next_turn_comes_on_the_same_connection_and_counts_from_zero():
    connection = Connection(INTERACTIVE, [Scripted(steps=[[FOX]]), Scripted(steps=[[FOX]])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    connection.step()
    messages = connection.send(context(rid=OTHER), sound(HEADER, rid=OTHER)) + connection.step()

    assert paths(messages) == ["turn.start", *END]
    assert answer(messages[1])[1:] == (OTHER, answer(messages[1])[2])
    assert answer(messages[1])[2]["Offset"] == 1_000_000


@pytest.mark.parametrize("is_speech", [False, True])
def test_an_interactive_turn_of_silence_ends_with_a_phrase_that_says_so(is_speech):
    silence = Silence(offset=0.0, duration=5.0, is_speech=is_speech)
    connection = Connection(INTERACTIVE, [Scripted(steps=[[silence]])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    messages = connection.step()

    assert paths(messages) == END
    assert statuses(messages) == ["NoMatch" if is_speech else "InitialSilenceTimeout"]


def test_an_interactive_turn_never_ends_with_the_end_of_dictation_alone():
    connection = Connection(INTERACTIVE)
    connection.send(context(), sound(HEADER), sound(SECOND), sound(b""))
    messages = connection.step()

    assert paths(messages) == END
    assert statuses(messages) == ["InitialSilenceTimeout"]
    assert answer(messages[0])[2]["Duration"] == 10_000_000


def test_an_interactive_turn_whose_sound_ends_in_mid_speech_has_its_phrase():
    connection = Connection(INTERACTIVE, [Scripted(end=[FOX, Ended(offset=1.0)])])
    connection.send(context(), sound(HEADER), sound(SECOND), sound(b""))
    messages = connection.step()

    assert statuses(messages) == ["Success"]
    assert paths(messages) == END


def test_a_conversation_says_nothing_of_silence_and_tells_of_speech_without_words():
    silences = [Silence(offset=0.0, duration=5.0), Silence(offset=6.0, duration=1.0, is_speech=True)]
    connection = Connection(recognitions=[Scripted(steps=[silences])])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert statuses(connection.step()) == ["NoMatch"]
    assert connection.session.is_listening


def test_the_tail_turn_of_the_python_sdk_is_answered_well():
    connection = Connection()
    messages = connection.send(context(), sound(HEADER, first=True), sound(bytes(8)), sound(b""))
    messages += connection.step()

    assert paths(messages) == ["turn.start", *END]
    assert answer(messages[1])[2]["Offset"] == 10_000


def test_a_turn_without_any_sound_is_ended_when_its_sound_ends():
    connection = Connection()

    assert paths(connection.send(context(), sound(b"")) + connection.step()) == ["turn.start", *END]


@pytest.mark.parametrize("message", [context({}), sound(SECOND)])
def test_a_turn_that_asks_for_what_cannot_be_done_is_told_to_who_counts(message):
    refused = []
    connection = Connection(
        query={"language": "xx-XX"},
        on_refused=lambda request, error: refused.append((request.id, error.code)),
    )
    assert connection.send(message) == []

    assert refused == [(RID, "unsupported_locale")]
    assert connection.closing.code == 1007


def test_sound_of_an_unknown_turn_begins_it():
    connection = Connection(INTERACTIVE, query={"language": "en-us"})

    assert paths(connection.send(sound(HEADER, first=True))) == ["turn.start"]
    assert connection.send(context()) == []  # late, and of the same turn
    assert connection.requests[0].locale == "en-US"


def test_a_turn_that_another_follows_without_an_end_is_answered_first():
    connection = Connection(recognitions=[Scripted(end=[FOX])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    messages = connection.send(context(rid=OTHER))

    assert paths(messages) == ["speech.phrase", *END, "turn.start"]
    assert [answer(message)[1] for message in messages] == [RID] * 3 + [OTHER]


def test_turns_that_a_client_sends_in_one_go_are_all_answered():
    connection = Connection(recognitions=[Scripted(end=[FOX]), Scripted(end=[FOX])])
    messages = connection.send(
        *(context(), sound(HEADER), sound(SECOND), sound(b"")),
        *(context(rid=OTHER), sound(HEADER, rid=OTHER), sound(b"", rid=OTHER)),
    )
    messages += connection.step()

    assert statuses(messages) == ["Success", "EndOfDictation"] * 2
    assert paths(messages).count("turn.end") == 2


def test_a_turn_without_sound_for_half_a_minute_is_ended():
    connection = Connection(recognitions=[Scripted(end=[FOX])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    connection.step()

    assert connection.step(29) == []
    assert statuses(connection.step(1)) == ["Success", "EndOfDictation"]


class Loaded(Scripted):
    """Has so many seconds of sound to examine, however much it was fed."""

    behind = 9.0


def test_a_turn_that_was_half_a_minute_behind_was_ended_as_one_without_sound():
    """Nothing is taken from its client meanwhile, so what it says next is still to come."""
    speech = Loaded(end=[FOX])
    connection = Connection(recognitions=[speech])
    connection.send(context(), sound(HEADER), sound(SECOND))
    assert [connection.step(20) for _ in range(5)] == [[]] * 5

    speech.behind = 0.05
    assert connection.step(29) == []
    connection.send(sound(SECOND))
    assert connection.step(29) == []
    assert statuses(connection.step(30)) == ["Success", "EndOfDictation"]
    assert speech.samples == 32_000


def test_a_turn_whose_model_took_half_a_minute_to_load_was_ended_before_it_was_heard():
    connection = Connection(is_full=lambda: True)
    connection.send(context())

    assert connection.step(40) == []
    assert connection.closing is None
    assert connection.session.is_listening


def test_a_turn_that_never_had_sound_gives_its_place_up_where_there_is_none_for_others():
    full, speech = [], Scripted()
    connection = Connection(recognitions=[speech], is_full=lambda: bool(full))
    connection.send(context(), sound(HEADER, first=True))
    connection.step()
    connection.step(20.0)
    assert connection.closing is None, "there is room"

    full.append(True)
    assert connection.step() == []

    assert (connection.closing.code, connection.closing.error) == (4429, "too_many_requests")
    assert "no audio came" in connection.closing.reason
    assert speech.closed


def test_a_turn_has_seconds_for_its_first_sound_and_keeps_its_place_with_it():
    limits = SessionLimits(silent_seconds=3.0)
    connection = Connection(is_full=lambda: True, limits=limits)
    connection.send(context(), sound(HEADER, first=True))
    connection.step()
    connection.step(2.9)
    assert connection.closing is None

    connection.send(sound(SECOND))
    connection.step(20.0)
    assert connection.closing is None


def test_a_turn_without_sound_that_was_ended_is_answered_however_late():
    connection = Connection(is_full=lambda: True)
    connection.send(context(), sound(HEADER, first=True), sound(b""))

    assert paths(connection.step(20.0)) == END
    assert connection.closing is None


LATE = [sound(SECOND), sound(b""), text("telemetry"), text("speech.config", rid="")]


@pytest.mark.parametrize("is_over", [True, False])
@pytest.mark.parametrize("message", LATE, ids=["sound", "end of sound", "telemetry", "config"])
def test_what_belongs_to_no_turn_that_goes_on_is_passed_over_so_long_and_no_longer(message, is_over):
    """Also between the end of the sound and that of the turn. A message counts for a kilobyte at the least."""
    connection = Connection(limits=SessionLimits(passed_over=100_000))
    connection.send(context(), sound(HEADER), sound(SECOND), sound(b""))
    if is_over:
        connection.step()
    most = 100_000 // max(len(message), 1024) - 1  # the end of the sound counts, too

    connection.send(*[message] * most)
    assert connection.closing is None
    connection.send(message, message)

    assert (connection.closing.code, connection.closing.error) == (1007, "invalid_input")
    assert "no turn" in connection.closing.reason


def test_what_was_passed_over_is_forgotten_with_the_next_turn_and_with_the_next_sound():
    connection = Connection(limits=SessionLimits(passed_over=100_000))
    for number in range(5):
        rid = f"{number:032x}"
        connection.send(context(rid=rid), *[text("telemetry")] * 40, sound(HEADER, rid))
        connection.send(*[text("telemetry")] * 40, sound(b"", rid), *[text("telemetry")] * 40)
        connection.step()

    assert connection.closing is None


def test_an_end_that_the_python_sdk_repeats_from_its_last_turn_ends_no_turn_while_sound_follows():
    connection = Connection(INTERACTIVE, [Scripted(steps=[[], [], [], SPEECH], end=[FOX])])
    connection.send(context(GOES_ON), sound(HEADER), sound(SECOND), sound(b""))
    assert connection.step() == []
    assert connection.step(0.9) == []
    connection.send(sound(SECOND))
    assert connection.step(0.9) == []

    assert paths(connection.step()) == ["speech.startDetected", "speech.hypothesis"]
    connection.send(sound(b""))
    assert connection.step() == []
    assert connection.step(0.9) == []
    assert paths(connection.step(0.1)) == ["speech.endDetected", *END]


def test_an_end_is_believed_at_once_where_nothing_is_repeated():
    connection = Connection(INTERACTIVE, [Scripted(end=[FOX])])
    connection.send(context(), sound(HEADER), sound(SECOND), sound(b""))

    assert paths(connection.step()) == END


def test_a_turn_that_sound_keeps_alive_may_last():
    connection = Connection()
    connection.send(context(), sound(HEADER))
    for _ in range(200):
        connection.send(sound(SECOND))
        assert connection.step(20) == []

    assert connection.session.is_listening


def test_a_session_tells_how_much_sound_waits():
    connection = Connection()
    assert connection.session.behind == 0
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert connection.session.behind == 1
    connection.send(sound(b""))
    connection.step()
    assert connection.session.behind == 0


def test_partials_are_left_out_where_there_is_no_time():
    connection = Connection(recognitions=[Scripted(steps=[[*SPEECH, FOX]])])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert paths(connection.session.step(0.1, partials=False)) == ["speech.startDetected", "speech.phrase"]


def test_the_context_of_each_turn_counts_for_it_alone():
    connection = Connection()
    detailed = {"phraseOutput": {"format": "Detailed"}}
    connection.send(context(detailed), sound(b""))
    connection.step()
    connection.send(context(rid=OTHER))

    assert [request.is_detailed for request in connection.requests] == [True, False]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("Unknown endpoint id"), 1007),
        (Conflict("The endpoint is not ready"), 1007),
        (TooManyRequests("All is taken"), 4429),
        (RecognitionFailed("The engine failed"), 4000),
    ],
)
def test_a_model_that_cannot_be_had_closes_the_session_with_the_reason(error, code):
    connection = Connection(recognitions=[error], query={"cid": "f00d"})

    assert connection.send(text("speech.config", rid="")) == []
    assert connection.closing is None  # closed before it has spoken, the JavaScript SDK shows nonsense
    assert connection.send(context()) == []
    assert (connection.closing.code, connection.closing.reason) == (code, error.message)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"context": {"system": {"name": "SpeechSDK", "lang": "JavaScript"}}}, 4000),
        ({"context": {"system": {"name": "SpeechSDK", "lang": "Python"}}}, 4429),
        ({"context": [{"lang": "JavaScript"}]}, 4429),
    ],
)
def test_the_sdk_for_javascript_is_not_closed_with_a_code_that_leaves_its_user_waiting(config, code):
    connection = Connection(recognitions=[TooManyRequests("All is taken", retry_after=3)])
    connection.send(text("speech.config", json.dumps(config), rid=""), context())

    assert connection.closing.code == code
    assert connection.closing.reason == "All is taken (try again in 3 s)"


@pytest.mark.parametrize("body", ["", "no JSON", "[" * 100_000, "7"])
def test_a_configuration_that_cannot_be_read_is_passed_over(body):
    connection = Connection(recognitions=[TooManyRequests("All is taken")])
    connection.send(text("speech.config", body, rid=""))

    assert connection.closing is None


def test_what_a_turn_holds_is_let_go_at_its_end_at_an_error_and_when_the_client_has_gone():
    ended, failed, left = Scripted(), Scripted(), Scripted()
    connection = Connection(recognitions=[ended])
    connection.send(context(), sound(HEADER), sound(b""))
    assert not ended.closed
    connection.step()
    assert ended.closed

    connection = Connection(recognitions=[failed])
    connection.send(context(), text("audio"))
    assert connection.closing and failed.closed

    connection = Connection(recognitions=[left])
    connection.send(context(), sound(HEADER))
    connection.session.close()
    assert left.closed


def test_a_client_that_went_while_its_model_was_opened_kept_a_place_for_ever():
    class Slow(Connection):
        """Loses its client while it finds a model."""

        def listen(self, request):
            self.session.close()
            return super().listen(request)

    speech = Scripted()
    connection = Slow(recognitions=[speech])
    with pytest.raises(Gone):
        connection.send(context())

    assert speech.closed
    assert not connection.session.is_listening
    assert connection.send(context(rid=OTHER)) == []
    assert len(connection.requests) == 1, "nobody is there to listen to any more"


def test_a_recognition_that_fails_closes_the_session():
    class Broken(Scripted):
        def step(self, now, *, partials=True):
            raise RecognitionFailed("The engine failed")

    connection = Connection(recognitions=[Broken()])
    connection.send(context(), sound(HEADER))

    assert connection.step() == []
    assert connection.closing.code == 4000


def broken_behind(*finals):
    """A recognition that fails on the segment behind some, at the end of its sound."""

    class Broken(Scripted):
        def end(self):
            if not self.at_end:
                raise RecognitionFailed("The engine failed")
            return super().end()

    return Broken(end=finals)


def test_results_before_a_failure_at_the_end_of_sound_were_lost():
    connection = Connection(recognitions=[broken_behind(FOX, FOX)])
    connection.send(context(), sound(HEADER), sound(SECOND), sound(b""))

    steps = [paths(connection.session.step(1.0)) for _ in range(3)]
    assert steps == [["speech.phrase"], ["speech.phrase"], []]
    assert connection.closing.code == 4000


def test_results_of_a_turn_that_another_follows_are_sent_though_it_fails():
    connection = Connection(recognitions=[broken_behind(FOX)])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert paths(connection.send(context(rid=OTHER))) == ["speech.phrase"]
    assert connection.closing.code == 4000


def test_a_session_is_ending_until_all_is_answered():
    connection = Connection(recognitions=[Scripted(end=[FOX])])
    connection.send(context(), sound(HEADER), sound(SECOND))
    assert not connection.session.is_ending
    connection.send(sound(b""))

    assert connection.session.is_ending
    assert paths(connection.session.step(1.0)) == ["speech.phrase"]
    assert connection.session.is_ending
    assert paths(connection.session.step(1.0)) == END
    assert not connection.session.is_ending


def test_what_was_answered_before_an_error_is_still_sent():
    connection = Connection(recognitions=[Scripted(end=[FOX]), NotFound("Unknown endpoint id")])
    connection.send(context(), sound(HEADER), sound(SECOND))

    assert paths(connection.send(context(rid=OTHER))) == ["speech.phrase", *END]
    assert connection.closing.reason == "Unknown endpoint id"


HEADERS_ALONE = "Path:audio\r\n"


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ("", 1007, "headers"),
        ("hello", 1007, "headers"),
        (text("speech.context", rid=""), 1007, "X-RequestId"),
        (text("speech.context", "{"), 1007, "JSON"),
        (text("speech.context", "null"), 1007, "JSON object"),
        (text("audio"), 1007, "text message"),
        (context({"phraseDetection": {"language": "xx-klingon!"}}), 1007, "not a locale"),
        (b"", 1007, "shorter"),
        (b"\0", 1007, "shorter"),
        (HEADER, 1007, "shorter"),  # sound before any header
        (bytes(3_200), 1007, "Path"),
        (b"\xff\xff" + bytes(100), 1007, "shorter"),
        (struct.pack(">H", len(HEADERS_ALONE)) + HEADERS_ALONE.encode(), 1007, "X-RequestId"),
        (sound(b"{}", path="speech.context"), 1007, "binary"),
        (sound(b"RIFF\0\0\0\0AVI "), 1007, "WAV"),
        (sound(b"OggS" + bytes(100)), 1007, "Ogg"),
        (bytes(1_001_000), 1009, "1,000,000"),
        ("a" * 1_001_000, 1009, "1,000,000"),
    ],
)
def test_hostile_messages_close_the_session_with_a_reason(message, code, reason):
    connection = Connection(limits=SessionLimits(longest_message=1_000_000))
    connection.send(message)

    assert connection.closing.code == code
    assert reason in connection.closing.reason
    assert connection.send(context()) == connection.step() == []


def test_paths_that_nobody_knows_are_passed_over():
    connection = Connection()

    assert (
        connection.send(text("speech.event"), text("agent"), text("ssml", "<speak/>"), text("x", rid=""))
        == []
    )
    assert connection.closing is None


def test_a_file_byte_by_byte_gives_the_same_samples():
    speech = Scripted()
    connection = Connection(recognitions=[speech])
    data = HEADER + SECOND[:1_001]
    connection.send(context(), *(sound(data[at : at + 1]) for at in range(len(data))), sound(b""))
    messages = connection.step()

    assert speech.samples == 500
    assert answer(messages[0])[2]["Offset"] == 320_000  # 31.3 ms, rounded up


def test_contexts_without_end_leave_no_more_than_one_turn():
    connection = Connection()
    for number in range(500):
        connection.send(context(rid=f"{number:032x}"))

    assert len(connection.session._over) <= 32
    assert connection.session._turn.request_id == f"{499:032x}"


RIDS = [RID, OTHER]
MESSAGES = st.one_of(
    st.builds(context, rid=st.sampled_from(RIDS)),
    st.builds(sound, st.binary(max_size=30) | st.just(HEADER), rid=st.sampled_from(RIDS)),
    st.builds(text, st.sampled_from(["telemetry", "speech.config", "x"]), rid=st.sampled_from(RIDS)),
    st.none(),  # a step
)


@given(
    path=st.sampled_from([INTERACTIVE, CONVERSATION]),
    messages=st.lists(MESSAGES, max_size=20),
    events=st.lists(
        st.lists(
            st.sampled_from([*SPEECH, SpeechEnded(offset=1), FOX, Silence(offset=0, duration=1)]), max_size=3
        ),
        max_size=5,
    ),
)
def test_whatever_comes_turns_begin_and_end_in_order(path, messages, events):
    connection = Connection(
        path, [Scripted(steps=[list(each) for each in events], end=[FOX]) for _ in range(20)]
    )
    sent = []
    for message in messages:
        sent += connection.step() if message is None else connection.send(message)

    running = None
    for name, request_id, body in map(answer, sent):
        if name == "turn.start":
            assert running is None
            running = request_id
        assert request_id == running
        assert json.dumps(body)
        if name == "turn.end":
            running = None
    assert (running is not None) == connection.session.is_listening or connection.closing
