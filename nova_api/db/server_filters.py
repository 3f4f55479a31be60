"""What a list of servers may be filtered and sorted by, as SQL.

The names are the API's; the columns are nobody's business but this module's.
Source: ``defaults.md`` §2 and §9 of the facts.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nova_api.db import aggregates
from nova_api.db.schema.compute import server_tags, servers

_s = servers.c
Expression = sa.ColumnElement[Any]

# Words of nova_api.compute.states, which stands above this layer.
SOFT_DELETED = "soft-delete"
SHELVED_OFFLOADED = "shelved_offloaded"
_EPOCH = datetime.datetime(1970, 1, 1)


@dataclasses.dataclass(frozen=True)
class Filters:
    """What servers to list; None and empty mean "whatever it is".

    :param deleted: True for deleted ones, False for live ones
    :param soft_deleted: whether soft-deleted ones are listed too; None: with deleted ones, not with live ones
    :param states: alternatives of (vm_state, task_states); task_states None is any
    :param equal: name in ``EXACT`` → value
    :param matching: name in ``MATCHED`` → regular expression
    :param flags: name in ``FLAGS`` → truth
    :param default_zone: zone of hosts that no aggregate puts into another
    :param ip, ip6: regular expressions that an address of a NIC must begin with
    :param tags: all of these; ``tags_any``: one of these; ``not_tags``: not all; ``not_tags_any``: none
    """

    project_id: str | None = None
    deleted: bool | None = False
    soft_deleted: bool | None = None
    states: tuple[tuple[str, tuple[str, ...] | None], ...] = ()
    equal: Mapping[str, str] = dataclasses.field(default_factory=dict)
    matching: Mapping[str, str] = dataclasses.field(default_factory=dict)
    flags: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    changes_since: datetime.datetime | None = None
    changes_before: datetime.datetime | None = None
    default_zone: str = ""
    ip: str | None = None
    ip6: str | None = None
    tags: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    not_tags_any: tuple[str, ...] = ()


def _text(column: Expression) -> Expression:
    return sa.func.coalesce(sa.cast(column, sa.String(64)), "")


def _or_empty(column: Expression) -> Expression:
    return sa.func.coalesce(column, "")


#: Filters by equality.
EXACT: dict[str, Expression] = {
    "uuid": _s.uuid,
    "project_id": _s.project_id,
    "user_id": _s.user_id,
    "host": _s.host,
    "image": _s.image_id,
    "image_ref": _s.image_id,
    "flavor": _s.flavorid,
    "vm_state": _s.vm_state,
    "task_state": _s.task_state,
}

#: Filters that are true or false.
FLAGS: dict[str, Expression] = {
    "locked": _s.locked_by.is_not(None),
    "config_drive": _s.config_drive == sa.true(),
    "auto_disk_config": _s.disk_config == "AUTO",
}

#: Filters by regular expression, on the text that the API shows.
MATCHED: dict[str, Expression] = {
    "name": _s.name,
    "display_name": _s.name,
    "description": _or_empty(_s.description),
    "display_description": _or_empty(_s.description),
    "hostname": _s.hostname,
    "reservation_id": _s.reservation_id,
    "launch_index": _text(_s.launch_index),
    "node": _or_empty(_s.node),
    "availability_zone": _s.availability_zone,  # see _zone
    "key_name": _or_empty(_s.key_name),
    "kernel_id": _s.kernel_id,
    "ramdisk_id": _s.ramdisk_id,
    "root_device_name": _or_empty(_s.root_device_name),
    "access_ip_v4": _or_empty(_s.access_ip_v4),
    "access_ip_v6": _or_empty(_s.access_ip_v6),
    "locked_by": _or_empty(_s.locked_by),
    "power_state": _text(_s.power_state),
    "progress": _text(_s.progress),
    "created_at": _text(_s.created_at),
    "launched_at": _text(_s.launched_at),
    "terminated_at": _text(_s.terminated_at),
}

#: Sort keys, by the API's names.  None of them is ever null: databases disagree on where nulls go.
SORTED: dict[str, Expression] = {
    "access_ip_v4": _or_empty(_s.access_ip_v4),
    "access_ip_v6": _or_empty(_s.access_ip_v6),
    "auto_disk_config": _s.disk_config,
    "availability_zone": _or_empty(_s.availability_zone),
    "config_drive": sa.case((_s.config_drive, 1), else_=0),
    "created_at": _s.created_at,
    "display_description": _or_empty(_s.description),
    "display_name": _s.name,
    "host": _or_empty(_s.host),
    "hostname": _s.hostname,
    "id": _s.id,
    "image_ref": _or_empty(_s.image_id),
    "instance_type_id": _s.flavorid,
    "kernel_id": _s.kernel_id,
    "key_name": _or_empty(_s.key_name),
    "launch_index": _s.launch_index,
    "launched_at": sa.func.coalesce(_s.launched_at, _EPOCH),
    "locked": sa.case((_s.locked_by.is_(None), 0), else_=1),
    "locked_by": _or_empty(_s.locked_by),
    "node": _or_empty(_s.node),
    "power_state": _s.power_state,
    "progress": _s.progress,
    "project_id": _s.project_id,
    "ramdisk_id": _s.ramdisk_id,
    "root_device_name": _or_empty(_s.root_device_name),
    "task_state": _or_empty(_s.task_state),
    "terminated_at": sa.func.coalesce(_s.terminated_at, _EPOCH),
    "updated_at": sa.func.coalesce(_s.updated_at, _s.created_at),
    "user_id": _s.user_id,
    "uuid": _s.uuid,
    "vm_state": _s.vm_state,
}


def conditions(filters: Filters) -> list[Expression]:
    """The WHERE of ``filters``, except addresses, which stand inside the NICs."""
    found: list[Expression] = [*_existence(filters), *_changes(filters), *_tags(filters)]
    if filters.project_id is not None:
        found.append(_s.project_id == filters.project_id)
    if filters.states:
        found.append(sa.or_(*(_state(vm_state, tasks) for vm_state, tasks in filters.states)))
    found += [EXACT[name] == value for name, value in filters.equal.items()]
    for name, pattern in filters.matching.items():
        shown = _zone(filters.default_zone) if name == "availability_zone" else MATCHED[name]
        found.append(shown.regexp_match(pattern))
    found += [FLAGS[name] if wanted else sa.not_(FLAGS[name]) for name, wanted in filters.flags.items()]
    return found


def _zone(default: str) -> Expression:
    """The zone that a server shows: that of its host, else the one it is pinned to."""
    hosted = sa.func.coalesce(aggregates.zone_of(_s.host), sa.literal(default))
    asked = sa.case((_s.vm_state == SHELVED_OFFLOADED, ""), else_=_or_empty(_s.availability_zone))
    return sa.case((_s.host.is_not(None), hosted), else_=asked)


def _existence(filters: Filters) -> list[Expression]:
    if filters.deleted is None:
        return []
    if filters.deleted:
        gone = _s.deleted == sa.true()
        return [gone if filters.soft_deleted is False else sa.or_(gone, _s.vm_state == SOFT_DELETED)]
    live = [_s.deleted == sa.false()]
    return live if filters.soft_deleted else [*live, _s.vm_state != SOFT_DELETED]


def _state(vm_state: str, tasks: tuple[str, ...] | None) -> Expression:
    here = _s.vm_state == vm_state
    return here if tasks is None else sa.and_(here, _s.task_state.in_(tasks))


def _changes(filters: Filters) -> list[Expression]:
    # Two comparisons instead of one with COALESCE, because an index can serve them.
    never = _s.updated_at.is_(None)
    found: list[Expression] = []
    if filters.changes_since is not None:
        since = filters.changes_since
        found.append(sa.or_(_s.updated_at >= since, sa.and_(never, _s.created_at >= since)))
    if filters.changes_before is not None:
        before = filters.changes_before
        found.append(sa.or_(_s.updated_at <= before, sa.and_(never, _s.created_at <= before)))
    return found


def _tags(filters: Filters) -> list[Expression]:
    found: list[Expression] = [_tagged((tag,)) for tag in filters.tags]
    if filters.tags_any:
        found.append(_tagged(filters.tags_any))
    if filters.not_tags:
        found.append(sa.not_(sa.and_(*(_tagged((tag,)) for tag in filters.not_tags))))
    if filters.not_tags_any:
        found.append(sa.not_(_tagged(filters.not_tags_any)))
    return found


def _tagged(tags: tuple[str, ...]) -> Expression:
    tag = server_tags.c
    return sa.exists().where(tag.server_id == _s.id, tag.tag.in_(tags))
