"""Servers that are simply there: rows put into the tables, without workers and time."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db import aggregates
from nova_api.db.schema.compute import (
    server_action_events,
    server_actions,
    server_faults,
    server_metadata,
    server_tags,
    servers,
    services,
)
from tests.functional.client import DEMO_PROJECT

BIRTH = datetime.datetime(2026, 1, 31, 12, 0, 0, 654321)
IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
NETWORK = "3cb9bc59-5699-4588-a4b1-b87f96708bc6"

FLAVOR = {
    "flavorid": "1",
    "name": "m1.tiny",
    "vcpus": 1,
    "ram": 512,
    "disk": 1,
    "ephemeral": 0,
    "swap": 0,
    "rxtx_factor": 1.0,
    "extra_specs": {"hw:numa_nodes": "1"},
}


def nic(address: str = "192.168.1.30", label: str = "private", **more: Any) -> dict[str, Any]:
    """A NIC as a server's row keeps it."""
    version = 6 if ":" in address else 4
    return {
        "port_id": str(uuid.uuid4()),
        "network_id": NETWORK,
        "label": label,
        "mac": "fa:16:3e:4c:2c:30",
        "fixed_ips": [{"subnet_id": str(uuid.uuid4()), "address": address, "version": version}],
        "floating_ips": [],
        "tag": None,
        "security_groups": ["default"],
        **more,
    }


def row(number: int = 0, **values: Any) -> dict[str, Any]:
    """The columns of an ACTIVE server of the demo project; ``number`` sets its age and name."""
    return {
        "uuid": str(uuid.uuid4()),
        "project_id": DEMO_PROJECT,
        "user_id": "demo",
        "name": f"vm{number}",
        "description": None,
        "hostname": f"vm{number}",
        "reservation_id": f"r-{number:08d}",
        "launch_index": 0,
        "vm_state": "active",
        "task_state": None,
        "power_state": 1,
        "progress": 0,
        "locked_by": None,
        "host": "compute1",
        "node": "compute1",
        "availability_zone": None,
        "flavor": FLAVOR,
        "vcpus": 1,
        "memory_mb": 512,
        "root_gb": 1,
        "flavorid": "1",
        "image_id": IMAGE,
        "image_properties": {"architecture": "x86_64"},
        "root_device_name": "/dev/vda",
        "key_name": "key",
        "user_data": "IyEvYmluL3NoCg==",
        "nics": [nic()],
        "launched_at": BIRTH,
        "created_at": BIRTH + datetime.timedelta(seconds=number),
        "updated_at": None,
        **values,
    }


def server(
    backend: Backend,
    number: int = 0,
    tags: tuple[str, ...] = (),
    metadata: dict[str, str] | None = None,
    **values: Any,
) -> str:
    """Adds one; its uuid."""
    columns = row(number, **values)
    with backend.db.writer() as conn:
        key = conn.execute(sa.insert(servers).values(**columns)).inserted_primary_key
        assert key is not None
        for tag in tags:
            conn.execute(sa.insert(server_tags).values(server_id=key[0], tag=tag))
        for name, value in (metadata or {}).items():
            conn.execute(sa.insert(server_metadata).values(server_id=key[0], key=name, value=value))
    return str(columns["uuid"])


def several(backend: Backend, count: int, **values: Any) -> list[str]:
    """Adds ``count`` servers, each a second younger than the one before; their uuids, oldest first."""
    columns = [row(number, **values) for number in range(count)]
    with backend.db.writer() as conn:
        conn.execute(sa.insert(servers), columns)
        ids = conn.scalars(sa.select(servers.c.id).order_by(servers.c.id.desc()).limit(count)).all()
        conn.execute(sa.insert(server_tags), [{"server_id": id, "tag": "blue"} for id in ids])
        conn.execute(sa.insert(server_metadata), [{"server_id": id, "key": "k", "value": "v"} for id in ids])
    return [column["uuid"] for column in columns]


def row_id(backend: Backend, server_uuid: str) -> int:
    with backend.db.reader() as conn:
        return int(conn.execute(sa.select(servers.c.id).where(servers.c.uuid == server_uuid)).scalar_one())


def fault(backend: Backend, server_uuid: str, code: int = 500, message: str = "NoValidHost") -> None:
    values = {"server_id": row_id(backend, server_uuid), "code": code, "message": message}
    with backend.db.writer() as conn:
        conn.execute(sa.insert(server_faults).values(details="Traceback …", created_at=BIRTH, **values))


def service(backend: Backend, host: str = "compute1", **values: Any) -> None:
    """A compute service that has just reported."""
    seen = {"last_seen_at": datetime.datetime.now(datetime.UTC).replace(tzinfo=None), **values}
    with backend.db.writer() as conn:
        conn.execute(
            sa.insert(services).values(uuid=str(uuid.uuid4()), host=host, binary="nova-compute", **seen)
        )


def zone(backend: Backend, name: str, host: str) -> None:
    """An aggregate that makes a zone of ``host``."""
    with backend.db.writer() as conn:
        aggregate = aggregates.insert(conn, name)
        aggregates.set_metadata(conn, aggregate, {aggregates.ZONE: name})
        aggregates.add_host(conn, aggregate, host)


def action(backend: Backend, server_uuid: str, number: int = 0, **values: Any) -> str:
    """A finished action with one event; its request id."""
    began = BIRTH + datetime.timedelta(minutes=number)
    columns = {
        "action": "create",
        "request_id": f"req-{uuid.uuid4()}",
        "user_id": "demo",
        "project_id": DEMO_PROJECT,
        "start_time": began,
        "created_at": began,
        "updated_at": began,
        **values,
    }
    with backend.db.writer() as conn:
        inserted = sa.insert(server_actions).values(server_id=row_id(backend, server_uuid), **columns)
        key = conn.execute(inserted).inserted_primary_key
        assert key is not None
        event = {"event": "compute__do_build_and_run_instance", "host": "compute1", "result": "Error"}
        times = {"start_time": began, "finish_time": began}
        details = {"traceback": "Traceback …", "details": "No room."}
        conn.execute(sa.insert(server_action_events).values(action_id=key[0], **event, **times, **details))
    return str(columns["request_id"])
