"""/os-networks (to 2.35)."""

from __future__ import annotations

import pytest

from nova_api import backend as nova_backend
from nova_api.context import RequestContext
from nova_api.neighbours.networks import seed
from tests.functional.client import Api

PATH = "/os-networks"
FOR_ALL = {
    "broadcast", "cidr", "cidr_v6", "dns1", "dns2", "gateway", "gateway_v6", "netmask", "netmask_v6",
}  # fmt: skip
FOR_ADMINISTRATORS = {
    "bridge", "bridge_interface", "created_at", "deleted", "deleted_at", "dhcp_server", "dhcp_start",
    "enable_dhcp", "host", "injected", "mtu", "multi_host", "priority", "project_id", "rxtx_base",
    "share_address", "updated_at", "vlan", "vpn_private_address", "vpn_public_address", "vpn_public_port",
}  # fmt: skip


@pytest.fixture(autouse=True)
def networks(backend: nova_backend.Backend) -> None:
    seed(backend.networks)


@pytest.mark.parametrize("version", [None, "2.35"])
def test_who_sees_what(api: Api, version: str | None) -> None:
    for caller, nulls in ((api, FOR_ALL), (api.admin, FOR_ALL | FOR_ADMINISTRATORS)):
        (network,) = caller.get(PATH, version=version).json["networks"]
        assert set(network) == nulls | {"id", "label"}
        assert {network[key] for key in nulls} == {None}
        assert network["label"] == "private"
        shown = caller.get(f"{PATH}/{network['id']}", version=version)
        assert (shown.status_int, shown.json) == (200, {"network": network})


def test_what_is_not_there(api: Api) -> None:
    reply = api.get(f"{PATH}/nowhere")
    assert reply.status_int == 404
    assert "nowhere" in reply.json["itemNotFound"]["message"]
    assert api.get(PATH, version="2.36").status_int == 404
    assert api.get(f"{PATH}/nowhere", version="2.36").status_int == 404
    assert api.post(PATH, {"network": {}}).status_int == 410
    assert api.delete(f"{PATH}/nowhere").status_int == 410


def test_a_private_network_is_its_projects(api: Api, backend: nova_backend.Backend) -> None:
    owner = RequestContext(user_id="eve", project_id="e" * 32, roles=["member"])
    made = backend.networks.networks.create(owner, {"name": "hers"})
    hers = api.as_("eve", "e" * 32)
    assert {one["label"] for one in hers.get(PATH).json["networks"]} == {"hers", "private"}
    assert [one["label"] for one in api.get(PATH).json["networks"]] == ["private"]
    assert hers.get(f"{PATH}/{made.id}").status_int == 200
    assert api.get(f"{PATH}/{made.id}").status_int == 404
    nobody = api.as_("nina", roles="stranger").get(PATH)
    assert nobody.status_int == 403
    assert "os_compute_api:os-networks:list" in nobody.json["forbidden"]["message"]


def test_legacy(api: Api) -> None:
    for root in ("/v2", "/v1.1"):
        assert [one["label"] for one in api.get(PATH, root=root).json["networks"]] == ["private"]
