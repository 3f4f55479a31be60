"""/os-tenant-networks (to 2.35)."""

from __future__ import annotations

import pytest

from nova_api import backend as nova_backend
from nova_api.neighbours.networks import seed
from tests.functional.client import Api

PATH = "/os-tenant-networks"


@pytest.fixture(autouse=True)
def networks(backend: nova_backend.Backend) -> None:
    seed(backend.networks)


@pytest.mark.parametrize("version", [None, "2.35"])
def test_list_and_show(api: Api, version: str | None) -> None:
    (network,) = api.get(PATH, version=version).json["networks"]
    assert network == {"id": network["id"], "label": "private", "cidr": "None"}
    assert api.get(f"{PATH}/{network['id']}", version=version).json == {"network": network}
    assert api.get(PATH, root="/v2").json == {"networks": [network]}


def test_what_is_not_there(api: Api) -> None:
    reply = api.get(f"{PATH}/nowhere")
    assert reply.status_int == 404
    assert "nowhere" in reply.json["itemNotFound"]["message"]
    assert api.get(PATH, version="2.36").status_int == 404
    assert api.post(PATH, {"network": {}}).status_int == 410
    assert api.as_("nina", roles="stranger").get(PATH).status_int == 403
