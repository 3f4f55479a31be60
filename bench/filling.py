"""Loads a cloud in bulk: ``python bench/filling.py OPTIONS-FILE '{"project": servers, …}'``.

Runs as a script with the measured tree first on the path, so that an older
commit is filled through its own tables; it imports nothing else of ``bench``.
Each server has one port with an address and a security group, two metadata
items and a tag.  The uuid of a project's server number n (0 is the oldest) is
``server_uuid(project, n)``.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import json
import sys
import uuid
from collections.abc import Iterator
from typing import Any

HOST = "bench"
NETWORK = "00000000-0000-4000-8000-00000000beef"
SUBNET = "00000000-0000-4000-8000-00000000feed"
PASSWORD = "bench-password"
_BASE = ipaddress.ip_address("10.0.1.0")
_AT_ONCE = 2000


def server_uuid(project: str, number: int) -> str:
    """The uuid of the project's server ``number``."""
    digest = hashlib.sha256(f"{project}/{number}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _flavor() -> dict[str, Any]:
    return {
        "flavorid": "1",
        "name": "m1.tiny",
        "vcpus": 1,
        "ram": 512,
        "disk": 1,
        "ephemeral": 0,
        "swap": 0,
        "rxtx_factor": 1.0,
        "extra_specs": {"hw:cpu_policy": "shared"},
    }


def _server(project: str, number: int, row: int, image: str) -> dict[str, Any]:
    made = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=number)
    return {
        "id": row,
        "uuid": server_uuid(project, number),
        "project_id": project,
        "user_id": "admin",
        "name": f"vm-{number}",
        "description": f"number {number}",
        "hostname": f"vm-{number}",
        "reservation_id": f"r-{row:08x}",
        "launch_index": 0,
        "vm_state": "active",
        "power_state": 1,
        "host": HOST,
        "node": HOST,
        "flavor": _flavor(),
        "flavorid": "1",
        "vcpus": 1,
        "memory_mb": 512,
        "root_gb": 1,
        "image_id": image,
        "image_properties": {"os_distro": "debian"},
        "root_device_name": "/dev/vda",
        "launched_at": made,
        "created_at": made,
        "updated_at": made,
    }


def _port(server: dict[str, Any]) -> dict[str, Any]:
    row = server["id"]
    return {
        "uuid": str(uuid.UUID(int=row)),
        "project_id": server["project_id"],
        "network_id": NETWORK,
        "mac_address": "fa:16:3e:" + f"{row:06x}"[:2] + ":" + f"{row:06x}"[2:4] + ":" + f"{row:06x}"[4:],
        "status": "ACTIVE",
        "device_id": server["uuid"],
        "device_owner": "compute:nova",
        "position": 0,
        "made_for_server": True,
        "host_id": HOST,
        "vif_details": {},
        "profile": {},
    }


def _several(project: str, first: int, count: int, image: str) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, count, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, count))
        yield [_server(project, number, first + number, image) for number in numbers]


def _insert_servers(conn: Any, servers: list[dict[str, Any]], group: str) -> None:
    from nova_api.db.schema import compute, network

    ports = [_port(server) for server in servers]
    conn.execute(compute.servers.insert(), servers)
    conn.execute(
        compute.server_metadata.insert(),
        [{"server_id": s["id"], "key": key, "value": "x"} for s in servers for key in ("role", "stage")],
    )
    conn.execute(compute.server_tags.insert(), [{"server_id": s["id"], "tag": "bench"} for s in servers])
    conn.execute(network.ports.insert(), ports)
    conn.execute(
        network.addresses.insert(),
        [
            {
                "port_id": port["uuid"],
                "subnet_id": SUBNET,
                "address": str(_BASE + server["id"]),
                "distance": 256 + server["id"],
            }
            for server, port in zip(servers, ports, strict=True)
        ],
    )
    conn.execute(
        network.port_security_groups.insert(),
        [{"port_id": port["uuid"], "security_group_id": group} for port in ports],
    )


def _prepare(conn: Any, project: str) -> str:
    """The network once, and a security group of ``project``, whose uuid is returned."""
    import sqlalchemy as sa

    from nova_api.db.schema import network

    if conn.scalar(sa.select(network.networks.c.id).where(network.networks.c.uuid == NETWORK)) is None:
        owner = {"project_id": "bench"}
        conn.execute(network.networks.insert().values(uuid=NETWORK, name="bench", shared=True, **owner))
        subnet = {
            "uuid": SUBNET,
            "network_id": NETWORK,
            "ip_version": 4,
            "cidr": "10.0.0.0/8",
            **owner,
            "allocation_pools": [{"start": "10.64.0.1", "end": "10.255.255.254"}],
            "gateway_ip": "10.0.0.1",
            "dns_nameservers": [],
            "host_routes": [],
        }
        conn.execute(network.subnets.insert().values(**subnet))
    group = str(uuid.uuid4())
    conn.execute(
        network.security_groups.insert().values(
            uuid=group, project_id=project, name="default", default_of=project
        )
    )
    return group


def fill(options: str, projects: dict[str, int]) -> None:
    """Creates the tables, what a first start makes, and the servers of ``projects``."""
    import sqlalchemy as sa

    from nova_api import backend as nova_backend
    from nova_api import conf as nova_conf
    from nova_api import seed
    from nova_api.db import migrate
    from nova_api.db.schema import image
    from nova_api.db.schema.base import utcnow
    from nova_api.db.schema.compute import services

    backend = nova_backend.of(nova_conf.new([], [options]))
    migrate.upgrade(backend.db)
    seed.first_start(backend, {"admin": PASSWORD, "demo": PASSWORD})
    first = 1
    with backend.db.writer() as conn:
        an_image = conn.scalar(sa.select(image.images.c.uuid))
        alive = {"uuid": str(uuid.uuid4()), "binary": "nova-compute", "last_seen_at": utcnow()}
        conn.execute(services.insert().values(host=HOST, **alive))
    for project, count in {"small": 0, **projects}.items():
        with backend.db.writer() as conn:
            group = _prepare(conn, project)
            for servers in _several(project, first, count, an_image):
                _insert_servers(conn, servers, group)
        first += count
    if not backend.db.is_sqlite:
        with backend.db.engine.connect() as conn:
            for table in ("servers", "network_ports", "network_addresses"):
                conn.exec_driver_sql(
                    f"ANALYZE TABLE {table}" if "mysql" in backend.db.url else f"ANALYZE {table}"
                )


if __name__ == "__main__":
    fill(sys.argv[1], json.loads(sys.argv[2]))
