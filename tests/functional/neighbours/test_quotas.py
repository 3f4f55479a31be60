"""Quotas of the embedded network and volume services: shown, set, kept, removed, over HTTP."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from nova_api import backend, exception
from nova_api.context import RequestContext
from nova_api.neighbours.quotas import NETWORK, VOLUME
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.neighbours.conftest import Cloud

_AT_ONCE = 8


def _project(cloud: Cloud, user: str = "demo") -> str:
    return str(cloud.nova.identity.users(user)[0].default_project_id)


def _network(
    cloud: Cloud, method: str, path: str, body: object = None, user: str = "demo"
) -> requests.Response:
    options = {} if body is None else {"json": body}
    return cloud.call(method, f"/network/v2.0/{path}", user, **options)


def _volume(
    cloud: Cloud, method: str, path: str, body: object = None, user: str = "demo"
) -> requests.Response:
    options = {} if body is None else {"json": body}
    return cloud.call(method, f"/volume/v3/{_project(cloud, user)}/{path}", user, **options)


@pytest.fixture
def project(cloud: Cloud) -> Iterator[str]:
    """The project ``demo``, without limits afterwards."""
    uuid = _project(cloud)
    yield uuid
    _network(cloud, "DELETE", f"quotas/{uuid}", user="admin")
    _volume(cloud, "DELETE", f"os-quota-sets/{uuid}", user="admin")


def _limit_network(cloud: Cloud, project: str, **limits: int) -> None:
    """Room for so many more than there are."""
    used = _network(cloud, "GET", f"quotas/{project}/details").json()["quota"]
    asked = {name: used[name]["used"] + more for name, more in limits.items()}
    reply = _network(cloud, "PUT", f"quotas/{project}", {"quota": asked}, "admin")
    assert reply.status_code == 200, reply.text


def _limit_volume(cloud: Cloud, project: str, **limits: int) -> None:
    used = _volume(cloud, "GET", f"os-quota-sets/{project}?usage=true").json()["quota_set"]
    asked = {name: used[name]["in_use"] + more for name, more in limits.items()}
    reply = _volume(cloud, "PUT", f"os-quota-sets/{project}", {"quota_set": asked}, "admin")
    assert reply.status_code == 200, reply.text


# --- setting ------------------------------------------------------------------------


def test_network_quotas_are_set_and_removed(cloud: Cloud, project: str) -> None:
    path = f"quotas/{project}"
    assert set(_network(cloud, "GET", path).json()["quota"].values()) == {-1}
    assert _network(cloud, "DELETE", path, user="admin").status_code == 404
    made = _network(cloud, "PUT", path, {"quota": {"network": 50, "port": 60}}, "admin").json()["quota"]
    assert (made["network"], made["port"], made["subnet"]) == (50, 60, -1)
    _network(cloud, "PUT", path, {"quota": {"port": 61}}, "admin")
    assert _network(cloud, "GET", path).json()["quota"] == made | {"port": 61}
    assert _network(cloud, "GET", f"{path}/details").json()["quota"]["port"]["limit"] == 61
    assert set(_network(cloud, "GET", f"{path}/default").json()["quota"].values()) == {-1}
    listed = _network(cloud, "GET", "quotas", user="admin").json()["quotas"]
    assert [(item["project_id"], item["network"]) for item in listed] == [(project, 50)]
    assert _network(cloud, "DELETE", path, user="admin").status_code == 204
    assert set(_network(cloud, "GET", path).json()["quota"].values()) == {-1}
    assert _network(cloud, "GET", "quotas", user="admin").json() == {"quotas": []}


def test_volume_quotas_are_set_and_removed(cloud: Cloud, project: str) -> None:
    path = f"os-quota-sets/{project}"
    asked = {"volumes": 30, "gigabytes": "1000"}
    made = _volume(cloud, "PUT", path, {"quota_set": asked}, "admin").json()["quota_set"]
    assert (made["volumes"], made["gigabytes"], made["snapshots"]) == (30, 1000, -1)
    assert _volume(cloud, "GET", path).json()["quota_set"] == made | {"id": project}
    assert _volume(cloud, "GET", f"{path}?usage=true").json()["quota_set"]["volumes"]["limit"] == 30
    assert _volume(cloud, "GET", f"{path}/defaults").json()["quota_set"]["volumes"] == -1
    limits = _volume(cloud, "GET", "limits").json()["limits"]["absolute"]
    assert (limits["maxTotalVolumes"], limits["maxTotalVolumeGigabytes"]) == (30, 1000)
    assert _volume(cloud, "DELETE", path, user="admin").status_code == 200
    assert _volume(cloud, "GET", path).json()["quota_set"]["volumes"] == -1


def test_only_administrators_set_them(cloud: Cloud, project: str) -> None:
    for method, body in (("PUT", {"quota": {"port": 1}}), ("DELETE", None)):
        assert _network(cloud, method, f"quotas/{project}", body).status_code == 403
    for method, body in (("PUT", {"quota_set": {"volumes": 1}}), ("DELETE", None)):
        assert _volume(cloud, method, f"os-quota-sets/{project}", body).status_code == 403
    assert _network(cloud, "GET", "quotas").status_code == 403
    assert _network(cloud, "GET", "quotas/others").status_code == 403
    assert _volume(cloud, "GET", "os-quota-sets/others").status_code == 403


@pytest.mark.parametrize("limit", [-2, "many", 1.5, None, 2**31])
def test_what_is_no_limit(cloud: Cloud, project: str, limit: object) -> None:
    asked = {"quota": {"port": limit}}
    assert _network(cloud, "PUT", f"quotas/{project}", asked, "admin").status_code == 400
    asked = {"quota_set": {"volumes": limit}}
    assert _volume(cloud, "PUT", f"os-quota-sets/{project}", asked, "admin").status_code == 400


def test_what_is_not_limited_cannot_be_set(cloud: Cloud, project: str) -> None:
    assert _network(cloud, "PUT", f"quotas/{project}", {"quota": {"wheel": 1}}, "admin").status_code == 400
    asked = {"quota_set": {"wheels": 1}}
    assert _volume(cloud, "PUT", f"os-quota-sets/{project}", asked, "admin").status_code == 400


def test_check_limit_refuses_less_than_there_is(cloud: Cloud, project: str) -> None:
    assert _network(cloud, "POST", "routers", {"router": {"name": "r"}}).status_code == 201
    asked = {"router": 0, "check_limit": True}
    reply = _network(cloud, "PUT", f"quotas/{project}", {"quota": asked}, "admin")
    assert reply.status_code == 409
    assert reply.json()["NeutronError"]["type"] == "QuotaBelowUse"
    forced = {"router": 0, "force": True}
    assert _network(cloud, "PUT", f"quotas/{project}", {"quota": forced}, "admin").status_code == 200


# --- keeping ------------------------------------------------------------------------


def _over(reply: requests.Response, resource: str) -> None:
    assert reply.status_code == 409, reply.text
    error = reply.json()["NeutronError"]
    assert error["type"] == "OverQuota"
    assert resource in error["message"]


def test_networks_and_what_is_on_them(cloud: Cloud, project: str) -> None:
    _limit_network(cloud, project, network=1, subnet=1, port=1)
    network = _network(cloud, "POST", "networks", {"network": {}}).json()["network"]["id"]
    _over(_network(cloud, "POST", "networks", {"network": {}}), "network")
    subnet = {"network_id": network, "ip_version": 4}
    for cidr in ("10.7.0.0/24", "10.8.0.0/24"):
        reply = _network(cloud, "POST", "subnets", {"subnet": {**subnet, "cidr": cidr}})
    _over(reply, "subnet")
    port = {"port": {"network_id": network}}
    made = _network(cloud, "POST", "ports", port).json()["port"]["id"]
    _over(_network(cloud, "POST", "ports", port), "port")
    assert _network(cloud, "DELETE", f"ports/{made}").status_code == 204
    assert _network(cloud, "POST", "ports", port).status_code == 201


def test_routers_and_floating_ips(cloud: Cloud, project: str) -> None:
    _limit_network(cloud, project, router=1, floatingip=1)
    assert _network(cloud, "POST", "routers", {"router": {}}).status_code == 201
    _over(_network(cloud, "POST", "routers", {"router": {}}), "router")
    networks = _network(cloud, "GET", "networks?router:external=true").json()["networks"]
    body = {"floatingip": {"floating_network_id": networks[0]["id"]}}
    assert _network(cloud, "POST", "floatingips", body).status_code == 201
    _over(_network(cloud, "POST", "floatingips", body), "floatingip")


def test_security_groups_and_their_rules(cloud: Cloud, project: str) -> None:
    _network(cloud, "GET", "security-groups")  # makes the group that every project has
    _limit_network(cloud, project, security_group=1, security_group_rule=3)
    made = _network(cloud, "POST", "security-groups", {"security_group": {"name": "g"}})
    group = made.json()["security_group"]["id"]
    _over(_network(cloud, "POST", "security-groups", {"security_group": {"name": "h"}}), "security_group")
    rule = {"security_group_id": group, "direction": "ingress", "protocol": "tcp"}
    for port in (22, 80):
        asked = {**rule, "port_range_min": port, "port_range_max": port}
        reply = _network(cloud, "POST", "security-group-rules", {"security_group_rule": asked})
    _over(reply, "security_group_rule")


def test_ports_that_servers_get_count(cloud: Cloud, project: str, administrator: RequestContext) -> None:
    _limit_network(cloud, project, port=1)
    network = _network(cloud, "GET", "networks?name=private").json()["networks"][0]["id"]
    wanted = [{"network_id": network}, {"network_id": network}]
    with pytest.raises(exception.OverQuota):
        cloud.nova.networks.allocate(administrator, "server-1", project, wanted, [], "host")
    assert cloud.nova.networks.nics_of(["server-1"]) == {}
    assert len(cloud.nova.networks.allocate(administrator, "server-1", project, wanted[:1], [], "host")) == 1
    # The same build once more finds what it has.
    assert len(cloud.nova.networks.allocate(administrator, "server-1", project, wanted[:1], [], "host")) == 1


def _too_much(reply: requests.Response, resource: str) -> None:
    assert reply.status_code == 413, reply.text
    fault = reply.json()["overLimit"]
    assert fault["code"] == 413
    assert resource in fault["message"]
    assert reply.headers["Retry-After"] == "0"


def test_volumes_snapshots_and_gigabytes(cloud: Cloud, project: str) -> None:
    _limit_volume(cloud, project, volumes=2, snapshots=1, gigabytes=6)
    made = _volume(cloud, "POST", "volumes", {"volume": {"size": 2}}).json()["volume"]["id"]
    _too_much(_volume(cloud, "POST", "volumes", {"volume": {"size": 5}}), "gigabytes")
    _too_much(_volume(cloud, "POST", f"volumes/{made}/action", {"os-extend": {"new_size": 7}}), "gigabytes")
    assert _volume(cloud, "POST", f"volumes/{made}/action", {"os-extend": {"new_size": 3}}).status_code == 202
    snapshot = {"snapshot": {"volume_id": made}}
    _limit_volume(cloud, project, volumes=1, snapshots=0, gigabytes=9)
    _too_much(_volume(cloud, "POST", "snapshots", snapshot), "snapshots")
    _limit_volume(cloud, project, snapshots=1, gigabytes=2)
    _too_much(_volume(cloud, "POST", "snapshots", snapshot), "gigabytes")
    _limit_volume(cloud, project, gigabytes=3)
    assert _volume(cloud, "POST", "snapshots", snapshot).status_code == 202
    _limit_volume(cloud, project, volumes=0)
    _too_much(_volume(cloud, "POST", "volumes", {"volume": {"size": 1}}), "volumes")


def test_the_size_of_one_volume(cloud: Cloud, project: str) -> None:
    _limit_volume(cloud, project, per_volume_gigabytes=2)
    _too_much(_volume(cloud, "POST", "volumes", {"volume": {"size": 3}}), "per_volume_gigabytes")
    assert _volume(cloud, "POST", "volumes", {"volume": {"size": 2}}).status_code == 202


# --- at the same time, on each kind of database ----------------------------------------


def _at_once(make: Callable[[int], object]) -> Counter[str]:
    def one(number: int) -> str:
        with contextlib.suppress(exception.OverQuota):
            make(number)
            return "made"
        return "refused"

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return Counter(pool.map(one, range(_AT_ONCE)))


def test_ports_made_at_once_stay_within(nova_everywhere: backend.Backend, member: RequestContext) -> None:
    nova = nova_everywhere
    network = nova.networks.networks.create(member, {"name": "n"})
    nova.networks.subnets.create(
        member, nova.networks.networks, {"network_id": network.id, "cidr": "10.9.0.0/24"}
    )
    NETWORK.set(nova.db, "p1", {"port": 3})
    found = _at_once(lambda _: nova.networks.ports.create(member, {"network_id": network.id}))
    assert found == {"made": 3, "refused": _AT_ONCE - 3}


def test_ports_of_servers_built_at_once_stay_within(
    nova_everywhere: backend.Backend, member: RequestContext
) -> None:
    nova = nova_everywhere
    network = nova.networks.networks.create(member, {"name": "n"})
    nova.networks.subnets.create(
        member, nova.networks.networks, {"network_id": network.id, "cidr": "10.9.0.0/24"}
    )
    NETWORK.set(nova.db, "p1", {"port": 3})
    wanted = [{"network_id": network.id}]
    found = _at_once(lambda n: nova.networks.allocate(member, f"server-{n}", "p1", wanted, [], "host"))
    assert found == {"made": 3, "refused": _AT_ONCE - 3}


def test_volumes_made_at_once_stay_within(nova_everywhere: backend.Backend, member: RequestContext) -> None:
    nova = nova_everywhere
    VOLUME.set(nova.db, "p1", {"gigabytes": 6})
    found = _at_once(lambda _: nova.volumes.create(member, NewVolume(size=2)))
    assert found == {"made": 3, "refused": _AT_ONCE - 3}
    assert VOLUME.used_of(nova.db, "p1")["gigabytes"] == 6


def test_limits_set_at_once_are_all_set(nova_everywhere: backend.Backend) -> None:
    names = list(NETWORK.resources)[:_AT_ONCE]
    _at_once(lambda number: NETWORK.set(nova_everywhere.db, "p1", {names[number]: number}))
    assert NETWORK.limits(nova_everywhere.db, "p1") == NETWORK.defaults() | {
        name: number for number, name in enumerate(names)
    }
