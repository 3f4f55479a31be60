"""Server groups steer where their members go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from nova_api import backend as nova_backend
from tests.functional.api.servers.placement.conftest import HOSTS, Build, host_of
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

Group = Callable[..., str]


@pytest.fixture
def group(api: Api) -> Group:
    """Makes a group; its id."""

    def make(policy: str, **rules: int) -> str:
        asked = {"name": "g", "policy": policy, **({"rules": rules} if rules else {})}
        reply = api.post("/os-server-groups", {"server_group": asked}, version="2.64")
        assert reply.status_int == 200, reply.text
        made: str = reply.json["server_group"]["id"]
        return made

    return make


def members(api: Api, group_id: str) -> list[str]:
    found: list[str] = api.get(f"/os-server-groups/{group_id}").json["server_group"]["members"]
    return found


def test_affinity_keeps_members_on_one_host(build: Build, group: Group) -> None:
    hints = {"group": group("affinity")}
    assert len({host_of(build(hints=hints)) for _ in range(3)}) == 1


def test_anti_affinity_takes_every_host_once_and_then_fails(build: Build, group: Group) -> None:
    hints = {"group": group("anti-affinity")}
    servers = [build(hints=hints) for _ in range(len(HOSTS) + 1)]
    assert sorted(host_of(server) for server in servers[:-1]) == sorted(HOSTS)
    last = servers[-1]
    assert last["status"] == "ERROR"
    assert "3 taken by its server group" in last["fault"]["message"]


def test_one_request_for_several_members_obeys_the_policy(
    boot: Callable[..., Any], hosts: tuple[str, ...], api: Api, group: Group
) -> None:
    del hosts
    group_id = group("anti-affinity")
    assert boot(hints={"group": group_id}, min_count=3).status_int == 202

    def placed() -> Any:
        servers = api.admin.get("/servers/detail?all_tenants=1").json["servers"]
        done = len(servers) == 3 and {server["status"] for server in servers} == {"ACTIVE"}
        return servers if done else None

    assert sorted(host_of(server) for server in until(placed)) == sorted(HOSTS)
    assert len(members(api, group_id)) == 3


def test_a_rule_permits_more_on_each_host(build: Build, group: Group) -> None:
    hints = {"group": group("anti-affinity", max_server_per_host=2)}
    found = Counter(host_of(build(hints=hints)) for _ in range(6))
    assert found == dict.fromkeys(HOSTS, 2)


def test_soft_policies_prefer_and_do_not_insist(
    build: Build, group: Group, stocked: nova_backend.Backend, api: Api
) -> None:
    together = {"group": group("soft-affinity")}
    first = host_of(build(hints=together))
    assert {host_of(build(hints=together)) for _ in range(2)} == {first}
    # No room with the others any more: elsewhere is better than nowhere.
    asked = {"binary": "nova-compute", "host": first}
    assert api.admin.put("/os-services/disable", asked).status_int == 200
    assert host_of(build(hints=together)) not in (None, first)
    assert api.admin.put("/os-services/enable", asked).status_int == 200

    apart = {"group": group("soft-anti-affinity")}
    spread = [host_of(build(hints=apart)) for _ in range(4)]
    assert sorted(spread[:3], key=str) == sorted(HOSTS)
    assert spread[3] in HOSTS
    assert stocked.conf.quota.server_group_members >= 4  # or the test would have found a quota instead


def test_deleted_servers_leave_the_group_and_make_room(build: Build, group: Group, api: Api) -> None:
    group_id = group("anti-affinity")
    servers = [build(hints={"group": group_id}) for _ in HOSTS]
    assert members(api, group_id) == [server["id"] for server in servers]
    assert servers[0]["server_groups"] == [group_id]
    gone = servers[1]
    assert api.delete(f"/servers/{gone['id']}").status_int == 204
    until(lambda: api.get(f"/servers/{gone['id']}").status_int == 404)
    assert members(api, group_id) == [servers[0]["id"], servers[2]["id"]]
    assert host_of(build(hints={"group": group_id})) == host_of(gone)


def test_servers_outlive_their_group(build: Build, group: Group, api: Api) -> None:
    group_id = group("affinity")
    server = build(hints={"group": group_id})
    assert api.delete(f"/os-server-groups/{group_id}").status_int == 204
    shown = api.get(f"/servers/{server['id']}", version="2.100").json["server"]
    assert shown["status"] == "ACTIVE"
    assert shown["server_groups"] == []
    assert shown["scheduler_hints"] == {"group": [group_id]}


def test_refusals(boot: Callable[..., Any], stocked: nova_backend.Backend, group: Group, api: Api) -> None:
    nowhere = "11111111-2222-3333-4444-555555555555"
    reply = boot(hints={"group": nowhere})
    assert reply.status_int == 400
    assert nowhere in reply.json["badRequest"]["message"]
    assert "could not be found" in reply.json["badRequest"]["message"]
    assert boot(hints={"group": "no-uuid"}).status_int == 400

    mine = group("affinity")
    assert boot(hints={"group": mine}, as_=api.as_("eve", "0" * 32)).status_int == 400
    assert boot(hints={"group": [mine, group("affinity")]}).status_int == 400

    stocked.conf.set_override("server_group_members", 2, group="quota")
    assert boot(hints={"group": mine}).status_int == 202
    over = boot(hints={"group": mine}, min_count=2)
    assert over.status_int == 403
    assert "Quota exceeded" in over.json["forbidden"]["message"]
    assert len(members(api, mine)) == 1
    assert api.get(f"/os-quota-sets/{DEMO_PROJECT}/detail").json["quota_set"]["instances"]["in_use"] == 1
