"""Lists read what they show: their statements go along an index, with no sort and no look at every server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db import nodes
from nova_api.db.schema.base import utcnow
from tests.functional import databases
from tests.functional.api.servers import given
from tests.functional.api.test_services import NODE
from tests.functional.client import Api

pytestmark = pytest.mark.skipif(databases.CHOSEN != "sqlite", reason="reads SQLite's query plan")

Plan = Callable[[str], list[str]]


@pytest.fixture
def plan_of(api: Api, backend: Backend) -> Plan:
    """What SQLite makes of the statements on ``servers`` that a GET by an administrator sends: its steps."""
    sent: list[tuple[str, Any]] = []

    def record(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM servers" in statement and not statement.startswith("EXPLAIN"):
            sent.append((statement, parameters))

    def steps(path: str) -> list[str]:
        sent.clear()
        reply = api.admin.get(path, version="2.52")
        assert reply.status_int == 200, reply.body
        found = list(sent)
        with backend.db.reader() as conn:
            plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in found]
            return [row[-1] for plan in plans for row in plan]

    sa.event.listen(backend.db.engine, "before_cursor_execute", record)
    return steps


def test_pages_of_usage(plan_of: Plan, backend: Backend, api: Api) -> None:
    uuids = given.several(backend, 5, launched_at=utcnow())
    for path in (f"/os-simple-tenant-usage/{api.project}?limit=2", "/os-simple-tenant-usage?limit=2"):
        for step in (*plan_of(path), *plan_of(f"{path}&marker={sorted(uuids)[1]}")):
            assert "ix_servers_project_uuid" in step or "uuid=?" in step, step
            assert "TEMP B-TREE" not in step, step


def test_what_is_on_the_nodes_of_a_page(plan_of: Plan, backend: Backend) -> None:
    given.service(backend, "alpha")
    with backend.db.writer() as conn:
        nodes.report(conn, "alpha", "alpha", NODE)
    for path in ("/os-hypervisors/detail", "/os-hypervisors/alpha/servers"):
        steps = plan_of(path)
        assert any("ix_servers_node_deleted" in step for step in steps), steps
        assert not any(step.startswith("SCAN servers") for step in steps), steps
