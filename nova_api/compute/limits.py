"""The limits of a project together with what it uses of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nova_api.compute import quotas
from nova_api.db import quotas as statements
from nova_api.db import server_groups
from nova_api.db.quotas import Usage

if TYPE_CHECKING:
    from nova_api.backend import Backend


@dataclasses.dataclass(frozen=True)
class Limits:
    """``limits`` by resource (-1 is none), what the project's servers use, and how many groups it has."""

    limits: Mapping[str, int]
    used: Usage
    server_groups: int


def of(backend: Backend, project_id: str | None) -> Limits:
    """A project that nobody knows has the default limits and uses nothing."""
    used, groups = Usage(0, 0, 0), 0
    if project_id:
        with backend.db.reader() as conn:
            used = statements.usage_of(conn, project_id)
            groups = server_groups.count(conn, project_id)
    return Limits(quotas.limits_of(backend, project_id), used, groups)
