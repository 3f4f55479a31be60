"""How much still fits into a project's quotas: servers of a flavor, or a server that grows or comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute.quotas import UNLIMITED
from nova_api.compute.servers.order import Order
from nova_api.db import quotas

_COUNTED = ("instances", "cores", "ram")


def is_limited(*limits: Mapping[str, int]) -> bool:
    """Whether any of ``limits`` bounds what a project's servers are counted for."""
    return any(each[name] != UNLIMITED for each in limits for name in _COUNTED)


def fitting(
    conn: Connection,
    project_id: str,
    limits: Mapping[str, int],
    flavor: Mapping[str, Any],
    order: Order,
    user_id: str | None = None,
) -> int:
    """The most servers, up to ``order.max_count``, that the project (or one user in it) may still have.

    Raises QuotaExceeded when that is less than ``order.min_count``.  The caller
    holds the project's lock (``nova_api.db.quotas.lock``), so what is counted
    here stays true until its transaction ends.
    """
    each = {"instances": 1, "cores": flavor["vcpus"], "ram": flavor["ram"]}
    limited = {name: limits[name] for name in each if limits[name] != UNLIMITED}
    if not limited:
        return order.max_count
    used = quotas.usage_of(conn, project_id, user_id)._asdict()
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
    raise _exceeded(over, asked, used, limits)


def require_room(
    conn: Connection,
    project_id: str,
    limits: Mapping[str, int],
    more: Mapping[str, int],
    user_id: str | None = None,
) -> None:
    """Raises QuotaExceeded unless the project (or one user in it) may use ``more`` than it does.

    ``more`` is of instances, cores, ram (MiB).  The caller holds the project's lock, as for ``fitting``.
    """
    used = quotas.usage_of(conn, project_id, user_id)._asdict()
    over = sorted(
        name
        for name, amount in more.items()
        if amount > 0 and limits[name] != UNLIMITED and used[name] + amount > limits[name]
    )
    if over:
        raise _exceeded(over, {name: str(amount) for name, amount in more.items()}, used, limits)


def _exceeded(
    over: Sequence[str], asked: Mapping[str, str], used: Mapping[str, int], limits: Mapping[str, int]
) -> exception.QuotaExceeded:
    names = ", ".join(over)
    return exception.QuotaExceeded(
        f"Quota exceeded for {names}: Requested {', '.join(asked[name] for name in over)}, "
        f"but already used {', '.join(str(used[name]) for name in over)} "
        f"of {', '.join(str(limits[name]) for name in over)} {names}"
    )
