"""What belongs to a server in other tables, read in the server's own statement.

A *part* is an attribute of a record that no column of ``servers`` gives: a page
of servers comes with the parts that its view shows, in one statement.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from nova_api.compute import states
from nova_api.db import aggregates, packed, services
from nova_api.db.networks import related as networks
from nova_api.db.schema.block_device import server_block_devices
from nova_api.db.schema.compute import server_faults, server_metadata, server_tags, servers
from nova_api.db.schema.placement import server_group_members, server_groups

_s = servers.c
_d = server_block_devices.c
_g = server_group_members.c
_Rows = list[list[Any]]


class AttachedVolume(NamedTuple):
    """What a server's reply tells of a volume; ``volume_id`` is None until it is made."""

    volume_id: str | None
    delete_on_termination: bool


class Fault(NamedTuple):
    """The latest thing that went wrong with a server; ``code`` is an HTTP status."""

    code: int
    message: str
    details: str | None
    created_at: datetime.datetime


class Part(NamedTuple):
    """``rows`` are what the database gathers of a server; ``told`` makes the attribute of them."""

    rows: sa.ColumnElement[str]
    told: Callable[[_Rows], Any]


def _of_server(name: str, *columns: sa.ColumnElement[Any], source: sa.Select[Any]) -> sa.ColumnElement[str]:
    return packed.rows(f"{name} of servers", columns, source.correlate(servers))


_f = server_faults.c
_OF_FAULT = (_f.code, _f.message, _f.details, _f.created_at)
_fault_values = packed.converter(_OF_FAULT)
_earlier = server_faults.alias("all_faults").c
_latest = sa.select(sa.func.max(_earlier.id)).where(_earlier.server_id == _s.id)
#: States in which a fault is shown; of other servers none is read, and texts of faults are long.
_FAILED = sa.or_(
    *(_s.vm_state == sa.literal_column(f"'{state}'") for state in (states.ERROR, states.DELETED))
)


def _fault(rows: _Rows) -> Fault | None:
    for row in rows:
        _fault_values(row)
        return Fault(*row)
    return None


def _volumes(rows: _Rows) -> list[AttachedVolume]:
    return [AttachedVolume(volume, bool(delete)) for _, volume, delete in sorted(rows)]


#: metadata is {key: value}; tags a list in alphabetical order; volumes AttachedVolumes in the order in which
#: they were asked for; server_groups the uuid of the server's group, as a list of one; ports the NICs that
#: the embedded network service has; host_zone the zone that an aggregate puts its host into, or None;
#: host_service the compute service there, for ``services.of_gathered``, or None; fault the
#: latest Fault of a server that has failed or is deleted, or None.
PARTS: Mapping[str, Part] = {
    "metadata": Part(
        _of_server(
            "metadata",
            server_metadata.c.key,
            server_metadata.c.value,
            source=sa.select().select_from(server_metadata).where(server_metadata.c.server_id == _s.id),
        ),
        lambda rows: dict(sorted(rows)),
    ),
    "tags": Part(
        _of_server(
            "tags",
            server_tags.c.tag,
            source=sa.select().select_from(server_tags).where(server_tags.c.server_id == _s.id),
        ),
        lambda rows: sorted([tag for (tag,) in rows]),
    ),
    "volumes": Part(
        _of_server(
            "volumes",
            _d.id,
            _d.volume_id,
            _d.delete_on_termination,
            source=sa.select().select_from(server_block_devices).where(_d.server_id == _s.id),
        ),
        _volumes,
    ),
    "server_groups": Part(
        _of_server(
            "server_groups",
            server_groups.c.uuid,
            source=sa.select()
            .select_from(server_group_members.join(server_groups, server_groups.c.id == _g.group_id))
            .where(_g.server_id == _s.id),
        ),
        lambda rows: [uuid for (uuid,) in rows],
    ),
    "ports": Part(
        _of_server("ports", *networks.OF_NIC, source=networks.SERVER_PORTS.where(_s.uuid == networks.DEVICE)),
        networks.nics_in_order,
    ),
    "host_zone": Part(
        _of_server("host_zone", aggregates.ZONE_NAME, source=aggregates.zones_at(_s.host)),
        lambda rows: rows[0][0] if rows else None,
    ),
    "host_service": Part(services.gathered("nova-compute", _s.host), lambda rows: rows[0] if rows else None),
    "fault": Part(
        _of_server(
            "fault",
            *_OF_FAULT,
            source=sa.select()
            .select_from(server_faults)
            .where(
                _f.id == _latest.correlate(servers).scalar_subquery(),
                sa.or_(_FAILED, _s.deleted == sa.true()),
            ),
        ),
        _fault,
    ),
}
