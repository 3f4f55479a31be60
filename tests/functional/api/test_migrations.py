"""GET /os-migrations: filters, pages, fields, who sees what."""

from __future__ import annotations

import datetime
import urllib.parse
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.migration import migrations
from tests.functional.api.servers import given
from tests.functional.client import ADMIN_PROJECT, DEMO_PROJECT, Api

BIRTH = datetime.datetime(2026, 1, 31, 12, 0, 0, 654321)
HOSTS = ("source_compute", "source_node", "dest_compute", "dest_node", "dest_host")


@pytest.fixture
def moved(backend: Backend) -> list[str]:
    """Four migrations of two servers, an hour apart; their servers, in order of the migrations."""
    first, second = given.server(backend, 1), given.server(backend, 2, project_id=ADMIN_PROJECT)
    rows = [
        (first, "resize", "confirmed", "h1", "h2", DEMO_PROJECT),
        (first, "migration", "error", "h2", None, DEMO_PROJECT),
        (second, "live-migration", "running", "h3", "h1", ADMIN_PROJECT),
        (second, "evacuation", "done", "h1", "h4", ADMIN_PROJECT),
    ]
    with backend.db.writer() as conn:
        for number, (server, kind, status, source, dest, project) in enumerate(rows):
            time = BIRTH + datetime.timedelta(hours=number)
            values: dict[str, Any] = {
                "uuid": f"00000000-0000-0000-0000-00000000000{number + 1}",
                "server_id": given.row_id(backend, server),
                "server_uuid": server,
                "migration_type": kind,
                "status": status,
                "source_host": source,
                "source_node": source,
                "dest_host": dest,
                "dest_node": dest,
                "dest_ip": dest and "192.0.2.1",
                "old_flavor_id": 1,
                "new_flavor_id": 2,
                "old_vm_state": "active",
                "user_id": "admin",
                "project_id": project,
                "created_at": time,
                "updated_at": None if number == 1 else time,
            }
            conn.execute(sa.insert(migrations).values(**values))
    return [row[0] for row in rows]


def _ids(reply: Any) -> list[int]:
    assert reply.status_int == 200, reply.body
    return [migration["id"] for migration in reply.json["migrations"]]


def test_newest_first_with_all_fields(api: Api, moved: list[str]) -> None:
    reply = api.admin.get("/os-migrations", version="2.80")
    assert _ids(reply) == [4, 3, 2, 1]
    live = reply.json["migrations"][1]
    path = f"servers/{moved[2]}/migrations/3"
    assert live == {
        "id": 3,
        "uuid": "00000000-0000-0000-0000-000000000003",
        "instance_uuid": moved[2],
        "migration_type": "live-migration",
        "status": "running",
        "source_compute": "h3",
        "source_node": "h3",
        "dest_compute": "h1",
        "dest_node": "h1",
        "dest_host": "192.0.2.1",
        "old_instance_type_id": 1,
        "new_instance_type_id": 2,
        "created_at": "2026-01-31T14:00:00.654321",
        "updated_at": "2026-01-31T14:00:00.654321",
        "user_id": "admin",
        "project_id": ADMIN_PROJECT,
        "links": [
            {"rel": "self", "href": f"http://localhost/v2.1/{path}"},
            {"rel": "bookmark", "href": f"http://localhost/{path}"},
        ],
    }
    others = [migration for migration in reply.json["migrations"] if migration["id"] != 3]
    assert not any("links" in migration for migration in others)
    assert reply.json["migrations"][2]["updated_at"] is None


@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("2.1", set()),
        ("2.23", {"migration_type", "links"}),
        ("2.59", {"migration_type", "links", "uuid"}),
        ("2.80", {"migration_type", "links", "uuid", "user_id", "project_id"}),
    ],
)
@pytest.mark.usefixtures("moved")
def test_fields_by_version(api: Api, version: str, more: set[str]) -> None:
    live = api.admin.get("/os-migrations", version=version).json["migrations"][1]
    always = {"id", "status", "instance_uuid", "created_at", "updated_at", *HOSTS}
    assert set(live) == always | {"old_instance_type_id", "new_instance_type_id"} | more


@pytest.mark.parametrize(
    ("query", "version", "found"),
    [
        ("status=done", "2.1", [4]),
        ("host=h1", "2.1", [4, 3, 1]),
        ("source_compute=h1", "2.59", [4, 1]),
        ("migration_type=resize", "2.1", [1]),
        ("host=h2&status=error", "2.1", [2]),
        ("hidden=0", "2.1", [4, 3, 2, 1]),
        ("hidden=1", "2.1", []),
        ("unknown=1", "2.58", [4, 3, 2, 1]),
        ("user_id=admin", "2.80", [4, 3, 2, 1]),
        ("user_id=nobody", "2.80", []),
        ("user_id=nobody", "2.58", [4, 3, 2, 1]),
        (f"project_id={DEMO_PROJECT}", "2.80", [2, 1]),
        ("changes-since=2026-01-31T13:30:00Z", "2.59", [4, 3]),
        ("changes-since=2026-01-31T13:00:00Z&changes-before=2026-01-31T14:30:00Z", "2.66", [3, 2]),
        ("limit=0", "2.59", []),
    ],
)
@pytest.mark.usefixtures("moved")
def test_filters(api: Api, query: str, version: str, found: list[int]) -> None:
    assert _ids(api.admin.get(f"/os-migrations?{query}", version=version)) == found


def test_of_one_server(api: Api, moved: list[str]) -> None:
    assert _ids(api.admin.get(f"/os-migrations?instance_uuid={moved[0]}")) == [2, 1]


@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("unknown=1", "2.59"),
        ("user_id=admin", "2.79"),
        ("changes-before=2026-01-31T13:00:00Z", "2.65"),
        ("changes-since=yesterday", "2.59"),
        ("changes-since=2026-01-31T14:00:00Z&changes-before=2026-01-31T13:00:00Z", "2.66"),
        ("limit=-1", "2.59"),
        ("marker=nothing", "2.59"),
    ],
)
@pytest.mark.usefixtures("moved")
def test_400(api: Api, query: str, version: str) -> None:
    assert api.admin.get(f"/os-migrations?{query}", version=version).status_int == 400


@pytest.mark.usefixtures("moved")
def test_pages(api: Api) -> None:
    seen: list[int] = []
    path = "/os-migrations?limit=3&host=h1"
    while path:
        reply = api.admin.get(path, version="2.59")
        seen += _ids(reply)
        links = reply.json.get("migrations_links", [])
        path = ""
        for link in links:
            parts = urllib.parse.urlsplit(link["href"])
            path = f"{parts.path.removeprefix('/v2.1')}?{parts.query}"
    assert seen == [4, 3, 1]
    assert "migrations_links" not in api.admin.get("/os-migrations?limit=1", version="2.58").json


@pytest.mark.usefixtures("moved")
def test_who_sees_what(api: Api) -> None:
    member = api.get("/os-migrations").json["forbidden"]["message"]
    assert "os_compute_api:os-migrations:index" in member
    manager = api.as_("max", roles="manager")
    everything = manager.get("/os-migrations", version="2.80").json["forbidden"]["message"]
    assert "os_compute_api:os-migrations:index:all_projects" in everything
    own = manager.get(f"/os-migrations?project_id={DEMO_PROJECT}", version="2.80")
    assert _ids(own) == [2, 1]
    assert {migration[name] for migration in own.json["migrations"] for name in HOSTS} == {None}
    # Before 2.80 the key is none, so it cannot help.
    assert manager.get(f"/os-migrations?project_id={DEMO_PROJECT}", version="2.58").status_int == 403
