"""How many servers of a flavor still fit into a project's quotas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute.quotas import UNLIMITED
from nova_api.compute.servers.order import Order
from nova_api.db import quotas


def fitting(
    conn: Connection, project_id: str, limits: Mapping[str, int], flavor: Mapping[str, Any], order: Order
) -> int:
    """The most servers, up to ``order.max_count``, that the project may still have.

    Raises QuotaExceeded when that is less than ``order.min_count``.  The caller
    holds the project's lock (``nova_api.db.quotas.lock``), so what is counted
    here stays true until its transaction ends.
    """
    used = quotas.usage_of(conn, project_id)._asdict()
    each = {"instances": 1, "cores": flavor["vcpus"], "ram": flavor["ram"]}
    limited = {name: limits[name] for name in each if limits[name] != UNLIMITED}
    room = [max(limit - used[name], 0) // each[name] for name, limit in limited.items()]
    count: int = min([order.max_count, *room])
    if count >= order.min_count:
        return count
    over = sorted(
        name for name, limit in limited.items() if used[name] + order.max_count * each[name] > limit
    )
    asked = {name: str(order.max_count * amount) for name, amount in each.items()}
    if order.min_count != order.max_count:
        asked["instances"] = f"{order.min_count}-{order.max_count}"
    names = ", ".join(over)
    raise exception.QuotaExceeded(
        f"Quota exceeded for {names}: Requested {', '.join(asked[name] for name in over)}, "
        f"but already used {', '.join(str(used[name]) for name in over)} "
        f"of {', '.join(str(limits[name]) for name in over)} {names}"
    )
