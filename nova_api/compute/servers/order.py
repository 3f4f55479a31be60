"""What a create request asks for, once versions and spellings are out of the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Order:
    """One or several servers, as asked for; nothing in it has been looked up yet.

    ``networks`` is "auto", "none", None or a list of {"uuid", "port",
    "fixed_ip", "tag"}; ``files`` a list of {"path", "contents"} with base64
    contents; ``mappings`` and ``mappings_v2`` block devices as the API spells
    them.  ``zone``, ``host`` and ``node`` say where the servers must go;
    ``is_forced`` tells that host or node stood in the zone
    (``zone:host:node``) and are not looked up.  ``zero_disk_allowed``,
    ``port_resources`` and ``multiattach`` are what the caller's policies and version permit.
    """

    name: str
    flavor_id: str
    image_id: str | None = None
    description: str | None = None
    hostname: str | None = None
    admin_password: str | None = None
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None
    disk_config: str | None = None
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: Sequence[str] = ()
    networks: Sequence[Mapping[str, Any]] | str | None = None
    security_groups: Sequence[str] = ()
    key_name: str | None = None
    user_data: str | None = None
    config_drive: bool = False
    files: Sequence[Mapping[str, str]] = ()
    zone: str | None = None
    host: str | None = None
    node: str | None = None
    is_forced: bool = False
    min_count: int = 1
    max_count: int = 1
    trusted_certs: Sequence[str] | None = None
    scheduler_hints: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    mappings: Sequence[Mapping[str, Any]] = ()
    mappings_v2: Sequence[Mapping[str, Any]] = ()
    zero_disk_allowed: bool = False
    port_resources: bool = True
    multiattach: bool = True
