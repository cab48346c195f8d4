"""Microsoft's unmodified Speech SDKs against a running server: what their users do, and what they see.

What passed stands in docs/reference/sdk-scenarios.md. Each scenario compares its own cell, so that it does not matter which process
runs which of them; `python tools/sdk_scenarios.py` writes the table anew from what the last run of each left.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest

from dropping import Dropping
from live_turns import connected
from servers import LOCALE, PATIENCE
from speech_sdks import GOOD_FOR, Page, javascript_sdk, python_sdk

PHRASES = ["Fandoro", "Zindle"]
V2 = "/stt/speech/universal/v2"
TITLES: list[str] = []  # of all scenarios


def scenario(title):
    """Leaves whether a test passed, for the page, and compares it with what stands there."""

    def decorate(test):
        TITLES.append(title)
        number = len(TITLES)

        @functools.wraps(test)
        def run(*args, sdk, page, **fixtures):
            note = functools.partial(page.note, sdk, number, title)
            note("failed")
            try:
                test(*args, sdk=sdk, **fixtures)
            except pytest.skip.Exception:
                note("skipped")
                page.require(sdk, title, "–")
                raise
            note("passed")
            page.require(sdk, title, "✓")

        run.__signature__ = with_page(test)
        return run

    return decorate


def with_page(test):
    """The signature of a test that is given the page, too."""
    signature = inspect.signature(test)
    page = inspect.Parameter("page", inspect.Parameter.KEYWORD_ONLY)
    return signature.replace(parameters=[*signature.parameters.values(), page])


@pytest.fixture(scope="module", params=["Python", "JavaScript"])
def sdk(request, root):
    return python_sdk() if request.param == "Python" else javascript_sdk(root / "build")


@pytest.fixture(scope="module")
def page(root):
    return Page(root / "docs" / "reference" / "sdk-scenarios.md", runs=root / "build" / "speech-sdk-runs")


@scenario("recognise once")
def test_once(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["one"], once=True))

    [result] = seen.results
    assert "before lunch" in result["text"]
    assert 0 < result["offset"] < result["duration"]
    assert [event["kind"] for event in seen.events if "speech" in event["kind"]] == [
        "speech start",
        "speech end",
    ]


@scenario("recognise once, twice with one recogniser")
def test_once_and_again(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["two"], once=True, times=2, live=True))

    assert len(seen.results) == 2, seen.events
    first, second = seen.results
    assert "before lunch" in first["text"]
    assert "gently" in second["text"]
    if sdk.name == "Python":  # the other counts from the beginning of the turn
        assert first["offset"] + first["duration"] <= second["offset"]


@scenario("continuous, several phrases")
def test_continuous(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["three"]))

    assert ["before lunch" in seen.text, "gently" in seen.text, "this morning" in seen.text] == [True] * 3
    assert len(seen.results) == 3
    offsets = [result["offset"] for result in seen.results]
    assert offsets == sorted(offsets)
    assert [event["reason"] for event in seen.all("canceled")] == ["EndOfStream"]


@scenario("partial results")
def test_partials(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["no pause"], live=True))

    partials = [event["text"] for event in seen.all("recognizing")]
    assert partials, seen.events
    said = set(re.findall(r"\w+", seen.text.lower()))
    words = [word for text in partials for word in text.split()]
    assert sum(word in said for word in words) >= 0.7 * len(words)


@scenario("detailed results with words")
def test_detailed(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["one"], once=True, detailed=True))

    best = seen.results[0]["json"]["NBest"][0]
    assert seen.results[0]["text"] == best["Display"]
    assert seen.results[0]["json"]["Model"], "the model that answered"
    words = best["Words"]
    assert [word["Word"] for word in words] == best["Lexical"].split()
    assert all(one["Offset"] <= other["Offset"] for one, other in pairwise(words))
    assert 0 < best["Confidence"] <= 1


@scenario("a phrase list changes a result")
def test_phrase_list(sdk, server, wavs):
    without = sdk.run(**server.asks(wavs["one"], once=True)).text
    seen = sdk.run(**server.asks(wavs["one"], once=True, phrases=PHRASES))

    assert "Fandoro" not in without
    assert "Fandoro" in seen.text


@scenario("a custom model changes a result, by its endpoint id alone")
def test_custom_model(sdk, server, wavs, endpoint):
    asked = server.asks(wavs["one"], once=True, endpoint=endpoint)
    del asked["language"]

    assert "Fandoro of the Zindle" in sdk.run(**asked).text


@scenario("a wrong endpoint id is told at once, with the reason")
def test_wrong_endpoint(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["one"], once=True, endpoint="nowhere"))

    assert "there is no endpoint nowhere" in seen.error["text"]
    assert seen.error["code"] in {"BadRequest", "BadRequestParameters"}
    assert seen.results == []


@scenario("a language that no model knows is told at once, with the reason")
def test_unknown_language(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["one"], once=True, language="qu-PE"))

    assert "qu-PE" in seen.error["text"]
    assert seen.results == []


@scenario("a wrong key is refused")
def test_wrong_key(sdk, server, wavs):
    for once in (True, False):
        seen = sdk.run(**server.asks(wavs["one"], key="wrong", once=once))

        assert "401" in seen.error["text"]
        assert (
            seen.error["code"]
            == {"Python": "AuthenticationFailure", "JavaScript": "ConnectionFailure"}[sdk.name]
        )
        assert seen.results == []


@scenario("a missing key is refused")
def test_missing_key(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["one"], key="", once=True))

    assert "401" in seen.error["text"]


@scenario("a token instead of the key")
def test_token(sdk, server, token, wavs):
    seen = sdk.run(**server.asks(wavs["one"], key="", token=token, once=True))

    assert "before lunch" in seen.text


@scenario("8 kHz")
def test_narrow_band(sdk, server, wavs):
    assert "before lunch" in sdk.run(**server.asks(wavs["8 kHz"])).text


@scenario("stereo, 44.1 kHz")
def test_stereo(sdk, server, wavs):
    assert "before lunch" in sdk.run(**server.asks(wavs["stereo"])).text


@scenario("mu-law")
def test_mu_law(sdk, server, wavs):
    if sdk.name == "JavaScript":
        pytest.skip("this SDK says of mu-law that it is PCM of 8 bits, so it cannot be heard")
    assert "before lunch" in sdk.run(**server.asks(wavs["mu-law"])).text


@scenario("dictation")
def test_dictation(sdk, server, wavs):
    assert "before lunch" in sdk.run(**server.asks(wavs["one"], dictation=True)).text


@scenario("the newer paths (universal/v2)")
def test_universal(sdk, server, wavs):
    where = {"where": "endpoint"} | ({"path": V2} if sdk.name == "JavaScript" else {})

    assert "before lunch" in sdk.run(**server.asks(wavs["one"], once=True, **where)).text
    assert "before lunch" in sdk.run(**server.asks(wavs["one"], detailed=True, **where)).text


@scenario("stop in the middle of speech")
def test_stop(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["three"], live=True, stop_after=2.5))

    assert seen.all("stopped")[0]["seconds"] < 10
    assert seen.errors == []
    assert seen.text


@scenario("silence")
def test_silence(sdk, server, wavs):
    seen = sdk.run(**server.asks(wavs["silence"], once=True))

    assert [event["reason"] for event in seen.all("recognized")] == ["NoMatch"]
    assert seen.all("recognized")[0]["json"]["RecognitionStatus"] == "InitialSilenceTimeout"


@scenario("connects again after a drop")
def test_reconnect(sdk, server, wavs):
    with Dropping(server.address, after=2.0) as proxy:
        seen = sdk.run(**server.asks(wavs["three"], live=True, url=proxy.url))

    assert proxy.connections == 2
    assert seen.errors == []
    assert "this morning" in seen.text


@scenario("four clients at once")
def test_four_at_once(sdk, server, wavs):
    processes = [sdk.start(**server.asks(wavs["two"], live=True)) for _ in range(4)]

    for seen in [sdk.end(process) for process in processes]:
        assert "before lunch" in seen.text
        assert "gently" in seen.text


@scenario("a full server is told at once, with when to come back")
def test_full_server(sdk, full, wavs):
    asked = {"url": full.replace("http", "ws"), "key": "", "language": LOCALE, "wav": wavs["one"]}
    for once in (True, False):
        seen = sdk.run(**asked, once=once)

        assert "(try again in 1 s)" in seen.error["text"]
        assert (
            seen.error["code"] == {"Python": "TooManyRequests", "JavaScript": "ConnectionFailure"}[sdk.name]
        )
        assert seen.seconds < 10


@scenario("one connection more than a key may have is refused")
def test_too_many_connections(sdk, full, wavs):
    with connected(full, language=LOCALE):
        seen = sdk.run(url=full.replace("http", "ws"), key="", language=LOCALE, wav=wavs["one"], once=True)

    assert "429" in seen.error["text"]
    assert seen.error["code"] == {"Python": "TooManyRequests", "JavaScript": "ConnectionFailure"}[sdk.name]


@scenario("a token that is renewed in mid-session outlives a lost connection, one that is not does not")
def test_renewed_token(sdk, server, token, ending, long):
    with (
        Dropping(server.address, after=GOOD_FOR) as renewed,
        Dropping(server.address, after=GOOD_FOR) as kept,
    ):
        asked = {"key": "", "token": ending, "language": LOCALE, "wav": long, "live": True}
        renewing = sdk.start(url=renewed.url, renew={"token": token, "after": GOOD_FOR / 2}, **asked)
        keeping = sdk.start(url=kept.url, **asked)
        seen, ended = sdk.end(renewing), sdk.end(keeping)

    assert renewed.connections == 2
    assert seen.errors == []
    assert seen.text.count("before lunch") >= 2
    assert seen.text.rstrip(".").endswith("this morning")

    assert kept.connections >= 2
    assert "before lunch" in ended.text, (
        "a connection that was begun with a good token goes on behind its end"
    )
    assert ended.error["code"] == {"Python": "AuthenticationFailure", "JavaScript": "RuntimeError"}[sdk.name]
    assert "401" in ended.error["text"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells which process it is")
def test_a_recogniser_that_dies_is_started_again_and_the_user_of_python_sees_nothing_of_it(server, wavs):
    sdk = python_sdk()
    sdk.run(**server.asks(wavs["one"], once=True))
    [before] = recognisers(server.folder)
    process = sdk.start(**server.asks(wavs["three"], live=True))
    time.sleep(4.0)
    os.kill(before, signal.SIGKILL)

    seen = sdk.end(process)

    assert recognisers(server.folder) != [before]
    assert seen.errors == []
    assert "before lunch" in seen.text
    assert "this morning" in seen.text


def recognisers(data):
    """The numbers of the recognisers that run on a data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_one = b"lect.server.recogniser" in (process / "cmdline").read_bytes().split(b"\0")
            if is_one and f"LECT_DATA={data}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            pass
    return found


