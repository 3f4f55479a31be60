"""Builds that fail, hang or are slow because a fault rule says so.

Only drivers that pretend meet these rules: no test touches a real guest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute import fault_rules
from nova_api.compute.drivers.base import SpawnCancelled
from nova_api.compute.manager.host import Host
from nova_api.db import fault_rules as db_rules
from nova_api.db import server_queries
from nova_api.db.fault_rules import FaultRule
from nova_api.db.guests import Guest

#: Seconds between two looks at whether the build is still wanted, and its rule still there.
_TICK = 0.1


def about(conn: Connection, host: Host, guest: Guest) -> list[FaultRule]:
    """The rules that the build of ``guest`` is about to meet."""
    if not host.driver.pretends:
        return []
    rules = db_rules.on_builds(conn)
    wanted = any("metadata" in rule.rule for rule in rules)
    metadata = server_queries.metadata_of(conn, [guest.id]).get(guest.id, {}) if wanted else {}
    return [rule for rule in rules if _is_about(rule, guest, metadata)]


def meet(host: Host, rules: Sequence[FaultRule], cancelled: Callable[[], bool]) -> None:
    """Does to a build what the first of ``rules`` that is due says; nothing where there is none.

    Raises NovaError for ``fail``, and SpawnCancelled when the server is
    deleted while the build hangs or is slow.
    """
    rule = fault_rules.due(host.backend.db, rules)
    if rule is None:
        return
    if rule.rule["build"] == "fail":
        raise exception.NovaError(
            rule.rule.get("message", f"Fault rule {rule.id} says that this build fails.")
        )
    _wait(host, rule, cancelled)


def _is_about(rule: FaultRule, guest: Guest, metadata: dict[str, str]) -> bool:
    said = rule.rule
    return (
        fault_rules.is_like(said.get("server"), guest.name)
        and said.get("project") in (None, guest.project_id)
        and said.get("metadata", {}).items() <= metadata.items()
    )


def _wait(host: Host, rule: FaultRule, cancelled: Callable[[], bool]) -> None:
    """For ``seconds``, or, where the rule hangs, until it is removed."""
    end = time.monotonic() + rule.rule["seconds"] if rule.rule["build"] == "slow" else None
    while end is None or time.monotonic() < end:
        if cancelled():
            raise SpawnCancelled
        time.sleep(_TICK if end is None else min(_TICK, max(end - time.monotonic(), 0)))
        if end is None:
            with host.backend.db.reader() as conn:
                if not db_rules.exists(conn, rule.id):
                    return
