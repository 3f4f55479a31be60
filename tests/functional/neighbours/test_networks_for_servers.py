"""NICs of servers: what may be asked for, and that nobody ever shares an address, whoever races."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from nova_api import exception
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.neighbours import networks


@pytest.fixture
def net(nova: Backend) -> networks.LocalNetworks:
    networks.seed(nova.networks)
    return nova.networks


def network(
    net: networks.LocalNetworks, who: RequestContext, cidr: str | None = "10.1.0.0/24", **values: object
) -> str:
    made = net.networks.create(who, {"name": "n", **values}).id
    if cidr:
        net.subnets.create(who, net.networks, {"network_id": made, "cidr": cidr})
    return made


def boot(
    net: networks.LocalNetworks, who: RequestContext, requested: object, server: str | None = None
) -> list:
    server = server or str(uuid.uuid4())
    return net.allocate(who, server, who.project_id, requested, [], "host1")


def test_the_one_network_is_taken_when_nobody_chooses(
    net: networks.LocalNetworks, member: RequestContext
) -> None:
    for requested in (None, "auto"):
        (item,) = net.validate_requested(member, requested)
        (nic,) = boot(net, member, [item])
        assert nic["label"] == "private"
        assert nic["fixed_ips"][0]["version"] == 4
        assert nic["fixed_ips"][0]["address"].startswith("192.168.233.")
        assert nic["mac"].startswith("fa:16:3e:")
        assert nic["security_groups"] == ["default"]
    assert net.validate_requested(member, "none") == []


def test_several_networks_need_a_choice(net: networks.LocalNetworks, member: RequestContext) -> None:
    network(net, member)
    with pytest.raises(exception.NetworkAmbiguous):
        net.validate_requested(member, "auto")


def test_without_any_network_auto_fails_and_silence_means_no_nic(
    nova: Backend, member: RequestContext
) -> None:
    assert nova.networks.validate_requested(member, None) == []
    with pytest.raises(exception.NoNetworkToAllocate):
        nova.networks.validate_requested(member, "auto")


def test_what_a_request_may_not_be(
    net: networks.LocalNetworks,
    member: RequestContext,
    stranger: RequestContext,
    administrator: RequestContext,
) -> None:
    theirs = network(net, stranger)
    bare = network(net, member, cidr=None)
    mine = network(net, member)
    public = next(item.id for item in net.networks.list(administrator) if item.name == "public")
    port = net.ports.create(member, {"network_id": mine}).id
    cases = [
        ([{"uuid": str(uuid.uuid4())}], exception.NetworkNotFound, 1),
        ([{"uuid": theirs}], exception.NetworkNotFound, 1),
        ([{"uuid": bare}], exception.NetworkRequiresSubnet, 1),
        ([{"uuid": public}], exception.ExternalNetworkForbidden, 1),
        ([{"uuid": mine, "fixed_ip": "10.2.0.5"}], exception.AddressNotInSubnet, 1),
        ([{"uuid": mine, "fixed_ip": "10.1.0.5"}], exception.FixedIPNotForSeveral, 2),
        ([{"port": str(uuid.uuid4())}], exception.PortNotFound, 1),
        ([{"port": port}, {"port": port}], exception.PortDuplicated, 1),
        ([{"port": port}], exception.PortNotForSeveral, 2),
    ]
    for requested, error, count in cases:
        with pytest.raises(error):
            net.validate_requested(member, requested, count)
    (item,) = net.validate_requested(member, [{"port": port, "tag": "eth0"}])
    assert item == {"network_id": mine, "port_id": port, "fixed_ip": None, "tag": "eth0"}
    (nic,) = boot(net, member, [item])
    with pytest.raises(exception.PortInUse):
        net.validate_requested(member, [{"port": port}])
    with pytest.raises(exception.PortInUse):
        boot(net, member, [item])
    with pytest.raises(exception.AddressInUse):
        net.validate_requested(member, [{"uuid": mine, "fixed_ip": nic["fixed_ips"][0]["address"]}])


def test_allocation_again_makes_nothing_new(net: networks.LocalNetworks, member: RequestContext) -> None:
    mine = network(net, member)
    port = net.ports.create(member, {"network_id": mine}).id
    wanted = net.validate_requested(
        member, [{"uuid": mine, "fixed_ip": "10.1.0.77"}, {"port": port}, {"uuid": mine, "tag": "x"}]
    )
    server = str(uuid.uuid4())
    first = boot(net, member, wanted, server)
    assert first[0]["fixed_ips"][0]["address"] == "10.1.0.77"
    assert first[1]["port_id"] == port
    assert first[2]["tag"] == "x"
    assert boot(net, member, wanted, server) == first
    net.deallocate(member, server)
    net.deallocate(member, server)
    assert net.nics_of([server]) == {}
    assert net.show_port(member, port).device_id == ""
    assert [item.id for item in net.ports.list(member)] == [port]


def test_an_interrupted_allocation_leaves_nothing_half_done(
    net: networks.LocalNetworks, member: RequestContext
) -> None:
    tiny = network(net, member, cidr="10.9.0.0/30", name="tiny")  # one address besides the gateway
    server = str(uuid.uuid4())
    with pytest.raises(exception.NoMoreAddresses):
        boot(net, member, [{"network_id": tiny}, {"network_id": tiny}], server)
    assert net.nics_of([server]) == {}
    assert len(boot(net, member, [{"network_id": tiny}])) == 1


def test_a_pool_is_used_up_and_its_gaps_are_found(
    net: networks.LocalNetworks, member: RequestContext
) -> None:
    small = network(net, member, cidr="10.8.0.0/29")  # .1 is the gateway, .2 to .6 are free
    servers = [str(uuid.uuid4()) for _ in range(5)]
    got = {
        server: boot(net, member, [{"network_id": small}], server)[0]["fixed_ips"][0]["address"]
        for server in servers
    }
    assert sorted(got.values()) == [f"10.8.0.{last}" for last in range(2, 7)]
    with pytest.raises(exception.NoMoreAddresses):
        boot(net, member, [{"network_id": small}])
    net.deallocate(member, servers[1])
    net.deallocate(member, servers[3])
    again = {boot(net, member, [{"network_id": small}])[0]["fixed_ips"][0]["address"] for _ in range(2)}
    assert again == {got[servers[1]], got[servers[3]]}


def test_a_gateway_in_the_middle_of_a_pool_is_stepped_over(
    net: networks.LocalNetworks, member: RequestContext
) -> None:
    made = net.networks.create(member, {"name": "middle"}).id
    pool = [{"start": "10.7.0.1", "end": "10.7.0.4"}]
    values = {"network_id": made, "cidr": "10.7.0.0/24", "gateway_ip": "10.7.0.2", "allocation_pools": pool}
    net.subnets.create(member, net.networks, values)
    got = [boot(net, member, [{"network_id": made}])[0]["fixed_ips"][0]["address"] for _ in range(3)]
    assert got == ["10.7.0.1", "10.7.0.3", "10.7.0.4"]
    with pytest.raises(exception.NoMoreAddresses):
        boot(net, member, [{"network_id": made}])


def test_ipv6_next_to_ipv4(net: networks.LocalNetworks, member: RequestContext) -> None:
    made = network(net, member)
    net.subnets.create(member, net.networks, {"network_id": made, "cidr": "fd00:1::/64"})
    (nic,) = boot(net, member, [{"network_id": made}])
    assert [(ip["version"], ip["address"]) for ip in nic["fixed_ips"]] == [(4, "10.1.0.2"), (6, "fd00:1::2")]
    with pytest.raises(exception.AddressInUse):
        net.validate_requested(member, [{"uuid": made, "fixed_ip": "FD00:0001:0::0002"}])


def test_groups_are_found_by_name_and_by_id(
    net: networks.LocalNetworks, member: RequestContext, stranger: RequestContext
) -> None:
    web = net.groups.create(member, {"name": "web"})
    net.groups.create(stranger, {"name": "db"})
    assert [group.id for group in net.security_groups_by_name_or_id(member, ["web", web.id])] == [web.id] * 2
    assert net.security_groups_by_name_or_id(member, ["default"])[0].name == "default"
    with pytest.raises(exception.SecurityGroupNotFound):
        net.security_groups_by_name_or_id(member, ["db"])
    net.groups.create(member, {"name": "web"})
    with pytest.raises(exception.SecurityGroupAmbiguous):
        net.security_groups_by_name_or_id(member, ["web"])


def test_nics_of_many_servers_cost_what_those_of_one_cost(
    nova: Backend, net: networks.LocalNetworks, member: RequestContext
) -> None:
    servers = [str(uuid.uuid4()) for _ in range(20)]
    for server in servers:
        boot(net, member, None, server)
    counted: list[str] = []
    sa.event.listen(nova.db.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    costs = []
    for few in (servers[:1], servers):
        counted.clear()
        assert set(net.nics_of(few)) == set(few)
        assert set(net.security_groups_of(few)) == set(few)
        costs.append(len([statement for statement in counted if statement.startswith("SELECT")]))
    assert costs[0] == costs[1] <= 6


def test_racing_servers_never_share_an_address(nova_everywhere: Backend, member: RequestContext) -> None:
    net = nova_everywhere.networks
    small = network(net, member, cidr="10.5.0.0/28")  # 13 free addresses
    servers = [str(uuid.uuid4()) for _ in range(16)]

    def one(server: str) -> list:
        try:
            return boot(net, member, [{"network_id": small}], server)
        except exception.NoMoreAddresses:
            return []

    with ThreadPoolExecutor(8) as pool:
        nics = [nic for found in pool.map(one, servers) for nic in found]
    taken = [nic["fixed_ips"][0]["address"] for nic in nics]
    assert len(taken) == len(set(taken)) == 13
    assert len({nic["mac"] for nic in nics}) == 13
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda server: net.deallocate(member, server), servers))
    assert net.ports.list(member) == []


def test_racing_builds_of_one_server_make_one_set_of_ports(
    nova_everywhere: Backend, member: RequestContext
) -> None:
    net = nova_everywhere.networks
    made = network(net, member)
    server = str(uuid.uuid4())
    wanted = [{"network_id": made}, {"network_id": made}]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: boot(net, member, wanted, server), range(6)))
    assert all(result == results[0] for result in results)
    assert len(net.ports.list(member)) == 2


def test_one_of_two_servers_gets_a_port(nova_everywhere: Backend, member: RequestContext) -> None:
    net = nova_everywhere.networks
    port = net.ports.create(member, {"network_id": network(net, member)}).id

    def one(server: str) -> bool:
        try:
            return bool(boot(net, member, [{"port_id": port}], server))
        except exception.PortInUse:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, [str(uuid.uuid4()) for _ in range(4)])) == 1


def test_first_requests_of_a_project_make_one_default_group(nova_everywhere: Backend) -> None:
    groups = nova_everywhere.networks.groups
    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(lambda _: groups.default_of("fresh"), range(6)))) == 1
