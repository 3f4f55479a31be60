"""Quotas that administrators have set hold for servers, also for requests that come together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nova_api import backend as nova_backend
from tests.functional.api.servers import rows
from tests.functional.client import Api

Boot = Callable[..., Any]


def put(api: Api, query: str = "", **limits: int) -> None:
    reply = api.admin.put(f"/os-quota-sets/{api.project}{query}", {"quota_set": limits})
    assert reply.status_int == 200, reply.text


def together(calls: int, call: Callable[[int], Any]) -> list[int]:
    barrier, statuses = threading.Barrier(calls), [0] * calls

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        statuses[number] = call(number).status_int

    threads = [threading.Thread(target=run, args=(number,)) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return statuses


def test_the_project_and_its_users(boot: Boot, api: Api) -> None:
    put(api, instances=3)
    put(api, "?user_id=ann", instances=1)
    ann = api.as_("ann")
    assert [boot(as_=ann).status_int for _ in range(2)] == [202, 403]
    over = boot(as_=ann)
    message = over.json["forbidden"]["message"]
    assert "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances" in message
    assert [boot().status_int for _ in range(3)] == [202, 202, 403]
    used = api.admin.get(f"/os-quota-sets/{api.project}/detail?user_id=ann").json["quota_set"]
    assert used["instances"] == {"limit": 1, "in_use": 1, "reserved": 0}
    whole = api.admin.get(f"/os-quota-sets/{api.project}/detail").json["quota_set"]
    assert whole["instances"] == {"limit": 3, "in_use": 3, "reserved": 0}
    put(api, instances=-1)
    assert boot(min_count=9).status_int == 202  # 9 of 20 cores


def test_several_at_once_never_exceed_a_users_limit(
    boot: Boot, stocked: nova_backend.Backend, api: Api
) -> None:
    put(api, "?user_id=ann", cores=3)
    ann = api.as_("ann")
    # Loads the transport's driver in the main thread.
    assert boot().status_int == 202
    statuses = together(8, lambda number: boot(as_=ann, name=f"vm{number}"))
    assert sorted(statuses) == [202] * 3 + [403] * 5
    assert len([row for row in rows.all_servers(stocked) if row.user_id == "ann"]) == 3


def test_several_at_once_never_overfill_a_group(boot: Boot, stocked: nova_backend.Backend, api: Api) -> None:
    stocked.conf.set_override("server_group_members", 2, group="quota")
    asked = {"server_group": {"name": "g", "policies": ["affinity"]}}
    group = api.post("/os-server-groups", asked).json["server_group"]["id"]
    assert boot().status_int == 202
    statuses = together(6, lambda number: boot(name=f"vm{number}", hints={"group": group}))
    assert sorted(statuses) == [202] * 2 + [403] * 4
    assert len(api.get(f"/os-server-groups/{group}").json["server_group"]["members"]) == 2


def test_several_at_once_never_make_too_many_groups(boot: Boot, api: Api) -> None:
    put(api, server_groups=2)
    assert boot().status_int == 202
    asked = {"server_group": {"name": "g", "policies": ["affinity"]}}
    statuses = together(6, lambda _: api.post("/os-server-groups", asked))
    assert sorted(statuses) == [200] * 2 + [403] * 4
