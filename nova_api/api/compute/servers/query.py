"""The query string of ``GET /servers`` and ``/servers/detail``: what is accepted, honoured, ignored.

Three sieves, in this order: the schema (unknown keys are dropped, from 2.75
refused), the caller (filters that are not for everybody are dropped silently),
and a few keys that the schema lets pass and nobody may use (400).
Source: contract.json, errors.md §6 and §9, defaults.md §2 and §9 of the facts.
"""

from __future__ import annotations

import datetime

from nova_api import exception
from nova_api.api.compute.servers import policies
from nova_api.api.declare import Feature, Query, QueryParam
from nova_api.api.declare.formats import parse_time
from nova_api.api.declare.types import DATE_TIME, NON_NEGATIVE, REGEX, STRING
from nova_api.api.request import Request
from nova_api.compute.servers import query as servers
from nova_api.db import server_filters as names

TAGS_SINCE, CHANGES_BEFORE_SINCE, LOCKED_SINCE = "2.26", "2.66", "2.73"

#: What a database of long ago could be sorted by: accepted and ignored, then refused.
_LEGACY_SORT_KEYS = (
    *("architecture", "cell_name", "cleaned", "default_ephemeral_device", "default_swap_device"),
    *("deleted", "deleted_at", "disable_terminate", "ephemeral_gb", "ephemeral_key_uuid", "id"),
    *("key_data", "launched_on", "locked", "memory_mb", "os_type", "reservation_id", "root_gb"),
    *("shutdown_terminate", "user_data", "vcpus", "vm_mode"),
)
SORT_KEYS = sorted(set(names.SORTED) - {"id"})
_ADMIN_SORT_KEYS = ("host", "node")

#: Accepted by the schema; filtering by them was never possible.
_UNUSABLE = (
    *("block_device_mapping", "info_cache", "metadata", "pci_devices", "security_groups", "services"),
    "system_metadata",
)

#: Filters that the schema takes for regular expressions, and whose values are words for true and false.
_WORDS: tuple[str, ...] = ("auto_disk_config", "config_drive")

_REGEXES = sorted({*names.MATCHED, *_WORDS, "flavor", "ip", "ip6"} - {"launch_index"})
_STRINGS = (
    *sorted(names.EXACT.keys() - {"flavor"}),
    *("all_tenants", "deleted", "soft_deleted", "status", "tenant_id", "launch_index"),
    *("marker", "sort_dir"),
)
_TAGS = ("tags", "tags-any", "not-tags", "not-tags-any")

QUERY = Query(
    *(QueryParam(name, REGEX) for name in _REGEXES),
    *(QueryParam(name, STRING) for name in (*_STRINGS, *_UNUSABLE)),
    *(QueryParam(name, REGEX, since=TAGS_SINCE) for name in _TAGS),
    QueryParam("limit", NON_NEGATIVE),
    QueryParam("changes-since", DATE_TIME),
    QueryParam("changes-before", DATE_TIME, since=CHANGES_BEFORE_SINCE),
    QueryParam("locked", STRING, since=LOCKED_SINCE),
    QueryParam("sort_key", {"type": "string", "enum": [*SORT_KEYS, *_LEGACY_SORT_KEYS]}, until="2.74"),
    QueryParam("sort_key", {"type": "string", "enum": SORT_KEYS}, since="2.75"),
    closed_since="2.75",
    patterns={"^_": STRING},
)

SORT_BY_LOCKED = Feature(since=LOCKED_SINCE)
STATUS_CHECKED = Feature(since="2.38")

#: Filters for everybody, by the version that let everybody use them.
_FOR_EVERYBODY = (
    (
        Feature(),
        {"all_tenants", "changes-since", "flavor", "image", "ip", "name", "reservation_id", "status"},
    ),
    (Feature(since="2.5"), {"ip6"}),
    (Feature(since=TAGS_SINCE), set(_TAGS)),
    (Feature(since=CHANGES_BEFORE_SINCE), {"changes-before"}),
    (Feature(since=LOCKED_SINCE), {"locked"}),
    (
        Feature(since="2.83"),
        {
            *("availability_zone", "config_drive", "created_at", "key_name", "launched_at"),
            *("power_state", "progress", "task_state", "terminated_at", "user_id", "vm_state"),
        },
    ),
    (Feature(since="2.90"), {"hostname"}),
)
_NOT_FILTERS = ("limit", "marker", "sort_key", "sort_dir")

_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})


