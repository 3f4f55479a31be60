"""Networking of servers that exist: ports, addresses and groups that come and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nova_api import backend, exception
from nova_api.context import RequestContext
from nova_api.neighbours.networks import LocalNetworks
from tests.functional.neighbours.conftest import make_backend

PROJECT = "1" * 32
SERVER = "5c1b41ea-3b5e-4f0e-9d0c-2f1d7c4a8e11"
CONTEXT = RequestContext(user_id="u", project_id=PROJECT, roles=["member"])


@pytest.fixture
def networks(tmp_path: object) -> Iterator[LocalNetworks]:
    made: backend.Backend = make_backend(tmp_path)
    assert isinstance(made.networks, LocalNetworks)
    yield made.networks
    made.db.dispose()


@pytest.fixture
def network_id(networks: LocalNetworks) -> str:
    """A network with one subnet."""
    network = networks.networks.create(CONTEXT, {"name": "private"})
    subnet = {"network_id": network.id, "ip_version": 4, "cidr": "10.0.0.0/28"}
    networks.subnets.create(CONTEXT, networks.networks, {**subnet, "dns_nameservers": [], "host_routes": []})
    return network.id


def attach(networks: LocalNetworks, key: str, **request: str) -> str:
    return networks.attach(CONTEXT, SERVER, PROJECT, request, "host1", key)


def ports(networks: LocalNetworks) -> list[str]:
    return [nic["port_id"] for nic in networks.nics_of([SERVER]).get(SERVER, [])]


def test_one_attachment_is_one_port(networks: LocalNetworks, network_id: str) -> None:
    first = attach(networks, "a", network_id=network_id, tag="t")
    assert attach(networks, "a", network_id=network_id, tag="t") == first
    second = attach(networks, "b", network_id=network_id)
    assert ports(networks) == [first, second]
    nic = networks.nics_of([SERVER])[SERVER][0]
    assert (nic["tag"], nic["status"], nic["security_groups"]) == ("t", "ACTIVE", ["default"])
    for _ in range(2):
        networks.detach(CONTEXT, SERVER, first)
    assert ports(networks) == [second]
    with pytest.raises(exception.PortNotFound):
        networks.show_port(CONTEXT, first)
    third = attach(networks, "c", network_id=network_id)
    assert ports(networks) == [second, third]


def test_a_users_port(networks: LocalNetworks, network_id: str) -> None:
    port = networks.ports.create(CONTEXT, {"network_id": network_id}).id
    for _ in range(2):
        assert attach(networks, "a", network_id=network_id, port_id=port) == port
    with pytest.raises(exception.PortInUse):
        networks.attach(
            CONTEXT, "another", PROJECT, {"network_id": network_id, "port_id": port}, "host1", "b"
        )
    networks.detach(CONTEXT, "another", port)
    assert ports(networks) == [port]
    networks.detach(CONTEXT, SERVER, port)
    left = networks.show_port(CONTEXT, port)
    assert (left.device_id, left.status, left.host_id) == ("", "DOWN", "")


def test_what_cannot_be_attached(networks: LocalNetworks, network_id: str) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(exception.NetworkNotFound):
        attach(networks, "a", network_id=nowhere)
    with pytest.raises(exception.PortNotFound):
        attach(networks, "a", network_id=network_id, port_id=nowhere)
    with pytest.raises(exception.AddressNotInSubnet):
        attach(networks, "a", network_id=network_id, fixed_ip="192.0.2.1")
    assert ports(networks) == []


def test_a_network_that_is_full(networks: LocalNetworks, network_id: str) -> None:
    for number in range(13):  # 14 addresses, less the gateway
        attach(networks, str(number), network_id=network_id)
    with pytest.raises(exception.NoMoreAddresses):
        attach(networks, "more", network_id=network_id)
    assert len(ports(networks)) == 13


def test_addresses(networks: LocalNetworks, network_id: str) -> None:
    attach(networks, "a", network_id=network_id, fixed_ip="10.0.0.5")
    networks.add_address(CONTEXT, SERVER, network_id)

    def held() -> list[str]:
        return [ip["address"] for ip in networks.nics_of([SERVER])[SERVER][0]["fixed_ips"]]

    assert held() == ["10.0.0.5", "10.0.0.6"]
    networks.remove_address(CONTEXT, SERVER, "10.0.0.5")
    assert held() == ["10.0.0.6"]
    with pytest.raises(exception.FixedIPNotFound):
        networks.remove_address(CONTEXT, SERVER, "10.0.0.5")
    with pytest.raises(exception.NetworkNotFound):
        networks.add_address(CONTEXT, SERVER, "elsewhere")


def test_groups(networks: LocalNetworks, network_id: str) -> None:
    web = networks.groups.create(CONTEXT, {"name": "web"}).id
    with pytest.raises(exception.PortNotFound):
        networks.add_group(CONTEXT, SERVER, web)
    for key in ("a", "b"):
        attach(networks, key, network_id=network_id)
    for _ in range(2):
        networks.add_group(CONTEXT, SERVER, web)
    assert [group.name for group in networks.groups_of(CONTEXT, SERVER)] == ["default", "web"]
    assert networks.security_groups_of([SERVER]) == {SERVER: ["default", "web"] * 2}
    networks.remove_group(CONTEXT, SERVER, web)
    assert [group.name for group in networks.groups_of(CONTEXT, SERVER)] == ["default"]
    with pytest.raises(exception.SecurityGroupNotOfServer):
        networks.remove_group(CONTEXT, SERVER, web)
