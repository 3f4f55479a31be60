"""POST /servers: networks, ports, addresses, security groups, keys; and a build to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.context import RequestContext, admin
from nova_api.db.schema.network import ports
from tests.functional.api.servers import rows
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

Boot = Callable[..., Any]
DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


def asked(stocked: Backend, reply: Any) -> Any:
    assert reply.status_int == 202, reply.text
    return rows.server(stocked, reply.json["server"]["id"]).requested_networks


def a_port(stocked: Backend, network_id: str, **values: Any) -> str:
    return stocked.networks.ports.create(DEMO, {"network_id": network_id, **values}).id


@pytest.fixture
def second_network(stocked: Backend) -> str:
    """Another shared network with a subnet."""
    values = {"name": "other", "shared": True}
    made = stocked.networks.networks.create(admin(), values | {"project_id": "x"})
    subnet = {"network_id": made.id, "cidr": "10.9.0.0/24"}
    stocked.networks.subnets.create(admin(), stocked.networks.networks, subnet)
    return made.id


def test_the_one_network_is_taken_unless_told_otherwise(
    boot: Boot, stocked: Backend, network_id: str
) -> None:
    one = [{"network_id": network_id, "port_id": None, "fixed_ip": None, "tag": None}]
    assert asked(stocked, boot()) == one
    assert asked(stocked, boot(networks=[])) == one
    assert asked(stocked, boot(version="2.37", networks="auto")) == one
    assert asked(stocked, boot(version="2.37", networks="none")) == []


def test_several_networks_and_none_chosen(boot: Boot, stocked: Backend, second_network: str) -> None:
    reply = boot()
    assert reply.status_int == 409
    assert "Network ID" in reply.json["conflictingRequest"]["message"]
    chosen = asked(stocked, boot(networks=[{"uuid": second_network}, {"uuid": second_network}]))
    assert [nic["network_id"] for nic in chosen] == [second_network] * 2


@pytest.mark.parametrize(
    ("version", "known"), [("2.32", True), ("2.36", True), ("2.37", False), ("2.42", True)]
)
def test_tags_of_nics(boot: Boot, stocked: Backend, network_id: str, version: str, known: bool) -> None:
    reply = boot(version=version, networks=[{"uuid": network_id, "tag": "nic1"}])
    assert (reply.status_int == 202) is known
    if known:
        assert asked(stocked, reply)[0]["tag"] == "nic1"


def test_ports(boot: Boot, stocked: Backend, network_id: str) -> None:
    port = a_port(stocked, network_id)
    assert boot(networks=[{"port": port}, {"port": port}]).status_int == 400
    assert boot(networks=[{"port": port}], max_count=2).status_int == 400
    nic = asked(stocked, boot(networks=[{"port": port}]))[0]
    assert (nic["port_id"], nic["network_id"]) == (port, network_id)


def test_fixed_address(boot: Boot, stocked: Backend, network_id: str) -> None:
    nic = {"uuid": network_id, "fixed_ip": "192.168.233.77"}
    assert asked(stocked, boot(networks=[nic]))[0]["fixed_ip"] == "192.168.233.77"
    assert boot(networks=[nic], min_count=2).status_int == 400
    assert boot(networks=[nic | {"fixed_ip": "10.1.2.3"}]).status_int == 400


def test_external_networks_are_for_administrators(api: Api, boot: Boot, stocked: Backend) -> None:
    public = next(n.id for n in stocked.networks.networks.list(admin()) if n.name == "public")
    assert boot(networks=[{"uuid": public}]).status_int == 403
    assert boot(networks=[{"uuid": public}], as_=api.admin).status_int == 202


def test_ports_that_need_resources_begin_at_2_72(boot: Boot, stocked: Backend, network_id: str) -> None:
    port = a_port(stocked, network_id)
    _give_request(stocked, port)
    refused = boot(version="2.71", networks=[{"port": port}])
    assert refused.status_int == 400
    assert "2.72" in refused.json["badRequest"]["message"]
    assert boot(version="2.72", networks=[{"port": port}]).status_int == 202


def test_security_groups_by_name_and_by_id(boot: Boot, stocked: Backend) -> None:
    web = stocked.networks.groups.create(DEMO, {"name": "web"}).id
    for given in ("web", web):
        reply = boot(security_groups=[{"name": given}, {"name": given}])
        assert reply.json["server"]["security_groups"] == [{"name": given}] * 2
        row = rows.server(stocked, reply.json["server"]["id"])
        assert row.requested_security_groups == [web]
    stocked.networks.groups.create(DEMO, {"name": "web"})
    assert boot(security_groups=[{"name": "web"}]).status_int == 409


def test_key_pair_of_the_caller(api: Api, boot: Boot, stocked: Backend) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"
    made = api.post("/os-keypairs", {"keypair": {"name": "mine", "public_key": key}})
    assert made.status_int == 200, made.text
    row = rows.server(stocked, boot(key_name="mine").json["server"]["id"])
    assert (row.key_name, row.key_data) == ("mine", key)
    assert boot(key_name="mine", as_=api.as_("other")).status_int == 400


@pytest.mark.usefixtures("workers")
def test_built_to_the_end(api: Api, boot: Boot, stocked: Backend, network_id: str) -> None:
    port = a_port(stocked, network_id)
    reply = boot(version="2.42", networks=[{"port": port}, {"uuid": network_id, "tag": "b"}])
    uuid = reply.json["server"]["id"]
    server = until(lambda: (s := api.get(f"/servers/{uuid}").json["server"])["status"] != "BUILD" and s)
    assert server["status"] == "ACTIVE", server
    assert len(server["addresses"]["private"]) == 2
    assert boot(networks=[{"port": port}]).status_int == 409
    zone = boot(availability_zone="nova:compute1", as_=api.admin).json["server"]["id"]
    until(lambda: rows.server(stocked, zone).vm_state == "active")
    nowhere = boot(availability_zone="nova:elsewhere", as_=api.admin).json["server"]["id"]
    until(lambda: rows.server(stocked, nowhere).vm_state == "error")


def _give_request(stocked: Backend, port: str) -> None:
    with stocked.db.writer() as conn:
        conn.execute(
            sa.update(ports).where(ports.c.uuid == port).values(resource_request={"request_groups": [{}]})
        )