def honoured(request: Request) -> dict[str, str]:
    """The filters of the request that its caller may use, each with its last value.

    Raises Invalid for a key that nobody may use.
    """
    asked = {name: values[-1] for name, values in request.args.items() if name not in _NOT_FILTERS}
    if not request.allowed(policies.ALL_FILTERS):
        allowed = {name for feature, some in _FOR_EVERYBODY if request.has(feature) for name in some}
        asked = {name: value for name, value in asked.items() if name in allowed}
    for name in asked:
        if name in _UNUSABLE or name.startswith("_"):
            raise exception.Invalid(f"Invalid filter field: {name}.")
    return asked


def all_tenants(asked: dict[str, str]) -> bool:
    """Whether servers of every project are asked for; an empty value means so too."""
    value = asked.get("all_tenants")
    return value is not None and (value == "" or strict_bool("all_tenants", value))


def strict_bool(name: str, value: str) -> bool:
    """The truth that ``value`` is a word for; raises Invalid."""
    word = value.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    accepted = ", ".join(sorted(_TRUE | _FALSE))
    raise exception.Invalid(f"Unrecognized value {value!r} for {name}, acceptable values are: {accepted}.")


def filters(request: Request, asked: dict[str, str]) -> names.Filters | None:
    """``asked`` as the domain takes it; None where nothing can match."""
    states: tuple[tuple[str, tuple[str, ...] | None], ...] = ()
    deleted = _deleted(asked)
    soft_deleted = _is_true(asked["soft_deleted"]) if "soft_deleted" in asked else None
    if "status" in asked:
        statuses = request.args["status"]
        states = servers.states_of(statuses)
        if not states:
            if request.has(STATUS_CHECKED):
                raise exception.Invalid(f"Invalid status value: {', '.join(statuses)}.")
            return None
        if all(vm_state == "deleted" for vm_state, _ in states):
            if not request.context.is_admin:
                raise exception.Forbidden("Only administrators may list deleted instances.")
            deleted, soft_deleted, states = True, False, ()
    equal = {name: value for name, value in asked.items() if name in names.EXACT}
    if "tenant_id" in asked:
        equal["project_id"] = asked["tenant_id"]
    matching = {name: value for name, value in asked.items() if name in names.MATCHED}
    tags = {name: tuple(asked[name].split(",")) if name in asked else () for name in _TAGS}
    return names.Filters(
        deleted=deleted,
        soft_deleted=soft_deleted,
        states=states,
        equal=equal,
        matching=matching,
        flags=_flags(asked),
        changes_since=_time(asked.get("changes-since")),
        changes_before=_time(asked.get("changes-before")),
        ip=asked.get("ip"),
        ip6=asked.get("ip6"),
        tags=tags["tags"],
        tags_any=tags["tags-any"],
        not_tags=tags["not-tags"],
        not_tags_any=tags["not-tags-any"],
    )


def _deleted(asked: dict[str, str]) -> bool | None:
    """Who asks for changes wants to learn of deletions; else only live servers, unless told."""
    if "deleted" in asked:
        return _is_true(asked["deleted"])
    return None if asked.keys() & {"changes-since", "changes-before"} else False


def _is_true(value: str) -> bool:
    return value.strip().lower() in _TRUE


def _flags(asked: dict[str, str]) -> dict[str, bool]:
    flags = {name: _is_true(asked[name]) for name in _WORDS if name in asked}
    if "locked" in asked:
        flags["locked"] = strict_bool("locked", asked["locked"])
    return flags


def _time(value: str | None) -> datetime.datetime | None:
    return None if value is None else parse_time(value)


def page(request: Request) -> servers.Page:
    """Which part of the list is asked for, in which order."""
    return servers.Page(limit=request.page_size, marker=request.arg("marker"), sort=_sort(request))


def _sort(request: Request) -> tuple[tuple[str, bool], ...]:
    keys = request.args.get("sort_key", [])
    directions = request.args.get("sort_dir", [])
    for direction in directions:
        if direction not in ("asc", "desc"):
            raise exception.Invalid(f"Unknown sort direction {direction!r}, must be one of: asc, desc.")
    if len(directions) > max(len(keys), 1):
        raise exception.Invalid("There are more sort directions than sort keys.")
    for name in _ADMIN_SORT_KEYS:
        if name in keys and not request.context.is_admin:
            raise exception.Forbidden(f"Only administrators can sort servers by {name}.")
    first = directions[0] if directions else "desc"
    directions = directions + [first] * (len(keys) - len(directions))
    usable = set(SORT_KEYS) if request.has(SORT_BY_LOCKED) else set(SORT_KEYS) - {"locked"}
    sort = tuple(
        (key, direction == "desc") for key, direction in zip(keys, directions, strict=False) if key in usable
    )
    # Without a key the direction still turns the usual order round.
    return sort or ((("created_at", first == "desc"),) if not keys else ())
