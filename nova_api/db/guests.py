"""Servers as their workers see them: the record of what to run, and state changes by compare-and-swap."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.compute import states
from nova_api.db import packed
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
    shelved_at: datetime.datetime | None
    shelved_image_id: str | None
    deleted: bool

    @property
    def disk_gb(self) -> int:
        """GiB of disk on the host: root, ephemeral and swap (MiB, rounded up)."""
        swap_mb = int(self.flavor.get("swap") or 0)
        root_gb = 0 if self.image_id is None else self.root_gb  # a volume is not on the host
        return root_gb + self.ephemeral_gb + -(-swap_mb // 1024)

    @property
    def is_going(self) -> bool:
        """Whether it is deleted or about to be."""
        return self.deleted or self.task_state in GOING


_COLUMNS = [_s[field.name] for field in dataclasses.fields(Guest)]
_values = packed.reader(_COLUMNS)
# Made once: making a statement takes as long as running it.
_ROW = sa.select(packed.row(_COLUMNS)).select_from(servers)
_BY_UUID = _ROW.where(_s.uuid == sa.bindparam("guest_uuid"))
_BY_UUID_LOCKED = _BY_UUID.with_for_update()


def get(conn: Connection, server_uuid: str, *, lock: bool = False) -> Guest | None:
    """The server, deleted or not; with ``lock`` its row stays as it is until the transaction ends."""
    query = _BY_UUID_LOCKED if lock else _BY_UUID
    text = conn.scalar(query, {"guest_uuid": server_uuid})
    return None if text is None else Guest(*_values(text))


def on_host(conn: Connection, host: str) -> list[Guest]:
    """What should exist on ``host``: its servers that are not deleted."""
    query = _ROW.where(_s.host == host, _s.deleted == sa.false())
    return [Guest(*_values(text)) for text in conn.scalars(query)]


def any_on(conn: Connection, hosts: Collection[str]) -> bool:
    """Whether there is a server on one of ``hosts``."""
    query = sa.select(_s.id).where(_s.host.in_(list(hosts)), _s.deleted == sa.false()).limit(1)
    return conn.scalar(query) is not None


def pinned_elsewhere(conn: Connection, host: str, zone: str) -> bool:
    """Whether a server on ``host`` has been asked into another zone than ``zone``."""
    query = sa.select(_s.id).where(_s.host == host, _s.deleted == sa.false(), _s.availability_zone != zone)
    return conn.scalar(query.limit(1)) is not None


def hosts_of(conn: Connection, server_uuids: Collection[str]) -> set[str]:
    """The hosts of those of these servers that are not deleted and have one."""
    query = sa.select(_s.host).where(
        _s.uuid.in_(list(server_uuids)), _s.deleted == sa.false(), _s.host.is_not(None)
    )
    return set(conn.scalars(query))


def change(
    conn: Connection,
    guest: Guest,
    expect: tuple[str, ...] = (),
    doing: tuple[str | None, ...] = (),
    **values: Any,
) -> bool:
    """Sets ``values`` where the server is neither deleted nor being deleted; whether it did.

    ``expect`` names vm_states of which it must have one of (none: any),
    ``doing`` task_states likewise; None among them is idle.
    """
    found = {"guest_id": guest.id, "updated_at": utcnow(), **values}
    return bool(conn.execute(_changing(expect, doing), found).rowcount == 1)


@functools.cache  # as many as there are pairs of states in the code
def _changing(expect: tuple[str, ...], doing: tuple[str | None, ...]) -> sa.Update:
    conditions = [_s.id == sa.bindparam("guest_id"), _s.deleted == sa.false()]
    conditions.append(sa.or_(_s.task_state.is_(None), _s.task_state.not_in(GOING)))
    if expect:
        conditions.append(_s.vm_state.in_(expect))
    if doing:
        words = _s.task_state.in_([word for word in doing if word is not None])
        conditions.append(sa.or_(words, _s.task_state.is_(None)) if None in doing else words)
    return sa.update(servers).where(*conditions)


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