def test_what_the_guide_shows_runs(sdk, server, wavs, root, tmp_path):
    page = (root / "docs" / "how-to" / "use-the-speech-sdk.md").read_text("utf-8")
    code = re.search(rf"^```{sdk.name.lower()}\n(.*?)^```$", page, re.M | re.S)[1]
    code = code.replace("ws://localhost:8080", server.url).replace("YOUR KEY", server.key)
    code = code.replace("speech.wav", str(wavs["one"]))
    program = tmp_path / {"Python": "guide.py", "JavaScript": "guide.cjs"}[sdk.name]
    program.write_text(code, "utf-8")

    ran = subprocess.run(
        [sdk.command[0], str(program)],
        env=os.environ | sdk.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert "before lunch" in ran.stdout, ran.stderr


def test_the_request_that_the_guide_shows_is_answered(server, wavs, root):
    page = (root / "docs" / "how-to" / "use-the-speech-sdk.md").read_text("utf-8")
    command = re.search(r"^\$ (curl .*?)^```$", page, re.M | re.S)[1]
    command = command.replace("http://localhost:8080", server.address).replace("YOUR KEY", server.key)
    command = command.replace("@speech.wav", f"@{shlex.quote(str(wavs['one']))}")

    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert "before lunch" in json.loads(ran.stdout)["NBest"][0]["Display"]


def test_the_page_lists_the_scenarios_in_order(page):
    assert page.titles == TITLES, "python tools/sdk_scenarios.py writes it anew"


def test_the_page_names_the_version_that_was_tried(sdk, page):
    assert page.heads[sdk.name] == sdk.version, "python tools/sdk_scenarios.py writes it anew"
