"""A custom model goes from one server to another, with real processes on both sides."""

import pytest
from typer.testing import CliRunner

from lect.cli.main import app
from lect.client import Client
from lect.core.errors import InvalidInput, JobError
from servers import LOCALE, PATIENCE, base_of, serving


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    with (
        serving(tmp_path_factory.mktemp("first")) as first,
        serving(tmp_path_factory.mktemp("second")) as second,
    ):
        yield first, second


@pytest.fixture(scope="module")
def model(addresses):
    with Client(addresses[0]) as client:
        made = client.models.create(
            display_name="orders", locale=LOCALE, base_model=base_of(client), text="two flat whites please\n"
        )
        yield client.models.wait(made, timeout=PATIENCE)


def bundle(client, model):
    return client.http.request("GET", f"/lect/v1/models/{model.id}/bundle").content


def test_a_model_is_copied_byte_for_byte_and_works_there(addresses, model):
    with Client(addresses[0]) as first, Client(addresses[1]) as second:
        allowed = second.models.authorise_copy(model.url)

        copy = first.models.wait(first.models.copy(model, allowed), timeout=PATIENCE)

        made = second.models.get(copy.made.url)
        assert (made.display_name, made.locale) == ("orders", LOCALE)
        assert bundle(second, made) == bundle(first, model)
        endpoint = second.endpoints.create(display_name="orders", locale=LOCALE, model=made)
        second.endpoints.wait(endpoint, timeout=PATIENCE)
        with pytest.raises(InvalidInput, match="authorisation is for"):
            first.models.copy(model, second.models.authorise_copy(addresses[1] + "/models/" + made.id))


def test_the_commands_copy_a_model(addresses, model):
    first, second = addresses
    options = ["--server", first, "--target", second, "--wait", str(PATIENCE), "--output", "url"]

    ran = CliRunner().invoke(app, ["csr", "model", "copy", model.url, *options])

    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith(f"{second}/speechtotext/v3.2/models/")


def test_private_addresses_are_asked_by_the_setting_alone(addresses, model, tmp_path):
    with (
        serving(tmp_path, LECT_FETCH_PRIVATE_ADDRESSES="") as closed,
        Client(closed) as first,
        Client(addresses[0]) as other,
    ):
        data = bundle(other, model)
        form = {"files": {"data": ("orders.lect", data)}, "data": {"displayName": "orders"}}
        imported = first.http.request("POST", "/lect/v1/models:import", **form).json()["self"]
        with Client(addresses[1]) as second:
            allowed = second.models.authorise_copy(imported)
        with pytest.raises(JobError, match="public internet"):
            first.models.wait(first.models.copy(imported, allowed), timeout=PATIENCE)
