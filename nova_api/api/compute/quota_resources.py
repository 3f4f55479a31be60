"""Resources of quotas in requests and replies, with the versions that know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nova_api.api.declare import Field, Param, types
from nova_api.compute.quotas import RESOURCES, UNLIMITED

#: Of networks, which keep their own limits: requests may name them, and they have none here.
NETWORK = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")
_FILES = ("injected_files", "injected_file_content_bytes", "injected_file_path_bytes")
_FILES_LAST = "2.56"

LIMIT = types.integer(-1, types.MAX_INT)


def params(network_until: str) -> Iterator[Param]:
    """A parameter for each resource; those of networks until the version ``network_until``."""
    for name in RESOURCES:
        yield Param(name, LIMIT, until=_FILES_LAST if name in _FILES else None)
    for name in NETWORK:
        yield Param(name, LIMIT, until=network_until)


def fields(
    shown: Callable[[Any, str], Any],
    json_type: types.JSONSchema,
    network_until: str,
    since: Mapping[str, str] | None = None,
) -> Iterator[Field]:
    """A field for each resource: ``shown(record, resource)``; ``since`` for those that came later."""
    first = since or {}
    for name in (*RESOURCES, *NETWORK):
        last = network_until if name in NETWORK else _FILES_LAST if name in _FILES else None
        yield Field(name, _getter(shown, name), json_type, since=first.get(name), until=last)


def _getter(shown: Callable[[Any, str], Any], name: str) -> Callable[[Any, Any], Any]:
    return lambda record, _request: shown(record, name)


def limit_of(limits: Mapping[str, int], name: str) -> int:
    """A limit for a reply: those of networks are never limited here."""
    return UNLIMITED if name in NETWORK else limits[name]


def given(body: Mapping[str, Any]) -> dict[str, int]:
    """The limits that a request sets, without those of networks, which are the network service's."""
    return {name: int(value) for name, value in body.items() if name in RESOURCES}
