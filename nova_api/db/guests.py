"""Servers as their workers see them: the record of what to run, and state changes by compare-and-swap."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.compute import states
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import server_faults, servers

_s = servers.c

#: While one of these is the task_state, only the delete touches the server.
GOING = (states.DELETING, states.SOFT_DELETING)


@dataclasses.dataclass(frozen=True)
class Guest:
    """A row of ``servers``, of the columns that schedulers, managers and drivers need."""

    id: int
    uuid: str
    project_id: str
    user_id: str
    name: str
    hostname: str
    vm_state: str
    task_state: str | None
    power_state: int
    host: str | None
    node: str | None
    availability_zone: str | None
    locked_by: str | None
    flavor: dict[str, Any]
    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int
    image_id: str | None
    image_properties: dict[str, Any] | None
    kernel_id: str
    ramdisk_id: str
    key_name: str | None
    key_data: str | None
    user_data: str | None
    config_drive: bool
    requested_networks: Any
    requested_security_groups: list[str] | None
    scheduler_hints: dict[str, Any] | None
    nics: list[dict[str, Any]] | None
    launched_at: datetime.datetime | None
    deleted: bool

    @property
    def disk_gb(self) -> int:
        """GiB of disk on the host: root, ephemeral and swap (MiB, rounded up)."""
        swap_mb = int(self.flavor.get("swap") or 0)
        return self.root_gb + self.ephemeral_gb + -(-swap_mb // 1024)

    @property
    def is_going(self) -> bool:
        """Whether it is deleted or about to be."""
        return self.deleted or self.task_state in GOING


_COLUMNS = [_s[field.name] for field in dataclasses.fields(Guest)]


def get(conn: Connection, server_uuid: str, *, lock: bool = False) -> Guest | None:
    """The server, deleted or not; with ``lock`` its row stays as it is until the transaction ends."""
    query = sa.select(*_COLUMNS).where(_s.uuid == server_uuid)
    if lock:
        query = query.with_for_update()
    row = conn.execute(query).one_or_none()
    return None if row is None else Guest(**row._mapping)


def on_host(conn: Connection, host: str) -> list[Guest]:
    """What should exist on ``host``: its servers that are not deleted."""
    query = sa.select(*_COLUMNS).where(_s.host == host, _s.deleted == sa.false())
    return [Guest(**row._mapping) for row in conn.execute(query)]


def change(conn: Connection, guest: Guest, expect: tuple[str, ...] = (), **values: Any) -> bool:
    """Sets ``values`` where the server is neither deleted nor being deleted; whether it did.

    ``expect`` names vm_states of which it must have one of (none: any).
    """
    conditions = [_s.id == guest.id, _s.deleted == sa.false()]
    conditions.append(sa.or_(_s.task_state.is_(None), _s.task_state.not_in(GOING)))
    if expect:
        conditions.append(_s.vm_state.in_(expect))
    done = conn.execute(sa.update(servers).where(*conditions).values(updated_at=utcnow(), **values))
    return bool(done.rowcount == 1)


def fail(conn: Connection, guest: Guest, **values: Any) -> None:
    """Puts the server into ERROR, idle, whatever was being done to it."""
    conn.execute(
        sa.update(servers)
        .where(_s.id == guest.id, _s.deleted == sa.false())
        .values(vm_state=states.ERROR, task_state=None, updated_at=utcnow(), **values)
    )


def remove(conn: Connection, guest: Guest) -> bool:
    """Marks the server deleted; False when it already was."""
    now = utcnow()
    done = conn.execute(
        sa.update(servers)
        .where(_s.id == guest.id, _s.deleted == sa.false())
        .values(
            vm_state=states.DELETED,
            task_state=None,
            deleted=True,
            deleted_at=now,
            terminated_at=now,
            updated_at=now,
        )
    )
    return bool(done.rowcount == 1)


def add_fault(
    conn: Connection, guest: Guest, code: int, message: str, details: str | None, host: str | None
) -> None:
    """Stores why something failed; the newest fault is the one that the API shows."""
    conn.execute(
        sa.insert(server_faults).values(
            server_id=guest.id, code=code, message=message[:255], details=details, host=host
        )
    )
