"""Members of a server group that race: the policy holds, and whoever comes second chooses again."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from nova_api.db import server_groups
from nova_api.db.guests import Guest
from nova_api.db.schema.placement import server_groups as table
from nova_api.db.server_groups import ServerGroup
from nova_api.scheduler import manager
from nova_api.scheduler.service import SchedulerService
from tests.functional.work.cloud import PROJECT, Cloud, options

HOSTS = ("host1", "host2", "host3")


def group(cloud: Cloud, policy: str) -> ServerGroup:
    with cloud.backend.db.writer() as conn:
        values = {"uuid": policy, "project_id": PROJECT, "user_id": "user", "name": "g", "policy": policy}
        server_groups.insert(conn, values)
        found = server_groups.find(conn, policy)
    assert found is not None
    return found


def members(cloud: Cloud, of: ServerGroup, count: int) -> list[Guest]:
    """Servers of the group that wait to be scheduled."""
    hints = {"group": [of.uuid]}
    servers = [cloud.create(f"vm{number}", cast=False, scheduler_hints=hints) for number in range(count)]
    with cloud.backend.db.writer() as conn:
        server_groups.add_members(conn, of, [server.id for server in servers])
    return servers


def schedule_at_once(clouds: Sequence[Cloud], items: Sequence[str]) -> None:
    """Each cloud's scheduler takes its share of ``items``; all begin together."""
    barrier = threading.Barrier(len(clouds))

    def work(cloud: Cloud, share: Sequence[str]) -> None:
        worker = SchedulerService(cloud.backend).worker
        barrier.wait()
        for uuid in share:
            worker.do(uuid)

    threads = [
        threading.Thread(target=work, args=(cloud, items[number :: len(clouds)]))
        for number, cloud in enumerate(clouds)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("policy", ["affinity", "anti-affinity"])
def test_two_schedulers_race_for_members_of_one_group(
    tmp_path: pathlib.Path, database: str | None, policy: str
) -> None:
    first = Cloud(options(tmp_path, database, scheduler__claim_attempts=50))
    second = Cloud(options(tmp_path, database, host="host9", scheduler__claim_attempts=50))
    try:
        for host in HOSTS:
            first.compute(host)
        servers = members(first, group(first, policy), 5)
        schedule_at_once([first, second], [item.uuid for item in first.items()])
        first.scheduler()
        hosts = [first.settled(server).host for server in servers]
        if policy == "affinity":
            assert len(set(hosts)) == 1
            assert hosts[0] in HOSTS
        else:
            assert sorted(host for host in hosts if host) == list(HOSTS)
            assert hosts.count(None) == 2
    finally:
        first.close()
        second.close()


@pytest.mark.parametrize(("policy", "apart"), [("affinity", False), ("anti-affinity", True)])
def test_a_choice_that_was_overtaken_is_made_again(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, policy: str, apart: bool
) -> None:
    """The second member is placed between the first one's look at the hosts and its claim."""
    cloud = Cloud(options(tmp_path))
    try:
        for host in HOSTS:
            cloud.compute(host)
        early, late = members(cloud, group(cloud, policy), 2)
        items = {item.server_uuid: item.uuid for item in cloud.items()}
        choose = manager.choose_from
        looks: list[str] = []

        def overtaken(*arguments: object) -> object:
            looks.append("")
            found = choose(*arguments)  # type: ignore[arg-type]
            if len(looks) == 1:
                other = SchedulerService(cloud.backend).worker
                thread = threading.Thread(target=other.do, args=(items[late.uuid],))
                thread.start()
                thread.join()
            return found

        monkeypatch.setattr(manager, "choose_from", overtaken)
        SchedulerService(cloud.backend).worker.do(items[early.uuid])
        cloud.scheduler()
        hosts = {cloud.settled(early).host, cloud.settled(late).host}
        assert len(hosts) == (2 if apart else 1)
        # One look each, and the early one's second.
        assert len(looks) == 3
    finally:
        cloud.close()


def test_groups_do_not_lose_their_generation(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        found = group(cloud, "affinity")
        with cloud.backend.db.writer() as conn:
            assert server_groups.claim(conn, found)
            assert not server_groups.claim(conn, found)
            assert conn.scalar(sa.select(table.c.generation)) == 1
            server_groups.delete(conn, found)
            # What is gone forbids nothing.
            assert server_groups.claim(conn, found)
    finally:
        cloud.close()
