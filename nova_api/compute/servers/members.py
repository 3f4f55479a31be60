"""Joining a server group at creation: the hint ``group``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute.quotas import UNLIMITED
from nova_api.context import RequestContext
from nova_api.db import server_groups
from nova_api.db.server_groups import ServerGroup


def group_for(
    conn: Connection,
    context: RequestContext,
    hints: Mapping[str, Any],
    limits: Mapping[str, int],
    count: int,
) -> ServerGroup | None:
    """The group that the hints name, locked, with room for ``count`` more servers; None without a hint.

    A group of another project is as good as none, except for administrators.
    Raises Invalid for a group that is not there, QuotaExceeded for a full one.
    """
    asked = [hints["group"]] if isinstance(hints.get("group"), str) else list(hints.get("group") or ())
    if not asked:
        return None
    if len(asked) > 1:
        raise exception.Invalid("A server is in one server group at most: name one in the hint group.")
    group = server_groups.find(conn, asked[0], lock=True)
    if group is None or not (context.is_admin or group.project_id == context.project_id):
        raise exception.Invalid(str(exception.ServerGroupNotFound(group_id=asked[0])))
    limit = limits["server_group_members"]
    if limit != UNLIMITED and server_groups.count_members(conn, group) + count > limit:
        raise exception.QuotaExceeded(f"Quota exceeded, too many servers in group: {limit} are allowed.")
    return group
