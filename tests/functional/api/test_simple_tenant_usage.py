"""/os-simple-tenant-usage: sums over servers that began, ended or were stopped within a period."""

from __future__ import annotations

import datetime
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from nova_api.db import schema
from tests.functional.api.servers import given
from tests.functional.client import ADMIN_PROJECT, DEMO_PROJECT, Api
from tests.functional.databases import KINDS, scratch

pytestmark = pytest.mark.databases

PATH = "/os-simple-tenant-usage"
START, END = datetime.datetime(2026, 1, 10, 0, 0), datetime.datetime(2026, 1, 10, 10, 0)
PERIOD = "start=2026-01-10T00:00:00&end=2026-01-10T10:00:00"
OTHER_PROJECT = "0" * 32


def hours(number: float) -> datetime.datetime:
    """So many hours after the period's start."""
    return START + datetime.timedelta(hours=number)


def ended(number: float) -> dict[str, Any]:
    time = hours(number)
    return {"vm_state": "deleted", "deleted": True, "deleted_at": time, "terminated_at": time}


def put(backend: nova_backend.Backend, began: float | None, **values: Any) -> str:
    launched_at = None if began is None else hours(began)
    return given.server(backend, launched_at=launched_at, **values)


def usage(api: Api, project: str = DEMO_PROJECT, query: str = PERIOD, version: str | None = None) -> Any:
    return api.get(f"{PATH}/{project}?{query}", version=version).json["tenant_usage"]


def test_sums(api: Api, backend: nova_backend.Backend) -> None:
    whole = put(backend, -5, vm_state="stopped", root_gb=3, ephemeral_gb=2)
    began = put(backend, 9)
    gone = put(backend, 1, vcpus=4, memory_mb=2048, **ended(2.5))
    put(backend, -5, **ended(-1))  # over before
    put(backend, 11)  # not yet there
    put(backend, None, vm_state="error")  # never launched
    put(backend, 0, project_id=OTHER_PROJECT)

    shown = usage(api)
    by_id = {server["instance_id"]: server for server in shown["server_usages"]}
    assert {key: server["hours"] for key, server in by_id.items()} == {whole: 10.0, began: 1.0, gone: 1.5}
    assert {key: value for key, value in shown.items() if key != "server_usages"} == {
        "tenant_id": DEMO_PROJECT,
        "start": "2026-01-10T00:00:00.000000",
        "stop": "2026-01-10T10:00:00.000000",
        "total_hours": 12.5,
        "total_vcpus_usage": 10 + 1 + 1.5 * 4,
        "total_memory_mb_usage": 11 * 512 + 1.5 * 2048,
        "total_local_gb_usage": 10 * 5 + 1 + 1.5,
    }
    assert by_id[gone] == {
        "instance_id": gone,
        "name": "vm0",
        "tenant_id": DEMO_PROJECT,
        "hours": 1.5,
        "memory_mb": 2048,
        "local_gb": 1,
        "vcpus": 4,
        "flavor": "m1.tiny",
        "started_at": "2026-01-10T01:00:00.000000",
        "ended_at": "2026-01-10T02:30:00.000000",
        "state": "terminated",
        "uptime": 5400,
    }
    assert (by_id[whole]["state"], by_id[whole]["ended_at"]) == ("stopped", None)
    lived = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - hours(-5)
    assert abs(by_id[whole]["uptime"] - lived.total_seconds()) < 60


def test_list(api: Api, backend: nova_backend.Backend) -> None:
    for project, count in ((DEMO_PROJECT, 2), (OTHER_PROJECT, 1)):
        for _ in range(count):
            put(backend, 4, project_id=project)
    listed = api.admin.get(f"{PATH}?{PERIOD}").json["tenant_usages"]
    assert [(usage["tenant_id"], usage["total_hours"]) for usage in listed] == [
        (OTHER_PROJECT, 6.0),
        (DEMO_PROJECT, 12.0),
    ]
    assert all("server_usages" not in usage for usage in listed)
    detailed = api.admin.get(f"{PATH}?{PERIOD}&detailed=1").json["tenant_usages"]
    assert [len(usage["server_usages"]) for usage in detailed] == [1, 2]
    assert "server_usages" not in api.admin.get(f"{PATH}?{PERIOD}&detailed=2").json["tenant_usages"][0]


def test_nothing_used(api: Api) -> None:
    assert api.get(f"{PATH}/{DEMO_PROJECT}", version="2.40").json == {"tenant_usage": {}}
    assert api.admin.get(PATH, version="2.40").json == {"tenant_usages": []}


