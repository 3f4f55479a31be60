"""/os-availability-zone: zones from the services that report themselves."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.compute import availability_zones
from nova_api.db import services as statements
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import services
from tests.functional.client import Api


@pytest.fixture
def hosts(backend: nova_backend.Backend) -> dict[str, int]:
    """A scheduler and two compute hosts, all alive; ids by host."""
    made = {}
    for binary, host in (("nova-scheduler", "control"), ("nova-compute", "one"), ("nova-compute", "two")):
        with backend.db.writer() as conn:
            made[host] = statements.ensure(conn, binary, host)
            statements.beat(conn, binary, host)
    return made


def change(backend: nova_backend.Backend, service_id: int, **values: Any) -> None:
    with backend.db.writer() as conn:
        conn.execute(sa.update(services).where(services.c.id == service_id).values(**values))


def listed(api: Api) -> list[dict[str, Any]]:
    zones: list[dict[str, Any]] = api.get("/os-availability-zone").json["availabilityZoneInfo"]
    return zones


def test_list_hides_the_internal_zone(api: Api, hosts: dict[str, int]) -> None:
    assert listed(api) == [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]


def test_no_hosts_no_zones(api: Api) -> None:
    assert listed(api) == []


def test_detail(api: Api, hosts: dict[str, int]) -> None:
    internal, nova = api.admin.get("/os-availability-zone/detail").json["availabilityZoneInfo"]
    assert internal["zoneName"] == "internal"
    assert set(internal["hosts"]) == {"control"}
    assert (nova["zoneName"], nova["zoneState"]) == ("nova", {"available": True})
    assert set(nova["hosts"]) == {"one", "two"}
    service = nova["hosts"]["one"]["nova-compute"]
    assert (service["active"], service["available"]) == (True, True)
    assert datetime.datetime.fromisoformat(service["updated_at"]).tzinfo is None


def test_dead_and_disabled_services(api: Api, backend: nova_backend.Backend, hosts: dict[str, int]) -> None:
    change(backend, hosts["one"], last_seen_at=utcnow() - datetime.timedelta(hours=1))
    change(backend, hosts["two"], disabled=True)
    assert listed(api) == [{"zoneName": "nova", "zoneState": {"available": False}, "hosts": None}]
    _, nova = api.admin.get("/os-availability-zone/detail").json["availabilityZoneInfo"]
    assert nova == {"zoneName": "nova", "zoneState": {"available": False}, "hosts": None}
    change(backend, hosts["two"], disabled=False)
    _, nova = api.admin.get("/os-availability-zone/detail").json["availabilityZoneInfo"]
    assert nova["hosts"]["one"]["nova-compute"]["available"] is False
    assert nova["hosts"]["two"]["nova-compute"]["available"] is True


def test_names_come_from_the_options(
    api: Api, conf: cfg.ConfigOpts, backend: nova_backend.Backend, hosts: dict[str, int]
) -> None:
    conf.set_override("default_availability_zone", "here")
    assert [zone["zoneName"] for zone in listed(api)] == ["here"]
    with backend.db.reader() as conn:
        available = [
            name for name in ("here", "nova", "internal") if availability_zones.is_available(conn, conf, name)
        ]
    assert available == ["here"]


def test_detail_is_for_administrators(api: Api) -> None:
    answer = api.get("/os-availability-zone/detail")
    assert answer.status_int == 403
    assert "os_compute_api:os-availability-zone:detail" in answer.json["forbidden"]["message"]


def test_query_is_closed_from_2_102(api: Api) -> None:
    for path in ("/os-availability-zone", "/os-availability-zone/detail"):
        assert api.admin.get(f"{path}?x=1", version="2.101").status_int == 200
        assert api.admin.get(f"{path}?x=1", version="2.102").status_int == 400
