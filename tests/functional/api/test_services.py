"""/os-services: both ways of telling a service something, and taking one out of the cloud."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from nova_api.db import nodes
from nova_api.db.schema.compute import compute_nodes, servers, services
from tests.functional.api.servers import given
from tests.functional.client import Api

PATH = "/os-services"
NODE = {
    "hypervisor_type": "fake",
    "hypervisor_version": 1,
    "host_ip": "192.0.2.1",
    "cpu_info": {},
    "vcpus": 4,
    "memory_mb": 4096,
    "local_gb": 100,
    "cpu_allocation_ratio": 1.0,
    "ram_allocation_ratio": 1.0,
    "disk_allocation_ratio": 1.0,
}


@pytest.fixture
def admin(api: Api, backend: nova_backend.Backend) -> Api:
    """Compute services on alpha and beta, of which beta is silent, and a scheduler."""
    given.service(backend, "alpha")
    long_ago = datetime.datetime(2020, 1, 1)
    given.service(backend, "beta", created_at=long_ago, last_seen_at=long_ago + datetime.timedelta(hours=1))
    with backend.db.writer() as conn:
        conn.execute(
            sa.insert(services).values(uuid=str(uuid.uuid4()), host="control", binary="nova-scheduler")
        )
        nodes.report(conn, "alpha", "alpha-node", NODE)
    return api.admin


def listed(admin: Api, query: str = "", version: str = "2.53") -> dict[str, dict[str, Any]]:
    found = admin.get(PATH + query, version=version).json["services"]
    return {service["host"]: service for service in found}


def test_list(admin: Api) -> None:
    old, new = listed(admin, version="2.10"), listed(admin)
    keys = {"id", "binary", "host", "zone", "status", "state", "updated_at", "disabled_reason"}
    assert set(old["alpha"]) == keys
    assert set(listed(admin, version="2.11")["alpha"]) == keys | {"forced_down"} == set(new["alpha"])
    assert [old[host]["id"] for host in ("alpha", "beta", "control")] == [1, 2, 3]
    assert len(new["alpha"]["id"]) == 36
    assert {host: (s["zone"], s["state"], s["status"]) for host, s in new.items()} == {
        "alpha": ("nova", "up", "enabled"),
        "beta": ("nova", "down", "enabled"),
        "control": ("internal", "down", "enabled"),
    }
    assert new["beta"]["updated_at"] == "2020-01-01T01:00:00.000000"
    assert new["control"]["updated_at"] is None
    assert list(listed(admin, "?binary=nova-compute")) == ["alpha", "beta"]
    assert list(listed(admin, "?host=control")) == ["control"]
    assert listed(admin, "?host=nowhere") == {}
    assert admin.get(PATH + "?a=1", version="2.74").status_int == 200
    assert admin.get(PATH + "?a=1", version="2.75").status_int == 400


def test_telling_until_2_52(admin: Api) -> None:
    whom = {"host": "alpha", "binary": "nova-compute"}

    def tell(action: str, version: str | None = None, **more: Any) -> Any:
        return admin.put(f"{PATH}/{action}", {**whom, **more}, version=version)

    assert tell("disable").json == {"service": {**whom, "status": "disabled"}}
    assert tell("disable-log-reason", disabled_reason="broken").json == {
        "service": {**whom, "status": "disabled", "disabled_reason": "broken"}
    }
    assert listed(admin)["alpha"]["disabled_reason"] == "broken"
    assert tell("enable").json == {"service": {**whom, "status": "enabled"}}
    assert listed(admin)["alpha"]["disabled_reason"] is None
    forced = tell("force-down", "2.11", forced_down="yes")
    assert forced.json == {"service": {**whom, "forced_down": True}}
    assert listed(admin)["alpha"]["state"] == "down"
    assert tell("force-down", "2.11", forced_down=False).json["service"]["forced_down"] is False

    assert tell("disable-log-reason").status_int == 400
    assert tell("force-down", "2.11").status_int == 400
    assert tell("force-down", "2.10").status_int == 404
    assert tell("force-down", "2.10", forced_down=True).status_int == 400
    assert tell("explode").status_int == 404
    for wrong in ({"host": "nowhere"}, {"binary": "nova-x"}, {"host": "control", "binary": "nova-scheduler"}):
        assert tell("disable", **wrong).status_int == 404


def test_update_since_2_53(admin: Api) -> None:
    services_ = listed(admin)
    path = f"{PATH}/{services_['alpha']['id']}"

    def put(**asked: Any) -> Any:
        return admin.put(path, asked, version="2.53")

    shown = put(status="disabled", disabled_reason="broken", forced_down="true").json["service"]
    assert set(shown) == set(services_["alpha"])
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "broken")
    assert (shown["forced_down"], shown["state"]) == (True, "down")
    assert put(forced_down=False).json["service"]["state"] == "up"
    assert put(status="disabled").json["service"]["disabled_reason"] is None
    assert put(status="enabled").json["service"]["status"] == "enabled"

    assert put(status="enabled", disabled_reason="why").status_int == 400
    assert put(disabled_reason="why").status_int == 400
    assert put().status_int == 400
    scheduler = admin.put(f"{PATH}/{services_['control']['id']}", {"status": "disabled"}, version="2.53")
    assert scheduler.status_int == 400
    assert "nova-scheduler" in scheduler.json["badRequest"]["message"]
    unknown = admin.put(f"{PATH}/{uuid.uuid4()}", {"status": "disabled"}, version="2.53")
    assert unknown.status_int == 404
    malformed = admin.put(f"{PATH}/1", {"status": "disabled"}, version="2.53")
    assert malformed.status_int == 400
    assert "'1'" in malformed.json["badRequest"]["message"]


def test_delete(admin: Api, backend: nova_backend.Backend) -> None:
    services_ = listed(admin)
    path = f"{PATH}/{services_['alpha']['id']}"
    server = given.server(backend, host="alpha", node="alpha-node")
    busy = admin.delete(path, version="2.53")
    assert busy.status_int == 409
    assert "hosting instances" in busy.json["conflictingRequest"]["message"]
    assert admin.delete(f"/servers/{server}").status_int == 204
    with backend.db.writer() as conn:
        conn.execute(sa.update(servers).values(deleted=True))
    made = admin.post("/os-aggregates", {"aggregate": {"name": "a"}}).json["aggregate"]["id"]
    asked = {"add_host": {"host": "alpha"}}
    assert admin.post(f"/os-aggregates/{made}/action", asked).status_int == 200

    assert admin.delete(path, version="2.53").status_int == 204
    assert list(listed(admin)) == ["beta", "control"]
    assert admin.get("/os-hypervisors").json == {"hypervisors": []}
    assert admin.get(f"/os-aggregates/{made}").json["aggregate"]["hosts"] == []
    with backend.db.reader() as conn:
        assert conn.execute(sa.select(compute_nodes)).all() == []

    assert admin.delete(path, version="2.53").status_int == 404
    assert admin.delete(f"{PATH}/x", version="2.53").status_int == 400
    assert admin.delete(f"{PATH}/x").status_int == 400
    assert admin.delete(f"{PATH}/99").status_int == 404
    assert admin.delete(f"{PATH}/3").status_int == 204


def test_administrators_only(api: Api, admin: Api) -> None:
    path = f"{PATH}/{listed(admin)['alpha']['id']}"
    for reply in (
        api.get(PATH),
        api.put(f"{PATH}/disable", {"host": "alpha", "binary": "nova-compute"}),
        api.put(path, {"status": "disabled"}, version="2.53"),
        api.delete(path, version="2.53"),
    ):
        assert reply.status_int == 403
        assert "os_compute_api:os-services:" in reply.json["forbidden"]["message"]
