"""/flavors: list, show and manage, at the windows of the contract."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from tests.functional.client import DEMO_PROJECT, Api

BODY = {"name": "small", "ram": 512, "vcpus": 1, "disk": 1}


def make(api: Api, version: str = "2.1", **values: Any) -> dict[str, Any]:
    answer = api.admin.post("/flavors", {"flavor": BODY | values}, version=version)
    assert answer.status_int == 200, answer.text
    made: dict[str, Any] = answer.json["flavor"]
    return made


def names(api: Api, query: str = "", version: str = "2.1") -> list[str]:
    answer = api.get(f"/flavors{query}", version=version)
    assert answer.status_int == 200, answer.text
    return [flavor["name"] for flavor in answer.json["flavors"]]


# --- the view ------------------------------------------------------------------------

COMMON = {
    *("id", "name", "links", "ram", "vcpus", "disk", "swap"),
    *("OS-FLV-EXT-DATA:ephemeral", "os-flavor-access:is_public"),
}
OLD = {"OS-FLV-DISABLED:disabled", "rxtx_factor"}


@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("2.1", OLD),
        ("2.54", OLD),
        ("2.55", OLD | {"description"}),
        ("2.60", OLD | {"description"}),
        ("2.61", OLD | {"description", "extra_specs"}),
        ("2.101", OLD | {"description", "extra_specs"}),
        ("2.102", {"description", "extra_specs"}),
    ],
)
def test_keys_by_version(api: Api, version: str, more: set[str]) -> None:
    flavor = make(api, version=version)
    assert set(flavor) == COMMON | more
    assert api.get(f"/flavors/{flavor['id']}", version=version).json["flavor"] == flavor
    assert api.get("/flavors/detail", version=version).json["flavors"] == [flavor]
    (listed,) = api.get("/flavors", version=version).json["flavors"]
    assert set(listed) == {"id", "name", "links"} | ({"description"} & more)


@pytest.mark.parametrize(("version", "zero"), [("2.74", ""), ("2.75", 0)])
def test_swap_of_zero(api: Api, version: str, zero: Any) -> None:
    assert make(api, version=version)["swap"] == zero
    assert make(api, version=version, name="other", swap=7)["swap"] == 7


def test_who_may_not_see_extra_specs_does_not_see_the_key(api: Api) -> None:
    flavor = make(api)
    nobody = api.as_("guest", roles="guest")
    assert "extra_specs" not in nobody.get(f"/flavors/{flavor['id']}", version="2.61").json["flavor"]


def test_links_have_the_project_where_the_request_has_it(api: Api) -> None:
    flavor = make(api, id="a b")
    assert [link["href"] for link in flavor["links"]] == [
        "http://localhost/v2.1/flavors/a%20b",
        "http://localhost/flavors/a%20b",
    ]
    shown = api.get(f"/{DEMO_PROJECT}/flavors/a%20b").json["flavor"]
    assert shown["links"][0]["href"] == f"http://localhost/v2.1/{DEMO_PROJECT}/flavors/a%20b"


# --- create, update, delete ------------------------------------------------------------


def test_everything_given_comes_back(api: Api) -> None:
    given = {
        "id": 42,
        "ram": "64",
        "vcpus": "2",
        "disk": "0",
        "OS-FLV-EXT-DATA:ephemeral": "3",
        "swap": "4",
        "rxtx_factor": "1.5",
        "os-flavor-access:is_public": "no",
    }
    flavor = make(api, **given)
    assert (flavor["id"], flavor["ram"], flavor["vcpus"], flavor["disk"]) == ("42", 64, 2, 0)
    assert (flavor["OS-FLV-EXT-DATA:ephemeral"], flavor["swap"], flavor["rxtx_factor"]) == (3, 4, 1.5)
    assert flavor["os-flavor-access:is_public"] is False


def test_an_id_is_made_where_none_is_given(api: Api) -> None:
    assert len(make(api, id=None)["id"]) == 36


@pytest.mark.parametrize("same", [{"id": "7", "name": "another"}, {"id": "8", "name": "small"}])
def test_a_taken_name_or_id_is_a_conflict(api: Api, same: dict[str, str]) -> None:
    make(api, id="7")
    answer = api.admin.post("/flavors", {"flavor": BODY | same})
    assert answer.status_int == 409
    message = answer.json["conflictingRequest"]["message"]
    assert "already exists" in message
    assert ("7" if same["id"] == "7" else "small") in message


@pytest.mark.parametrize(
    ("version", "values", "status"),
    [
        ("2.54", {"description": "x"}, 400),
        ("2.55", {"description": "x" * 65535}, 200),
        ("2.55", {"description": "x" * 65536}, 400),
        ("2.55", {"description": "two\nlines"}, 400),
        ("2.101", {"rxtx_factor": 2}, 200),
        ("2.102", {"rxtx_factor": 2}, 400),
        ("2.1", {"rxtx_factor": 0}, 400),
        ("2.1", {"rxtx_factor": "0.0"}, 400),
        ("2.1", {"rxtx_factor": "9" * 60}, 400),
        ("2.1", {"vcpus": 0}, 400),
        ("2.1", {"vcpus": "0"}, 400),
        ("2.1", {"ram": 2**31}, 400),
        ("2.1", {"disk": str(2**31)}, 400),
        ("2.1", {"id": ""}, 400),
        ("2.1", {"id": " 1"}, 400),
        ("2.1", {"name": " small"}, 400),
        ("2.1", {"unknown": 1}, 400),
    ],
)
def test_what_create_takes(api: Api, version: str, values: dict[str, Any], status: int) -> None:
    answer = api.admin.post("/flavors", {"flavor": BODY | values}, version=version)
    assert answer.status_int == status, answer.text


def test_a_key_of_a_later_version_is_named_with_it(api: Api) -> None:
    answer = api.admin.post("/flavors", {"flavor": BODY | {"description": "x"}}, version="2.54")
    assert "2.55" in answer.json["badRequest"]["message"]


def test_legacy_trims_and_drops(api: Api) -> None:
    answer = api.admin.post("/flavors", {"flavor": BODY | {"name": " x ", "new": 1}}, root="/v2")
    assert answer.status_int == 200
    assert answer.json["flavor"]["name"] == "x"


def test_update_changes_the_description_from_2_55(api: Api) -> None:
    flavor = make(api)
    path, body = f"/flavors/{flavor['id']}", {"flavor": {"description": "new"}}
    assert api.admin.put(path, body, version="2.54").status_int == 404
    changed = api.admin.put(path, body, version="2.55")
    assert changed.json["flavor"]["description"] == "new"
    assert api.admin.put(path, {"flavor": {"description": None}}, version="2.55").status_int == 200
    assert api.get(path, version="2.55").json["flavor"]["description"] is None
    assert api.admin.put("/flavors/nope", body, version="2.55").status_int == 404


def test_delete(api: Api) -> None:
    flavor = make(api)
    path = f"/flavors/{flavor['id']}"
    api.admin.post(f"{path}/os-extra_specs", {"extra_specs": {"a": "b"}})
    answer = api.admin.delete(path)
    assert (answer.status_int, answer.body) == (202, b"")
    assert api.get(path).status_int == 404
    again = api.admin.delete(path)
    assert again.status_int == 404
    assert flavor["id"] in again.json["itemNotFound"]["message"]
    assert make(api)["name"] == "small"


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/1"), ("DELETE", "/1")])
def test_managing_is_for_administrators(api: Api, method: str, path: str) -> None:
    make(api, id="1")
    body = {"POST": {"flavor": BODY}, "PUT": {"flavor": {"description": None}}}.get(method)
    answer = api.request(method, f"/flavors{path}", body, version="2.55")
    assert answer.status_int == 403
    assert "os_compute_api:os-flavor-manage:" in answer.json["forbidden"]["message"]


# --- lists -------------------------------------------------------------------------------


@pytest.fixture
def some(api: Api) -> Api:
    """Flavors a1…a5 of growing memory and shrinking disks; a2 is private."""
    for number in range(1, 6):
        make(
            api,
            id=str(number),
            name=f"a{number}",
            ram=number * 100,
            disk=10 - number,
            **{"os-flavor-access:is_public": number != 2},
        )
    return api


def test_a_private_flavor_is_for_those_who_were_given_it(some: Api) -> None:
    assert names(some) == ["a1", "a3", "a4", "a5"]
    assert some.get("/flavors/2").status_int == 404
    some.admin.post("/flavors/2/action", {"addTenantAccess": {"tenant": some.project}})
    assert names(some) == ["a1", "a2", "a3", "a4", "a5"]
    assert some.get("/flavors/2").status_int == 200


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("true", ["a1", "a3", "a4", "a5"]),
        ("0", ["a2"]),
        ("None", ["a1", "a2", "a3", "a4", "a5"]),
        ("none", ["a1", "a2", "a3", "a4", "a5"]),
    ],
)
def test_is_public_filter_of_administrators(some: Api, value: str, shown: list[str]) -> None:
    assert names(some.admin, f"?is_public={value}") == shown
    assert names(some, f"?is_public={value}") == ["a1", "a3", "a4", "a5"]


def test_is_public_that_is_no_boolean(some: Api) -> None:
    answer = some.admin.get("/flavors?is_public=perhaps")
    assert answer.status_int == 400
    assert "perhaps" in answer.json["badRequest"]["message"]
    assert some.get("/flavors?is_public=perhaps").status_int == 200


def test_size_filters(some: Api) -> None:
    assert names(some, "?minRam=400") == ["a4", "a5"]
    assert names(some, "?minDisk=7") == ["a1", "a3"]
    assert names(some, f"?minRam={10**30}") == []
    for query in ("minRam=much", "minDisk="):
        answer = some.get(f"/flavors?{query}")
        assert answer.status_int == 400
        assert query.partition("=")[0] in answer.json["badRequest"]["message"]


def test_name_filter_from_2_102(some: Api) -> None:
    assert names(some, "?name=a4", version="2.102") == ["a4"]
    assert names(some, "?name=a", version="2.102") == []
    assert len(names(some, "?name=a4", version="2.74")) == 4
    assert some.get("/flavors?name=a4", version="2.101").status_int == 400


def test_sorting(some: Api) -> None:
    assert names(some, "?sort_key=root_gb") == ["a5", "a4", "a3", "a1"]
    assert names(some, "?sort_key=memory_mb&sort_dir=desc") == ["a5", "a4", "a3", "a1"]
    assert names(some, "?sort_key=rxtx_factor", version="2.101") == ["a1", "a3", "a4", "a5"]
    assert some.get("/flavors?sort_key=rxtx_factor", version="2.102").status_int == 400
    bad = some.get("/flavors?sort_dir=up").json["badRequest"]["message"]
    assert "sort_dir" in bad
    assert "'up'" in bad


def test_unknown_keys_are_refused_from_2_75(some: Api) -> None:
    assert some.get("/flavors?x=1", version="2.74").status_int == 200
    assert some.get("/flavors?x=1", version="2.75").status_int == 400
    assert some.get("/flavors/1?x=1", version="2.101").status_int == 200
    assert some.get("/flavors/1?x=1", version="2.102").status_int == 400


@pytest.mark.parametrize("path", ["/flavors", "/flavors/detail"])
def test_pages_follow_their_links(some: Api, path: str) -> None:
    seen: list[str] = []
    url = f"{path}?sort_key=root_gb&limit=2"
    first = some.get(url).json["flavors_links"]
    assert first == [
        {"rel": "next", "href": f"http://localhost/v2.1{path}?limit=2&sort_key=root_gb&marker=4"}
    ]
    while url:
        page = some.get(url).json
        seen += [flavor["name"] for flavor in page["flavors"]]
        links = page.get("flavors_links", [{"href": ""}])
        url = links[0]["href"].removeprefix("http://localhost/v2.1")
    assert seen == ["a5", "a4", "a3", "a1"]


def test_limits_and_markers(some: Api) -> None:
    assert some.get("/flavors?limit=0").json == {"flavors": []}
    assert names(some, "?limit=2&limit=1") == ["a1"]
    assert names(some, "?marker=3") == ["a4", "a5"]
    for query in ("limit=-1", "limit=x", "limit=1.5", "limit="):
        assert some.get(f"/flavors?{query}").status_int == 400
    unknown = some.get("/flavors?marker=nope")
    assert unknown.status_int == 400
    assert "nope" in unknown.json["badRequest"]["message"]
    assert some.get("/flavors?marker=2").status_int == 400, "a flavor that one cannot see is no marker"


def test_as_many_statements_for_a_long_page_as_for_a_short_one(
    api: Api, backend: nova_backend.Backend
) -> None:
    statements: list[str] = []
    sa.event.listen(backend.db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def cost(limit: int) -> int:
        statements.clear()
        assert len(api.get(f"/flavors/detail?limit={limit}", version="2.102").json["flavors"]) == limit
        return len([statement for statement in statements if statement.startswith("SELECT")])

    for number in range(50):
        make(api, name=f"f{number}")
    assert cost(1) == cost(50) > 0
