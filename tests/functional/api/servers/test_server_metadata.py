"""``/servers/{id}/metadata``."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import given, rows
from tests.functional.client import Api

pytestmark = pytest.mark.databases


@pytest.fixture
def path(backend: Backend) -> str:
    """Of a server with two items."""
    uuid = given.server(backend, metadata={"colour": "blue", "size": "xl"})
    return f"/servers/{uuid}/metadata"


def test_read(api: Api, path: str) -> None:
    assert api.get(path).json == {"metadata": {"colour": "blue", "size": "xl"}}
    assert api.get(path + "/size").json == {"meta": {"size": "xl"}}
    missing = api.get(path + "/weight")
    assert missing.status_int == 404
    assert "weight" in missing.json["itemNotFound"]["message"]


def test_write(api: Api, path: str) -> None:
    merged = api.post(path, {"metadata": {"size": "s", "new": "1"}})
    assert (merged.status_int, merged.json) == (
        200,
        {"metadata": {"colour": "blue", "size": "s", "new": "1"}},
    )
    assert api.put(path, {"metadata": {"only": "this"}}).json == {"metadata": {"only": "this"}}
    assert api.put(path + "/more", {"meta": {"more": "x"}}).json == {"meta": {"more": "x"}}
    assert api.get(path).json == {"metadata": {"only": "this", "more": "x"}}
    gone = api.delete(path + "/only")
    assert (gone.status_int, gone.body) == (204, b"")
    assert api.delete(path + "/only").status_int == 404
    assert api.get(path).json == {"metadata": {"more": "x"}}


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("POST", "", {"metadata": {"k" * 256: "v"}}),
        ("POST", "", {"metadata": {"k": "v" * 256}}),
        ("POST", "", {"metadata": {"k": None}}),
        ("POST", "", {"meta": {"k": "v"}}),
        ("PUT", "", {"metadata": {"a/b": "v"}}),
        ("PUT", "/k", {"meta": {}}),
        ("PUT", "/k", {"meta": {"k": "1", "l": "2"}}),
        ("PUT", "/k", {"meta": {"other": "1"}}),
    ],
)
def test_400(api: Api, path: str, method: str, below: str, body: Any) -> None:
    assert api.request(method, path + below, body).status_int == 400


def test_quota(api: Api, backend: Backend, path: str) -> None:
    backend.conf.set_override("metadata_items", 3, group="quota")
    assert api.post(path, {"metadata": {"third": "1"}}).status_int == 200
    for method, below, body in (
        ("POST", "", {"metadata": {"fourth": "1"}}),
        ("PUT", "/fourth", {"meta": {"fourth": "1"}}),
        ("PUT", "", {"metadata": {str(number): "" for number in range(4)}}),
    ):
        refused = api.request(method, path + below, body)
        assert refused.status_int == 403
        assert "maximum is 3" in refused.json["forbidden"]["message"]
    assert api.put(path + "/third", {"meta": {"third": "2"}}).status_int == 200


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ({"vm_state": "building"}, "vm_state building"),
        ({"vm_state": "error"}, "vm_state error"),
        ({"vm_state": "shelved_offloaded"}, "vm_state shelved_offloaded"),
        ({"locked_by": "owner"}, "is locked"),
        ({"launched_at": None}, "not ready"),
    ],
)
def test_409(api: Api, backend: Backend, path: str, states: dict[str, Any], word: str) -> None:
    rows.change(backend, path.split("/")[2], **states)
    for method, below, body in (
        ("POST", "", {"metadata": {"k": "v"}}),
        ("PUT", "", {"metadata": {"k": "v"}}),
        ("PUT", "/k", {"meta": {"k": "v"}}),
        ("DELETE", "/size", None),
    ):
        refused = api.request(method, path + below, body)
        assert refused.status_int == 409
        assert word in refused.json["conflictingRequest"]["message"]
    assert api.get(path).json["metadata"] == {"colour": "blue", "size": "xl"}


def test_who_may(api: Api, path: str) -> None:
    assert api.as_("eve", "0" * 32).get(path).status_int == 404
    reader = api.as_("rita", roles="reader")
    assert reader.get(path).status_int == 200
    for method, below, body, name in (
        ("POST", "", {"metadata": {}}, "create"),
        ("PUT", "", {"metadata": {}}, "update_all"),
        ("PUT", "/k", {"meta": {"k": "v"}}, "update"),
        ("DELETE", "/size", None, "delete"),
    ):
        refused = reader.request(method, path + below, body)
        assert refused.status_int == 403
        assert f"os_compute_api:server-metadata:{name} " in refused.json["forbidden"]["message"]


def test_writers_at_the_same_time_lose_nothing(api: Api, path: str) -> None:
    def write(number: int) -> None:
        for item in range(5):
            assert api.post(path, {"metadata": {f"k{number}.{item}": "v"}}).status_int == 200

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.get(path).json["metadata"]) == 2 + 4 * 5