def test_paging_since_2_40(api: Api, backend: nova_backend.Backend) -> None:
    mine = sorted(put(backend, 4) for _ in range(3))
    (other,) = [put(backend, 4, project_id=OTHER_PROJECT)]
    path, seen = f"{PATH}?{PERIOD}&limit=2&detailed=1", []
    while True:
        page = api.admin.get(path, version="2.40").json
        seen.append([s["instance_id"] for usage in page["tenant_usages"] for s in usage["server_usages"]])
        if "tenant_usages_links" not in page:
            break
        (link,) = page["tenant_usages_links"]
        assert link["rel"] == "next"
        path = link["href"].partition("/v2.1")[2]
    assert seen == [[other, mine[0]], mine[1:], []]

    shown = api.get(f"{PATH}/{DEMO_PROJECT}?{PERIOD}&limit=1&marker={mine[0]}", version="2.40").json
    assert [server["instance_id"] for server in shown["tenant_usage"]["server_usages"]] == [mine[1]]
    assert f"marker={mine[1]}" in shown["tenant_usage_links"][0]["href"]
    assert shown["tenant_usage"]["total_hours"] == 6.0  # of the page

    for marker in ("nonsense", other):
        reply = api.get(f"{PATH}/{DEMO_PROJECT}?marker={marker}", version="2.40")
        assert reply.status_int == 400
        assert marker in reply.json["badRequest"]["message"]
    assert api.admin.get(f"{PATH}?limit=x", version="2.40").status_int == 400
    old = api.admin.get(f"{PATH}?{PERIOD}&limit=1&detailed=1", version="2.39").json
    assert sum(len(usage["server_usages"]) for usage in old["tenant_usages"]) == 4


def test_before_2_40_a_page_is_capped_in_silence(api: Api, backend: nova_backend.Backend) -> None:
    backend.conf.set_override("max_limit", 2, group="api")
    for _ in range(3):
        put(backend, 4)
    shown = api.get(f"{PATH}/{DEMO_PROJECT}?{PERIOD}").json
    assert list(shown) == ["tenant_usage"]
    assert len(shown["tenant_usage"]["server_usages"]) == 2


@pytest.mark.parametrize(
    "text",
    ["2026-01-10T05:00:00", "2026-01-10T05:00:00.000000", "2026-01-10 05:00:00.000000"],
)
def test_forms_of_times(api: Api, backend: nova_backend.Backend, text: str) -> None:
    put(backend, -1)
    query = urllib.parse.urlencode({"start": text, "end": "2026-01-10T06:00:00"})
    assert usage(api, query=query)["total_hours"] == 1.0


def test_times_refused(api: Api) -> None:
    for text in ("2026-01-10 05:00:00", "2026-01-10", "2026-01-10T05:00:00Z", "now"):
        reply = api.get(f"{PATH}/{DEMO_PROJECT}?{urllib.parse.urlencode({'start': text})}")
        assert reply.status_int == 400
        assert "invalid format" in reply.json["badRequest"]["message"]
    for query in (
        "start=2026-01-10T10:00:00&end=2026-01-10T00:00:00",
        "start=2026-01-10T10:00:00&end=2026-01-10T10:00:00",
        "start=9999-01-10T10:00:00",
        "end=2020-01-10T10:00:00",
    ):
        assert api.get(f"{PATH}/{DEMO_PROJECT}?{query}").status_int == 400


def test_a_period_does_not_reach_into_the_future(api: Api, backend: nova_backend.Backend) -> None:
    began = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - datetime.timedelta(hours=2)
    given.server(backend, launched_at=began)
    shown = usage(api, query="start=2026-01-10T00:00:00&end=9999-01-01T00:00:00")
    assert 2.0 <= shown["total_hours"] < 2.1
    assert shown["stop"] < "9999"
    # Without a start the period is "now", in which a server that is there has used nothing yet.
    now = usage(api, query="")
    assert (now["total_hours"], len(now["server_usages"])) == (0.0, 1)
    assert now["start"] == now["stop"]


def test_softly_deleted_is_said_to_be_stopped(api: Api, backend: nova_backend.Backend) -> None:
    put(backend, 0, vm_state="soft-delete", deleted_at=hours(1))
    (server,) = usage(api)["server_usages"]
    assert (server["state"], server["ended_at"], server["hours"]) == ("stopped", None, 10.0)


def test_queries_by_version(api: Api) -> None:
    for path in (PATH, f"{PATH}/{ADMIN_PROJECT}"):
        assert api.admin.get(f"{path}?zz=1", version="2.74").status_int == 200
        assert api.admin.get(f"{path}?zz=1", version="2.75").status_int == 400
    assert api.admin.get(f"{PATH}/{ADMIN_PROJECT}?detailed=1", version="2.75").status_int == 400


def test_policies(api: Api) -> None:
    assert api.get(f"{PATH}/{DEMO_PROJECT}").status_int == 200
    assert api.admin.get(f"{PATH}/{DEMO_PROJECT}").status_int == 200
    for path, name in ((PATH, "list"), (f"{PATH}/{OTHER_PROJECT}", "show")):
        reply = api.get(path)
        assert reply.status_int == 403
        assert f"os-simple-tenant-usage:{name}" in reply.json["forbidden"]["message"]


@pytest.fixture(params=KINDS[1:])
def elsewhere(request: pytest.FixtureRequest, conf: Any) -> Iterator[None]:
    """An empty database on a server."""
    with scratch(request.param) as url:
        assert url is not None
        engine = sa.create_engine(url)
        schema.metadata.create_all(engine)
        engine.dispose()
        conf.set_override("connection", url, group="database")
        yield


def test_on_database_servers(elsewhere: None, api: Api, backend: nova_backend.Backend) -> None:
    mine = sorted([put(backend, 4), put(backend, 8, **ended(9))])
    page = api.get(f"{PATH}/{DEMO_PROJECT}?{PERIOD}&limit=1&marker={mine[0]}", version="2.40").json
    assert [server["instance_id"] for server in page["tenant_usage"]["server_usages"]] == mine[1:]
    assert usage(api)["total_hours"] == 7.0
    backend.db.dispose()
