"""/os-baremetal-nodes (to 2.35): there is no bare metal service, and it says so."""

from __future__ import annotations

import pytest

from tests.functional.client import Api

PATH = "/os-baremetal-nodes"
READ = [("GET", PATH), ("GET", f"{PATH}/1")]
CHANGE = [("POST", PATH), ("DELETE", f"{PATH}/1"), ("POST", f"{PATH}/1/action")]


@pytest.mark.parametrize("version", ["2.1", "2.35"])
@pytest.mark.parametrize(("method", "path"), READ)
def test_reading(api: Api, method: str, path: str, version: str) -> None:
    reply = api.admin.request(method, path, version=version)
    assert reply.status_int == 501
    assert "no bare metal service" in reply.json["notImplemented"]["message"]
    refused = api.request(method, path, version=version)
    assert refused.status_int == 403
    assert "os_compute_api:os-baremetal-nodes:" in refused.json["forbidden"]["message"]


@pytest.mark.parametrize("version", ["2.1", "2.35"])
@pytest.mark.parametrize("action", ["add_interface", "remove_interface"])
@pytest.mark.parametrize(("method", "path"), CHANGE)
def test_changing(api: Api, method: str, path: str, action: str, version: str) -> None:
    body = None if method == "DELETE" else {action: {"address": "aa:aa:aa:aa:aa:aa"}}
    reply = api.request(method, path, body, version=version)
    assert reply.status_int == 400
    assert "bare metal service" in reply.json["badRequest"]["message"]


@pytest.mark.parametrize(("method", "path"), READ + CHANGE)
def test_the_last_version(api: Api, method: str, path: str) -> None:
    body = {"add_interface": {}} if method == "POST" else None
    assert api.admin.request(method, path, body, version="2.36").status_int == 404
