"""A packed row says what the same select says unpacked, on every database."""

from __future__ import annotations

import datetime

import sqlalchemy as sa

from nova_api.db import Database, packed, server_queries
from nova_api.db.schema.compute import flavors, server_metadata, server_tags, servers
from nova_api.db.server_parts import PARTS

AWKWARD = 'ä "quoted" \\ back\nline\ttab \U0001f600 \x7f \u2028'
MADE = datetime.datetime(2026, 1, 31, 12, 0, 0, 123456)
ROW = {
    "uuid": "8c9d1a6e-0000-4000-8000-000000000001",
    "project_id": "p",
    "user_id": "u",
    "name": AWKWARD,
    "hostname": "h",
    "reservation_id": "r-1",
    "vm_state": "active",
    "flavor": {"flavorid": "1", "extra_specs": {AWKWARD: AWKWARD}, "rxtx_factor": 1.5, "none": None},
    "flavorid": "1",
    "vcpus": 2**31 - 1,
    "memory_mb": 1,
    "root_gb": 1,
    "config_drive": True,
    "nics": [],
    "launched_at": MADE.replace(microsecond=0),
    "created_at": MADE,
    "user_data": "A" * 65535,
}


def test_numbers_with_a_fraction_keep_their_shortest_form(database: Database) -> None:
    columns = [flavors.c.name, flavors.c.rxtx_factor, flavors.c.description, flavors.c.disabled]
    with database.writer() as conn:
        for factor in (1.1, 0.000123, 3.40282e38, 2.0):
            values = {"flavorid": f"f{factor}", "memory_mb": 1, "vcpus": 1, "root_gb": 1}
            conn.execute(flavors.insert().values(name=f"f{factor}", rxtx_factor=factor, **values))
    with database.reader() as conn:
        texts = conn.scalars(sa.select(packed.row(columns)).select_from(flavors)).all()
    read = packed.reader(columns)
    for name, factor, description, disabled in map(read, texts):
        assert (name, description, disabled) == (f"f{factor}", None, False)


def test_a_packed_row_is_the_row(database: Database) -> None:
    columns = list(servers.c)
    with database.writer() as conn:
        server_id = conn.execute(servers.insert().values(**ROW)).inserted_primary_key[0]
        conn.execute(
            server_metadata.insert(),
            [{"server_id": server_id, "key": key, "value": AWKWARD} for key in ("b", AWKWARD, "a")],
        )
        conn.execute(server_tags.insert(), [{"server_id": server_id, "tag": tag} for tag in ("z", "ä", "a")])
    with database.reader() as conn:
        plain = list(conn.execute(sa.select(*columns)).one())
        text = conn.scalar(sa.select(packed.row(columns)).select_from(servers))
        found = server_queries.find(conn, ROW["uuid"])
        with_parts = server_queries.find(conn, ROW["uuid"], parts=PARTS)
        server_queries.add_parts(conn, [found], PARTS)
    assert packed.reader(columns)(text) == plain
    assert vars(found) == vars(with_parts)
    assert vars(found) == {
        **dict(zip((column.name for column in columns), plain, strict=True)),
        "metadata": {"a": AWKWARD, "b": AWKWARD, AWKWARD: AWKWARD},
        "tags": ["a", "z", "ä"],
        "volumes": [],
        "server_groups": [],
        "ports": [],
        "host_zone": None,
        "host_service": None,
        "fault": None,
    }
