"""What a server shows of its network: as the network service has it now, not as it was at build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.neighbours.networks.local import LocalNetworks
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api


@pytest.mark.usefixtures("workers")
def test_a_floating_ip_given_later_shows_up(
    api: Api, stocked: Backend, boot: Callable[..., Any], network_id: str
) -> None:
    reply = boot(version="2.37", networks=[{"uuid": network_id}])
    assert reply.status_int == 202, reply.text
    path = f"/servers/{reply.json['server']['id']}"

    def active() -> Any:
        server = api.get(path).json["server"]
        return server if server["status"] == "ACTIVE" else None

    server = until(active)
    (fixed,) = server["addresses"]["private"]
    assert server["security_groups"] == [{"name": "default"}]

    networks = cast(LocalNetworks, stocked.networks)
    (nic,) = networks.nics_of([server["id"]])[server["id"]]
    context = RequestContext(user_id=api.user, project_id=api.project, roles=["admin"])
    public = next(network for network in networks.networks.list(context) if network.external)
    floating = networks.floating.create(context, {"network_id": public.id, "port_id": nic["port_id"]})

    for source in (api.get(path).json["server"], api.get("/servers/detail").json["servers"][0]):
        shown = {address["addr"]: address for address in source["addresses"]["private"]}
        assert list(shown) == [fixed["addr"], floating.address]
        assert shown[floating.address]["OS-EXT-IPS:type"] == "floating"
        assert shown[floating.address]["OS-EXT-IPS-MAC:mac_addr"] == fixed["OS-EXT-IPS-MAC:mac_addr"]
