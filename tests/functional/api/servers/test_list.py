"""``GET /servers`` and ``/servers/detail``: pages, order, cost."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from tests.functional import databases
from tests.functional.api.servers import given
from tests.functional.client import Api

pytestmark = pytest.mark.databases


def ids(api: Api, query: str = "", version: str | None = None) -> list[str]:
    reply = api.get(f"/servers{query}", version=version)
    assert reply.status_int == 200, reply.text
    return [server["id"] for server in reply.json["servers"]]


def pages(api: Api, query: str) -> Iterator[list[str]]:
    """Follows ``servers_links`` from the page of ``query`` to the end."""
    path = f"/servers{query}"
    while True:
        page = api.get(path).json
        yield [server["id"] for server in page["servers"]]
        if "servers_links" not in page:
            return
        (link,) = page["servers_links"]
        assert link["rel"] == "next"
        path = "/servers?" + urllib.parse.urlsplit(link["href"]).query


def test_newest_first(api: Api, backend: Backend) -> None:
    uuids = given.several(backend, 3)
    assert ids(api) == uuids[::-1]


def test_a_project_sees_its_own(api: Api, backend: Backend) -> None:
    own = given.server(backend)
    others = given.server(backend, project_id="other")
    assert ids(api) == [own]
    assert ids(api.as_("eve", "other")) == [others]
    assert ids(api.admin) == []
    assert sorted(ids(api.admin, "?all_tenants=1")) == sorted([own, others])
    assert ids(api.admin, "?all_tenants=1&tenant_id=other") == [others]
    assert ids(api.admin, "?all_tenants=1&project_id=other") == [others]
    assert ids(api.admin, "?tenant_id=other&project_id=other") == []


def test_all_tenants_is_for_administrators(api: Api, backend: Backend) -> None:
    given.server(backend)
    for path in ("/servers?all_tenants=true", "/servers?all_tenants", "/servers/detail?all_tenants=on"):
        refused = api.get(path)
        assert refused.status_int == 403
        assert "get_all_tenants" in refused.json["forbidden"]["message"]
    assert len(ids(api, "?all_tenants=0")) == 1
    bad = api.get("/servers?all_tenants=perhaps")
    assert bad.status_int == 400
    assert "perhaps" in bad.json["badRequest"]["message"]


def test_links_lead_through_all_pages(api: Api, backend: Backend) -> None:
    uuids = given.several(backend, 7)
    found = list(pages(api, "?limit=3"))
    assert [len(page) for page in found] == [3, 3, 1]
    assert [uuid for page in found for uuid in page] == uuids[::-1]


def test_a_full_last_page_still_has_a_link(api: Api, backend: Backend) -> None:
    given.several(backend, 4)
    assert [len(page) for page in pages(api, "?limit=2")] == [2, 2, 0]


def test_next_link_keeps_the_query_and_moves_the_marker(api: Api, backend: Backend) -> None:
    uuids = given.several(backend, 3)
    first = api.get("/servers/detail?sort_key=uuid&limit=1&name=vm").json
    (link,) = first["servers_links"]
    path, _, query = link["href"].partition("?")
    assert path.endswith("/v2.1/servers/detail")
    assert query == f"limit=1&name=vm&sort_key=uuid&marker={first['servers'][0]['id']}"
    again = api.get(f"/servers?marker={uuids[2]}&limit=1").json["servers_links"][0]["href"]
    assert again.endswith(f"?limit=1&marker={uuids[1]}")


def test_limits(api: Api, backend: Backend) -> None:
    backend.conf.set_override("max_limit", 2, group="api")
    given.several(backend, 3)
    assert len(ids(api)) == 2
    assert len(ids(api, "?limit=1000")) == 2
    assert ids(api, "?limit=0") == []
    assert len(ids(api, "?limit=5&limit=1")) == 1
    for bad in ("-1", "x", "1.5", ""):
        reply = api.get(f"/servers?limit={bad}")
        assert reply.status_int == 400
        assert "limit" in reply.json["badRequest"]["message"]


def test_equal_times_neither_repeat_nor_skip(api: Api, backend: Backend) -> None:
    given.several(backend, 9, created_at=given.BIRTH)
    found = [uuid for page in pages(api, "?limit=2") for uuid in page]
    assert len(found) == len(set(found)) == 9


@pytest.mark.parametrize("query", ["sort_key=task_state", "sort_key=launched_at&sort_dir=asc"])
def test_missing_values_neither_repeat_nor_skip(api: Api, backend: Backend, query: str) -> None:
    for number in range(6):
        values: dict[str, Any] = {"task_state": None, "launched_at": None} if number % 2 else {}
        given.server(backend, number, **values)
    found = [uuid for page in pages(api, f"?limit=2&{query}") for uuid in page]
    assert len(found) == len(set(found)) == 6


def test_marker_unknown_foreign_deleted(api: Api, backend: Backend) -> None:
    uuids = given.several(backend, 3)
    foreign = given.server(backend, project_id="other")
    for marker in ("nonsense", foreign):
        reply = api.get(f"/servers?marker={marker}")
        assert reply.status_int == 400
        assert marker in reply.json["badRequest"]["message"]
    gone = given.server(backend, 1, deleted=True, vm_state="deleted")
    assert ids(api, f"?marker={gone}") == [uuids[1], uuids[0]]


def test_order_by_several_keys(api: Api, backend: Backend) -> None:
    a1 = given.server(backend, 1, name="a", hostname="h1")
    b = given.server(backend, 2, name="b", hostname="h3")
    a2 = given.server(backend, 3, name="a", hostname="h2")
    assert ids(api, "?sort_key=display_name&sort_dir=asc") == [a1, a2, b]
    assert ids(api, "?sort_key=display_name&sort_dir=asc&sort_key=hostname&sort_dir=desc") == [a2, a1, b]
    assert ids(api, "?sort_key=display_name") == [b, a2, a1]
    assert ids(api, "?sort_dir=asc") == [a1, b, a2]


def test_sort_keys_that_are_refused(api: Api, backend: Backend) -> None:
    given.server(backend)
    assert api.get("/servers?sort_key=nonsense").status_int == 400
    assert api.get("/servers?sort_key=uuid&sort_dir=up").status_int == 400
    assert api.get("/servers?sort_key=uuid&sort_dir=asc&sort_dir=asc").status_int == 400
    for key in ("host", "node"):
        refused = api.get(f"/servers?sort_key={key}")
        assert refused.status_int == 403
        assert key in refused.json["forbidden"]["message"]
        assert api.admin.get(f"/servers?sort_key={key}").status_int == 200


def test_sort_keys_of_old_are_ignored_and_then_refused(api: Api, backend: Backend) -> None:
    uuids = given.several(backend, 2)
    for key in ("vm_mode", "id", "reservation_id"):
        assert ids(api, f"?sort_key={key}&sort_dir=asc", "2.74") == uuids[::-1]
        assert api.get(f"/servers?sort_key={key}", version="2.75").status_int == 400


def test_sort_by_lock_since_2_73(api: Api, backend: Backend) -> None:
    locked = given.server(backend, 1, locked_by="owner")
    free = given.server(backend, 2)
    assert ids(api, "?sort_key=locked", "2.72") == [free, locked]
    assert ids(api, "?sort_key=locked", "2.73") == [locked, free]


def test_unknown_keys_are_dropped_and_then_refused(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    assert ids(api, "?nonsense=1", "2.74") == [uuid]
    refused = api.get("/servers?nonsense=1", version="2.75")
    assert refused.status_int == 400
    assert "nonsense" in refused.json["badRequest"]["message"]


def test_bad_utf_8_in_the_query(api: Api, backend: Backend) -> None:
    assert api.get("/servers?name=%ff").status_int == 400


@pytest.fixture
def statements(backend: Backend) -> list[str]:
    """What is sent to the database from here on."""
    sent: list[str] = []

    def record(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    for engine in {backend.db.engine, backend.db.statement_engine}:
        sa.event.listen(engine, "before_cursor_execute", record)
    return sent


@pytest.mark.parametrize("path", ["/servers", "/servers/detail"])
@pytest.mark.parametrize("who", ["demo", "admin"])
def test_a_page_is_one_statement(
    api: Api, backend: Backend, statements: list[str], path: str, who: str
) -> None:
    given.service(backend)
    for uuid in given.several(backend, 51, vm_state="error"):
        given.fault(backend, uuid)
    for limit in (1, 50):
        statements.clear()
        reply = api.as_(who).get(f"{path}?limit={limit}", version="2.100")
        assert len(reply.json["servers"]) == limit
        assert len(statements) == 1


@pytest.mark.skipif(databases.CHOSEN != "sqlite", reason="reads SQLite's query plan")
def test_deep_pages_start_from_the_index(backend: Backend, api: Api, statements: list[str]) -> None:
    """Neither OFFSET nor a sort: the page's statement names the marker's time for the index."""
    uuids = given.several(backend, 20)
    statements.clear()
    api.get(f"/servers?limit=2&marker={uuids[10]}")
    page = statements[-1]
    with backend.db.reader() as conn:
        question_marks = page.count("?")
        plan = conn.exec_driver_sql("EXPLAIN QUERY PLAN " + page, ("x",) * question_marks).all()
    steps = [row[-1] for row in plan]
    index = "ix_servers_project_deleted_created (project_id=? AND deleted=? AND created_at<?)"
    assert steps == [f"SEARCH servers USING INDEX {index}"]


def test_a_thousand_servers_in_detail_are_quick(api: Api, backend: Backend) -> None:
    """Without per-server work in SQL or in links a page takes about 60 ms of CPU; a second is a bug."""
    given.several(backend, 1000)
    api.get("/servers/detail?limit=1")
    began = time.process_time()
    assert len(api.get("/servers/detail", version="2.96").json["servers"]) == 1000
    assert time.process_time() - began < 1
