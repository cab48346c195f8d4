"""The server does not ask itself, by whatever address or name."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from api_services import api_service
from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import InvalidAddress
from lect.datasets import uploads
from lect.jobs import queue
from lect.server.address import Address
from lect.server.worker import guard_of, job_kinds
from lect.settings import Fetch, Server, Settings
from lect.web.addresses import read_url
from receivers import response

LISTENING = "http://0.0.0.0:8080"
ALLOWED = Fetch(private_addresses=("127.0.0.0/8",))
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def guard(leads_to, **server):
    settings = Settings(fetch=ALLOWED, server=Server(**server))
    return replace(guard_of(settings, LISTENING), resolve=lambda *_: [leads_to])


@pytest.mark.parametrize("own", ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::ffff:127.0.0.1"])
def test_no_name_leads_to_its_port_on_this_machine(own):
    with pytest.raises(InvalidAddress, match="the server itself"):
        guard(own).addresses("innocent.example", 8080)


@pytest.mark.parametrize(("address", "port"), [("127.0.0.1", 8081), ("8.8.8.8", 8080)])
def test_another_server_here_and_the_same_port_elsewhere_may_be_asked(address, port):
    assert guard(address).addresses("innocent.example", port) == [address]


@pytest.mark.parametrize("name", ["other.example", "speech.example"])
@pytest.mark.parametrize("port", [80, 443, 8080, 9443])
def test_its_names_lead_to_it_through_a_proxy_wherever_that_is(name, port):
    ours = guard("8.8.8.8", hosts=("Other.example", "*"), address="https://speech.example:9443")

    with pytest.raises(InvalidAddress, match="the server itself"):
        ours.addresses(name, port)


@pytest.mark.parametrize(("name", "port"), [("speech.example", 9000), ("third.example", 443)])
def test_what_else_is_at_its_names_and_other_names_may_be_asked(name, port):
    assert guard("8.8.8.8", hosts=("*",), address="https://speech.example").addresses(name, port)


@pytest.mark.parametrize("host", ["::1", "127.0.0.1", "0.0.0.0"])
def test_the_address_of_the_api_can_be_read(host):
    assert read_url(Address(host=host, port=9).url).port == 9


@pytest.mark.parametrize("is_itself", [True, False])
def test_an_import_from_the_server_itself_fails_and_one_from_its_neighbour_does_not(
    tmp_path, serve, is_itself
):
    place = serve(response(b"two coffees\n"))
    listening = read_url(place.url()).port if is_itself else 1
    with api_service(tmp_path) as service:
        settings = service.settings.model_copy(update={"fetch": ALLOWED})
        address = f"http://127.0.0.1:{listening}"
        kinds = {kind.name: kind for kind in job_kinds(service.storage, settings, address=address)}
        dataset = Dataset(
            id=str(uuid4()),
            display_name="d",
            created=NOW,
            last_action=NOW,
            locale="en-US",
            kind=DatasetKind.TEXT,
            content_url=place.url(),
        )
        with service.storage.database.begin() as connection:
            uploads.create(service.storage, connection, dataset)
        with service.storage.database.read() as connection:
            job = queue.get(connection, dataset.id)
        work = SimpleNamespace(job=job, attempt=tmp_path, check=lambda: None)

        fetch = kinds[uploads.IMPORT].steps[0].run
        if is_itself:
            with pytest.raises(InvalidAddress, match="the server itself"):
                fetch(work)
        else:
            assert fetch(work)["size"] == len(b"two coffees\n")
        assert len(place.heads) == (not is_itself)
