"""Models are deployed and rolled back while clients speak: no turn fails, each is one model's, and new ones are the new one's."""

from __future__ import annotations

import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed

from lect.client import Client
from live_clients import answer, context, sound
from live_turns import PATIENCE, PIECE, RATE, connected, recordings
from servers import LOCALE, base_of, serving

TEXT = b"charge the fandoro of the zindle before lunch\ncharge the fandoro gently\nthe zindle hums\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory, tiny_en):
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def models(client):
    """Two that hear the same recording differently: a base, and one that knows the words."""
    base = base_of(client)
    custom = client.models.create(display_name="words", locale=LOCALE, base_model=base, text=TEXT.decode())
    return base, client.models.wait(custom, timeout=PATIENCE)


@pytest.fixture(scope="module")
def endpoint(client, models):
    """An endpoint at which both have answered, so that each change takes the time of a request."""
    made = client.endpoints.create(display_name="e", locale=LOCALE, model=models[1])
    client.endpoints.wait(made, timeout=PATIENCE)
    client.endpoints.update(made, model=models[0])
    return client.endpoints.wait(made, timeout=PATIENCE)


class Speaker(threading.Thread):
    """Says the same again and again over one connection, each time in a turn of its own."""

    def __init__(self, address, endpoint, pcm, stopped, pace):
        super().__init__(daemon=True)
        self.turns, self.failure = [], None
        self._address, self._endpoint, self._pcm, self._stopped = address, endpoint, pcm, stopped
        self._pace = pace  # 1: as fast as it was said; 0: as fast as it is taken

    def run(self):
        try:
            with connected(self._address, cid=self._endpoint) as live:
                while not self._stopped.is_set():
                    request = live.begin()
                    for at in range(0, len(self._pcm), PIECE):
                        live.say(self._pcm[at : at + PIECE], request)
                        time.sleep(self._pace * PIECE / (2 * RATE))
                    self.turns.append(live.end(request))
        except BaseException as failure:
            self.failure = failure


@pytest.mark.parametrize(
    ("streams", "changes", "pace"),
    [(3, 6, 0), pytest.param(8, 50, 1, marks=pytest.mark.long)],
    ids=["few", "many"],
)
def test_no_turn_fails_or_is_of_two_models_while_its_endpoint_changes(
    address, client, models, endpoint, streams, changes, pace
):
    pcm, stopped = recordings(1)[0], threading.Event()
    client.endpoints.update(endpoint, model=models[0])
    speakers = [Speaker(address, endpoint.id, pcm, stopped, pace) for _ in range(streams)]
    for speaker in speakers:
        speaker.start()
    answered = []
    for number in range(changes):
        if number % 2:
            client.endpoints.roll_back(endpoint)
        else:
            client.endpoints.update(endpoint, model=models[1])
        with connected(address, cid=endpoint.id) as live:
            answered.append(live.turn(pcm))
    stopped.set()
    for speaker in speakers:
        speaker.join(PATIENCE)
        assert speaker.failure is None
        assert not speaker.is_alive()

    base, custom = (client.models.at(model).id for model in models)
    assert [turn.model for turn in answered] == [custom, base] * (changes // 2)
    turns = answered + [turn for speaker in speakers for turn in speaker.turns]
    assert {turn.model for turn in turns} == {base, custom}
    by_model = {id: {turn.text for turn in turns if turn.model == id} for id in (base, custom)}
    assert all("Fandoro" in text or "fandoro" in text for text in by_model[custom]), by_model
    assert not any("fandoro" in text.lower() for text in by_model[base]), by_model


def test_a_turn_that_has_begun_ends_with_its_model_and_the_next_has_the_new_one(
    address, client, models, endpoint
):
    base, custom = (client.models.at(model).id for model in models)
    client.endpoints.update(endpoint, model=models[0])
    pcm = recordings(1)[0]
    with connected(address, cid=endpoint.id) as live:
        request = live.begin()
        live.say(pcm[: len(pcm) // 2], request)
        assert answer(live.socket.recv(timeout=PATIENCE))[2]["context"]["model"] == base
        client.endpoints.update(endpoint, model=models[1])
        live.say(pcm[len(pcm) // 2 :], request)
        live.socket.send(sound(b"", request))
        phrases = []
        while (message := answer(live.socket.recv(timeout=PATIENCE)))[0] != "turn.end":
            phrases.append(message[2].get("DisplayText", ""))
        after = live.turn(pcm)

    assert "fandoro" not in " ".join(phrases).lower()
    assert after.model == custom
    assert "fandoro" in after.text.lower()


def test_a_client_that_pins_its_model_keeps_it_through_a_deployment(address, client, models, endpoint):
    base, custom = (client.models.at(model).id for model in models)
    client.endpoints.update(endpoint, model=models[0])
    pcm = recordings(1)[0]
    with connected(address, cid=endpoint.id, pinnedModel=base) as live:
        turns = [live.turn(pcm)]
        client.endpoints.update(endpoint, model=models[1])
        turns.append(live.turn(pcm))
    with connected(address, cid=endpoint.id) as live:
        turns.append(live.turn(pcm))

    assert [turn.model for turn in turns] == [base, base, custom]


def test_a_model_that_never_answered_there_cannot_be_pinned(address, endpoint):
    with connected(address, cid=endpoint.id, pinnedModel="nobody") as live:
        live.socket.send(context())
        with pytest.raises(ConnectionClosed) as closed:
            live.socket.recv(timeout=PATIENCE)

    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1007, "model nobody does not answer here")
