"""``/servers/{id}/tags``."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import given, rows
from tests.functional.client import Api


@pytest.fixture
def tagged(api: Api, backend: Backend) -> tuple[Api, str]:
    """A client of 2.26 and the tags' path of a server with two."""
    api.version = "2.26"
    uuid = given.server(backend, tags=("red", "green"))
    return api, f"/servers/{uuid}/tags"


def test_read(tagged: tuple[Api, str]) -> None:
    api, path = tagged
    assert api.get(path).json == {"tags": ["green", "red"]}
    present = api.get(path + "/red")
    assert (present.status_int, present.body) == (204, b"")
    assert api.get(path + "/blue").status_int == 404
    assert api.get(path, version="2.25").status_int == 404


def test_write(tagged: tuple[Api, str]) -> None:
    api, path = tagged
    made = api.put(path + "/blue")
    assert (made.status_int, made.body) == (201, b"")
    assert made.headers["Location"] == f"http://localhost/v2.1{path}/blue"
    assert api.put(path + "/blue").status_int == 204
    assert api.put(path, {"tags": ["b", "a", "b"]}).json == {"tags": ["a", "b"]}
    assert api.delete(path + "/a").status_int == 204
    assert api.delete(path + "/a").status_int == 404
    assert api.delete(path).status_int == 204
    assert api.get(path).json == {"tags": []}
    assert api.delete(path).status_int == 204


@pytest.mark.parametrize(
    ("below", "body"),
    [
        ("", {"tags": ["a,b"]}),
        ("", {"tags": ["a/b"]}),
        ("", {"tags": [""]}),
        ("", {"tags": ["x" * 61]}),
        ("", {"tags": [str(number) for number in range(51)]}),
        ("/a,b", None),
        ("/" + "x" * 61, None),
        ("/blue", {}),
    ],
)
def test_400(tagged: tuple[Api, str], below: str, body: Any) -> None:
    api, path = tagged
    assert api.put(path + below, body).status_int == 400
    assert api.get(path).json == {"tags": ["green", "red"]}


def test_no_more_than_fifty(tagged: tuple[Api, str]) -> None:
    api, path = tagged
    fifty = [f"t{number:02}" for number in range(50)]
    assert api.put(path, {"tags": fifty}).json == {"tags": fifty}
    refused = api.put(path + "/t50")
    assert refused.status_int == 400
    assert "50" in refused.json["badRequest"]["message"]
    assert api.put(path + "/t49").status_int == 204


def test_states(tagged: tuple[Api, str], backend: Backend) -> None:
    """Neither lock nor launch count; what cannot run refuses."""
    api, path = tagged
    uuid = path.split("/")[2]
    rows.change(backend, uuid, locked_by="owner", launched_at=None, task_state="rebooting")
    assert api.put(path + "/blue").status_int == 201
    rows.change(backend, uuid, vm_state="error")
    for method, below, body, verb in (
        ("PUT", "", {"tags": []}, "update tag(s)"),
        ("PUT", "/x", None, "update tag(s)"),
        ("DELETE", "/red", None, "delete tag(s)"),
        ("DELETE", "", None, "delete tag(s)"),
    ):
        refused = api.request(method, path + below, body)
        assert refused.status_int == 409
        said = refused.json["conflictingRequest"]["message"]
        assert f"'{verb}'" in said
        assert "vm_state error" in said
    assert api.get(path).json == {"tags": ["blue", "green", "red"]}


def test_who_may(tagged: tuple[Api, str]) -> None:
    """A stranger is refused by the policy, before anything else is looked at."""
    api, path = tagged
    stranger = api.as_("eve", "0" * 32)
    for method, below, body in (("GET", "", None), ("PUT", "/x", None), ("DELETE", "", None)):
        assert stranger.request(method, path + below, body).status_int == 403
    assert stranger.get("/servers/nobody/tags").status_int == 404
    reader = api.as_("rita", roles="reader")
    assert reader.get(path).status_int == 200
    assert reader.put(path + "/x").status_int == 403
