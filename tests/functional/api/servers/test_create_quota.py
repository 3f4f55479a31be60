"""POST /servers: quotas, and the words of their refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api import context
from nova_api.backend import Backend
from nova_api.neighbours.quotas import NETWORK
from tests.functional.api.servers import rows
from tests.functional.client import Api

Boot = Callable[..., Any]


def said(reply: Any) -> str:
    assert reply.status_int == 403, reply.text
    return str(reply.json["forbidden"]["message"])


def limit(stocked: Backend, **limits: int) -> None:
    for name, value in limits.items():
        stocked.conf.set_override(name, value, group="quota")


def test_instances(boot: Boot, stocked: Backend, api: Api) -> None:
    limit(stocked, instances=1)
    assert boot().status_int == 202
    assert said(boot()) == "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"
    assert len(rows.all_servers(stocked)) == 1
    assert boot(as_=api.admin).status_int == 202  # of another project


def test_several_resources_at_once(boot: Boot, stocked: Backend) -> None:
    limit(stocked, instances=2, cores=4, ram=8192)
    assert said(boot(flavorRef="5")) == (
        "Quota exceeded for cores, ram: Requested 8, 16384, but already used 0, 0 of 4, 8192 cores, ram"
    )
    assert said(boot(min_count=3, max_count=4)) == (
        "Quota exceeded for instances: Requested 3-4, but already used 0 of 2 instances"
    )


def test_as_many_as_fit_between_least_and_most(boot: Boot, stocked: Backend) -> None:
    limit(stocked, cores=5)
    assert boot(flavorRef="3", name="vm", min_count=1, max_count=9).status_int == 202
    assert [row.name for row in rows.all_servers(stocked)] == ["vm-1", "vm-2"]
    assert "cores" in said(boot(flavorRef="3"))
    assert boot(flavorRef="1", name="last", max_count=9).status_int == 202
    assert rows.all_servers(stocked)[-1].name == "last"


def test_unlimited(boot: Boot, stocked: Backend) -> None:
    limit(stocked, instances=-1, cores=-1, ram=-1)
    assert boot(min_count=30).status_int == 202
    assert len(rows.all_servers(stocked)) == 30


@pytest.mark.parametrize(
    ("limits", "server", "number"),
    [
        ({"metadata_items": 1}, {"metadata": {"a": "1", "b": "2"}}, "1"),
        ({"injected_files": 0}, {"personality": [{"path": "/a", "contents": ""}]}, "0"),
        ({"injected_file_path_bytes": 3}, {"personality": [{"path": "/abc", "contents": ""}]}, "3"),
        ({"injected_file_content_bytes": 3}, {"personality": [{"path": "/a", "contents": "YWJj"}]}, "3"),
    ],
)
def test_of_one_server(
    boot: Boot, stocked: Backend, limits: dict[str, int], server: dict[str, Any], number: str
) -> None:
    assert boot(**server).status_int == 202
    limit(stocked, **limits)
    words = said(boot(**server))
    assert "Quota exceeded" in words
    assert f"maximum is {number}" in words
    limit(stocked, **dict.fromkeys(limits, -1))
    assert boot(**server).status_int == 202


def test_ports(boot: Boot, stocked: Backend, api: Api) -> None:
    network = stocked.networks.networks_for(context.RequestContext(project_id=api.project))[0].id
    two = [{"uuid": network}, {"uuid": network}]
    NETWORK.set(stocked.db, api.project, {"port": 3})
    assert said(boot(networks=two, min_count=2)) == (
        "Quota exceeded for ports: Requested 4, but only 3 are left"
    )
    assert rows.all_servers(stocked) == []
    assert boot(networks=two, name="vm", max_count=9).status_int == 202
    assert [row.name for row in rows.all_servers(stocked)] == ["vm"]
    NETWORK.set(stocked.db, api.project, {"port": 0})
    assert "ports" in said(boot(networks=[{"uuid": network}]))
    assert "ports" in said(boot())  # of the one network there is
    assert boot(networks="none", version="2.37").status_int == 202
    assert boot(as_=api.admin, networks=two).status_int == 202  # of another project


def test_a_port_that_is_there_needs_no_room(boot: Boot, stocked: Backend, api: Api) -> None:
    member = context.RequestContext(project_id=api.project)
    network = stocked.networks.networks_for(member)[0].id
    port = stocked.networks.ports.create(member, {"network_id": network}).id
    NETWORK.set(stocked.db, api.project, {"port": 1})
    assert boot(networks=[{"port": port}]).status_int == 202
