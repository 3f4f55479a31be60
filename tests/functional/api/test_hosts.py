"""/os-hosts: what hosts have, and switching them; gone after 2.42."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from nova_api.db import nodes
from nova_api.db.schema.compute import compute_nodes
from tests.functional.api.servers import given
from tests.functional.api.servers.conftest import HOST, stocked, workers
from tests.functional.api.test_services import NODE
from tests.functional.client import ADMIN_PROJECT, DEMO_PROJECT, Api

__all__ = ["stocked", "workers"]

PATH = "/os-hosts"


@pytest.fixture
def admin(api: Api, backend: nova_backend.Backend) -> Api:
    """Host alpha with a node, host silent that was never heard of."""
    given.service(backend, "alpha")
    given.service(backend, "silent", last_seen_at=None)
    with backend.db.writer() as conn:
        nodes.report(conn, "alpha", "alpha-node", NODE)
    return api.admin


def test_list(admin: Api) -> None:
    alpha = {"host_name": "alpha", "service": "compute", "zone": "nova"}
    silent = {"host_name": "silent", "service": "compute", "zone": "nova"}
    assert admin.get(PATH).json == {"hosts": [alpha, silent]}
    assert admin.get(PATH + "?zone=nova&zz=1").json == {"hosts": [alpha, silent]}
    assert admin.get(PATH + "?zone=elsewhere").json == {"hosts": []}
    assert admin.put(f"{PATH}/silent", {"status": "disable"}).status_int == 200
    assert admin.get(PATH, version="2.42").json == {"hosts": [alpha]}


def test_show(admin: Api, backend: nova_backend.Backend) -> None:
    for project, number in ((DEMO_PROJECT, 2), (ADMIN_PROJECT, 1)):
        for _ in range(number):
            given.server(backend, host="alpha", node="alpha-node", project_id=project, ephemeral_gb=2)
    given.server(backend, host="alpha", node="alpha-node", deleted=True)
    given.server(backend, host="beta", node="beta-node")
    with backend.db.writer() as conn:
        conn.execute(sa.update(compute_nodes).values(vcpus_used=3, memory_mb_used=1536, local_gb_used=9))

    def line(project: str, cpu: int, memory_mb: int, disk_gb: int) -> dict[str, Any]:
        values = {"project": project, "cpu": cpu, "memory_mb": memory_mb, "disk_gb": disk_gb}
        return {"resource": {"host": "alpha", **values}}

    assert admin.get(f"{PATH}/alpha").json == {
        "host": [
            line("(total)", 4, 4096, 100),
            line("(used_now)", 3, 1536 + 512, 9),
            line("(used_max)", 3, 1536, 9),
            line(DEMO_PROJECT, 2, 1024, 6),
            line(ADMIN_PROJECT, 1, 512, 3),
        ]
    }


def test_unknown_and_silent_hosts(admin: Api) -> None:
    unknown = admin.get(f"{PATH}/nowhere")
    assert unknown.status_int == 404
    assert "nowhere" in unknown.json["itemNotFound"]["message"]
    assert admin.get(f"{PATH}/silent").status_int == 404  # it has not said what it has
    assert admin.put(f"{PATH}/nowhere", {"status": "enable"}).status_int == 404
    for power in ("startup", "shutdown", "reboot"):
        assert admin.get(f"{PATH}/nowhere/{power}").status_int == 404
        down = admin.get(f"{PATH}/silent/{power}")
        assert down.status_int == 400
        assert "silent is down" in down.json["badRequest"]["message"]
    # A refusal changes nothing, whatever else was asked for.
    assert admin.put(f"{PATH}/silent", {"status": "disable", "maintenance_mode": "enable"}).status_int == 400
    assert "silent" in [host["host_name"] for host in admin.get(PATH).json["hosts"]]


def test_bodies(admin: Api) -> None:
    for wrong in ({}, {"status": "on"}, {"status": None}, {"maintenance_mode": True}, {"zz": "enable"}):
        assert admin.put(f"{PATH}/alpha", wrong).status_int == 400
    assert admin.put(f"{PATH}/alpha", {"status": "enable", "zz": 1}).status_int == 400
    assert admin.put(f"{PATH}/alpha", {"status": "enable", "zz": 1}, root="/v2").status_int == 200


@pytest.mark.usefixtures("workers")
def test_switching(api: Api) -> None:
    admin, path = api.admin, f"{PATH}/{HOST}"
    asked = {"status": "Disable", "maintenance_mode": "ENABLE"}
    told = {"host": HOST, "status": "disabled", "maintenance_mode": "on_maintenance"}
    assert admin.put(path, asked).json == told
    service = admin.get(f"/os-services?host={HOST}&binary=nova-compute").json["services"][0]
    assert service["status"] == "disabled"
    assert admin.put(path, {"status": "ENABLE"}).json == {"host": HOST, "status": "enabled"}
    over = {"host": HOST, "maintenance_mode": "off_maintenance"}
    assert admin.put(path, {"maintenance_mode": "disable"}).json == over
    for power in ("startup", "shutdown", "reboot"):
        assert admin.get(f"{path}/{power}").json == {"host": HOST, "power_action": power}


@pytest.mark.usefixtures("workers")
def test_what_the_driver_lacks_is_501(api: Api, stocked: nova_backend.Backend) -> None:
    lacking = ["host_power_action", "set_host_maintenance"]
    stocked.conf.set_override("unsupported", lacking, group="fake")
    replies = [api.admin.get(f"{PATH}/{HOST}/{power}") for power in ("startup", "shutdown", "reboot")]
    replies.append(api.admin.put(f"{PATH}/{HOST}", {"maintenance_mode": "enable"}))
    for reply in replies:
        assert (reply.status_int, list(reply.json)) == (501, ["notImplemented"])


def test_windows_and_policies(api: Api, admin: Api) -> None:
    for path in (PATH, f"{PATH}/alpha", *(f"{PATH}/alpha/{power}" for power in ("startup", "shutdown"))):
        assert admin.get(path, version="2.43").status_int == 404
        refused = api.get(path)
        assert refused.status_int == 403
        assert "os_compute_api:os-hosts:" in refused.json["forbidden"]["message"]
    assert admin.put(f"{PATH}/alpha", {"status": "enable"}, version="2.43").status_int == 404
    assert api.put(f"{PATH}/alpha", {"status": "enable"}).status_int == 403
    assert "os-hosts:reboot" in api.get(f"{PATH}/alpha/reboot").json["forbidden"]["message"]
